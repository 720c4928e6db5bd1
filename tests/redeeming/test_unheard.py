"""Codes the store counts as used while their order is not heard of: fetched where that can be, else told."""

from __future__ import annotations

from core.db import stores
from core.domain.redemptions import State
from core.services.unheard import CODE_USED
from tests.redeeming.counter import Counter
from tests.redeeming.stubborn import in_the_way


def told(at: Counter, redemption_id: int) -> str | None:
    """What the merchant is told of a redemption."""
    with at.world.database.read(at.store.store_id) as db:
        return stores.notice(db, at.store.store_id, CODE_USED, str(redemption_id))


def used_unheard(at: Counter) -> tuple[int, str]:
    """A redemption taken back whose code was used by an order that nobody told us of: (its id, its code)."""
    made = at.wish()
    at.work()
    at.rig.order(at.pair(made.code))
    at.rig.wait(hours=1)
    at.cancel(made.id)
    return made.id, made.code


def test_after_an_hour_somebody_is_told_what_to_do(birch: Counter) -> None:
    redemption, code = used_unheard(birch)
    birch.work_on(hours=0.9)
    assert told(birch, redemption) is None
    birch.work_on(hours=0.5)

    said = told(birch, redemption)
    assert said is not None
    assert f"counts a use of code {code}, but no order with it has reached us" in said
    assert "save it there once more" in said
    assert "delete the code there, and the points come back" in said


def test_once_the_order_is_told_nothing_is_left_to_tell(birch: Counter) -> None:
    made = birch.wish()
    birch.work()
    order = birch.rig.order(birch.pair(made.code))
    birch.cancel(made.id)
    birch.work_on(hours=1.5)
    assert told(birch, made.id) is not None
    birch.settle(order)

    assert (birch.state(made.id), told(birch, made.id)) == (State.USED, None)


def test_once_the_code_is_deleted_at_the_store_the_points_come_back(birch: Counter) -> None:
    redemption, _ = used_unheard(birch)
    birch.work_on(hours=1.5)
    birch.rig.store.coupons.clear()  # type: ignore[attr-defined]
    birch.work_on(hours=1)

    assert (birch.state(redemption), told(birch, redemption)) == (State.CANCELLED, None)
    assert birch.available() == 500


def test_where_the_store_can_say_which_order_used_the_code_it_is_fetched(acorn: Counter) -> None:
    redemption, _ = used_unheard(acorn)
    acorn.work()
    acorn.world.drain(acorn.store)

    assert acorn.state(redemption) == State.USED
    assert acorn.redemption(redemption).order_ref == acorn.rig.newest_order()
    assert told(acorn, redemption) is None


def test_a_store_that_does_not_let_us_look_for_the_order_is_still_waited_for(acorn: Counter) -> None:
    redemption, _ = used_unheard(acorn)
    acorn.mood = in_the_way(*["deny search"] * 9)
    acorn.work_on(hours=1.5)

    assert acorn.state(redemption) == State.CANCELLING
    assert acorn.effects() == {"done": 1, "pending": 1}
    assert told(acorn, redemption) is not None


def test_an_order_found_for_a_search_that_was_not_understood_is_not_taken_for_one(acorn: Counter) -> None:
    made = acorn.wish()
    acorn.work()
    acorn.checkout(made.code)

    assert acorn.rig.shop().orders_with(made.code.lower()) == (acorn.rig.newest_order(),)
    assert acorn.rig.shop().orders_with("x' OR name:*") == ()
