"""The job of the naive pipeline: one delivery, one transaction."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.naive.models import Entry, Member, Order, sessions


def award(store: int, document: dict[str, Any]) -> None:
    """Bring one order to what it is worth as told. An older telling changes nothing."""
    with sessions()() as session, session.begin():
        order = session.get(Order, (store, str(document["id"])))
        modified_at = document["date_modified_gmt"]
        if order is not None and order.modified_at >= modified_at:
            return
        member = _member(session, store, document)
        if order is None:
            order = Order(store=store, order_ref=str(document["id"]), member_id=member.id, points=0)
            session.add(order)
        points = _points(document)
        if moved := points - order.points:
            session.add(
                Entry(store=store, order_ref=order.order_ref, member_id=order.member_id, points=moved)
            )
            member.balance += moved
        order.points, order.modified_at = points, modified_at


def _member(session: Session, store: int, document: dict[str, Any]) -> Member:
    shopper = str(document["customer_id"] or document["billing"]["email"])
    found = session.scalar(select(Member).where(Member.store == store, Member.shopper == shopper))
    if found is not None:
        return found
    made = Member(store=store, shopper=shopper, balance=0)
    session.add(made)
    session.flush()
    return made


def _points(document: dict[str, Any]) -> int:
    if document["status"] not in {"processing", "completed"}:
        return 0
    net = sum(_cents(line["total"]) for line in document["line_items"])
    gross = _cents(document["total"])
    refunded = sum(_cents(refund["total"]) for refund in document["refunds"])
    return net * (gross + refunded) // (gross * 100)


def _cents(amount: str) -> int:
    return int(Decimal(amount) * 100)
