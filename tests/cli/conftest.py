"""The command line under test, beside a world on the same installation."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from cli.main import main
from core.config.clock import utc_now
from sandbox.woocommerce.serving import Serving
from tests.fakes.birch import Hands, birch, served
from tests.fakes.certificates import make_certificates
from tests.world import World


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document it printed."""
        assert self.code == 0, self.err
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """The JSON objects it printed, one a line."""
        assert self.code == 0, self.err
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def refusal(self) -> str:
        """The one sentence of a command that refused."""
        assert (self.code, self.out) == (2, ""), self.out + self.err
        assert self.err.count("\n") == 1, self.err
        return self.err.strip()


@dataclass
class CommandLine:
    """`bin/regulars` in this process, on one installation."""

    environ: dict[str, str]
    monkeypatch: pytest.MonkeyPatch = field(repr=False)

    def __call__(self, *words: str | int | Path, stdin: str = "", **environ: str) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        with self.monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["regulars", *map(str, words)])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
            for name in ("REGULARS_DATA", "DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "REGULARS_SECRETS"):
                patch.delenv(name, raising=False)
            for name, value in {**self.environ, **environ}.items():
                patch.setenv(name, value)
            with redirect_stdout(out), redirect_stderr(err), logging_kept(), pytest.raises(SystemExit) as end:
                main()
        return Ran(int(end.value.code or 0), out.getvalue(), err.getvalue())


@contextmanager
def logging_kept() -> Iterator[None]:
    """Puts back how this process logs."""
    root, was_configured = logging.getLogger(), structlog.is_configured()
    kept = structlog.get_config(), root.handlers[:], root.level
    try:
        yield
    finally:
        if was_configured:
            structlog.configure(**kept[0])
        else:
            structlog.reset_defaults()
        root.handlers[:], root.level = kept[1], kept[2]


@pytest.fixture
def regulars(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command line on `sqlite_world`, where the kind of database cannot matter."""
    return command_line_of(sqlite_world, monkeypatch)


@pytest.fixture
def regulars_anywhere(world: World, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command line on `world`, over either kind of database."""
    return command_line_of(world, monkeypatch)


def command_line_of(world: World, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Commands read the real clock, so the world's is set to it, and a little ahead."""
    world.moment[0] = utc_now() + timedelta(minutes=1)
    settings = world.env.settings
    environ = {"REGULARS_DATA": str(settings.data_dir), "DATABASE_URL": settings.database_url}
    return CommandLine(environ, monkeypatch)


@pytest.fixture
def shop(tmp_path: Path, regulars: CommandLine) -> Iterator[Serving]:
    """A WooCommerce store over https that the installation of `regulars` is allowed to call."""
    authority, server = make_certificates(tmp_path)
    regulars.environ |= {"REGULARS_ALLOW_NETWORKS": "127.0.0.1/32", "REGULARS_CA_FILE": str(authority)}
    with served(birch(), Hands(), server) as opened:
        yield opened


@pytest.fixture
def untouched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command line where nothing was ever started."""
    return CommandLine({"REGULARS_DATA": str(tmp_path / "new")}, monkeypatch)


@pytest.fixture
def new_folder(untouched: CommandLine) -> Path:
    """Where `untouched` will put its data."""
    return Path(untouched.environ["REGULARS_DATA"])


def environment() -> dict[str, str]:
    """What a command started as a process of its own needs to find our modules."""
    root = Path(__file__).parents[2]
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(root), "PYTHONSAFEPATH": "1"}
