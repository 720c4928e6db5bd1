"""The decided cases of balances, lots, debts and guests, one test each, by their numbers.

Nothing to test yet: 16, a tier counts a point when it is released, since there are no tiers; of 15, that a
redemption spends in the order of lots, which `test_lots` shows. 17, merging two members, and 18, who claims a
guest's points, stand in `tests/services/test_merging.py` and `test_customers.py`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.db.tables import entries, lots
from core.domain.stores import Store
from tests.accounts import check_accounts
from tests.payloads import ORDERED_AT, a_refund, an_order, gmt
from tests.spending import spend
from tests.world import SMALLEST_PROGRAM, World

PENDING_DAYS = 14
PENDING = SMALLEST_PROGRAM.replace('"pending_days": 0', f'"pending_days": {PENDING_DAYS}')


def expiring(kind: str, days: int, pending_days: int = 0) -> str:
    """The smallest program with an expiry."""
    return SMALLEST_PROGRAM.replace(
        '"pending_days": 0', f'"pending_days": {pending_days}, "expiry": {{"kind": "{kind}", "days": {days}}}'
    )


def placed(world: World, order_id: int, net: str, **changes: Any) -> dict[str, Any]:
    """Ana's order placed, paid and told just now."""
    now = gmt(world.now)
    dates = {"date_created_gmt": now, "date_modified_gmt": now, "date_paid_gmt": now}
    return an_order(order_id, net, **(dates | changes))


def undone(world: World, order_id: int, net: str, **changes: Any) -> dict[str, Any]:
    """The same order cancelled just now."""
    return placed(world, order_id, net, status="cancelled", **changes)


def indebted(world: World) -> Store:
    """A store in which Ana spent 30 points whose order was then undone."""
    store = world.birch()
    world.tell(store, placed(world, 1, "30.00"))
    spend(world, store, 30)
    world.wait(seconds=1)
    world.tell(store, undone(world, 1, "30.00"))
    world.apply(store, PENDING)
    world.wait(seconds=1)
    return store


def test_s14_points_spent_before_their_order_was_undone_are_a_debt(installation: World) -> None:
    store = indebted(installation)

    assert installation.balance(store) == (0, 0, 30)
    assert installation.total(store) == -30


def test_s14_pending_points_pay_no_debt_until_they_are_released(installation: World) -> None:
    store = indebted(installation)
    installation.tell(store, placed(installation, 2, "50.00"))
    assert installation.balance(store) == (0, 50, 30)

    installation.wait(days=PENDING_DAYS)
    installation.mature(store)

    assert installation.balance(store) == (20, 0, 0)
    check_accounts(installation, store)


def test_s14_pending_points_that_are_undone_leave_the_debt_as_it_was(installation: World) -> None:
    store = indebted(installation)
    installation.tell(store, placed(installation, 2, "50.00"))
    installation.wait(days=1)
    installation.tell(store, undone(installation, 2, "50.00"))

    assert installation.balance(store) == (0, 0, 30)
    check_accounts(installation, store)


def test_s14_points_that_are_available_at_once_pay_the_debt_at_once(installation: World) -> None:
    store = indebted(installation)
    installation.apply(store, SMALLEST_PROGRAM)
    installation.wait(seconds=1)
    installation.tell(store, placed(installation, 2, "20.00"))
    assert installation.balance(store) == (0, 0, 10)
    installation.tell(store, placed(installation, 3, "20.00"))

    assert installation.balance(store) == (10, 0, 0)
    check_accounts(installation, store)


def left(world: World, store: Store) -> dict[str, int]:
    """What is left of each order's lots."""
    with world.database.read(store.store_id) as db:
        found = db.execute(
            select(lots.c.order_ref, lots.c.remaining_points).where(lots.c.store_id == store.store_id)
        )
        return {row.order_ref: row.remaining_points for row in found}


def test_s15_a_revocation_takes_the_orders_own_points_then_the_newest_then_makes_a_debt(
    installation: World,
) -> None:
    store = installation.birch()
    for number in (1, 2, 3):
        installation.tell(store, placed(installation, number, "20.00"))
    spend(installation, store, 30)
    assert left(installation, store) == {"1": 0, "2": 10, "3": 20}

    installation.wait(seconds=1)
    installation.tell(store, undone(installation, 2, "20.00"))
    assert left(installation, store) == {"1": 0, "2": 0, "3": 10}
    installation.tell(store, undone(installation, 1, "20.00"))

    assert left(installation, store) == {"1": 0, "2": 0, "3": 0}
    assert installation.balance(store) == (0, 0, 10)
    check_accounts(installation, store)


