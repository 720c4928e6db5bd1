"""An installation with the benchmark's stores in it, from which each run's database is copied."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.beds import Bed
from benchmarks.stream import STORES, secret_of, webhook_path
from core.config.settings import Settings
from core.db.migrate import upgrade
from core.domain.platform import Field
from core.domain.stores import Store
from core.jobs.env import Env
from core.services.connecting import NewStore, connect_store
from core.services.programming import apply_program
from core.services.terms import load_terms
from integrations.assembly import production_env

PROGRAM = (
    '{"earning": [{"kind": "points_per_unit", "points": 1, "per_minor": 100, "rounding": "floor"}], '
    '"pending_days": 0}'
)


@dataclass(frozen=True, slots=True)
class Installation:
    """A data folder, and a database nobody is connected to."""

    data_dir: Path
    template_url: str
    store_ids: tuple[int, ...]

    def environ(self, database_url: str, redis_url: str) -> dict[str, str]:
        """What the product's processes are told to work on a copy of the database."""
        return {
            "REGULARS_DATA": str(self.data_dir),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
        }


def install(bed: Bed, data_dir: Path, stores: int = STORES) -> Installation:
    """A migrated database with offline stores, each with the smallest program."""
    template_url = bed.create()
    upgrade(template_url)
    env = production_env(Settings.load({"DATABASE_URL": template_url}, data_dir), with_bell=False)
    try:
        connected = [_connect(env, number) for number in range(stores)]
    finally:
        env.database.close()
    return Installation(data_dir, template_url, tuple(store.store_id for store in connected))


def _connect(env: Env, number: int) -> Store:
    new = NewStore(
        name=f"Birch {number}",
        platform="woocommerce",
        url=f"https://birch-{number}.example",
        currency="EUR",
        timezone="Europe/Berlin",
        is_offline=True,
        webhook_path=webhook_path(number),
        credentials={Field.WEBHOOK_SECRET: secret_of(number)},
    )
    with env.database.write_all() as db:
        store = connect_store(db, new, env.secrets, env.now())
        apply_program(db, load_terms(db, store), PROGRAM, None, env.now())
    return store
