"""`regulars program`: what a store's members earn, now, before and from some day on."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

import click

from cli.holding import writing_alone
from cli.installation import opened, store_named, store_option
from cli.output import EXIT_REFUSED, Output, command_options, plain
from core.db import programs
from core.domain.errors import ProgramRefused, Refused
from core.domain.stores import Store
from core.domain.versions import BEGINNING, in_force
from core.jobs.env import Env
from core.services.programming import Applied, apply_program, parse_moment
from core.services.terms import StoreTerms, load_terms

LARGEST_FILE_BYTES = 1_000_000


@click.group()
def program() -> None:
    """Show, apply and look back at a store's loyalty program."""


@program.command()
@store_option
@command_options
def show(out: Output, store_name: str) -> None:
    """Print the program in force, every default written out.

    What is printed can be saved, changed, and applied again.
    """
    with opened(out.settings) as env:
        terms = _terms(env, store_named(env, store_name))
        current = in_force(terms.versions, env.now())
        document = json.loads(current.program.to_json())
        if out.as_json:
            out.document(
                {"version": current.version, "effective_from": current.effective_from, "program": document}
            )
            return
        out.remark(
            f"{terms.store.name}: version {current.version}, in force {_since(current.effective_from)}."
        )
        out.say(json.dumps(document, ensure_ascii=False, indent=2))


@program.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@store_option
@click.option(
    "--from", "from_text", metavar="TIME", help="When it begins, such as 2026-12-01; now if left out."
)
@command_options
def apply(out: Output, file: Path, store_name: str, from_text: str | None) -> int:
    """Apply the program in FILE (- for standard input) as the store's next version.

    A time without an offset is the store's own. What was earned already is never touched.
    """
    text = _read(file)
    with opened(out.settings, with_bell=True) as env:
        found = store_named(env, store_name)
        try:
            with writing_alone(env, out, found) as db:
                terms = load_terms(db, found)
                begins = None if from_text is None else parse_moment(from_text, terms)
                platform = env.platforms[found.platform]
                applied = apply_program(db, terms, text, begins, env.now(), platform=platform)
        except ProgramRefused as refused:
            return _say_mistakes(refused)
        _say_applied(out, found, applied, env.now())
    return 0


def _read(file: Path) -> str:
    raw = sys.stdin.buffer.read(LARGEST_FILE_BYTES + 1) if str(file) == "-" else file.read_bytes()
    if len(raw) > LARGEST_FILE_BYTES:
        raise Refused(f"{file} is larger than any program.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(f"{file} is not UTF-8 text.") from error


def _say_mistakes(refused: ProgramRefused) -> int:
    count = len(refused.mistakes)
    click.echo(f"Nothing was applied; the program has {count} mistake{'s'[: count - 1]}:", err=True)
    width = max(len(mistake.path) for mistake in refused.mistakes)
    for mistake in refused.mistakes:
        click.echo(f"  {mistake.path:<{width}}  {mistake.problem}", err=True)
    return EXIT_REFUSED


def _say_applied(out: Output, store: Store, applied: Applied, now: datetime) -> None:
    if applied.is_from_the_beginning:
        when = "from the beginning: nothing was settled yet, so it takes the place of the version before it"
    elif applied.effective_from > now:
        when = f"for orders placed from {plain(applied.effective_from)} on"
    elif applied.effective_from == now:
        when = "for orders placed from now on"
    else:
        when = f"for orders placed since {plain(applied.effective_from)}"
    out.answer(
        {
            "version": applied.version,
            "effective_from": applied.effective_from,
            "is_from_the_beginning": applied.is_from_the_beginning,
            "caveats": list(applied.caveats),
        },
        f"Version {applied.version} of {store.name}'s program is applied {when}.",
    )
    for caveat in applied.caveats:
        out.remark(caveat)


@program.command()
@store_option
@command_options
def history(out: Output, store_name: str) -> None:
    """List a store's program versions."""
    with opened(out.settings) as env:
        found = store_named(env, store_name)
        now = env.now()
        with env.database.read(found.store_id) as db:
            rows = programs.versions_of(db, found.store_id)
            terms = load_terms(db, found)
        current = in_force(terms.versions, now).version
        out.rows(
            (
                {
                    "version": row.version,
                    "effective_from": row.effective_from,
                    "applied_at": row.applied_at,
                    "state": _state(row.version, row.effective_from, current, now),
                    "program": json.loads(row.program),
                }
                for row in rows
            ),
            ["version", "begins", "applied_at", "state"],
            shown=lambda row: {**row, "begins": _since(row["effective_from"])},
        )


def _state(version: int, effective_from: datetime, current: int, now: datetime) -> str:
    if version == current:
        return "in force"
    return "to come" if effective_from > now else "over"


def _since(moment: object) -> str:
    return "from the beginning" if moment == BEGINNING else f"from {plain(moment)}"


def _terms(env: Env, store: Store) -> StoreTerms:
    with env.database.read(store.store_id) as db:
        return load_terms(db, store)
