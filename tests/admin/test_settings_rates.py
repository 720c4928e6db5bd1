"""Rates of other currencies: what waited for one is counted, and what lost one waits again."""

from __future__ import annotations

import pytest

from core.db import stores
from core.domain.staff import Role
from core.jobs.drain import take_store
from tests.admin.people import operator_browser, staff_browser
from tests.admin.test_settings import at, in_words, last_change, noted, save
from tests.payloads import an_order
from tests.world import World


def test_a_rate_sends_what_waited_for_it_back_in_line(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order(1, currency="USD"))
    world.tell(birch, an_order(2, currency="USD", customer_id=8))
    olive = staff_browser(world, Role.MANAGER, birch)
    page = in_words(olive.get(at(birch, "/rates")))
    assert "2 orders wait: they were paid in a currency that has no rate yet." in page
    answer = save(olive, at(birch, "/rates"), currency="usd", rate="0,5")
    assert answer.status_code == 303
    said = in_words(olive.get(answer.headers["Location"]))
    assert "1 USD is worth 0.5 EUR from now on. 2 deliveries that waited for it are counted now." in said
    world.drain(birch)
    assert world.points(birch) == [24, 24]
    assert noted(world, birch) == [("Olive", "rate.set")]
    assert last_change(world, birch) == ({"rate": None}, {"rate": "0.5", "deliveries_back_in_line": 2})


def test_without_its_rate_a_counted_order_keeps_its_points_and_a_later_one_waits(world: World) -> None:
    birch = world.connect()
    olive = staff_browser(world, Role.MANAGER, birch)
    save(olive, at(birch, "/rates"), currency="USD", rate="0.5")
    world.tell(birch, an_order(1, currency="USD"))
    answers = [olive.send(at(birch, "/rates/remove"), currency="USD") for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    said = in_words(olive.get(answers[-1].headers["Location"]))
    assert "The rate of USD is removed." in said
    assert "Only EUR so far" in said
    assert [what for _, what in noted(world, birch)] == ["rate.removed", "rate.set"]
    assert last_change(world, birch) == ({"rate": "0.5"}, {"rate": None})

    world.tell(birch, an_order(2, currency="USD", customer_id=8))
    assert world.points(birch) == [24]
    assert "One order waits" in in_words(olive.get(at(birch, "/rates")))
    save(olive, at(birch, "/rates"), currency="USD", rate="2")
    world.drain(birch)
    assert world.points(birch) == [24, 99]


@pytest.mark.parametrize("currency", ["", "GBP", "XXY", "<b>", "EUR"])
def test_removing_what_has_no_rate_changes_nothing(world: World, currency: str) -> None:
    birch = world.connect()
    operator = operator_browser(world)
    save(operator, at(birch, "/rates"), currency="USD", rate="0.5")
    answer = operator.send(at(birch, "/rates/remove"), currency=currency)
    assert answer.status_code in (303, 422)
    with world.database.read(birch.store_id) as db:
        assert stores.rates(db, birch.store_id) == {"USD": "0.5"}
    assert [what for _, what in noted(world, birch)] == ["rate.set"]


@pytest.mark.parametrize(
    ("currency", "rate", "says"),
    [
        ("EUR", "1", "counts in EUR itself"),
        ("XXY", "1", "is not a currency"),
        ("USD", "0", "Enter a plain number above 0"),
        ("USD", "-1", "Enter a plain number above 0"),
        ("USD", "1e9", "Enter a plain number above 0"),
        ("USD", "1.234,5", "Enter a plain number above 0"),
        ("USD", "0.12345678901", "Enter a plain number above 0"),
        ("USD", "", "Enter a plain number above 0"),
    ],
)
def test_a_rate_that_is_none_is_refused_in_its_place(
    world: World, currency: str, rate: str, says: str
) -> None:
    birch = world.connect()
    answer = save(operator_browser(world), at(birch, "/rates"), currency=currency, rate=rate)
    assert answer.status_code == 422
    assert says in in_words(answer)
    with world.database.read(birch.store_id) as db:
        assert stores.rates(db, birch.store_id) == {}


def test_while_orders_are_being_counted_she_is_asked_to_press_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("admin.alone.PATIENCE_S", 0.0)
    birch = world.connect()
    assert take_store(world.env, birch.store_id) is not None
    answer = save(operator_browser(world), at(birch, "/rates"), currency="USD", rate="0.5")
    assert answer.status_code == 422
    assert "Orders of Birch are being counted this very moment." in in_words(answer)
    assert 'value="0.5"' in answer.text
    again = operator_browser(world).send(at(birch, "/rates/remove"), currency="USD")
    assert again.status_code == 422
    assert "Press the button once more." in in_words(again)
