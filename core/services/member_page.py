"""One member's page: what they have, when it can be spent, when it ends, and every entry with its sentence.

A fixed number of queries, each bounded, however long the history is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any, Final

from sqlalchemy import Connection, Row

from core.db import adjustments, member_history, members
from core.db.ledger import as_lot
from core.domain.adjusting import Notes, adjustment_of, undo_key
from core.domain.buying_power import most_money_off
from core.domain.ledger import Balance
from core.domain.lots import end_of
from core.domain.merging import UNDONE_WITHIN
from core.domain.orders import from_json
from core.domain.redemptions import State
from core.domain.versions import in_force
from core.domain.worth import goods_left
from core.services.adjusting import notes_of
from core.services.naming import Called, called_of
from core.services.terms import Sealing, StoreTerms

ENTRIES: Final = 50
ORDERS: Final = 20
REDEMPTIONS: Final = 10
LOTS_READ: Final = 200
"""More lots that end on one day are not looked at."""

_REDEMPTION: Final = re.compile(r"redemption:(\d{1,18}):\d+")


@dataclass(frozen=True, slots=True)
class Places:
    """Where each list of the page begins; None: with the newest."""

    entries_before: int | None = None
    orders_before: str | None = None
    redemptions_before: int | None = None


@dataclass(frozen=True, slots=True)
class EntrySeen:
    """One entry, and what stands beside it."""

    row: Row[Any]
    balance: int
    """Σ entries up to this one."""
    order_number: str | None
    """None: it is of no order, or of one whose number is not known."""
    pending_until: datetime | None
    """When what it earned can be spent; None where it can be, or where that is not known yet."""
    is_pending: bool
    bought: str | None
    """What the redemption was of that it belongs to; None: it belongs to none."""
    adjustment: Row[Any] | None
    """What was done by hand that it came of."""
    notes: Notes | None
    """The notes of that; None once the member was forgotten."""

    @property
    def is_undoing(self) -> bool:
        """Whether it undoes what was done by hand."""
        return self.adjustment is not None and self.row.key == undo_key(self.adjustment.id)


@dataclass(frozen=True, slots=True)
class LotSeen:
    """A lot that holds points."""

    row: Row[Any]
    """With the `number` of its order."""
    ends_at: datetime | None
    """As things stand; None: never, or not before it can be spent."""


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """An order of theirs."""

    row: Row[Any]
    currency: str | None
    """None: nothing but its deletion was told."""
    net_minor: int
    """What refunds left of its goods."""
    is_part_returned: bool


@dataclass(frozen=True, slots=True)
class MemberPage:
    """All that the page shows."""

    member: Row[Any]
    called: Called
    balance: Balance
    worth_minor: int
    """The most that what can be spent takes off orders; 0: nothing that can be told in money."""
    entries: Sequence[EntrySeen]
    older_entries: int | None
    """Where the next page begins; None: there is none."""
    pending: Sequence[LotSeen]
    released: Sequence[LotSeen]
    """Soonest end first, those without one last; at most `LOTS_READ`."""
    orders: Sequence[OrderSeen]
    older_orders: str | None
    order_count: int
    redemptions: Sequence[Row[Any]]
    older_redemptions: int | None
    merges: Sequence[Row[Any]]
    """By which somebody else's points came, and that can still be undone."""
    twins: Sequence[Called] = field(default=())
    """Other members with the same address."""

    def pending_by_day(self, zone: tzinfo) -> list[tuple[date | None, int]]:
        """Points by the day they can be spent from, the soonest first; None: once an order is completed."""
        days: dict[date | None, int] = {}
        for one in self.pending:
            at = one.row.available_at
            day = None if at is None else at.astimezone(zone).date()
            days[day] = days.get(day, 0) + one.row.remaining_points
        return list(days.items())

    @property
    def ends_next(self) -> tuple[datetime, int] | None:
        """When points end next, and how many; None: none do."""
        ends = [one.ends_at for one in self.released if one.ends_at is not None]
        if not ends:
            return None
        ends_at = min(ends)
        points = sum(one.row.remaining_points for one in self.released if one.ends_at == ends_at)
        return ends_at, points


