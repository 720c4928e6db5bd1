"""Which programs the processes of an installation run: the product's own, or the demo's around them."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from cli.output import fail
from core.config.logs import LEVEL_VARIABLE

DEMO_FOLDER = "demo"
"""Where the demo keeps its data, below the data folder: never beside an installation's own."""
_DEMO_REMAINS = ("regulars.db", "regulars.db-wal", "regulars.db-shm", "secrets.json")
_HAS_ITS_OWN = ("DATABASE_URL", "REDIS_URL", "PUBLIC_URL")


@dataclass(frozen=True, slots=True)
class Plan:
    """What runs as which child. Modules by name, for nothing here may import the demo."""

    app: str = "wsgi"
    """What the web server serves."""
    outside: tuple[str, ...] = ("worker", "outside")
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Further children by name, started when everything else is ready: the stand-in stores."""
    environ: Mapping[str, str] = field(default_factory=dict)
    stores: Mapping[str, str] = field(default_factory=dict)
    """Addresses of stand-in stores by name; empty: this is no demo."""


PRODUCT = Plan()


def demo_plan(regulars_url: str, port: int, environ: Mapping[str, str]) -> Plan:
    """The product with two stand-in stores beside it, on the ports behind its own if they are free.

    Its processes tell of trouble alone unless `environ` says otherwise: made-up shoppers never rest, and
    their deliveries would push the addresses off the screen.
    """
    acorn, birch = (f"http://127.0.0.1:{_free_port(port + at)}" for at in (1, 2))
    return Plan(
        app="sandbox.demo.web:create_demo",
        outside=("sandbox.demo.outside",),
        beside={name: ("sandbox.demo.standing", name) for name in ("acorn", "birch")},
        environ={
            "DEMO_ACORN_URL": acorn,
            "DEMO_BIRCH_URL": birch,
            "DEMO_REGULARS_URL": regulars_url,
            LEVEL_VARIABLE: environ.get(LEVEL_VARIABLE) or "warning",
        },
        stores={"Acorn": acorn, "Birch": birch},
    )


def demo_folder(data_dir: Path, environ: Mapping[str, str]) -> Path:
    """Where the demo's data goes. Ends the program where it would touch anything that is not the demo's."""
    for name in _HAS_ITS_OWN:
        if environ.get(name):
            fail(f"The demo keeps to a database and queue of its own on this machine: unset {name}.")
    return data_dir / DEMO_FOLDER


def clear_demo(folder: Path) -> None:
    """Each demo begins anew: its made-up stores have forgotten the last one."""
    for name in _DEMO_REMAINS:
        (folder / name).unlink(missing_ok=True)


def _free_port(wanted: int) -> int:
    """This port, or any free one where it is taken."""
    for port in (wanted, 0):
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError):
                continue
            found: int = probe.getsockname()[1]
            return found
    return fail("There is no free port for the demo's stores.")
