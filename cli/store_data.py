"""`regulars store export` and `import-export`: everything of a store as a file, whatever its size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

import click

from cli.holding import writing_alone
from cli.installation import opened, store_named, store_option
from cli.output import Output, command_options
from cli.progress import progress_bar
from core.db import takeouts
from core.domain.balance_files import split_lines
from core.domain.errors import Refused
from core.domain.staff import operator
from core.domain.takeout import LONGEST_LINE
from core.jobs.takeout_tasks import try_out
from core.services.noting import note_change
from core.services.taking_in import Intake, is_same_place, take_in
from core.services.taking_out import export_lines
from core.services.terms import Sealing

_PIECE = 262_144
A_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=A_FILE)
@store_option
@command_options
def export(out: Output, store_name: str, file: Path) -> None:
    """Write everything of a store into FILE: a JSON object a line, as docs/export.md says.

    The file holds customers' addresses in the clear; only its owner may read it. An existing file is refused.
    """
    with opened(out.settings) as env:
        store, lines = store_named(env, store_name), 0
        if file.exists():
            raise Refused(f"{file} is there already: name another file.")
        unfinished = file.with_name(f"{file.name}.unfinished")
        with env.database.read_still(store.store_id) as db, _for_the_owner(unfinished) as to:
            total = takeouts.count(db, store.store_id) + 2
            with progress_bar(out, f"Exporting {store.name}", total) as advance:
                for line in export_lines(db, store, Sealing(env.secrets), env.now()):
                    to.write(line)
                    lines += 1
                    if lines % 1000 == 0:
                        advance(1000)
        unfinished.replace(file)
        with env.database.write(store.store_id) as db:
            note_change(db, store.store_id, operator(), "data.downloaded", "export", env.now())
    out.answer(
        {"store_id": store.store_id, "file": str(file), "lines": lines},
        f"{lines:,} lines of {store.name} are in {file}.",
    )


def _for_the_owner(path: Path) -> IO[bytes]:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    return path.open("wb")


@click.command("import-export")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@store_option
@click.option("--same-store", "same", flag_value=True, help="The file is of this very store.")
@click.option(
    "--another-store", "same", flag_value=False, help="It is of another one: points by address alone."
)
@click.option(
    "--check", "only_check", is_flag=True, help="Only read it and say whether it could be taken in."
)
@command_options
def import_export(out: Output, store_name: str, file: Path, same: bool | None, only_check: bool) -> None:
    """Take FILE, an export, into a store that is empty: all of it or nothing.

    Whether it is of this very store is told by its address; say so where that changed.
    """
    with opened(out.settings) as env:
        store = store_named(env, store_name)
        with file.open("rb") as data:
            checked = try_out(env, store, _lines(data), is_same_store=same)
        is_same = is_same_place(checked.header, store) if same is None else same
        words = f"{checked.counts['member']:,} members, {checked.counts['entry']:,} entries"
        fields = {"store_id": store.store_id, "lines": checked.lines, "counts": dict(checked.counts)}
        fields["points"] = dict(checked.points)
        if only_check:
            out.answer(fields, f"{file} is whole and adds up: {words}. Nothing was taken in.")
            return
        with file.open("rb") as data, writing_alone(env, out, store) as db:
            take_in(db, _lines(data), Intake(store, Sealing(env.secrets), env.now(), is_same))
            note_change(
                db, store.store_id, operator(), "data.confirmed", "import_store", env.now(), after=fields
            )
    out.answer(fields, f"{store.name} holds what was in {file}: {words}. Every balance is what it was.")


def _lines(data: IO[bytes]) -> Iterator[bytes]:
    return split_lines(iter(lambda: data.read(_PIECE), b""), LONGEST_LINE)
