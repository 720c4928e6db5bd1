"""How a reward differs from what it was, setting by setting; and where that is worse for who holds a code."""

from __future__ import annotations

from dataclasses import dataclass

from admin.reward_words import combines_words
from admin.saying import _, ngettext
from admin.words import money, number
from core.domain.discounts import AmountOff, Benefit, PercentOff
from core.domain.rewards.carried import worth_of
from core.domain.rewards.reward import Offer


@dataclass(frozen=True, slots=True)
class Differs:
    """One setting that is another now, in words."""

    setting: str
    before: str
    after: str
    is_worse: bool = False
    """For whoever holds a code of it."""


def code_differences(was: Offer, now: Offer, currency: str) -> list[Differs]:
    """What codes made under `was` would carry otherwise."""
    before = was.reward.buy(was.reward.least_points).benefit
    after = worth_of(now, was.reward.least_points, before) or before
    found = [
        Differs(
            _("Takes off"),
            _benefit(before, currency),
            _benefit(after, currency),
            _is_less(before, after),
        ),
        Differs(
            _("Order from"),
            _least(was, currency),
            _least(now, currency),
            (now.minimum_spend_minor or 0) > (was.minimum_spend_minor or 0),
        ),
        Differs(_("Until"), _days(was), _days(now), _ends_sooner(was, now)),
        Differs(_("Only for"), _products(was), _products(now), _is_for_less(was, now)),
        Differs(_("Together with"), _combines(was), _combines(now), not was.combines <= now.combines),
    ]
    return [one for one in found if one.before != one.after]


def reward_differences(was: Offer, now: Offer, currency: str) -> list[Differs]:
    """The same of everything but its price and what it takes off."""
    found = [
        Differs(_("Name"), was.name or _("None of its own"), now.name or _("None of its own")),
        Differs(_("In all"), _limit(was.stock), _limit(now.stock)),
        Differs(_("For one member"), _limit(was.per_member), _limit(now.per_member)),
        Differs(_("State"), _state(was), _state(now)),
    ]
    terms = [one for one in code_differences(was, now, currency) if one.setting != _("Takes off")]
    return [*terms, *(one for one in found if one.before != one.after)]


def _benefit(benefit: Benefit, currency: str) -> str:
    if isinstance(benefit, AmountOff):
        amount = money(benefit.amount_minor, currency)
        return _("%(amount)s %(currency)s", amount=amount, currency=currency)
    if isinstance(benefit, PercentOff):
        percent = number(benefit.percent.normalize())
        if benefit.cap_minor is None:
            return _("%(percent)s %%", percent=percent)
        cap = money(benefit.cap_minor, currency)
        return _("%(percent)s %%, at most %(cap)s %(currency)s", percent=percent, cap=cap, currency=currency)
    return str(getattr(benefit, "product_ref", "")) or _("Free shipping")


def _is_less(before: Benefit, after: Benefit) -> bool:
    if isinstance(before, AmountOff) and isinstance(after, AmountOff):
        return after.amount_minor < before.amount_minor
    if isinstance(before, PercentOff) and isinstance(after, PercentOff):
        is_capped = after.cap_minor is not None and after.cap_minor < (before.cap_minor or 10**18)
        return after.percent < before.percent or is_capped
    return False


def _least(offer: Offer, currency: str) -> str:
    if not offer.minimum_spend_minor:
        return _("any amount")
    return _("%(amount)s %(currency)s", amount=money(offer.minimum_spend_minor, currency), currency=currency)


def _days(offer: Offer) -> str:
    if offer.valid_days is None:
        return _("no end")
    return ngettext("%(num)s day after it is made", "%(num)s days after it is made", offer.valid_days)


def _ends_sooner(was: Offer, now: Offer) -> bool:
    return now.valid_days is not None and (was.valid_days is None or now.valid_days < was.valid_days)


def _products(offer: Offer) -> str:
    if not offer.product_refs:
        return _("the whole order")
    return _("products %(products)s", products=", ".join(offer.product_refs))


def _is_for_less(was: Offer, now: Offer) -> bool:
    return bool(now.product_refs) and not (
        was.product_refs and set(was.product_refs) <= set(now.product_refs)
    )


def _combines(offer: Offer) -> str:
    return combines_words(offer)


def _limit(most: int | None) -> str:
    return _("any number") if most is None else number(most)


def _state(offer: Offer) -> str:
    return _("Paused") if offer.is_paused else _("Offered")
