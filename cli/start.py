"""`bin/start`: everything on one machine, in one terminal, with one log, and a clean end."""

from __future__ import annotations

import dataclasses
import errno
import os
import socket
from collections.abc import Mapping
from pathlib import Path

import click

from cli.installation import private_folder
from cli.output import DATA_HELP, fail
from cli.plan import PRODUCT, clear_demo, demo_folder, demo_plan
from cli.running import DataLock
from cli.supervisor import Supervisor
from cli.welcome import url_of
from core.config.logs import configure_logs
from core.config.secrets import ensure_secrets
from core.config.settings import DEFAULT_HOST, DEFAULT_PORT, RUNNING_FILE, Settings
from core.db.migrate import upgrade


@click.command()
@click.option("--host", default=DEFAULT_HOST, show_default=True, help="The address to listen on.")
@click.option(
    "--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(1, 65_535), help="The port."
)
@click.option("--data", "data_dir", type=click.Path(path_type=Path), metavar="DIR", help=DATA_HELP)
@click.option("--demo", is_flag=True, help="Run two made-up stores beside it, and show at / what happens.")
def start(host: str, port: int, data_dir: Path | None, demo: bool) -> int:
    """Run everything on this machine: web, workers, beat and queue.

    Listens on 127.0.0.1 unless told otherwise. DATABASE_URL and REDIS_URL put PostgreSQL and Redis in
    the place of the embedded SQLite and Valkey. SIGTERM or Ctrl-C stops everything within ten seconds.

    The demo keeps its data apart, in a folder `demo` below the data folder, and begins anew each time.
    """
    configure_logs("start")
    folder = private_folder(Settings.load(os.environ, data_dir).data_dir)
    if demo:
        folder = private_folder(demo_folder(folder, os.environ))
    with DataLock(folder):
        _refuse_busy_port(host, port)
        plan = PRODUCT
        if demo:
            clear_demo(folder)
            plan = demo_plan(url_of(host, port), port, os.environ)
        (folder / RUNNING_FILE).unlink(missing_ok=True)
        settings = settings_for(os.environ, folder, url_of(host, port))
        ensure_secrets(settings)
        upgrade(settings.database_url)
        return Supervisor(settings, host, port, plan).run()


def settings_for(environ: Mapping[str, str], folder: Path, url: str) -> Settings:
    """The settings of everything that is started here; PUBLIC_URL names the address stores use, if set."""
    settings = Settings.load(environ, folder)
    return settings if environ.get("PUBLIC_URL") else dataclasses.replace(settings, public_url=url)


def _refuse_busy_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                fail(
                    f"Port {port} on {host} is in use: stop what listens there or choose another with --port."
                )
            fail(f"Cannot listen on {host} port {port}: {error.strerror}.")