def test_s15_the_orders_pending_points_go_before_its_released_ones(installation: World) -> None:
    store = installation.birch(program=PENDING)
    installation.tell(store, placed(installation, 1, "20.00"))
    installation.wait(days=PENDING_DAYS)
    installation.mature(store)
    later = {"date_paid_gmt": gmt(installation.now), "date_created_gmt": gmt(ORDERED_AT + timedelta(days=11))}
    installation.tell(store, placed(installation, 1, "50.00", **later))
    assert installation.balance(store) == (20, 30, 0)

    installation.wait(seconds=1)
    installation.tell(store, placed(installation, 1, "50.00", **later, refunds=[a_refund("35.00")]))

    assert installation.balance(store) == (15, 0, 0)
    check_accounts(installation, store)


def ends(world: World, store: Store) -> list[datetime | None]:
    """When the store's lots end."""
    with world.database.read(store.store_id) as db:
        return list(db.execute(select(lots.c.expires_at).where(lots.c.store_id == store.store_id)).scalars())


def test_s15_expiry_is_the_end_of_a_day_in_the_stores_zone(installation: World) -> None:
    store = installation.birch(program=expiring("fixed", 30))
    tokyo = installation.birch(program=expiring("fixed", 30), timezone="Asia/Tokyo")
    for one in (store, tokyo):
        installation.tell(one, an_order(date_paid_gmt="2026-11-20T23:30:00"))

    # The payment fell on the 21st in both zones; the 21st of December ends earlier in Tokyo.
    assert ends(installation, store) == [datetime(2026, 12, 21, 23, tzinfo=UTC)]
    assert ends(installation, tokyo) == [datetime(2026, 12, 21, 15, tzinfo=UTC)]


def test_s15_a_shorter_setting_never_shortens_a_lot_already_earned(installation: World) -> None:
    store = installation.birch(program=expiring("fixed", 90))
    installation.tell(store, placed(installation, 1, "20.00"))
    before = ends(installation, store)
    installation.apply(store, expiring("fixed", 30))
    installation.wait(days=1)
    installation.tell(
        store, placed(installation, 1, "10.00", date_created_gmt=gmt(installation.now - timedelta(days=1)))
    )
    installation.mature(store)

    assert ends(installation, store) == before


def test_s15_rolling_points_live_from_the_last_activity_without_being_rewritten(installation: World) -> None:
    store = installation.birch(program=expiring("rolling", 30))
    installation.tell(store, placed(installation, 1, "20.00"))
    installation.wait(days=20)
    installation.tell(store, placed(installation, 2, "5.00"))
    installation.wait(days=20)
    installation.mature(store)
    assert installation.balance(store) == (25, 0, 0)
    assert ends(installation, store) == [None, None]

    installation.wait(days=11)
    installation.mature(store)

    assert installation.balance(store) == (0, 0, 0)
    check_accounts(installation, store)


def holder(world: World, store: Store, order_id: int, **changes: Any) -> int | None:
    """The member who got the order's points."""
    world.tell(store, an_order(order_id, **changes))
    with world.database.read(store.store_id) as db:
        found = db.execute(
            select(entries.c.member_id).where(
                entries.c.store_id == store.store_id, entries.c.order_ref == str(order_id)
            )
        )
        return found.scalar()


def guest(email: object) -> dict[str, Any]:
    return {"customer_id": 0, "billing": {"email": email}}


def test_s18_a_guest_is_a_member_by_address_in_one_store_alone(installation: World) -> None:
    store, other = installation.birch(), installation.birch()
    gus = holder(installation, store, 1, **guest("gus@example.com"))

    assert gus is not None
    assert holder(installation, store, 2, **guest(" GUS@Example.com")) == gus
    assert holder(installation, store, 3, **guest("gus2@example.com")) != gus
    assert holder(installation, other, 1, **guest("gus@example.com")) != gus


@pytest.mark.parametrize("email", ["", None, "no address"])
def test_s18_without_an_address_there_is_no_member_and_the_order_is_kept(
    installation: World, email: object
) -> None:
    store = installation.birch()

    assert holder(installation, store, 1, **guest(email)) is None
    assert installation.inbox(store) == {"done": 1}


def test_s18_an_account_of_the_same_address_proves_nothing(installation: World) -> None:
    store = installation.birch()
    gus = holder(installation, store, 1, **guest("gus@example.com"))

    account = holder(installation, store, 2, customer_id=9, billing={"email": "gus@example.com"})

    assert account != gus
    assert installation.balance(store, "9") == (49, 0, 0)


def test_s18_a_guests_order_given_to_an_account_by_the_store_moves_its_points(installation: World) -> None:
    store = installation.birch()
    installation.tell(store, an_order(**guest("gus@example.com")))
    installation.tell(store, an_order(minute=1, customer_id=9, billing={"email": "gus@example.com"}))

    assert installation.points(store) == [49, -49, 49]
    assert installation.balance(store, "9") == (49, 0, 0)


def test_s18_an_order_that_gets_an_address_later_gets_its_member(installation: World) -> None:
    store = installation.birch()
    installation.tell(store, an_order(**guest("")))
    installation.tell(store, an_order(minute=1, **guest("gus@example.com")))

    assert installation.points(store) == [49]
