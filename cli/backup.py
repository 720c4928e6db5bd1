"""`regulars backup` and `regulars restore`: the whole installation in one file, and out of it."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from cli.backup_file import (
    Manifest,
    check_backup,
    header_of,
    mark_of,
    opened_keys,
    read_lines,
    read_manifest,
    rows_of,
    sealed_keys,
    write_backup,
)
from cli.installation import private_folder
from cli.output import SECRET, Output, command_options
from cli.progress import progress_bar
from cli.running import DataLock
from core.config.clock import utc_now
from core.config.secrets import Secrets, add_older_keys, ensure_secrets, read_secrets, write_secrets
from core.config.settings import Settings
from core.db import backups
from core.db.dumping import count, is_bare, put_back, standing_still, tables_of
from core.db.engine import Database
from core.db.migrate import alone, current_revision, latest_revision, owners_engine, upgrade_connection
from core.domain.errors import Refused

passphrase_option = click.option(
    "--passphrase", type=SECRET, help="Puts the installation's keys in it, or takes them out."
)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@passphrase_option
@command_options
def backup(out: Output, file: Path, passphrase: str | None) -> None:
    """Write everything into one file, while Regulars runs.

    It holds what all stores were at one moment, and fits SQLite and PostgreSQL alike. Without a passphrase
    the installation's keys (secrets.json) are not in it: keep them apart, or the file cannot be used.
    """
    keys = _keys_of(out.settings)
    sealed = None if passphrase is None else sealed_keys(keys, passphrase)
    with standing_still(out.settings.database_url) as db:
        revision = current_revision(db)
        if revision is None:
            raise Refused("There is nothing to back up: the database is empty.")
        tables = tables_of(db)
        if not any(count(db, table) for table in tables if table.name == "stores"):
            raise Refused("There is nothing to back up: no store is connected here. Look at --data.")
        header = header_of(revision, keys, utc_now())
        with progress_bar(out, "Writing", rows_of(db, tables)) as advance:
            written = write_backup(file, db, tables, header, sealed, advance)
    with progress_bar(out, "Reading it again", written.rows) as advance:
        check_backup(file, written, advance)
    _note(out, file, written)
    out.document(
        _fields(file, written),
        {"Backup": str(file), "Holds": _holds(written), "Size": _size(file.stat().st_size)},
    )
    if sealed is None:
        out.say(f"\nThe keys are not in it. Keep a copy of {_where(out.settings)} in another place.")


def _note(out: Output, file: Path, written: Manifest) -> None:
    """Have the page of operations know of it. A backup is no worse where that cannot be written down."""
    if written.revision != latest_revision():
        return
    database = Database(out.settings.database_url)
    try:
        with database.write_all() as db:
            backups.add(db, written.taken_at, file.stat().st_size, has_keys=written.has_keys)
    except SQLAlchemyError as error:
        reason = next(iter(str(error.__cause__ or error).splitlines()), "")
        out.remark(f"The settings pages will not know of this backup: {reason}")
    finally:
        database.close()


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@passphrase_option
@click.option("--check", is_flag=True, help="Only read the file and say whether it is whole.")
@command_options
def restore(out: Output, file: Path, passphrase: str | None, check: bool) -> None:
    """Put a backup back, into an empty database.

    All of it or nothing. A backup of an older version is brought up to date. It may have been taken from
    SQLite and be put into PostgreSQL, or the other way round.
    """
    manifest = read_manifest(file)
    with progress_bar(out, "Reading", manifest.rows) as advance:
        check_backup(file, manifest, advance)
    if check:
        out.answer(_fields(file, manifest), f"✓ {file} is whole: {_holds(manifest)}.")
        return
    if manifest.revision > latest_revision():
        raise Refused(f"{file} was taken from a newer version of Regulars; install that one first.")
    with DataLock(private_folder(out.settings.data_dir)):
        _restore(out, file, manifest, passphrase)
    out.answer(_fields(file, manifest), f"✓ Restored: {_holds(manifest)}. Start Regulars now.")
    out.say("What the stores did since then is asked of them once it runs; the beat begins with it.")


def _restore(out: Output, file: Path, manifest: Manifest, passphrase: str | None) -> None:
    settings = out.settings
    with owners_engine(settings.database_url) as engine, engine.begin() as db, alone(db):
        if not is_bare(db):
            raise Refused("The database is not empty. Move it away, or name another one, and try again.")
        # Before the rows: with keys and no rows this can be done again, with rows and no keys it could not.
        _put_keys(settings, file, manifest, passphrase)
        upgrade_connection(db, manifest.revision)
        rows = {table.name: table.rows for table in manifest.tables}
        with progress_bar(out, "Putting back", manifest.rows) as advance:
            for table in tables_of(db):
                if table.name in rows:
                    advance(put_back(db, table, read_lines(file, table.name)))
        upgrade_connection(db)


def _keys_of(settings: Settings) -> Secrets:
    if settings.secrets_text is None and not settings.secrets_file.exists():
        raise Refused(f"There is no installation here: {settings.secrets_file} does not exist.")
    return ensure_secrets(settings)


def _put_keys(settings: Settings, file: Path, manifest: Manifest, passphrase: str | None) -> None:
    """See to it that the keys are here which the backup was sealed with. Raises Refused."""
    if settings.secrets_text is None and not settings.secrets_file.exists():
        if not manifest.has_keys:
            raise Refused(
                f"The keys are not in this backup: first put the secrets.json it was taken with at "
                f"{settings.secrets_file}."
            )
        write_secrets(settings, _opened(file, passphrase).text())
        return
    held = ensure_secrets(settings)
    if mark_of(held) != manifest.keys:
        raise Refused(
            f"{_where(settings)} holds the keys of another installation; this backup could not be read "
            "with them. Put those in their place that it was taken with."
        )
    if held.opens(manifest.probe.encode()):
        return
    if settings.secrets_text is not None or not manifest.has_keys:
        raise Refused(
            f"The keys in {_where(settings)} were changed since this backup was taken. Put those of that "
            "time in their place, or behind them."
        )
    add_older_keys(settings, _opened(file, passphrase))


def _opened(file: Path, passphrase: str | None) -> Secrets:
    if passphrase is None:
        raise Refused("The keys are in this backup, under a passphrase: name it with --passphrase.")
    return read_secrets(opened_keys(file, passphrase), str(file))


def _where(settings: Settings) -> str:
    return "REGULARS_SECRETS" if settings.secrets_text is not None else str(settings.secrets_file)


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.1f} MB" if size_bytes >= 1e5 else f"{size_bytes / 1e3:,.1f} kB"


def _holds(manifest: Manifest) -> str:
    rows = {table.name: table.rows for table in manifest.tables}
    told = ", ".join(f"{name} {rows.get(name, 0):,}" for name in ("stores", "members", "orders", "entries"))
    return f"{told}; as of {manifest.taken_at:%Y-%m-%d %H:%M:%S}Z"


def _fields(file: Path, manifest: Manifest) -> dict[str, object]:
    return {
        "file": str(file),
        "taken_at": manifest.taken_at,
        "revision": manifest.revision,
        "has_keys": manifest.has_keys,
        "rows": {table.name: table.rows for table in manifest.tables},
    }
