"""Stores with all they have to say, and what must be true of them once all of it is settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import text, update

from core.db.tables import effects, leases, ticks
from core.domain.stores import Store
from core.jobs.audit import audit_store
from sandbox.synthetic_store import SignedDelivery, SyntheticStore
from tests.world import SECRET, World


@dataclass(frozen=True)
class Shop:
    """A store, all it has to say, and what that is worth in the end."""

    store: Store
    deliveries: tuple[SignedDelivery, ...]
    points: Mapping[str, int]
    orders: Mapping[int, Mapping[str, Any]]
    """As the store itself holds them in the end."""


def open_shop(world: World, name: str, happenings: int, seed: int, **changes: Any) -> Shop:
    """A connected store with orders, refunds and cancellations, told twice, late and out of order."""
    truth = SyntheticStore(seed, SECRET, opened_at=world.now - timedelta(days=2))
    deliveries = tuple(truth.deliveries(happenings))
    return Shop(world.connect(name, **changes), deliveries, truth.expected_points(), truth.orders)


def let_leases_end(world: World) -> None:
    """As if the time had passed for which a dead worker's lease stands."""
    with world.database.write_all() as db:
        db.execute(update(leases).where(leases.c.until.is_not(None)).values(until=world.now))


def let_time_pass(world: World) -> None:
    """The same, and as if the sweeper's next round had come, and the end of what pauses stores earned."""
    let_leases_end(world)
    with world.database.write_all() as db:
        db.execute(update(ticks).values(until=world.now))
        db.execute(update(effects).where(effects.c.next_at > world.now).values(next_at=world.now))


def nothing_waits(world: World, shops: Sequence[Shop]) -> bool:
    """Whether every delivery of theirs is settled, and every order that had to be fetched was."""
    open_states = {"new", "needs_fetch"}
    return all(
        not open_states & world.inbox(shop.store).keys()
        if not shop.store.is_offline
        else "new" not in world.inbox(shop.store)
        for shop in shops
    )


def ask(world: World, store: Store, query: str) -> dict[str, int]:
    """The answer to a query of two columns, a name and a number."""
    with world.database.read(store.store_id) as db:
        return {str(name): int(number) for name, number in db.execute(text(query), {"store": store.store_id})}


def assert_exact(world: World, shop: Shop) -> None:
    """Every order stands at its points, all that is kept of points fits together, and nothing waits."""
    orders = ask(
        world,
        shop.store,
        "SELECT o.order_ref, COALESCE(SUM(e.points), 0) FROM orders o LEFT JOIN entries e "
        "ON e.store_id = o.store_id AND e.order_ref = o.order_ref "
        "WHERE o.store_id = :store GROUP BY o.order_ref",
    )
    assert orders == shop.points
    assert_adds_up(world, shop.store)
    assert set(world.inbox(shop.store)) <= {"done", "needs_fetch"}


def assert_adds_up(world: World, store: Store) -> None:
    """`verify-ledger` finds nothing."""
    audited = audit_store(world.database, store.store_id, lambda _name, _count: None)
    assert audited.differences == []


def bodies_kept(world: World, store: Store) -> set[bytes]:
    """Every body this store is known to have delivered."""
    with world.database.read(store.store_id) as db:
        found = db.execute(text("SELECT body FROM inbox WHERE store_id = :store"), {"store": store.store_id})
        return {bytes(body) for (body,) in found}
