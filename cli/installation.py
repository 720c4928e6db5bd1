"""Opening the installation a command works on. It need not run, nor ever have run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from cli.output import Output, fail
from core.config.settings import Settings
from core.db.migrate import upgrade
from core.domain.stores import Store
from core.jobs.bell import DRAIN, EFFECTS
from core.jobs.env import Env
from core.services.connecting import find_store
from integrations.assembly import production_env

SWEEP_S = 15
"""How long work waits at most when no bell is heard (`core.jobs.beat`)."""

store_option = click.option("--store", "store_name", metavar="STORE", required=True, help="Its name or id.")
any_store_option = click.option(
    "--store", "store_name", metavar="STORE", help="Its name or id; all if left out."
)


@contextmanager
def opened(settings: Settings, *, with_bell: bool = False) -> Iterator[Env]:
    """The installation, made or brought up to date first if need be. Raises Refused."""
    if settings.is_embedded or settings.secrets_text is None:
        private_folder(settings.data_dir)
    env = production_env(settings, with_bell=with_bell)
    try:
        upgrade(settings.database_url)
        yield env
    finally:
        env.database.close()


def private_folder(folder: Path) -> Path:
    """The folder, made if need be, for nobody's eyes but ours. Ends the program when it cannot be used."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        fail(f"The data folder {folder} cannot be used: {error.strerror}.")
    return folder


def store_named(env: Env, name_or_id: str) -> Store:
    """The store an operator means. Raises Refused naming those there are."""
    with env.database.read_all() as db:
        return find_store(db, name_or_id)


def ring_drain(env: Env, out: Output, store: Store) -> None:
    """Have a worker look at the store's inbox now; says so when none can hear."""
    _ring(env, out, DRAIN, store)


def ring_effects(env: Env, out: Output, store: Store) -> None:
    """Have a worker call the store now; says so when none can hear."""
    _ring(env, out, EFFECTS, store)


def _ring(env: Env, out: Output, job: str, store: Store) -> None:
    if not env.bell.ring(job, store.store_id):
        out.remark(f"No queue server answers; a running beat finds the work within {SWEEP_S} s.")
