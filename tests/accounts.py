"""What must be true of every member of a store at any time, whatever happened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from core.db.tables import entries, lot_uses, lots, members
from core.domain.stores import Store
from tests.world import World


@dataclass(frozen=True)
class Books:
    """A store's rows of points."""

    members: list[Row[Any]]
    entries: list[Row[Any]]
    lots: list[Row[Any]]
    uses: list[Row[Any]]


def check_accounts(world: World, store: Store) -> None:
    """Everything kept of points fits together."""
    with world.database.read(store.store_id) as db:
        books = Books(
            *(
                list(db.execute(select(table).where(table.c.store_id == store.store_id)))
                for table in (members, entries, lots, lot_uses)
            )
        )
    check_balances(books)
    check_lots(books)
    check_history(books)


def added(pairs: Iterable[tuple[Any, int]]) -> dict[Any, int]:
    """Sums by key; zero for what is not there."""
    sums: dict[Any, int] = defaultdict(int)
    for key, points in pairs:
        sums[key] += points
    return sums


def check_balances(books: Books) -> None:
    """Balances are Σ entries, and Σ lots less debt; nothing is available beside a debt."""
    written = added((entry.member_id, entry.points) for entry in books.entries)
    left = added(((lot.member_id, lot.is_released), lot.remaining_points) for lot in books.lots)
    for member in books.members:
        held = (member.available_points, member.pending_points, member.debt_points)
        assert min(held) >= 0
        assert member.debt_points == 0 or member.available_points == 0
        assert written[member.id] == member.available_points + member.pending_points - member.debt_points
        assert (left[member.id, True], left[member.id, False]) == held[:2]


def check_lots(books: Books) -> None:
    """What is left of a lot and what was used of it is what was earned."""
    used = added((use.lot_id, use.points) for use in books.uses)
    for lot in books.lots:
        assert lot.earned_points == lot.remaining_points + used[lot.id]
        assert 0 <= lot.expired_points <= lot.earned_points - lot.remaining_points


def check_history(books: Books) -> None:
    """No key is there twice, only who spent is in debt, and nothing expired is given back twice."""
    assert len({entry.key for entry in books.entries}) == len(books.entries)
    by_member = added(((entry.kind, entry.member_id), entry.points) for entry in books.entries)
    for member in books.members:
        assert member.debt_points <= -by_member["redeem", member.id]
    by_order = added(
        ((entry.kind, entry.member_id, entry.order_ref), entry.points) for entry in books.entries
    )
    for (kind, member_id, order_ref), points in list(by_order.items()):
        assert kind != "restore" or points <= -by_order["expire", member_id, order_ref]
