"""`regulars login-link`: a link that signs somebody in to the settings pages, once."""

from __future__ import annotations

from datetime import timedelta

import click

from cli.installation import opened
from cli.output import Output, command_options
from core.services.signing_in import LINK_LASTS, make_link


@click.command("login-link")
@command_options
def login_link(out: Output) -> None:
    """Make a link that signs you in to the settings pages.

    It works once, and for 15 minutes. It is kept nowhere and cannot be shown again.
    """
    with opened(out.settings) as env:
        token = env.token()
        with env.database.write_all() as db:
            ends_at = make_link(db, token, env.now())
    link = f"{out.settings.public_url}/admin/sign-in/{token}"
    out.answer({"link": link, "ends_at": ends_at}, link)
    out.remark(
        f"Open it within {LINK_LASTS // timedelta(minutes=1)} minutes. It signs in once, whoever opens it."
    )
