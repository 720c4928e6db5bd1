"""What every command of `regulars` has in common: its options, how it prints, how it fails."""

from __future__ import annotations

import functools
import json
import logging
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Concatenate, NoReturn, ParamSpec, TypeVar

import click

from core.config.logs import configure_logs
from core.config.settings import Settings

EXIT_REFUSED = 2

P = ParamSpec("P")
R = TypeVar("R")

Fields = Mapping[str, object]


def fail(message: str) -> NoReturn:
    """Ends the program with one sentence on stderr and exit code 2."""
    click.echo(" ".join(message.split()), err=True)
    sys.exit(EXIT_REFUSED)


@dataclass(frozen=True, slots=True)
class Output:
    """What a command is given: the installation it works on, and the way to print."""

    settings: Settings
    as_json: bool

    def document(self, fields: Fields, shown: Fields | None = None) -> None:
        """Prints one thing: a JSON document of `fields`, or its fields one a line.

        `shown`: what a human sees in their place, labels and values.
        """
        if self.as_json:
            click.echo(_json(fields, indent=2))
            return
        lines = shown or fields
        width = max((len(name) for name in lines), default=0)
        for name, value in lines.items():
            click.echo(f"{name:<{width}}  {plain(value)}".rstrip())

    def answer(self, fields: Fields, sentence: str) -> None:
        """Prints one thing: a JSON document of `fields`, or a sentence for a human."""
        if self.as_json:
            self.document(fields)
        else:
            click.echo(sentence)

    def rows(
        self,
        rows: Iterable[Fields],
        columns: Sequence[str],
        none: str = "Nothing.",
        shown: Callable[[Fields], Fields] | None = None,
    ) -> None:
        """Prints many things of one kind: one JSON object a line, or a table of `columns`.

        JSON lines hold every field. `shown` turns a row into what a human sees of it, where that differs;
        `none` is the sentence for an empty table.
        """
        if self.as_json:
            for row in rows:
                click.echo(_json(row))
            return
        seen = rows if shown is None else map(shown, rows)
        table = [[plain(row.get(column)) for column in columns] for row in seen]
        if not table:
            click.echo(none)
        elif sys.stdout.isatty():
            _rich_table(columns, table)
        else:
            _plain_table(columns, table)

    def say(self, sentence: str = "") -> None:
        """Prints a sentence for a human; nothing with --json."""
        if not self.as_json:
            click.echo(sentence)

    def remark(self, sentence: str) -> None:
        """Prints a sentence beside the answer, on stderr, for whoever watches; nothing with --json."""
        if not self.as_json:
            click.echo(sentence, err=True)


def command_options(command: Callable[Concatenate[Output, P], R]) -> Callable[P, R]:
    """Adds --data and --json to a command and hands it an `Output` as its first argument."""

    @click.option("--data", "data_dir", type=click.Path(path_type=Path), metavar="DIR", help=DATA_HELP)
    @click.option("--json", "as_json", is_flag=True, help="Print JSON: one document, or one object a line.")
    @functools.wraps(command)
    def with_output(*args: P.args, **kwargs: P.kwargs) -> R:
        data_dir, as_json = kwargs.pop("data_dir"), kwargs.pop("as_json")
        # `inbox --data DIR dead` means the same as `inbox dead --data DIR`.
        for above in _contexts_above():
            data_dir, as_json = data_dir or above.get("data_dir"), as_json or above.get("as_json")
        configure_logs("regulars", least=logging.ERROR)
        settings = Settings.load(os.environ, data_dir)  # type: ignore[arg-type]
        return command(Output(settings, bool(as_json)), *args, **kwargs)

    return with_output


def _contexts_above() -> Iterator[dict[str, object]]:
    """The options of the groups this command was called through, the nearest first."""
    context = click.get_current_context().parent
    while context is not None:
        yield context.params
        context = context.parent


DATA_HELP = "The installation's folder (default: REGULARS_DATA, else var)."


class Secret(click.ParamType[str]):
    """A secret given as it is, as @FILE, or as - for standard input. One line end at the end is dropped."""

    name = "TEXT|@FILE|-"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value == "-":
            text = sys.stdin.read()
        elif value.startswith("@"):
            text = self._read(Path(value[1:]), param, ctx)
        else:
            return value
        return text.removesuffix("\n").removesuffix("\r")

    def _read(self, path: Path, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self.fail(f"{path} cannot be read ({error})", param, ctx)


SECRET = Secret()


LARGEST_ID = 10**18


class RowId(click.ParamType[int]):
    """The id of a row of ours. Larger numbers fit into no database."""

    name = "ID"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        said, longest = str(value), len(str(LARGEST_ID))
        is_number = said.isascii() and said.isdigit() and len(said) <= longest
        if not is_number or not 1 <= int(said) <= LARGEST_ID:
            shown = said if len(said) <= longest else f"{said[:longest]}…"
            self.fail(f"“{shown}” is no id: a whole number from 1 to {LARGEST_ID}.", param, ctx)
        return int(said)


AN_ID = RowId()


def plain(value: object) -> str:
    """A value as a human reads it: times in UTC to the second, nothing for None."""
    match value:
        case None:
            return ""
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        case Mapping() | list() | tuple():
            return _json(value)
        case _:
            return str(value)


def _json(value: object, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, default=_json_plain, indent=indent)


def _json_plain(value: object) -> object:
    """ISO 8601 with Z for times; text for numbers that JSON would round and for everything else."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def _plain_table(columns: Sequence[str], table: Sequence[Sequence[str]]) -> None:
    lines = [list(columns), *table]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns))]
    numeric = [_is_numeric(table, i) for i in range(len(columns))]
    for line in lines:
        cells = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, numeric, strict=True)
        )
        click.echo("  ".join(cells).rstrip())


def _is_numeric(table: Sequence[Sequence[str]], column: int) -> bool:
    return all(re.fullmatch(r"[-+−]?\d*", line[column]) for line in table)


def _rich_table(columns: Sequence[str], table: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=SIMPLE_HEAD, header_style="bold")
    for i, column in enumerate(columns):
        drawn.add_column(column, justify="right" if _is_numeric(table, i) else "left")
    for line in table:
        drawn.add_row(*(Text(cell) for cell in line))
    Console().print(drawn)
