"""Turns what is known into what the page says: three cards that are one story, and a table. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.services.recent import Booked, Delivered
from sandbox.demo.money import figure
from sandbox.demo.shop import ANA, GUEST
from sandbox.demo.watching import Check, View, Watched

FEED = 3
ROWS = 10
DID = {
    "earn": "bought",
    "revoke": "returned goods",
    "redeem": "spent points",
    "restore": "got points back",
    "expire": "let points expire",
}
PLACED = "Paid"
HELD = 5
"""So long, in orders, the cards stay with the reader's own."""
CODE_CHIPS = {
    "pending": ("wait", "Being made"),
    "live": ("wait", "Unused"),
    "used": ("ok", "Used"),
    "expired": ("off", "Expired"),
    "cancelling": ("warn", "Being cancelled"),
    "cancelled": ("off", "Cancelled"),
    "failed": ("bad", "Failed, points are back"),
}

CODE_SENTENCES = {
    "pending": "{store} is making the code right now.",
    "live": "The code works at {store}’s checkout, for {shopper} alone.",
    "used": "The code took its discount at {store}’s checkout.",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One delivery as the page tells it."""

    at: datetime
    store: str
    order: str
    shopper: str
    what: str
    amount: str
    """With a true minus."""
    currency: str
    trouble: str
    late_by_s: int
    took_ms: int
    chip: str
    result: str
    points: int
    order_ref: str

    @property
    def is_yours(self) -> bool:
        """Whether the reader ordered it."""
        return self.shopper == ANA


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the ledger as the page tells it."""

    store: str
    shopper: str
    points: int
    reason: str
    did: str
    """What the shopper did, in two words."""
    available: int
    took_ms: int | None
    order_ref: str | None
    at: datetime

    @property
    def is_yours(self) -> bool:
        """Whether they are the reader's points."""
        return self.shopper == ANA


@dataclass(frozen=True, slots=True)
class Code:
    """One code as the page tells it."""

    store: str
    shopper: str
    code: str
    big: str
    small: str
    cost: int
    chip: str
    result: str
    is_live: bool
    sentence: str
    """What can be done with it, or what became of it."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Yours:
    """The reader's newest order."""

    store: str
    store_url: str
    order: str
    amount: str
    currency: str
    at: datetime
    entry: Entry | None
    """What it booked; None while the message about it is on its way."""


@dataclass(frozen=True, slots=True)
class Told:
    """The whole page."""

    order: Line | None
    """The order the three cards are about."""
    came_again: bool
    entry: Entry | None
    """What it booked."""
    code: Code | None
    yours: Yours | None
    orders: Sequence[Line]
    entries: Sequence[Entry]
    codes: Sequence[Code]
    rows: Sequence[Line]
    counts: Mapping[str, int]
    check: Check
    running_s: int
    is_paused: bool
    stores: Sequence[Watched]


def told(view: View) -> Told:
    """What the page says of it."""
    lines = sorted((line for one in view.stores for line in _lines(one)), key=_at, reverse=True)
    entries = sorted((entry for one in view.stores for entry in _entries(one)), key=_at, reverse=True)
    codes = sorted((code for one in view.stores for code in _codes(one)), key=_at, reverse=True)
    happenings = _happenings(lines)
    order, entry = _story(happenings, entries)
    code = next((one for one in codes if one.code), None)
    return Told(
        order=order,
        came_again=order is not None and any(_is_again(line, order) for line in lines),
        entry=entry,
        code=code,
        yours=max((mine for one in view.stores if (mine := _yours(one, entries))), key=_at, default=None),
        orders=[line for line in happenings if line is not order][:FEED],
        entries=[one for one in entries if one is not entry][:FEED],
        codes=[one for one in codes if one is not code][:FEED],
        rows=lines[:ROWS],
        counts=_counts(view.stores),
        check=view.check,
        running_s=max((one.state["running_s"] for one in view.stores), default=0),
        is_paused=any(one.state["is_paused"] for one in view.stores),
        stores=view.stores,
    )


def _at(one: Line | Entry | Code | Yours) -> datetime:
    return one.at


def _happenings(lines: Iterable[Line]) -> list[Line]:
    """Each thing that happened once, as it was told first, however many webhooks told of it later."""
    first: dict[tuple[str, str, str, str], Line] = {}
    for line in lines:
        if line.trouble != "again":
            first[line.store, line.order_ref, line.what, line.amount] = line
    return sorted(first.values(), key=_at, reverse=True)


def _story(happenings: Sequence[Line], entries: Sequence[Entry]) -> tuple[Line | None, Entry | None]:
    """The newest order whose points are booked, rather the reader's own, and the entry that booked them."""
    placed = [line for line in happenings if line.what == PLACED]
    own = [line for line in placed[:HELD] if line.is_yours]
    for line in own + placed:
        for entry in entries:
            if (entry.store, entry.order_ref) == (line.store, line.order_ref) and entry.points > 0:
                return line, entry
    return (placed[0] if placed else None), None


def _yours(watched: Watched, entries: Sequence[Entry]) -> Yours | None:
    state = watched.state
    mine = state["yours"]
    if mine is None:
        return None
    booked = (one for one in entries if (one.store, one.order_ref) == (state["name"], mine["order_ref"]))
    return Yours(
        store=state["name"],
        store_url=watched.url,
        order=mine["order_name"],
        amount=figure(mine["amount_minor"], state["currency"]),
        currency=state["currency"],
        at=datetime.fromisoformat(mine["at"]),
        entry=next((one for one in booked if one.points > 0), None),
    )


def _is_again(line: Line, order: Line) -> bool:
    return line.trouble == "again" and (line.store, line.order_ref) == (order.store, order.order_ref)


def _lines(watched: Watched) -> list[Line]:
    state = watched.state
    settled = {(one.topic, one.delivery_ref, one.order_ref): one for one in watched.activity.deliveries}
    return [
        _line(state, record, settled.get((record["topic"], record["delivery_ref"], record["order_ref"])))
        for record in state["records"]
    ]


def _line(state: Mapping[str, Any], record: Mapping[str, Any], settled: Delivered | None) -> Line:
    is_again = record["trouble"] == "again"
    chip, result = _result(record["trouble"], settled)
    return Line(
        at=datetime.fromisoformat(record["at"]),
        store=state["name"],
        order=record["order_name"],
        shopper=record["shopper"],
        what=record["what"],
        amount=figure(record["amount_minor"], state["currency"]),
        currency=state["currency"],
        trouble=record["trouble"],
        late_by_s=record["late_by_s"],
        took_ms=record["took_ms"],
        chip=chip,
        result=result,
        points=0 if is_again or settled is None else settled.points,
        order_ref=record["order_ref"],
    )


def _result(trouble: str, settled: Delivered | None) -> tuple[str, str]:
    if trouble == "again":
        return "off", "Sent again"
    if settled is None or settled.state == "new":
        return "wait", "Waiting"
    if settled.state == "needs_fetch":
        return "wait", "Asking the store"
    if settled.state == "dead":
        return "bad", "Could not be read"
    if settled.points:
        return "ok", "Counted"
    return "off", "Out of date" if trouble == "overtaken" else "Already known"


def _entries(watched: Watched) -> list[Entry]:
    state = watched.state
    names = state["shoppers"]
    arrived = {
        (one.order_ref, one.settled_at): one.received_at for one in watched.activity.deliveries if one.points
    }
    return [
        Entry(
            at=booked.at,
            store=state["name"],
            shopper=names.get(booked.customer_ref, GUEST),
            points=booked.points,
            reason=booked.reason,
            did=DID.get(booked.kind, booked.kind),
            available=booked.available_points,
            took_ms=_ms_between(arrived.get((booked.order_ref, booked.at)), booked),
            order_ref=booked.order_ref,
        )
        for booked in watched.activity.bookings
    ]


def _ms_between(arrived_at: datetime | None, booked: Booked) -> int | None:
    if arrived_at is None or arrived_at > booked.at:
        return None
    return round((booked.at - arrived_at).total_seconds() * 1000)


def _codes(watched: Watched) -> list[Code]:
    return [_code(watched.state["name"], one) for one in watched.state["codes"]]


def _code(store: str, told_code: Mapping[str, Any]) -> Code:
    chip, result = CODE_CHIPS.get(told_code["state"], ("off", told_code["state"]))
    big, _, small = told_code["title"].partition(" ")
    return Code(
        at=datetime.fromisoformat(told_code["at"]),
        store=store,
        shopper=told_code["shopper"],
        code=told_code["code"],
        big=big,
        small=small,
        cost=told_code["cost_points"],
        chip=chip,
        result=result,
        is_live=told_code["state"] == "live",
        sentence=CODE_SENTENCES.get(told_code["state"], "{result}.").format(
            store=store, shopper=told_code["shopper"], result=result
        ),
    )


def _counts(watched: Iterable[Watched]) -> dict[str, int]:
    counts = dict.fromkeys(("delivered", "orders", "again", "late", "overtaken"), 0)
    for one in watched:
        for name in counts:
            counts[name] += one.state["counts"][name]
    return counts
