"""Rewards in the words of the merchant: what one takes off, costs and combines with."""

from __future__ import annotations

from typing import assert_never

from flask_babel import gettext as _

from admin.words import money, number
from core.domain.discounts import AmountOff, Benefit, Combines, FreeProduct, FreeShipping, PercentOff
from core.domain.errors import Refused
from core.domain.rewards.reward import Offer


def least_benefit(offer: Offer) -> Benefit:
    """What the fewest points buy."""
    return offer.reward.buy(offer.reward.least_points).benefit


def is_open_ended(offer: Offer) -> bool:
    """Whether members choose how many points they spend."""
    try:
        offer.reward.buy(None)
    except Refused:
        return True
    return False


def points_words(offer: Offer) -> str:
    """Its price: 500, or 500+ where members choose."""
    price = number(offer.reward.least_points)
    return f"{price}+" if is_open_ended(offer) else price


def title_words(offer: Offer, currency: str) -> str:
    """What it is called: by the merchant, else by what it gives."""
    return offer.name or benefit_words(offer, currency)


def benefit_words(offer: Offer, currency: str) -> str:
    """What it gives, in a few words."""
    match least_benefit(offer):
        case AmountOff(amount_minor) if is_open_ended(offer):
            return str(
                _(
                    "%(amount)s %(currency)s off or more",
                    amount=money(amount_minor, currency),
                    currency=currency,
                )
            )
        case AmountOff(amount_minor):
            return str(
                _("%(amount)s %(currency)s off", amount=money(amount_minor, currency), currency=currency)
            )
        case PercentOff(percent, _cap):
            return str(_("%(percent)s %% off", percent=number(percent.normalize())))
        case FreeShipping():
            return str(_("Free shipping"))
        case FreeProduct(product_ref):
            return str(_("Product %(product)s, free", product=product_ref))
        case _ as never:
            assert_never(never)


def takes_off_words(offer: Offer, currency: str) -> str:
    """What the code takes off at the checkout."""
    match least_benefit(offer):
        case AmountOff(amount_minor) if is_open_ended(offer):
            return str(
                _(
                    "%(amount)s %(currency)s for %(points)s points, more for more",
                    amount=money(amount_minor, currency),
                    currency=currency,
                    points=number(offer.reward.least_points),
                )
            )
        case AmountOff(amount_minor):
            return str(
                _("%(amount)s %(currency)s, once", amount=money(amount_minor, currency), currency=currency)
            )
        case PercentOff(percent, cap_minor):
            if cap_minor is None:
                return str(_("%(percent)s %%, once", percent=number(percent.normalize())))
            return str(
                _(
                    "%(percent)s %%, at most %(cap)s %(currency)s, once",
                    percent=number(percent.normalize()),
                    cap=money(cap_minor, currency),
                    currency=currency,
                )
            )
        case FreeShipping():
            return str(_("the shipping, once"))
        case FreeProduct(product_ref):
            return str(_("the price of product %(product)s", product=product_ref))
        case _ as never:
            assert_never(never)


def costs_words(offer: Offer, currency: str) -> str:
    """What one code costs the merchant in money, as far as anybody can say."""
    match least_benefit(offer):
        case AmountOff(amount_minor):
            amount = money(amount_minor, currency)
            return str(_("%(amount)s or more", amount=amount)) if is_open_ended(offer) else amount
        case PercentOff(_percent, cap_minor):
            if cap_minor is None:
                return str(_("depends on the order"))
            return str(_("up to %(amount)s", amount=money(cap_minor, currency)))
        case FreeShipping():
            return str(_("your shipping"))
        case FreeProduct():
            return str(_("the product’s price"))
        case _ as never:
            assert_never(never)


def costs_minor(offer: Offer) -> int | None:
    """The same as a number to sort by; None: it depends."""
    match least_benefit(offer):
        case AmountOff(amount_minor):
            return amount_minor
        case PercentOff(_percent, cap_minor):
            return cap_minor
        case _:
            return None


def combines_words(offer: Offer) -> str:
    """What else may apply to the same order."""
    if not offer.combines:
        return str(_("Nothing else"))
    if offer.combines == frozenset(Combines):
        return str(_("All discounts"))
    said = {
        Combines.PRODUCT: _("Product discounts"),
        Combines.ORDER: _("Order discounts"),
        Combines.SHIPPING: _("Shipping discounts"),
    }
    return ", ".join(words for one, words in said.items() if one in offer.combines)
