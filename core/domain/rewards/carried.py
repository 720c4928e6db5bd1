"""What codes of a reward carry, and whether a change of the reward leaves those that were made behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from core.domain.discounts import Benefit, Discount, benefit_words
from core.domain.errors import Refused
from core.domain.lots import end_of_day
from core.domain.rewards.reward import Offer


def carries_as(before: Offer, now: Offer) -> bool:
    """Whether codes made under `before` carry what those made now do, but for the name staff read."""
    return _terms(before) == _terms(now) and worth_of(now, before.reward.least_points, None) in {
        None,
        before.reward.buy(before.reward.least_points).benefit,
    }


def _terms(offer: Offer) -> tuple[object, ...]:
    return (offer.minimum_spend_minor or 0, offer.valid_days, offer.product_refs, offer.combines)


def worth_of(offer: Offer, points: int, otherwise: Benefit | None) -> Benefit | None:
    """What these points buy of it now; `otherwise` where they are not its price any more."""
    try:
        return offer.reward.buy(points).benefit
    except Refused:
        return otherwise


def carried_now(
    before: Discount, offer: Offer, cost_points: int, made_at: datetime, now: datetime, zone: tzinfo
) -> Discount:
    """The code as the reward would have it now, for the points that were paid for it.

    What was bought at another price takes off what it did. The end is counted from the day the code was made,
    and is never before the end of today.
    """
    benefit = worth_of(offer, cost_points, before.benefit) or before.benefit
    return replace(
        before,
        title=offer.name or benefit_words(benefit, before.currency),
        benefit=benefit,
        minimum_spend_minor=offer.minimum_spend_minor,
        product_refs=offer.product_refs,
        combines=offer.combines,
        ends_at=_end(offer, made_at, now, zone),
    )


def _end(offer: Offer, made_at: datetime, now: datetime, zone: tzinfo) -> datetime | None:
    if offer.valid_days is None:
        return None
    days = (made_at.astimezone(zone).date() + timedelta(days=offer.valid_days), now.astimezone(zone).date())
    return end_of_day(max(days), zone)
