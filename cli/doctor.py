"""`regulars doctor`: is this installation well, and what is to be done if not?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click
from sqlalchemy.exc import DBAPIError

from cli.output import Output, command_options
from cli.outside_checks import check_from_outside
from core.config.clock import utc_now
from core.config.secrets import Secrets
from core.config.settings import Settings
from core.db import stores
from core.db.engine import Database, database_address
from core.db.migrate import is_current
from core.domain.stores import Store, StoreState
from core.jobs.checks import (
    Finding,
    check_beat,
    check_database,
    check_folder,
    check_queue,
    check_secrets,
    fine,
    wrong,
)
from core.jobs.store_checks import check_store
from integrations.woocommerce.hooks import TOPICS

EXIT_UNWELL = 1


@click.command()
@command_options
def doctor(out: Output) -> int:
    """Check this installation and say what to do.

    Looks at everything, changes nothing, and ends with 1 when something is wrong.
    """
    findings = []
    for finding in _findings(out.settings):
        findings.append(finding)
        if not out.as_json:
            _print(finding)
    wrong_ones = sum(not finding.is_fine for finding in findings)
    if out.as_json:
        out.document({"is_well": not wrong_ones, "checks": [asdict(finding) for finding in findings]})
    else:
        out.say()
        out.say(f"{wrong_ones} of {len(findings)} need a look." if wrong_ones else "All is well.")
    return EXIT_UNWELL if wrong_ones else 0


def _print(finding: Finding) -> None:
    mark = click.style("✓", fg="green") if finding.is_fine else click.style("!", fg="red", bold=True)
    click.echo(f"{mark} {finding.name}: {finding.says}.")
    if finding.to_do:
        click.echo(f"    ▸ {finding.to_do}")


def _findings(settings: Settings) -> Iterator[Finding]:
    yield check_folder(settings)
    about_secrets, secrets = check_secrets(settings)
    yield about_secrets
    reached = _schema(settings)
    yield reached
    yield check_queue(settings.redis_url)
    if reached.is_fine:
        yield from _inside(settings, secrets)


def _schema(settings: Settings) -> Finding:
    """Whether the database can be reached and is of this version. Makes no SQLite file."""
    url = database_address(settings.database_url)
    where = f"SQLite at {url.database}" if settings.is_embedded else f"PostgreSQL at {url.host or 'a socket'}"
    if settings.is_embedded and not Path(url.database or "").is_file():
        to_do = "start Regulars with bin/start, or name its data folder with --data"
        return wrong("database", f"{url.database} does not exist", to_do)
    try:
        current = is_current(settings.database_url)
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0]
        return wrong("database", f"{where} cannot be reached ({reason})", "start it, or look at DATABASE_URL")
    if not current:
        return wrong("database", f"{where} has the schema of another version", "start this version once")
    return fine("database", f"{where} is reachable and up to date")


def _delivers(store: Store) -> bool:
    """Whether a store is to reach us from outside."""
    return not store.is_offline and store.state is not StoreState.UNINSTALLED


def _inside(settings: Settings, secrets: Secrets | None) -> Iterator[Finding]:
    database = Database(settings.database_url)
    try:
        now = utc_now()
        yield from check_database(database, now)
        yield check_beat(database, now)
        with database.read_all() as db:
            everyone = stores.all_stores(db)
        yield from check_from_outside(settings, [store for store in everyone if _delivers(store)], now)
        for store in everyone:
            yield from check_store(database, store, secrets, TOPICS, now)
    finally:
        database.close()
