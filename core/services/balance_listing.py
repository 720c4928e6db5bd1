"""Everybody's balance as lines of a CSV file, for whoever does the books."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row

from core.db import balance_files
from core.db.ledger import as_lot
from core.domain.balance_files import csv_line
from core.domain.lots import end_of
from core.domain.stores import Store
from core.services.terms import Sealing

PORTION: Final = 1000
HEADER: Final = ("email", "customer_id", "available", "pending", "debt", "next_end")


def listed_balances(
    read: Callable[[int], AbstractContextManager[Connection]], store: Store, sealing: Sealing
) -> Iterator[str]:
    """The lines, header first; each portion read in a transaction of its own.

    `next_end`: when the first of the points end, a day by the store's clock. Members merged into others have
    nothing, and are left out.
    """
    yield csv_line(HEADER)
    after = 0
    while True:
        with read(store.store_id) as db:
            rows = balance_files.balances_after(db, store.store_id, after, PORTION)
            ends = _next_ends(db, store, rows)
        for row in rows:
            email = None if row.email is None else sealing.open_email(row.email)
            end = ends.get(row.id)
            yield csv_line(
                (
                    email,
                    row.customer_ref,
                    row.available_points,
                    row.pending_points,
                    row.debt_points,
                    None if end is None else end.astimezone(store.zone).date().isoformat(),
                )
            )
        if len(rows) < PORTION:
            return
        after = rows[-1].id


def _next_ends(db: Connection, store: Store, rows: Sequence[Row[Any]]) -> dict[int, datetime]:
    """When the first of each member's points end that have an end."""
    active = {row.id: row.last_activity_at or row.joined_at for row in rows}
    ends: dict[int, datetime] = {}
    for lot in balance_files.lots_that_end(db, store.store_id, list(active)):
        end = end_of(as_lot(lot).terms, active[lot.member_id], store.zone)
        if end is not None:
            ends[lot.member_id] = min(end, ends.get(lot.member_id, end))
    return ends
