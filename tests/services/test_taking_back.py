"""Taking points back looks at few lots and comes to the same as looking at all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, Connection, and_, select, update

from core.db import ledger, members
from core.db.tables import lots
from core.domain.lots import Lot, TakenBack, take_back
from core.domain.stores import Store
from core.services.maturing import expire_due
from core.services.taking_back import lots_to_take_from
from tests.effort import count_anew, measured
from tests.world import NOW, World

ANA = 1_000_001
FINN = 1_000_002
MEMBERS = (ANA, FINN)


class TakenAway(Exception):
    """Ends a transaction without a trace."""


@dataclass(frozen=True)
class Held:
    """What a member holds in one lot."""

    member_id: int
    order_ref: str | None
    remaining: int
    expired: int = 0
    is_released: bool = True


def keep(db: Connection, store: Store, held: Iterable[Held]) -> None:
    """Write lots as if they had been earned in this order."""
    rows = [
        {
            "store_id": store.store_id,
            "member_id": one.member_id,
            "entry_key": f"made-up:{number}",
            "order_ref": one.order_ref,
            "earned_points": one.remaining + one.expired,
            "remaining_points": one.remaining,
            "expired_points": one.expired,
            "is_released": one.is_released,
            "available_at": NOW,
            "expires_at": None,
            "rolling_days": None,
        }
        for number, one in enumerate(held)
    ]
    ledger.add_lots(db, rows)


def all_lots(db: Connection, store: Store, member_id: int) -> dict[int, Lot]:
    found = db.execute(select(lots).where(lots.c.store_id == store.store_id, lots.c.member_id == member_id))
    return {row.id: ledger.as_lot(row) for row in found}


def taken_one_after_the_other(
    held: Mapping[int, Mapping[int, Lot]], losses: Mapping[tuple[int, str], int]
) -> list[TakenBack]:
    """What each loss draws, each from what the ones before it left."""
    left = {member_id: dict(of_member) for member_id, of_member in held.items()}
    taken = []
    for (member_id, order_ref), points in losses.items():
        one = take_back(left[member_id].values(), order_ref, points)
        for use in one.uses:
            lot = left[member_id][use.lot.lot_id]
            left[member_id][use.lot.lot_id] = replace(lot, remaining_points=lot.remaining_points - use.points)
        for use in one.written_off:
            lot = left[member_id][use.lot.lot_id]
            left[member_id][use.lot.lot_id] = replace(lot, expired_points=lot.expired_points - use.points)
        taken.append(one)
    return taken


order_refs = st.sampled_from(["1", "2", "3", "4", "5"])
kept_lots = st.lists(
    st.builds(
        Held,
        st.sampled_from(MEMBERS),
        st.none() | order_refs,
        st.integers(0, 20),
        st.sampled_from([0, 0, 0, 7]),
        st.booleans(),
    ),
    max_size=25,
)
losses_of_a_batch = st.dictionaries(
    st.tuples(st.sampled_from(MEMBERS), order_refs), st.integers(1, 60), min_size=1, max_size=5
)


@contextmanager
def undone(world: World, store: Store) -> Iterator[Connection]:
    """A transaction nothing is left of."""
    with suppress(TakenAway), world.database.write(store.store_id) as db:
        yield db
        raise TakenAway


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(held=kept_lots, losses=losses_of_a_batch)
def test_a_batch_takes_from_the_few_lots_what_it_would_take_from_all(
    installation: World, held: list[Held], losses: dict[tuple[int, str], int]
) -> None:
    store = installation.birch()
    with undone(installation, store) as db:
        keep(db, store, held)
        everything = {member_id: all_lots(db, store, member_id) for member_id in MEMBERS}
        few = lots_to_take_from(db, store.store_id, losses)

        for member_id in MEMBERS:
            few.setdefault(member_id, {})
        assert taken_one_after_the_other(few, losses) == taken_one_after_the_other(everything, losses)


def test_no_more_lots_are_fetched_than_the_points_taken_call_for(installation: World) -> None:
    store = installation.birch()
    with undone(installation, store) as db:
        keep(db, store, [Held(ANA, "1", 0), *(Held(ANA, str(number), 10) for number in range(2, 50))])
        found = lots_to_take_from(db, store.store_id, {(ANA, "1"): 21, (FINN, "1"): 21})

    assert {lot.order_ref for lot in found[ANA].values()} == {"49", "48", "47"}
    assert found[FINN] == {}


def test_an_order_that_holds_its_points_itself_needs_no_other_lot(installation: World) -> None:
    store = installation.birch()
    with undone(installation, store) as db:
        keep(db, store, [Held(ANA, "1", 10), Held(ANA, "1", 0, expired=5), Held(ANA, "2", 10)])
        found = lots_to_take_from(db, store.store_id, {(ANA, "1"): 15})

    assert {lot.order_ref for lot in found[ANA].values()} == {"1"}


def a_long_history(length: int) -> list[Held]:
    """Every kind of lot a member can have many of."""
    kinds = (
        Held(ANA, None, 3),
        Held(ANA, None, 0, expired=3),
        Held(ANA, None, 3, is_released=False),
        Held(ANA, None, 0),
    )
    return [replace(kinds[number % 4], order_ref=f"h{number}") for number in range(length)]


def stays_flat(effort: Callable[[World, int], int], world: World) -> bool:
    """PostgreSQL plans by a sample of the rows: one unlucky plan among three is no growth, three are."""
    return any(effort(world, 8000) <= effort(world, 20) * 1.5 for _ in range(3))


def effort_of_a_refund(world: World, history: int) -> int:
    """Of finding the lots for a refund of points that were spent."""
    store = world.birch()
    spent, newest = Held(ANA, "1", 0), [Held(ANA, str(number), 5) for number in range(2, 12)]
    with world.database.write(store.store_id) as db:
        keep(db, store, [spent, *newest[:5], *a_long_history(history), *newest[5:]])
    count_anew(world)
    with world.database.read(store.store_id) as db, measured(db) as effort:
        assert len(lots_to_take_from(db, store.store_id, {(ANA, "1"): 25})[ANA]) == 5
    return effort.spent


def test_a_refund_reads_as_much_after_twenty_lots_as_after_eight_thousand(installation: World) -> None:
    assert stays_flat(effort_of_a_refund, installation)


def effort_of_an_end(world: World, history: int) -> int:
    """Of ending the only lot whose day has come."""
    store = world.birch()
    with world.database.write(store.store_id) as db:
        members.add_with_ids(db, store.store_id, [ANA + store.store_id], NOW)
        held = [Held(ANA, "1", 5), *a_long_history(history)]
        keep(db, store, [replace(one, member_id=ANA + store.store_id) for one in held])
        db.execute(update(lots).where(_first(store)).values(expires_at=NOW - timedelta(days=1)))
        members.save_balances(db, store.store_id, [{"id": ANA + store.store_id, "available_points": 5}])
    count_anew(world)
    with undone(world, store) as db, measured(db) as effort:
        assert expire_due(db, store, NOW) == 1
    return effort.spent


def _first(store: Store) -> ColumnElement[bool]:
    return and_(lots.c.store_id == store.store_id, lots.c.order_ref == "1")


def test_ending_a_lot_reads_as_much_after_twenty_lots_as_after_eight_thousand(installation: World) -> None:
    assert stays_flat(effort_of_an_end, installation)
