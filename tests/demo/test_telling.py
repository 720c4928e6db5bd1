"""What the page says: one story over three cards, and each delivery with what became of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from core.services.recent import Activity, Booked, Delivered
from sandbox.demo.telling import Told, told
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
    records: list[dict[str, Any]], activity: Activity, codes: list[dict[str, Any]] | None = None
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
    assert [(row.result, row.points) for row in shown.rows] == [("Repeat", 0), ("Counted", 49)]
    assert shown.came_again


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
        ("Store is asked", 0),
        ("Could not be read", 0),
        ("Older, set aside", 0),
        ("Nothing new", 0),
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


def test_while_nothing_has_happened_there_is_a_page_all_the_same() -> None:
    shown = told(View((), CHECK))
    assert (shown.order, shown.entry, shown.code, list(shown.rows)) == (None, None, None, [])
