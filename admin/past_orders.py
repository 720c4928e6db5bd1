"""The choice what becomes of orders from before a store was connected, as a form sends it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date, datetime
from datetime import time as time_of_day
from typing import Final

from core.db import leases
from core.domain.errors import Refused
from core.domain.stores import Store
from core.jobs.bell import DRAIN, WALK_ON
from core.jobs.drain import give_back, take_store
from core.jobs.env import Env
from core.services.importing import ALL_ORDERS, begin_import, leave_out
from core.services.past_orders import PastOrders, past_orders
from core.services.terms import load_terms

PATIENCE_S: Final = 3.0
PAUSE_S: Final = 0.1
OUT, KNOWN, AWARD = "out", "known", "award"


def seen_past_orders(env: Env, store: Store) -> PastOrders:
    """How it stands with a store's past orders now."""
    with env.database.read(store.store_id) as db:
        return past_orders(db, store, env.now())


def choose(env: Env, store: Store, form: Mapping[str, str]) -> None:
    """Do as chosen: leave past orders out, or begin to take them in. Once more is as good as once.

    Raises Refused, in words for the merchant, when nothing was changed.
    """
    choice, since = form.get("past_orders", ""), ALL_ORDERS
    if choice not in {OUT, KNOWN, AWARD}:
        raise Refused("Say what becomes of the orders from before.")
    if choice != OUT and form.get("since"):
        since = _day(form["since"], store, env.now())
    if choice != OUT and not seen_past_orders(env, store).can_be_asked_for:
        raise Refused(f"{store.name} is not called at the moment. Connect it again first.")
    _change(env, store, choice, since)
    env.bell.ring(WALK_ON, store.store_id)


def _day(text: str, store: Store, now: datetime) -> datetime:
    try:
        begin = datetime.combine(date.fromisoformat(text), time_of_day(), store.zone)
    except ValueError as error:
        raise Refused("Say since which day, such as 2026-01-31.") from error
    if not ALL_ORDERS <= begin <= now:
        raise Refused("That day is not one in the past.")
    return begin


def _change(env: Env, store: Store, choice: str, since: datetime) -> None:
    """Nobody settles orders meanwhile: what they earn may change. Raises Refused."""
    lease = alone(env, store)
    try:
        with env.database.write(store.store_id) as db:
            if not leases.prove(db, lease, env.now()):
                raise busy(store)
            if choice == OUT:
                leave_out(db, store.store_id, env.now())
            else:
                begin_import(db, load_terms(db, store), since, env.now(), awards=choice == AWARD)
    finally:
        give_back(env, lease)
        # Whoever rang meanwhile found the store taken and left.
        env.bell.ring(DRAIN, store.store_id)


def alone(env: Env, store: Store) -> leases.Lease:
    """The right to count orders of a store, so that nobody else does; to be given back. Raises Refused."""
    ends_s = time.monotonic() + PATIENCE_S
    while (taken := take_store(env, store.store_id)) is None:
        if time.monotonic() > ends_s:
            raise busy(store)
        time.sleep(PAUSE_S)
    return taken[1]


def busy(store: Store) -> Refused:
    """What is said to whoever came at the wrong moment."""
    return Refused(f"Orders of {store.name} are being counted this very moment. Press the button once more.")
