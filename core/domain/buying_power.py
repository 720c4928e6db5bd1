"""What points are worth in money, by the rewards a program offers."""

from __future__ import annotations

from collections.abc import Iterable

from core.domain.rewards.amount_off import AmountOffReward
from core.domain.rewards.any_amount import AnyAmountReward
from core.domain.rewards.reward import Offer


def most_money_off(offers: Iterable[Offer], points: int) -> int:
    """The most that so many points take off orders by one of the offers, in minor units.

    0 where they buy none, or where none takes off a fixed amount: what a percentage or a free product is
    worth follows from the order.
    """
    return max((_money_off(offer, points) for offer in offers), default=0)


def _money_off(offer: Offer, points: int) -> int:
    match offer.reward:
        case AmountOffReward(cost_points, amount_minor):
            times = points // cost_points
            return min(times, times if offer.per_member is None else offer.per_member) * amount_minor
        case AnyAmountReward(step_points, amount_minor, minimum_points) if points >= minimum_points:
            return points // step_points * amount_minor
        case _:
            return 0
