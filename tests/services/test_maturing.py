"""Points whose time has come: pending ones are released, ended ones expire."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.domain.stores import Store
from core.jobs.drain import take_store
from core.services import maturing
from tests.accounts import check_accounts
from tests.payloads import an_order, body_of, gmt
from tests.spending import spend
from tests.world import SMALLEST_PROGRAM, World


def program(pending_days: int = 0, expiry: str = '{"kind": "never"}', anchor: str = "paid") -> str:
    """The smallest program with these terms."""
    return SMALLEST_PROGRAM.replace(
        '"pending_days": 0',
        f'"pending_days": {pending_days}, "pending_anchor": "{anchor}", "expiry": {expiry}',
    )


FIXED = '{"kind": "fixed", "days": 30}'
ROLLING = '{"kind": "rolling", "days": 30}'


def placed(world: World, order_id: int = 1, net: str = "50.00", **changes: Any) -> dict[str, Any]:
    """Ana's order placed, paid and told just now."""
    now = gmt(world.now)
    dates = {"date_created_gmt": now, "date_modified_gmt": now, "date_paid_gmt": now}
    return an_order(order_id, net, **(dates | changes))


def later(world: World, order: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The same order changed just now."""
    return order | {"date_modified_gmt": gmt(world.now)} | changes


def mature(world: World, store: Store) -> tuple[int, int, int]:
    """Let mature what is due; the balance afterwards."""
    world.mature(store)
    check_accounts(world, store)
    return world.balance(store)


def kinds(world: World, store: Store) -> list[tuple[str, int]]:
    return [(entry.kind, entry.points) for entry in world.entries(store)]


def test_pending_points_are_released_on_the_second(installation: World) -> None:
    store = installation.birch(program=program(pending_days=14))
    installation.tell(store, placed(installation))
    installation.wait(days=14, seconds=-1)
    assert mature(installation, store) == (0, 50, 0)
    installation.wait(seconds=1)

    assert mature(installation, store) == (50, 0, 0)
    assert kinds(installation, store) == [("earn", 50)]


def test_an_order_told_after_its_pending_days_is_available_at_once(installation: World) -> None:
    store = installation.birch(program=program(pending_days=14))
    long_ago = gmt(installation.now - timedelta(days=14))
    installation.tell(store, placed(installation, date_paid_gmt=long_ago))

    assert installation.balance(store) == (50, 0, 0)


def test_releasing_again_releases_nothing(installation: World) -> None:
    store = installation.birch(program=program(pending_days=1))
    installation.tell(store, placed(installation))
    installation.wait(days=1)
    assert installation.mature(store) == 1

    for _ in range(3):
        assert installation.mature(store) == 0
        installation.wait(days=400)
    assert mature(installation, store) == (50, 0, 0)


def test_what_is_released_pays_the_debt_first(installation: World) -> None:
    store = installation.birch()
    order = placed(installation, net="30.00")
    installation.tell(store, order)
    spend(installation, store, 30)
    installation.wait(seconds=1)
    installation.tell(store, later(installation, order, status="cancelled"))
    installation.apply(store, program(pending_days=2))
    installation.wait(seconds=1)
    for order_id in (2, 3):
        installation.tell(store, placed(installation, order_id, "20.00"))
    assert installation.balance(store) == (0, 40, 30)
    installation.wait(days=2)

    assert mature(installation, store) == (10, 0, 0)


def test_a_payment_told_later_moves_the_release(installation: World) -> None:
    store = installation.birch(program=program(pending_days=14))
    order = placed(installation, date_paid_gmt=None)
    installation.tell(store, order)
    installation.wait(days=10)
    paid = gmt(installation.now)
    installation.tell(store, later(installation, order, status="completed", date_paid_gmt=paid))
    installation.wait(days=4)
    assert mature(installation, store) == (0, 50, 0)
    installation.wait(days=10)

    assert mature(installation, store) == (50, 0, 0)


def test_points_once_released_are_not_locked_up_again(installation: World) -> None:
    store = installation.birch(program=program(pending_days=14))
    order = placed(installation, date_paid_gmt=None)
    installation.tell(store, order)
    installation.wait(days=14)
    assert mature(installation, store) == (50, 0, 0)
    paid = gmt(installation.now)
    installation.tell(store, later(installation, order, status="completed", date_paid_gmt=paid))

    assert mature(installation, store) == (50, 0, 0)


def test_points_anchored_at_completion_wait_until_it_is_told(installation: World) -> None:
    store = installation.birch(program=program(pending_days=3, expiry=FIXED, anchor="completed"))
    order = placed(installation)
    installation.tell(store, order)
    installation.wait(days=300)
    assert mature(installation, store) == (0, 50, 0)
    done = gmt(installation.now)
    installation.tell(store, later(installation, order, status="completed", date_completed_gmt=done))
    installation.wait(days=3)
    assert mature(installation, store) == (50, 0, 0)
    installation.wait(days=29)
    assert mature(installation, store) == (50, 0, 0)
    installation.wait(days=2)

    assert mature(installation, store) == (0, 0, 0)


def test_fixed_points_end_with_their_last_day(installation: World) -> None:
    store = installation.birch(program=program(expiry=FIXED))
    installation.tell(store, placed(installation))
    # It is one in the afternoon in Berlin; the thirtieth day ends eleven hours after that.
    installation.wait(days=30, hours=11, seconds=-1)
    assert mature(installation, store) == (50, 0, 0)
    installation.wait(seconds=1)

    assert mature(installation, store) == (0, 0, 0)
    assert kinds(installation, store) == [("earn", 50), ("expire", -50)]
    assert installation.entries(store)[1].reason == "50 of 50 points were not spent in time"


def test_only_what_was_not_spent_expires(installation: World) -> None:
    store = installation.birch(program=program(expiry=FIXED))
    installation.tell(store, placed(installation))
    spend(installation, store, 20)
    installation.wait(days=31)

    assert mature(installation, store) == (0, 0, 0)
    assert kinds(installation, store)[-1] == ("expire", -30)


def test_points_pending_beyond_their_end_are_released_and_end_in_one_go(installation: World) -> None:
    store = installation.birch(program=program(pending_days=14, expiry=FIXED))
    installation.tell(store, placed(installation))
    installation.wait(days=400)

    assert mature(installation, store) == (0, 0, 0)
    assert kinds(installation, store) == [("earn", 50), ("expire", -50)]


def test_expiring_again_in_any_portions_expires_nothing_more(
    installation: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maturing, "PORTION", 2)
    store = installation.birch(program=program(pending_days=1, expiry=FIXED))
    for customer in range(1, 8):
        installation.post(store, body_of(placed(installation, customer, customer_id=customer)))
    installation.drain(store)
    installation.wait(days=40)
    mature(installation, store)
    once = kinds(installation, store)
    for _ in range(3):
        installation.wait(days=1)
        mature(installation, store)

    assert once == kinds(installation, store)
    assert once == [("earn", 50)] * 7 + [("expire", -50)] * 7


def test_rolling_points_end_after_the_last_activity_of_their_member(installation: World) -> None:
    store = installation.birch(program=program(expiry=ROLLING))
    installation.tell(store, placed(installation, 1))
    installation.wait(days=29)
    installation.tell(store, placed(installation, 2, "5.00"))
    installation.wait(days=30)
    assert mature(installation, store) == (55, 0, 0)
    installation.wait(days=1)

    assert mature(installation, store) == (0, 0, 0)


def test_rolling_points_long_pending_are_not_gone_the_moment_they_are_released(installation: World) -> None:
    store = installation.birch(program=program(pending_days=60, expiry=ROLLING))
    installation.tell(store, placed(installation))
    installation.wait(days=60)
    assert mature(installation, store) == (50, 0, 0)
    installation.wait(days=30)
    assert mature(installation, store) == (50, 0, 0)
    installation.wait(days=1)

    assert mature(installation, store) == (0, 0, 0)


def test_members_whose_last_day_it_is_do_not_keep_others_from_being_served(
    installation: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maturing, "PORTION", 2)
    store = installation.birch(program=program(expiry=ROLLING))
    first = [placed(installation, customer, customer_id=customer) for customer in (1, 2, 3)]
    installation.wait(days=-2)
    last = placed(installation, 4, customer_id=4)
    installation.wait(days=2)
    for order in (*first, last):
        installation.tell(store, order)
    # The first three are in their last day, the fourth is two days over.
    installation.wait(days=30, hours=8)
    mature(installation, store)

    assert installation.balance(store, "4") == (0, 0, 0)
    assert installation.balance(store, "1") == (50, 0, 0)


def test_a_refund_after_expiry_takes_nothing_twice_and_makes_no_debt(installation: World) -> None:
    store = installation.birch(program=program(expiry=FIXED))
    order = placed(installation)
    installation.tell(store, order)
    installation.wait(days=31)
    mature(installation, store)
    installation.tell(store, later(installation, order, status="refunded"))

    assert mature(installation, store) == (0, 0, 0)
    assert kinds(installation, store) == [("earn", 50), ("expire", -50), ("revoke", -50), ("restore", 50)]


def test_a_partial_refund_after_expiry_is_written_off_by_its_part_and_only_once(installation: World) -> None:
    store = installation.birch(program=program(expiry=FIXED))
    order = placed(installation)
    installation.tell(store, order)
    installation.wait(days=31)
    mature(installation, store)
    for amount in ("20.00", "50.00"):
        installation.wait(minutes=1)
        refund = {"id": 9, "total": f"-{amount}"}
        installation.tell(store, later(installation, order, refunds=[refund]))

    assert mature(installation, store) == (0, 0, 0)
    assert kinds(installation, store)[2:] == [
        ("revoke", -20),
        ("restore", 20),
        ("revoke", -30),
        ("restore", 30),
    ]


def test_expired_points_do_not_excuse_a_debt_for_those_that_were_spent(installation: World) -> None:
    store = installation.birch(program=program(expiry=FIXED))
    order = placed(installation)
    installation.tell(store, order)
    spend(installation, store, 20)
    installation.wait(days=31)
    mature(installation, store)
    installation.tell(store, later(installation, order, status="refunded"))

    assert mature(installation, store) == (0, 0, 20)
    assert kinds(installation, store)[-2:] == [("revoke", -50), ("restore", 30)]


def test_expired_points_excuse_a_revocation_only_once(installation: World) -> None:
    store = installation.birch(program=program(expiry=FIXED))
    order = placed(installation)
    installation.tell(store, order)
    spend(installation, store, 20)
    installation.wait(days=31)
    mature(installation, store)
    installation.tell(store, later(installation, order, refunds=[{"id": 9, "total": "-30.00"}]))
    assert installation.balance(store) == (0, 0, 0)
    installation.wait(minutes=1)
    installation.tell(store, later(installation, order, status="refunded"))

    assert mature(installation, store) == (0, 0, 20)


def test_an_order_that_comes_back_after_its_points_expired_does_not_live_twice(installation: World) -> None:
    store = installation.birch(program=program(expiry=FIXED))
    order = placed(installation)
    installation.tell(store, order)
    installation.wait(days=31)
    mature(installation, store)
    for status in ("cancelled", "processing"):
        installation.wait(minutes=1)
        installation.tell(store, later(installation, order, status=status))
    assert installation.total(store, "1") == 50

    assert mature(installation, store) == (0, 0, 0)
    assert kinds(installation, store)[-2:] == [("earn", 50), ("expire", -50)]


def test_another_store_is_left_alone(installation: World) -> None:
    store, other = (installation.birch(program=program(pending_days=1)) for _ in range(2))
    for one in (store, other):
        installation.tell(one, placed(installation))
    installation.wait(days=1)
    mature(installation, store)

    assert installation.balance(store) == (50, 0, 0)
    assert installation.balance(other) == (0, 50, 0)


def test_while_somebody_else_works_on_the_store_nothing_is_done(installation: World) -> None:
    store = installation.birch(program=program(pending_days=1))
    installation.tell(store, placed(installation))
    installation.wait(days=1)
    assert take_store(installation.env, store.store_id) is not None

    assert installation.mature(store) == 0
    assert installation.balance(store) == (0, 50, 0)
