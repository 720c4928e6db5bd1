"""What the page says: one story over three cards, and each delivery with what became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from core.services.recent import Activity, Booked, Delivered
from sandbox.demo.telling import HELD, Told, told
from sandbox.demo.watching import Check, View, Watched
from tests.world import NOW

CHECK = Check(orders=1, lost=0, twice=0, at_s=0.0)


def at(seconds: int) -> datetime:
    return NOW + timedelta(seconds=seconds)


def record(seconds: int, order_ref: str, **changes: Any) -> dict[str, Any]:
    """A letter that arrived, as a store tells it."""
    return {
        "at": at(seconds).isoformat(),
        "topic": "orders/create",
        "delivery_ref": f"d{order_ref}",
        "order_ref": order_ref,
        "order_name": f"#{order_ref}",
        "shopper": "Finn",
        "what": "Paid",
        "amount_minor": 49_95,
        "trouble": "",
        "late_by_s": 0,
        "took_ms": 3,
    } | changes


def delivered(seconds: int, order_ref: str, points: int, state: str = "done") -> Delivered:
    return Delivered("orders/create", f"d{order_ref}", order_ref, at(seconds), at(seconds), state, points)


def booked(seconds: int, order_ref: str, points: int) -> Booked:
    return Booked(seconds, order_ref, "8", "earn", points, f"{points} points", at(seconds), 112)


def page(
    records: list[dict[str, Any]],
    activity: Activity,
    codes: list[dict[str, Any]] | None = None,
    yours: dict[str, Any] | None = None,
) -> Told:
    state = {
        "name": "Acorn",
        "currency": "EUR",
        "running_s": 7,
        "is_paused": False,
        "shoppers": {"8": "Finn"},
        "counts": {"delivered": 3, "orders": 2, "again": 1, "late": 0, "overtaken": 0},
        "records": records,
        "codes": codes or [],
        "yours": yours,
    }
    return told(View((Watched("http://127.0.0.1:1", state, activity),), CHECK))


def test_the_first_two_cards_are_about_one_order_the_newest_that_is_booked() -> None:
    shown = page(
        [record(3, "3"), record(2, "2"), record(1, "1")],
        Activity((delivered(2, "2", 49), delivered(1, "1", 49)), (booked(2, "2", 49), booked(1, "1", 49))),
    )
    assert shown.order is not None
    assert shown.entry is not None
    assert (shown.order.order, shown.order.amount) == ("#2", "49.95")
    assert (shown.entry.order_ref, shown.entry.points, shown.entry.shopper) == ("2", 49, "Finn")
    assert [one.order for one in shown.orders] == ["#3", "#1"]


def test_a_repeat_counts_nothing_and_is_told_of_its_order() -> None:
    shown = page(
        [record(2, "1", trouble="again", late_by_s=1), record(1, "1")],
        Activity((delivered(1, "1", 49),), (booked(1, "1", 49),)),
    )
    assert [(row.result, row.points) for row in shown.rows] == [("Sent again", 0), ("Counted", 49)]
    assert shown.came_again


def test_a_later_delivery_of_the_same_order_changes_nothing_that_was_said_of_it() -> None:
    booking = booked(1, "1", 49)
    first = page([record(1, "1")], Activity((delivered(1, "1", 49),), (booking,)))
    second = replace(delivered(8, "1", 0), topic="orders/updated", delivery_ref="d1-again")
    late = record(8, "1", topic="orders/updated", delivery_ref="d1-again", trouble="late", late_by_s=7)
    then = page([late, record(1, "1")], Activity((second, delivered(1, "1", 49)), (booking,)))
    assert then.order == first.order
    assert then.entry == first.entry
    refund = replace(delivered(9, "1", -16), topic="refunds/create", delivery_ref="r1")
    after = page([record(1, "1")], Activity((refund, delivered(1, "1", 49)), (booked(9, "1", -16), booking)))
    assert after.entry == first.entry
    assert [entry.took_ms for entry in after.entries] == [0]


MINE = {"at": at(1).isoformat(), "order_ref": "1", "order_name": "#1", "amount_minor": 54_90}


def test_the_readers_own_order_is_confirmed_first_as_on_its_way_and_then_with_its_points() -> None:
    before = page([], Activity((), ()), yours=MINE)
    assert before.yours is not None
    assert (before.yours.order, before.yours.amount, before.yours.entry) == ("#1", "54.90", None)
    after = page([], Activity((delivered(1, "1", 49),), (booked(1, "1", 49),)), yours=MINE)
    assert after.yours is not None
    assert after.yours.entry is not None
    assert (after.yours.entry.points, after.yours.entry.available) == (49, 112)


def test_the_cards_stay_with_the_readers_own_order_for_a_while() -> None:
    others = [str(number) for number in range(2, 2 + HELD)]
    orders = [record(1, "1", shopper="Ana"), *(record(int(ref), ref) for ref in others)]

    def shown_after(count: int) -> Told:
        refs = ["1", *others][: 1 + count]
        return page(
            orders[: 1 + count],
            Activity(
                tuple(delivered(int(ref), ref, 49) for ref in refs),
                tuple(booked(int(ref), ref, 49) for ref in refs),
            ),
        )

    for count in range(HELD):
        shown = shown_after(count).order
        assert shown is not None
        assert shown.is_yours
    later = shown_after(HELD).order
    assert later is not None
    assert not later.is_yours


def test_each_entry_says_in_two_words_what_the_shopper_did() -> None:
    kinds = ("earn", "revoke", "redeem", "restore")
    entries = tuple(replace(booked(number, "1", 1), kind=kind) for number, kind in enumerate(kinds, start=1))
    assert [one.did for one in page([], Activity((), entries)).entries] == [
        "got points back",
        "spent points",
        "returned goods",
    ]


def test_each_delivery_says_what_became_of_it() -> None:
    shown = page(
        [
            record(6, "6"),
            record(5, "5"),
            record(4, "4"),
            record(3, "3", trouble="overtaken"),
            record(2, "2"),
            record(1, "1", amount_minor=-16_65),
        ],
        Activity(
            (
                delivered(5, "5", 0, "needs_fetch"),
                delivered(4, "4", 0, "dead"),
                delivered(3, "3", 0),
                delivered(2, "2", 0),
                delivered(1, "1", -16),
            ),
            (),
        ),
    )
    assert [(row.result, row.points) for row in shown.rows] == [
        ("Waiting", 0),
        ("Asking the store", 0),
        ("Could not be read", 0),
        ("Out of date", 0),
        ("Already known", 0),
        ("Counted", -16),
    ]
    assert shown.rows[-1].amount == "−16.65"


def test_a_code_says_what_can_be_done_with_it() -> None:
    code = {
        "at": at(1).isoformat(),
        "shopper": "Finn",
        "state": "live",
        "code": "ACORN-1",
        "title": "5.00 EUR off",
        "cost_points": 100,
    }
    shown = page(
        [], Activity((), ()), [code, code | {"code": "ACORN-0", "at": NOW.isoformat(), "state": "used"}]
    )
    assert shown.code is not None
    assert (shown.code.big, shown.code.small, shown.code.result) == ("5.00", "EUR off", "Unused")
    assert shown.code.sentence == "The code works at Acorn’s checkout, for Finn alone."
    assert [one.result for one in shown.codes] == ["Used"]
    assert shown.code.is_live
    for state in ("pending", "used", "cancelled"):
        later = page([], Activity((), ()), [code | {"state": state}]).code
        assert later is not None
        assert not later.is_live


def test_while_nothing_has_happened_there_is_a_page_all_the_same() -> None:
    shown = told(View((), CHECK))
    assert (shown.order, shown.entry, shown.code, list(shown.rows)) == (None, None, None, [])
