"""What every command of `regulars` has in common: its options, how it prints, how it fails."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Concatenate, NoReturn, ParamSpec, TypeVar

import click

from core.config.settings import Settings

EXIT_REFUSED = 2

P = ParamSpec("P")
R = TypeVar("R")


def fail(message: str) -> NoReturn:
    """Ends the program with one sentence on stderr and exit code 2."""
    click.echo(" ".join(message.split()), err=True)
    sys.exit(EXIT_REFUSED)


@dataclass(frozen=True, slots=True)
class Output:
    """What a command is given: the installation it works on, and the way to print."""

    settings: Settings
    as_json: bool

    def document(self, fields: Mapping[str, object]) -> None:
        """Prints one thing: a JSON document, or its fields one a line."""
        if self.as_json:
            click.echo(_json(fields, indent=2))
            return
        width = max((len(name) for name in fields), default=0)
        for name, value in fields.items():
            click.echo(f"{name:<{width}}  {plain(value)}")

    def rows(
        self, rows: Iterable[Mapping[str, object]], columns: Sequence[str], none: str = "Nothing."
    ) -> None:
        """Prints many things of one kind: one JSON object a line, or a table of `columns`.

        JSON lines hold every field; `none` is the sentence for an empty table.
        """
        if self.as_json:
            for row in rows:
                click.echo(_json(row))
            return
        table = [[plain(row.get(column)) for column in columns] for row in rows]
        if not table:
            click.echo(none)
        elif sys.stdout.isatty():
            _rich_table(columns, table)
        else:
            _plain_table(columns, table)

    def say(self, sentence: str) -> None:
        """Prints a sentence for a human; nothing with --json."""
        if not self.as_json:
            click.echo(sentence)


def command_options(command: Callable[Concatenate[Output, P], R]) -> Callable[P, R]:
    """Adds --data and --json to a command and hands it an `Output` as its first argument."""

    @click.option("--data", "data_dir", type=click.Path(path_type=Path), metavar="DIR", help=DATA_HELP)
    @click.option("--json", "as_json", is_flag=True, help="Print JSON: one document, or one object a line.")
    @functools.wraps(command)
    def with_output(*args: P.args, **kwargs: P.kwargs) -> R:
        settings = Settings.load(os.environ, kwargs.pop("data_dir"))  # type: ignore[arg-type]
        return command(Output(settings, bool(kwargs.pop("as_json"))), *args, **kwargs)

    return with_output


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
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _rich_table(columns: Sequence[str], table: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(*columns, box=SIMPLE_HEAD, header_style="bold")
    for line in table:
        drawn.add_row(*(Text(cell) for cell in line))
    Console().print(drawn)
