"""Redemptions: points that became a discount code, and how many of them are to be given back.

What is given back is a target, like an order's points: it follows from the orders that carry the code as they
are now, in whatever order they were told, and the ledger is moved to it (semantics: "Redeeming", case 20).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from math import floor
from typing import Final

from core.domain.orders import OrderSnapshot
from core.domain.program import SpentPoints
from core.domain.worth import goods_left

CALM: Final = timedelta(minutes=15)
"""Nothing is given back sooner after a call whose end is unclear or a code switched off: orders may come."""

_UNDONE = frozenset({"cancelled", "refunded", "voided", "trash"})
"""Statuses of orders of which nothing is left, whatever their refunds say."""


class State(StrEnum):
    """How far a redemption is."""

    PENDING = "pending"
    """The points are spent, the store was not yet asked or has not yet answered."""
    LIVE = "live"
    """The code can be used."""
    USED = "used"
    """An order carries it."""
    EXPIRED = "expired"
    """It ended without being used."""
    CANCELLING = "cancelling"
    """It is being switched off; the points come back once no order can carry it any more."""
    CANCELLED = "cancelled"
    """It is off and the points are back."""
    FAILED = "failed"
    """The store would not have it and the points are back."""


GIVEN_BACK: Final = frozenset({State.CANCELLED, State.FAILED})
"""States in which all points are back unless an order carries the code after all."""

_FREED_BY_ORDERS: Final = frozenset({State.LIVE, State.USED, State.EXPIRED})
"""States that a use given back has a say in; the others end by themselves."""


@dataclass(frozen=True, slots=True)
class Redemption:
    """One redemption, as far as deciding needs it."""

    state: State
    cost_points: int
    restored_points: int
    """Given back so far."""
    ends_at: datetime | None
    """When the code ends; None: never."""
    is_withdrawn: bool = False
    """Nobody is to have the code any more: it was taken back, or the store would not have it."""
    spent_points: SpentPoints = SpentPoints.PART
    """What the program it was redeemed under says of returned orders."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """An order that carries the code, or once did, as it was last told."""

    order_ref: str
    returned_share: Fraction
    """How much of its goods went back, by what they cost: 0 to 1."""
    freed_at: datetime | None = None
    """When the store gave the use back, so that the code could be used again; None: it did not."""

    def after(self, before: Carrier | None) -> Carrier:
        """The same, knowing how it stood before: a use that was back already came back then."""
        if before is None or before.freed_at is None or self.freed_at is None:
            return self
        return replace(self, freed_at=min(before.freed_at, self.freed_at))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a redemption should be."""

    state: State
    restored_points: int
    order_ref: str | None
    """The order that uses the code."""


def carrier(order: OrderSnapshot, frees_uses: frozenset[str]) -> Carrier:
    """What the order says of a code it carries. `frees_uses`: statuses in which the store frees a use."""
    base, left = goods_left(order)
    returned = max(Fraction(0), (base - left) / base) if base else _pieces_returned(order)
    return Carrier(
        order.order_ref,
        Fraction(1) if order.status in _UNDONE else returned,
        order.modified_at if order.status in frees_uses else None,
    )


def _pieces_returned(order: OrderSnapshot) -> Fraction:
    """The share of pieces that went back: what cost nothing has no other measure."""
    pieces = sum(line.quantity for line in order.lines)
    back = sum(line.quantity for refund in order.refunds for line in refund.lines)
    return min(Fraction(1), Fraction(back, pieces)) if pieces else Fraction(0)


def points_back(cost_points: int, returned_share: Fraction, rule: SpentPoints) -> int:
    """How many of the points spent come back when so much of the order's goods went back."""
    match rule:
        case SpentPoints.PART:
            return floor(cost_points * returned_share)
        case SpentPoints.WHOLE:
            return cost_points if returned_share == 1 else 0
        case SpentPoints.NEVER:
            return 0


def standing(redemption: Redemption, carriers: Iterable[Carrier]) -> Standing:
    """Where the redemption should be, by the orders known to carry its code."""
    known = list(carriers)
    users = sorted((one for one in known if one.freed_at is None), key=lambda one: one.order_ref)
    if users:
        # A code is good for one order. Should a store let two have it, the one that kept more decides.
        returned = min(one.returned_share for one in users)
        back = points_back(redemption.cost_points, returned, redemption.spent_points)
        return Standing(State.USED, back, users[0].order_ref)
    freed = [one.freed_at for one in known if one.freed_at is not None]
    if freed and redemption.state in _FREED_BY_ORDERS:
        return _free(redemption, max(freed))
    return Standing(redemption.state, redemption.restored_points, None)


def _free(redemption: Redemption, freed_at: datetime) -> Standing:
    """Where it should be with the use given back: the same whether or not the use was ever told."""
    if redemption.is_withdrawn:
        # Before an order came it was being switched off; that goes on.
        return Standing(State.CANCELLING, redemption.restored_points, None)
    if redemption.ends_at is not None and redemption.ends_at <= freed_at:
        back = points_back(redemption.cost_points, Fraction(1), redemption.spent_points)
        return Standing(State.EXPIRED, back, None)
    if redemption.state is State.EXPIRED:
        return Standing(State.EXPIRED, redemption.restored_points, None)
    return Standing(State.LIVE, 0, None)


def redemption_key(redemption_id: int, number: int) -> str:
    """The unique key of a redemption's n-th entry; the first is the spending."""
    return f"redemption:{redemption_id}:{number}"
