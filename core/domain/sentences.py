"""The sentences that explain points. English; pages translate by calling these with their own words later."""

from __future__ import annotations

from datetime import datetime, tzinfo

from core.domain.excluding import Excluded
from core.domain.money import plain
from core.domain.orders import OrderSnapshot
from core.domain.redemptions import Redemption, Standing
from core.domain.worth import Part, Worth


def order_sentence(order: OrderSnapshot, worth: Worth, currency: str) -> str:
    """Why the order stands where it does: `49.95 net × 1, rounded down = 49; 10.00 refunded, 10 revoked`."""
    if order.is_test:
        return "test order: 0 points"
    if not worth.parts:
        return f"status “{order.status}” earns nothing: 0 points"
    sentence = " + ".join(_part_sentence(part, currency) for part in worth.parts)
    if order.refunded_minor:
        revoked_points = worth.points_at_first - worth.points
        sentence += f"; {plain(order.refunded_minor, order.currency)} refunded, {revoked_points} revoked"
    return sentence


def _part_sentence(part: Part, currency: str) -> str:
    base = f"{plain(part.base_minor, currency)} net {part.rule.words(currency)}"
    return f"{base}, {part.rule.rounding.words} = {part.points_at_first}"


def entry_sentence(order: OrderSnapshot, worth: Worth, currency: str, posted_points: int, points: int) -> str:
    """Why one entry was written: what the order is worth now, what was posted before, what that leaves."""
    if not posted_points:
        return order_sentence(order, worth, currency)
    left = " + ".join(
        f"{plain(part.left_minor, currency)} net is left {part.rule.words(currency)} = {part.points}"
        for part in worth.parts
    )
    reason = left or f"status “{order.status}” earns nothing"
    moved = f"{-points} go" if points < 0 else f"{points} more"
    return f"{reason}; {posted_points} were posted so far, so {moved}"


def gone_sentence(deleted_at: datetime, zone: tzinfo) -> str:
    """Why a deleted order is worth nothing."""
    return f"the store deleted the order on {deleted_at.astimezone(zone):%Y-%m-%d}: 0 points"


def excluded_sentence(excluded: Excluded, zone: tzinfo) -> str:
    """Why an order of somebody who was excluded when placing it is worth nothing."""
    began = f"{excluded.began_at.astimezone(zone):%Y-%m-%d}"
    if excluded.ended_at is None:
        return f"excluded since {began}: 0 points"
    return f"excluded from {began} until {excluded.ended_at.astimezone(zone):%Y-%m-%d}: 0 points"


def held_sentence(order_currency: str, store_currency: str) -> str:
    """Why an order in a foreign currency is worth nothing for now."""
    return f"the order is in {order_currency} and no rate to {store_currency} is set, so it waits: 0 points"


def silent_sentence(status: str) -> str:
    """Why the latest status of an order changed nothing."""
    return (
        f"status “{status}” says nothing about payment and is not named in the program, so it changes nothing"
    )


def deleted_sentence(posted_points: int) -> str:
    """Why points went with a deleted order."""
    return f"the store deleted the order; {posted_points} were posted so far, so {posted_points} go"


def moved_sentence(points: int) -> str:
    """Why a member lost an order's points to another."""
    return f"the store gave the order to another customer; {-points} go with it"


def written_off_sentence(points: int) -> str:
    """Why expired points are given back beside a revocation."""
    return f"{points} of them had expired already and are not taken twice"


def expired_sentence(points: int, earned_points: int) -> str:
    """Why points ended."""
    return f"{points} of {earned_points} points were not spent in time"


def redeemed_sentence(title: str, code: str) -> str:
    """Why points were spent."""
    return f"{title}: code {code}"


def restored_sentence(title: str, code: str, why: str) -> str:
    """Why points spent on something came back, or went again."""
    return f"{redeemed_sentence(title, code)}; {why}"


def carried_sentence(standing: Standing, before: Redemption) -> str:
    """Why points of a redemption came back or went again, by the orders that carry its code."""
    if standing.order_ref is None:
        return (
            "the order gave it back after it had ended"
            if standing.restored_points
            else "the order gave it back, so it can be used again"
        )
    if standing.restored_points:
        return (
            f"goods of order {standing.order_ref} went back, so {standing.restored_points} "
            f"of {before.cost_points} points do"
        )
    return f"order {standing.order_ref} uses it"


def adjusted_sentence(points: int) -> str:
    """Why points came or went by hand; the note beside it says the rest, and is forgotten with the member."""
    return f"{points} points added by hand" if points > 0 else f"{-points} points taken away by hand"


def adjustment_undone_sentence(points: int) -> str:
    """Why they went or came again. `points`: as they were adjusted."""
    if points > 0:
        return f"{points} points that were added by hand were taken back"
    return f"{-points} points that were taken away by hand were given back"


def brought_sentence() -> str:
    """Why points of a file of balances were booked. The line's note is not in it: entries are for ever, and
    it may name whom somebody has to be able to forget."""
    return "brought over in a file of balances"


def brought_back_sentence(line: int) -> str:
    """Why points of a file of balances went again."""
    return f"the file of balances was undone, line {line}"
