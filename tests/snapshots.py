"""Builders of order snapshots and of what is seen of orders, with sane defaults: Ana's order of 49.95 EUR."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.domain.orders import OrderLine, OrderSnapshot, Payment, Refund, RefundLine, digest, to_json
from core.domain.settlement import Seen, Source

PLACED = datetime(2026, 11, 20, 10, tzinfo=UTC)
SEEN_AT = datetime(2026, 12, 1, 12, tzinfo=UTC)
ANA, FINN = 1, 2


def a_snapshot(*nets: int, minute: int = 0, **changes: Any) -> OrderSnapshot:
    """An order with one line for each of `nets` (minor units), told `minute` minutes after it was placed."""
    net_minors = nets or (4995,)
    order = OrderSnapshot(
        order_ref="1042",
        number="1042",
        modified_at=PLACED + timedelta(minutes=minute),
        status="processing",
        status_rank=5,
        payment=Payment.PAID,
        currency="EUR",
        ordered_at=PLACED,
        paid_at=PLACED,
        completed_at=None,
        customer_ref="7",
        lines=tuple(a_goods_line(net, line_ref=str(at)) for at, net in enumerate(net_minors, start=1)),
        gross_minor=sum(net_minors),
    )
    return replace(order, **changes)


def a_goods_line(net_minor: int = 4995, **changes: Any) -> OrderLine:
    """One mug."""
    line = OrderLine(
        line_ref="1",
        product_ref="10",
        variant_ref=None,
        sku="MUG",
        quantity=1,
        net_minor=net_minor,
        tax_minor=0,
        discount_minor=0,
    )
    return replace(line, **changes)


def by_amount(amount_minor: int, refund_ref: str = "900") -> Refund:
    """Money given back, nobody knows for what."""
    return Refund(refund_ref, amount_minor)


def by_line(amount_minor: int, refund_ref: str = "900", **net_minors: int) -> Refund:
    """Money given back for lines: `l1=500` is 5.00 net of line 1; without any, for shipping alone."""
    lines = tuple(RefundLine(name.removeprefix("l"), 1, net) for name, net in net_minors.items())
    return Refund(refund_ref, amount_minor, lines, is_itemized=True)


def seen(snapshot: OrderSnapshot | None, member_id: int | None = ANA, **changes: Any) -> Seen:
    """One telling of the order; None: that it is gone."""
    if snapshot is None:
        return replace(Seen("1042", SEEN_AT), **changes)
    text = to_json(snapshot)
    telling = Seen(
        order_ref=snapshot.order_ref,
        observed_at=SEEN_AT,
        source=Source.DELIVERY,
        snapshot=snapshot,
        snapshot_json=text,
        digest=digest(text, None),
        member_id=member_id,
    )
    return replace(telling, **changes)