def member_page(
    db: Connection, terms: StoreTerms, member: Row[Any], places: Places, sealing: Sealing, now: datetime
) -> MemberPage:
    """The page of one member. Orders and codes of those who were merged into them are theirs, too."""
    store_id, member_id = terms.store.store_id, member.id
    owners = [member_id, *member_history.merged_members(db, store_id, member_id)]
    entries, older_entries = _entries(db, member, places.entries_before, sealing)
    listed, older_orders = _cut(
        member_history.orders_before(db, store_id, owners, places.orders_before, ORDERS + 1), ORDERS
    )
    redemptions, older_redemptions = _cut(
        member_history.redemptions_before(db, store_id, owners, places.redemptions_before, REDEMPTIONS + 1),
        REDEMPTIONS,
    )
    twins = member_history.twins(db, store_id, member_id)
    called = called_of(db, store_id, [member_id, *twins], sealing)
    program = in_force(terms.versions, now).program
    return MemberPage(
        member=member,
        called=called[member_id],
        balance=members.balance_of(member),
        worth_minor=most_money_off(program.rewards, member.available_points),
        entries=entries,
        older_entries=older_entries,
        pending=_pending(db, terms, member),
        released=_released(db, terms, member),
        orders=[_order(row) for row in listed],
        older_orders=older_orders.order_ref if older_orders else None,
        order_count=member_history.order_count(db, store_id, owners),
        redemptions=redemptions,
        older_redemptions=older_redemptions.id if older_redemptions else None,
        merges=[
            row
            for row in member_history.merges_since(db, store_id, member_id, now - UNDONE_WITHIN)
            if row.undone_at is None
        ],
        twins=[called[one] for one in twins],
    )


def _cut(rows: list[Row[Any]], most: int) -> tuple[list[Row[Any]], Row[Any] | None]:
    """As many as are shown; and the last of them where there are more."""
    return rows[:most], rows[most - 1] if len(rows) > most else None


def _entries(
    db: Connection, member: Row[Any], before: int | None, sealing: Sealing
) -> tuple[list[EntrySeen], int | None]:
    """Backwards from the balance as it is: entries are never changed, so each sum stands for ever."""
    store_id, member_id = member.store_id, member.id
    rows, last = _cut(member_history.entries_before(db, store_id, member_id, before, ENTRIES + 1), ENTRIES)
    balance = members.balance_of(member).entries_sum
    if before is not None:
        balance -= member_history.points_from(db, store_id, member_id, before)
    ids = {row.key: found for row in rows if (found := adjustment_of(row.key)) is not None}
    made = adjustments.by_ids(db, store_id, set(ids.values()))
    bought = {row.key: int(match[1]) for row in rows if (match := _REDEMPTION.fullmatch(row.key))}
    titles = member_history.redemption_titles(db, store_id, set(bought.values()))
    seen = []
    for row in rows:
        adjustment = made.get(ids.get(row.key, 0))
        seen.append(
            EntrySeen(
                row=row,
                balance=balance,
                order_number=row.number,
                pending_until=row.available_at if row.is_released is False else None,
                is_pending=row.is_released is False,
                bought=titles.get(bought.get(row.key, 0)),
                adjustment=adjustment,
                notes=notes_of(adjustment, sealing) if adjustment is not None else None,
            )
        )
        balance -= row.points
    return seen, last.id if last else None


def _pending(db: Connection, terms: StoreTerms, member: Row[Any]) -> list[LotSeen]:
    rows = member_history.pending_lots(db, terms.store.store_id, member.id, LOTS_READ)
    return [LotSeen(row, row.expires_at) for row in rows]


def _released(db: Connection, terms: StoreTerms, member: Row[Any]) -> list[LotSeen]:
    store, active_at = terms.store, member.last_activity_at or member.joined_at
    rows = [
        *member_history.ending_lots(db, store.store_id, member.id, LOTS_READ),
        *member_history.other_lots(db, store.store_id, member.id, LOTS_READ),
    ]
    seen = [LotSeen(row, end_of(as_lot(row).terms, active_at, store.zone)) for row in rows]
    ending = sorted(
        (one for one in seen if one.ends_at is not None), key=lambda one: (one.ends_at, one.row.id)
    )
    return [*ending, *(one for one in seen if one.ends_at is None)][:LOTS_READ]


def _order(row: Row[Any]) -> OrderSeen:
    if row.snapshot is None:
        return OrderSeen(row, None, 0, is_part_returned=False)
    snapshot = from_json(row.snapshot)
    base, left = goods_left(snapshot)
    return OrderSeen(row, snapshot.currency, round(left), is_part_returned=0 < left < base)


def can_be_cancelled(row: Row[Any]) -> bool:
    """Whether a redemption can be taken back."""
    return row.state in {State.PENDING, State.LIVE}
