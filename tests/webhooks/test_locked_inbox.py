"""Deliveries that come at once while somebody has locked the inbox are refused soon, all of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from core.db.engine import waited_for_lock
from core.domain.platform import Label
from core.domain.stores import Store
from tests.world import World
from webhooks.intake import Intake

SENDERS = 12
LOCKED = (
    "CREATE SEQUENCE tries; GRANT USAGE ON tries TO PUBLIC; "
    "CREATE FUNCTION wait_in_vain() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "PERFORM nextval('tries'), pg_sleep(0.3); "
    "RAISE 'canceling statement due to lock timeout' USING ERRCODE = 'lock_not_available'; END $$; "
    "CREATE TRIGGER wait_in_vain BEFORE INSERT ON inbox FOR EACH STATEMENT EXECUTE FUNCTION wait_in_vain()"
)
"""As if the table were locked and `lock_timeout` were over soon; counts who waited."""


def deliver(world: World, store: Store) -> list[Exception | None]:
    """Many senders at once; what became of each delivery."""
    intake = Intake(world.env)

    def keep(number: int) -> Exception | None:
        try:
            intake.keep(store.store_id, Label("order.updated", f"d{number}"), b"{}")
        except Exception as error:  # noqa: BLE001
            return error
        return None

    with ThreadPoolExecutor(SENDERS) as senders:
        return list(senders.map(keep, range(SENDERS)))


def test_a_locked_table_is_waited_for_a_few_times_and_not_once_for_each(
    postgres_url: str, tmp_path: Path
) -> None:
    owner = create_engine(postgres_url, poolclass=NullPool)
    with World.open(postgres_url, tmp_path) as world:
        birch = world.connect()
        with owner.begin() as db:
            db.execute(text(LOCKED))
        errors = deliver(world, birch)
        with owner.begin() as db:
            tries = db.execute(text("SELECT last_value FROM tries")).scalar_one()
            db.execute(text("DROP TRIGGER wait_in_vain ON inbox"))
        assert all(error is not None and waited_for_lock(error) for error in errors)
        # The first comes alone, the others share a try, and then two of them are tried by themselves.
        assert tries < SENDERS / 2 + 1
        assert deliver(world, birch) == [None] * SENDERS
