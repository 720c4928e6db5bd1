"""A made-up store's traffic: orders told again and again, in any order, and what they come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from core.config.clock import utc_now
from tests.payloads import a_line, a_recent_order, a_refund, body_of, gmt

EXPONENTS = {"EUR": 2, "JPY": 0}
PAID = {"processing", "completed"}


@dataclass(frozen=True)
class Telling:
    """An order as the store stood behind it at one minute."""

    minute: int
    status: str
    net_minor: int
    refunds_minor: tuple[int, ...] = ()

    @property
    def points(self) -> int:
        """By hand: one point for each whole 100 minor units that are paid and not given back."""
        left_minor = self.net_minor - sum(self.refunds_minor)
        return max(0, left_minor) // 100 if self.status in PAID else 0


@dataclass(frozen=True)
class Posted:
    """One delivery on the wire."""

    body: bytes
    delivery_ref: str


@dataclass(frozen=True)
class Traffic:
    """Everything a store sends, in the order it arrives."""

    posts: tuple[Posted, ...]
    points: Mapping[str, int]
    """What every order is worth once all has arrived: its newest telling counts."""


def traffic(chance: Random, currency: str, orders: int) -> Traffic:
    """Orders paid, edited, refunded in part and in full, cancelled; each telling sent once or more."""
    posts: list[Posted] = []
    points: dict[str, int] = {}
    for order_id in range(1, orders + 1):
        tellings = list(_life(chance))
        customer = _customer(chance)
        for telling in tellings:
            body = body_of(_order(order_id, currency, telling) | customer)
            sent = Posted(body, f"{order_id}-{telling.minute}")
            # The store sends again under the same delivery id; a merchant's retry has one of its own.
            posts += [
                sent,
                *chance.choices([sent, replace(sent, delivery_ref="again")], k=chance.randrange(2)),
            ]
        points[str(order_id)] = tellings[-1].points
    chance.shuffle(posts)
    return Traffic(tuple(posts), points)


def _life(chance: Random) -> Iterator[Telling]:
    """What becomes of one order, minute by minute."""
    telling = Telling(
        0, chance.choice(["pending", "processing", "processing"]), chance.randrange(150, 20_000)
    )
    yield telling
    for _ in range(chance.randrange(4)):
        telling = _next(chance, replace(telling, minute=telling.minute + chance.randrange(1, 60)))
        yield telling


def _next(chance: Random, telling: Telling) -> Telling:
    left_minor = telling.net_minor - sum(telling.refunds_minor)
    match chance.choice(["paid", "completed", "edited", "refund", "refund", "refunded", "cancelled"]):
        case "paid":
            return replace(telling, status="processing")
        case "completed":
            return replace(telling, status="completed")
        case "edited":
            return replace(telling, net_minor=telling.net_minor + chance.randrange(1, 5_000))
        case "refund" if left_minor > 1:
            given_back_minor = chance.randrange(1, left_minor)
            return replace(telling, refunds_minor=(*telling.refunds_minor, given_back_minor))
        case "refunded" if left_minor:
            return replace(telling, status="refunded", refunds_minor=(*telling.refunds_minor, left_minor))
        case _:
            return replace(telling, status="cancelled")


def _customer(chance: Random) -> dict[str, Any]:
    """One of few, so that orders share members: an account, or a guest known by the address alone."""
    number = chance.randrange(1, 20)
    has_account = chance.random() < 0.7
    return {
        "customer_id": number if has_account else 0,
        "billing": {"email": f"{'shopper' if has_account else 'guest'}{number}@example.com"},
    }


def _order(order_id: int, currency: str, telling: Telling) -> dict[str, Any]:
    net = _amount(telling.net_minor, currency)
    modified_at = utc_now() - timedelta(days=2) + timedelta(minutes=telling.minute)
    return a_recent_order(
        order_id,
        net,
        status=telling.status,
        currency=currency,
        date_modified_gmt=gmt(modified_at),
        line_items=[a_line(net)],
        refunds=[
            a_refund(_amount(minor, currency), 900 + number)
            for number, minor in enumerate(telling.refunds_minor)
        ],
    )


def _amount(minor: int, currency: str) -> str:
    return str(Decimal(minor).scaleb(-EXPONENTS[currency]))
