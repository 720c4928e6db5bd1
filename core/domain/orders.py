"""The common schema every platform's orders are normalized into. Holds no personal data.

Amounts are integers in minor units of `currency`; times are aware UTC.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

SCHEMA = 1
"""Raised when a field changes its meaning; stored snapshots keep the number they were written with."""


LONGEST_SKU = 255
"""What the most generous platform takes; longer ones are cut."""


class Payment(StrEnum):
    """What an order's status says about money received."""

    PAID = "paid"
    PARTLY_PAID = "partly_paid"
    """Some of the money is there; `outstanding_minor` says how much is not."""
    UNPAID = "unpaid"
    """Not paid yet, or no longer: pending, on hold, draft, failed, cancelled, refunded, deleted."""
    UNKNOWN = "unknown"
    """A status we do not know, without a payment date: changes nothing, raises a notice."""


class Version(NamedTuple):
    """The platform's own order of truth: later wins, whatever order deliveries arrive in."""

    modified_at: datetime
    refunded_minor: int
    status_rank: int


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of goods."""

    line_ref: str
    product_ref: str | None
    """None: the platform names no product (deleted, or a free-text line)."""
    variant_ref: str | None
    sku: str
    quantity: int
    net_minor: int
    """Line total after every discount, without tax."""
    tax_minor: int
    discount_minor: int
    """What line and order discounts took off this line, without tax."""
    is_gift_card: bool = False


@dataclass(frozen=True, slots=True)
class RefundLine:
    """What one refund took back of one line."""

    line_ref: str
    quantity: int
    net_minor: int


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back."""

    refund_ref: str
    amount_minor: int
    """Given back in all, tax and shipping included; positive."""
    lines: tuple[RefundLine, ...] = ()
    is_itemized: bool = False
    """True: `lines` says all about goods (none: only shipping went back). False: only the amount is known."""


@dataclass(frozen=True, slots=True)
class OrderSnapshot:
    """An order as the platform last told it."""

    order_ref: str
    number: str
    """What merchant and shopper call the order."""
    modified_at: datetime
    status: str
    """The platform's own word."""
    status_rank: int
    """Breaks ties between statuses told with one and the same `modified_at`: the later stage ranks higher."""
    payment: Payment
    currency: str
    ordered_at: datetime
    paid_at: datetime | None
    completed_at: datetime | None
    customer_ref: str | None
    """None: a guest."""
    lines: tuple[OrderLine, ...]
    gross_minor: int
    """What the shopper had to pay, tax and shipping included, before refunds."""
    refunds: tuple[Refund, ...] = ()
    discount_codes: tuple[str, ...] = ()
    referral_token: str | None = None
    channel: str = ""
    """Where it was placed, in the platform's words (checkout, admin, rest-api, pos …)."""
    is_test: bool = False
    outstanding_minor: int = 0
    """What is still to be paid of `gross_minor`."""

    @property
    def version(self) -> Version:
        """How new this snapshot is among the order's snapshots."""
        return Version(self.modified_at, self.refunded_minor, self.status_rank)

    @property
    def refunded_minor(self) -> int:
        """All money given back, gross."""
        return sum(refund.amount_minor for refund in self.refunds)


def to_json(order: OrderSnapshot) -> str:
    """The snapshot as stored: compact, one spelling for one meaning, so equal texts are equal orders."""
    return json.dumps(
        {
            "schema": SCHEMA,
            "order_ref": order.order_ref,
            "number": order.number,
            "modified_at": _stamp(order.modified_at),
            "status": order.status,
            "status_rank": order.status_rank,
            "payment": order.payment,
            "currency": order.currency,
            "ordered_at": _stamp(order.ordered_at),
            "paid_at": _stamp(order.paid_at),
            "completed_at": _stamp(order.completed_at),
            "customer_ref": order.customer_ref,
            "gross_minor": order.gross_minor,
            "lines": [
                [
                    line.line_ref,
                    line.product_ref,
                    line.variant_ref,
                    line.sku,
                    line.quantity,
                    line.net_minor,
                    line.tax_minor,
                    line.discount_minor,
                    line.is_gift_card,
                ]
                for line in order.lines
            ],
            "refunds": [
                [
                    refund.refund_ref,
                    refund.amount_minor,
                    [[line.line_ref, line.quantity, line.net_minor] for line in refund.lines],
                    refund.is_itemized,
                ]
                for refund in order.refunds
            ],
            "discount_codes": list(order.discount_codes),
            "referral_token": order.referral_token,
            "channel": order.channel,
            "is_test": order.is_test,
            "outstanding_minor": order.outstanding_minor,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def from_json(text: str) -> OrderSnapshot:
    """The snapshot `to_json` wrote."""
    stored: dict[str, Any] = json.loads(text)
    del stored["schema"]
    for name in ("modified_at", "ordered_at", "paid_at", "completed_at"):
        stored[name] = _moment(stored[name])
    stored["payment"] = Payment(stored["payment"])
    stored["lines"] = tuple(OrderLine(*line) for line in stored["lines"])
    stored["refunds"] = tuple(
        Refund(ref, amount, tuple(RefundLine(*line) for line in lines), itemized)
        for ref, amount, lines, itemized in stored["refunds"]
    )
    stored["discount_codes"] = tuple(stored["discount_codes"])
    return OrderSnapshot(**stored)


def digest(snapshot_json: str, guest_key: bytes | None) -> bytes:
    """32 bytes that differ when anything differs that could change points, the guest's identity included."""
    return hashlib.sha256(snapshot_json.encode() + (guest_key or b"")).digest()


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)
