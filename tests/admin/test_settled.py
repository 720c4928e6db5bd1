"""The store's page says whether every paid order is here, names those that are not, and fetches them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from admin.settled import HIGH, bars
from core.db import comparisons
from core.domain.completeness import Completeness, Day, Missing, read_completeness, written
from core.jobs.beat import TICKS, stores_due
from core.jobs.bell import COMPARE
from core.jobs.compare import CLAIMED_FOR, compare
from sandbox.woocommerce.checkout import Basket, place_order
from sandbox.woocommerce.faults import answer
from tests.admin.merchant import Merchant, in_words
from tests.fakes.birch import ANA
from tests.world import NOW

AT = "/admin/stores/1"


def lose_an_order(her: Merchant) -> None:
    """Ana buys, and the webhook never comes."""
    place_order(her.birch.store, Basket(((her.birch.mug.product_id, 1),), ANA, 1), her.world.now)
    her.birch.store.outbox.waiting.clear()


def due(her: Merchant) -> list[int]:
    return stores_due(her.world.env, next(one for one in TICKS if one.job == COMPARE))


def test_an_order_that_never_came_is_named_and_one_button_fetches_it(her: Merchant) -> None:
    store = her.connect()
    her.buy()
    lose_an_order(her)
    her.world.wait(minutes=20)
    assert her.send_form(f"{AT}/compare").status_code == 303
    her.work()
    page = in_words(her.get(AT))
    assert "1 of 2 paid orders of the last 14 days are settled here" in page
    assert "was never told of here" in page

    her.send_form(f"{AT}/fetch")
    her.work()
    her.world.drain(store)
    assert her.world.total(store) == 26
    her.world.wait(minutes=1)
    assert due(her) == [1]
    compare(her.world.env, 1)
    assert "All are here" in in_words(her.get(AT))


def test_the_page_calls_no_store_itself(her: Merchant) -> None:
    her.connect()
    asked = len(her.store.asked)
    her.send_form(f"{AT}/compare")
    assert "Being compared" in in_words(her.get(AT))
    assert len(her.store.asked) == asked


def test_it_is_compared_every_night_without_anybody_asking(her: Merchant) -> None:
    her.connect()
    assert due(her) == []
    her.world.wait(hours=2)
    assert due(her) == [1]
    compare(her.world.env, 1)
    assert due(her) == []
    her.world.wait(hours=25)
    assert due(her) == [1]


def test_a_store_that_does_not_answer_leaves_the_last_result_and_is_asked_again_later(her: Merchant) -> None:
    her.connect()
    her.buy()
    her.send_form(f"{AT}/compare")
    her.work()
    her.send_form(f"{AT}/compare")
    her.store.door.faults.fail(answer(503), path="orders")
    her.work()
    page = in_words(her.get(AT))
    assert "1 of 1 paid orders" in page
    assert "has trouble of its own" in page
    her.world.wait(hours=1)
    assert due(her) == [1]


def test_what_is_asked_for_during_a_comparison_is_not_forgotten(her: Merchant) -> None:
    her.connect()
    with her.world.database.write(1) as db:
        until = her.world.now + CLAIMED_FOR
        assert comparisons.claim(db, 1, her.world.now, until)
        assert not comparisons.claim(db, 1, her.world.now, until)
        comparisons.ask(db, 1, her.world.now)
        comparisons.finish(db, 1, until, her.world.now + timedelta(days=1), problem=None)
    assert due(her) == [1]


def test_a_disconnected_store_is_not_compared(her: Merchant) -> None:
    her.connect()
    her.world.wait(hours=2)
    her.send_form(f"{AT}/disconnect")
    assert due(her) == []


# -- what is kept and drawn


def test_a_result_is_read_as_it_was_written() -> None:
    found = Completeness(on_their_way=2, from_before=3)
    found.days[date(2026, 11, 20)] = Day(5, 4)
    found.missing.append(Missing("17", "#1017", NOW, "was never told of here"))
    assert read_completeness(written(found)) == found


@pytest.mark.parametrize("highest", [0, 1, 7, 12_345])
def test_the_highest_bar_is_as_high_as_the_drawing_and_none_is_higher(highest: int) -> None:
    found = Completeness()
    found.days[date(2026, 11, 20)] = Day(highest, highest // 2)
    found.days[date(2026, 11, 19)] = Day(highest // 3, highest // 3)
    drawn = bars(found, date(2026, 11, 9))
    assert len(drawn) == 14
    tops = [bar.settled_high + bar.missing_high for bar in drawn]
    assert max(tops) == pytest.approx(HIGH if highest else 0, abs=0.02)
    assert [bar.missing_high > 0 for bar in drawn].count(True) == (highest > 0)
