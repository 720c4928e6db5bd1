"""After each run everything is added up: a benchmark of wrong sums measures nothing."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from benchmarks.processes import Trouble
from benchmarks.stream import Posted, expected_points


class WrongSums(Trouble):
    """Points are not what they should be; the whole benchmark fails."""


def check_regulars(db: Connection, posted: Sequence[Posted], store_ids: Sequence[int]) -> None:
    """Every order at its points, balances, entries and lots in step, nothing waiting, nothing dead."""
    expected = {
        (store_ids[store], order_ref): points
        for (store, order_ref), points in expected_points(posted).items()
    }
    _same_points(
        expected,
        db,
        "SELECT o.store_id, o.order_ref, coalesce(sum(e.points), 0) FROM orders o LEFT JOIN entries e "
        "ON e.store_id = o.store_id AND e.order_ref = o.order_ref GROUP BY o.store_id, o.order_ref",
    )
    balance = "available_points + pending_points - debt_points"
    _same_total(sum(expected.values()), db, f"SELECT sum({balance}) FROM members")
    _none(
        db,
        f"SELECT count(*) FROM members m WHERE {balance} <> (SELECT coalesce(sum(points), 0) FROM entries e "
        "WHERE e.store_id = m.store_id AND e.member_id = m.id)",
        "members whose balance is not the sum of their entries",
    )
    _none(
        db,
        "SELECT count(*) FROM members m WHERE available_points + pending_points <> "
        "(SELECT coalesce(sum(remaining_points), 0) FROM lots l "
        "WHERE l.store_id = m.store_id AND l.member_id = m.id)",
        "members whose lots do not hold their balance",
    )
    _none(db, "SELECT count(*) FROM inbox WHERE state IN ('new', 'dead')", "deliveries that are new or dead")
    _same_total(len({one.delivery_ref for one in posted}), db, "SELECT count(*) FROM inbox")


def check_naive(db: Connection, posted: Sequence[Posted]) -> None:
    """The same for the naive pipeline."""
    expected = expected_points(posted)
    _same_points(expected, db, "SELECT store, order_ref, points FROM orders")
    for total in ("SELECT sum(points) FROM ledger", "SELECT sum(balance) FROM members"):
        _same_total(sum(expected.values()), db, total)


def _same_points(expected: dict[tuple[int, str], int], db: Connection, query: str) -> None:
    found = {(store, order_ref): int(points) for store, order_ref, points in db.execute(text(query))}
    wrong = [key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key)]
    if wrong:
        first = min(wrong)
        raise WrongSums(
            f"{len(wrong)} of {len(expected)} orders are wrong; order {first[1]} of store {first[0]} has "
            f"{found.get(first)} points instead of {expected.get(first)}"
        )


def _same_total(expected: int, db: Connection, query: str) -> None:
    found = int(db.execute(text(query)).scalar() or 0)
    if found != expected:
        raise WrongSums(f"{found} instead of {expected}: {query}")


def _none(db: Connection, query: str, what: str) -> None:
    if found := int(db.execute(text(query)).scalar_one()):
        raise WrongSums(f"{found} {what}")
