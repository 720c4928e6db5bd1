"""`regulars upgrade`: the database of this version, for machines on which `bin/start` does not run."""

from __future__ import annotations

import click

from cli.installation import private_folder
from cli.output import Output, command_options
from core.config.secrets import ensure_secrets
from core.db.migrate import latest_revision, revision_of, upgrade


@click.command("upgrade")
@command_options
def upgrade_database(out: Output) -> None:
    """Bring the database up to date, and make it and the keys if there are none.

    Safe to run again and by several machines at once. `bin/start` does it by itself.
    """
    settings = out.settings
    if settings.is_embedded or settings.secrets_text is None:
        private_folder(settings.data_dir)
    ensure_secrets(settings)
    before = revision_of(settings.database_url)
    upgrade(settings.database_url)
    after = latest_revision()
    said = (
        f"✓ The database is of version {after} already."
        if before == after
        else (f"✓ The database is of version {after} now{f', it was {before}' if before else ''}.")
    )
    out.answer({"before": before, "after": after}, said)
