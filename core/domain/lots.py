"""Lots: which points are left of what was earned, when they can be spent and when they end.

Pure. A lot is pending until it is released; pending points neither pay debt nor can be spent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from core.domain.orders import OrderSnapshot
from core.domain.program import Anchor, ExpiryKind, Program

_FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LotTerms:
    """When a lot can be spent and when it ends, fixed when it is earned."""

    available_at: datetime | None
    """None: waits for the platform to say the order is completed."""
    expires_at: datetime | None = None
    """None: never, or rolling."""
    rolling_days: int | None = None
    """Ends so many days after the member's last activity; None: does not roll."""


@dataclass(frozen=True, slots=True)
class Lot:
    """What is left of points that came in together."""

    lot_id: int
    order_ref: str | None
    """The order that earned it; None for points from elsewhere."""
    earned_points: int
    remaining_points: int
    expired_points: int
    """Of the points that expired from this lot, those not yet accounted for by a revocation."""
    is_released: bool
    terms: LotTerms


@dataclass(frozen=True, slots=True)
class Use:
    """Points leaving one lot."""

    lot: Lot
    points: int


def terms_for(order: OrderSnapshot, program: Program, zone: tzinfo) -> LotTerms:
    """The terms of points earned by this order. Never depends on when the order is processed."""
    if program.pending_anchor is Anchor.COMPLETED:
        anchor = order.completed_at
    else:
        # WooCommerce leaves the payment date of a cash-on-delivery order empty until it is completed.
        anchor = order.paid_at or order.ordered_at
    available_at = None if anchor is None else anchor + timedelta(days=program.pending_days)
    return terms_from(available_at, program, zone)


def terms_from(available_at: datetime | None, program: Program, zone: tzinfo) -> LotTerms:
    """The terms of points that can be spent from then on, under this program."""
    match program.expiry.kind:
        case ExpiryKind.NEVER:
            return LotTerms(available_at)
        case ExpiryKind.ROLLING:
            return LotTerms(available_at, rolling_days=program.expiry.expiry_days)
        case ExpiryKind.FIXED:
            return LotTerms(available_at, fixed_end(available_at, program.expiry.expiry_days, zone))


def fixed_end(available_at: datetime | None, expiry_days: int, zone: tzinfo) -> datetime | None:
    """The end of the day `expiry_days` after the lot became available; None while that is not known."""
    if available_at is None:
        return None
    return end_of_day(available_at.astimezone(zone).date() + timedelta(days=expiry_days), zone)


def end_of(terms: LotTerms, last_activity_at: datetime, zone: tzinfo) -> datetime | None:
    """When a lot ends as things stand; None: never, or not known yet.

    A rolling lot ends so many days after the member's last activity, computed when asked and never stored;
    but not before it could be spent for as many days, however long it was pending.
    """
    if terms.rolling_days is None:
        return terms.expires_at
    idle_since = max(last_activity_at, terms.available_at or last_activity_at)
    return end_of_day(idle_since.astimezone(zone).date() + timedelta(days=terms.rolling_days), zone)


def idle_before(now: datetime, rolling_days: int, zone: tzinfo) -> datetime:
    """Rolling lots have ended that became available, and whose member was last active, before this."""
    return end_of_day(now.astimezone(zone).date() - timedelta(days=rolling_days + 1), zone)


def end_of_day(day: date, zone: tzinfo) -> datetime:
    """The first moment of the next day in `zone`, as UTC: right in the nights clocks change, too."""
    following = day + timedelta(days=1)
    return datetime(following.year, following.month, following.day, tzinfo=zone).astimezone(UTC)


def spending_order(lots: Iterable[Lot]) -> list[Lot]:
    """Released lots as they are spent: soonest end first, endless last, then oldest, then id."""
    released = (lot for lot in lots if lot.is_released and lot.remaining_points)
    return sorted(
        released,
        key=lambda lot: (lot.terms.expires_at or _FAR, lot.terms.available_at or _FAR, lot.lot_id),
    )


def draw(lots: Iterable[Lot], points: int) -> tuple[list[Use], int]:
    """Up to `points` out of what lots hold, in the order given; and how many were not found."""
    return _draw(lots, points, lambda lot: lot.remaining_points)


def give_back(spent: Sequence[Use], points: int, is_over: Callable[[Lot], bool]) -> tuple[list[Use], int]:
    """Where `points` go that had been spent: into the lots they came from, those spent last first.

    So they keep their old end. The second number is what no lot takes since those it came from are over: the
    caller gives it a short life, or it would be lost with the code.
    """
    uses, homeless = [], points
    for use in reversed(spent):
        part = 0 if is_over(use.lot) else min(use.points, homeless)
        if part:
            uses.append(Use(use.lot, part))
            homeless -= part
    return uses, homeless


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Where revoked points come from. The four parts add up to the points revoked."""

    uses: tuple[Use, ...]
    """Points leaving lots, pending or released."""
    written_off: tuple[Use, ...]
    """Points of the order that had already expired: taken back once is enough, so they are restored."""
    debt_points: int
    """What was nowhere to be found: spent already."""

    @property
    def pending_points(self) -> int:
        """The part that had not been released yet."""
        return sum(use.points for use in self.uses if not use.lot.is_released)

    @property
    def available_points(self) -> int:
        """The part that could have been spent."""
        return sum(use.points for use in self.uses if use.lot.is_released)

    @property
    def written_off_points(self) -> int:
        """The part that is restored, since it had expired before."""
        return sum(use.points for use in self.written_off)


def take_back(lots: Iterable[Lot], order_ref: str, points: int) -> TakenBack:
    """Where `points` revoked for an order come from.

    First the order's own lots, pending before released; then what expired from them (the shopper lost that
    already, taking it again would make a debt of it); then the newest released lots of the member; the rest
    is debt. Other orders' pending points are left alone: pending points do not pay debt.
    """
    held = list(lots)
    own = [lot for lot in held if lot.order_ref == order_ref]
    return take_out_of(own, [lot for lot in held if lot.order_ref != order_ref], points)


def take_out_of(own: Iterable[Lot], others: Iterable[Lot], points: int) -> TakenBack:
    """Where `points` come from that are taken back out of lots of their own: see `take_back`."""
    newest_first = sorted(own, key=lambda lot: lot.lot_id, reverse=True)
    own_pending_first = sorted(newest_first, key=lambda lot: lot.is_released)
    uses, missing = _draw(own_pending_first, points, lambda lot: lot.remaining_points)
    written_off, missing = _draw(newest_first, missing, lambda lot: lot.expired_points)
    released = (lot for lot in others if lot.is_released)
    others = sorted(released, key=lambda lot: lot.lot_id, reverse=True)
    more_uses, missing = _draw(others, missing, lambda lot: lot.remaining_points)
    return TakenBack((*uses, *more_uses), tuple(written_off), missing)


def falls_short(lots: Iterable[Lot], order_ref: str, points: int) -> bool:
    """Whether the order's own lots hold less than `points`, so that `take_back` will look at others."""
    own = (lot for lot in lots if lot.order_ref == order_ref)
    return sum(lot.remaining_points + lot.expired_points for lot in own) < points


def _draw(lots: Iterable[Lot], points: int, held: Callable[[Lot], int]) -> tuple[list[Use], int]:
    """Up to `points` out of what each lot holds, in the order given; and how many were not found."""
    uses: list[Use] = []
    for lot in lots:
        if not points:
            break
        drawn = min(points, held(lot))
        if drawn:
            uses.append(Use(lot, drawn))
            points -= drawn
    return uses, points
