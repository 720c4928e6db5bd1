"""What Shopify is asked to make of a discount, or why it cannot make it. Decides, calls nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, assert_never

from core.domain.discounts import (
    MARKER,
    AmountOff,
    Combines,
    Discount,
    FreeProduct,
    FreeShipping,
    PercentOff,
)
from core.domain.errors import PlatformRefused
from core.domain.money import exponent

LONGEST_TITLE = 255
MOST_PRODUCTS = 100
"""As many as our documents read back: more could not be compared."""
ALWAYS = datetime(2020, 1, 1, tzinfo=UTC)
"""The start of a code without one: Shopify wants a date, and any that is past means at once."""

BASIC = "code_basic_create"
FREE_SHIPPING = "code_free_shipping_create"
CHANGE_BASIC = "code_basic_update"
CHANGE_FREE_SHIPPING = "code_free_shipping_update"

_END_OF_MARK = " · "

_Input = dict[str, Any]

_NO_MINIMUM: _Input = {"subtotal": {"greaterThanOrEqualToSubtotal": None}}
"""Takes a minimum away, as far as can be told from the schema; what comes back is compared."""


def why_not(wanted: Discount) -> str | None:
    """Why Shopify cannot have such a code, in a sentence for the merchant; None: it can."""
    if wanted.holder.customer_ref is None:
        return "Shopify ties a code to a customer account, and this member has none in the store."
    return _why_not_benefit(wanted)


def caveat(wanted: Discount) -> str | None:
    """What a code gives beyond what was meant, for the merchant; None: nothing.

    Shopify limits pieces only where another purchase is asked for: its “buy X, get Y” is no free product.
    """
    if not isinstance(wanted.benefit, FreeProduct):
        return None
    return (
        f"On Shopify this code makes every piece of product {wanted.benefit.product_ref} in the cart free, "
        "not one alone. Where that costs too much, give its price as an amount off with the product in "
        "“products”."
    )


def _why_not_benefit(wanted: Discount) -> str | None:
    match wanted.benefit:
        case PercentOff(cap_minor=int()):
            return "Shopify has no cap for a percentage: leave the cap out, or take an amount off."
        case FreeShipping() if wanted.product_refs:
            return "Free shipping is for a whole order on Shopify: leave the products out."
        case FreeShipping() if Combines.SHIPPING in wanted.combines:
            return "Shopify never combines free shipping with another discount on shipping."
        case FreeProduct() if wanted.minimum_spend_minor:
            return (
                "Shopify counts only the free product itself towards a minimum spend: leave the minimum out."
            )
        case FreeProduct() if wanted.product_refs:
            return "A free product is the only product its code is for: leave the other products out."
        case _ if len(wanted.product_refs) > MOST_PRODUCTS:
            return (
                f"A code can be for {MOST_PRODUCTS} products on Shopify, not for {len(wanted.product_refs)}."
            )
        case _:
            return None


def discount_input(wanted: Discount) -> tuple[str, _Input]:
    """The document that makes the code, and what to make; `why_not` said that it can be made."""
    common: _Input = {
        "code": wanted.code,
        "title": full_title(wanted),
        "startsAt": (wanted.starts_at or ALWAYS).isoformat(),
        "endsAt": wanted.ends_at.isoformat() if wanted.ends_at else None,
        "usageLimit": 1,
        "context": {"customers": {"add": [f"gid://shopify/Customer/{wanted.holder.customer_ref}"]}},
        "combinesWith": {f"{one}Discounts": one in wanted.combines for one in Combines},
        **_minimum(wanted),
    }
    if isinstance(wanted.benefit, FreeShipping):
        return FREE_SHIPPING, common | {"destination": {"all": True}}
    items: _Input = {"productsToAdd": [product_gid(one) for one in products_of(wanted)]}
    gets = {"value": _value(wanted), "items": {"products": items} if products_of(wanted) else {"all": True}}
    return BASIC, common | {"customerGets": gets}


def change_input(before: Discount, wanted: Discount) -> tuple[str, _Input]:
    """The document that changes a code, and what of it: nothing else, so that no code that ended lives again.

    Raises PlatformRefused where it cannot be made of the other.
    """
    is_shipping = isinstance(wanted.benefit, FreeShipping)
    if is_shipping is not isinstance(before.benefit, FreeShipping):
        raise PlatformRefused("Shopify makes no free shipping of another discount, nor the other way round.")
    (_, was), (_, will) = discount_input(before), discount_input(wanted)
    names = ("title", "endsAt", "combinesWith", "minimumRequirement")
    changes = {name: will.get(name, _NO_MINIMUM) for name in names if was.get(name) != will.get(name)}
    gets: _Input = {}
    if not is_shipping and _value(before) != _value(wanted):
        gets["value"] = _value(wanted)
    if not is_shipping and products_of(before) != products_of(wanted):
        gets["items"] = _other_items(set(products_of(before)), set(products_of(wanted)))
    return (
        CHANGE_FREE_SHIPPING if is_shipping else CHANGE_BASIC,
        changes | ({"customerGets": gets} if gets else {}),
    )


def _other_items(before: set[str], wanted: set[str]) -> _Input:
    if not wanted:
        return {"all": True}
    added = [product_gid(one) for one in sorted(wanted - before)]
    removed = [product_gid(one) for one in sorted(before - wanted)]
    return {"products": {"productsToAdd": added, "productsToRemove": removed}}


def full_title(wanted: Discount) -> str:
    """What staff read, the mark first: cutting the rest loses nothing, and Shopify searches by beginnings."""
    return f"{wanted.mark}{_END_OF_MARK}{wanted.title}"[:LONGEST_TITLE]


def mark_in(title: str) -> str | None:
    """Our mark at the beginning of a title; None: it is somebody else's, even one about regulars."""
    mark, ends, _ = title.partition(_END_OF_MARK)
    return mark if ends and mark.startswith(MARKER) else None


def products_of(wanted: Discount) -> tuple[str, ...]:
    """The only products the discount is for; empty: the whole order."""
    return (wanted.benefit.product_ref,) if isinstance(wanted.benefit, FreeProduct) else wanted.product_refs


def product_gid(product_ref: str) -> str:
    """A product as GraphQL names it."""
    return f"gid://shopify/Product/{product_ref}"


def share_of(wanted: Discount) -> Decimal | None:
    """The share of the price that is taken off, at most 1; None: the discount is no share."""
    match wanted.benefit:
        case PercentOff(percent=percent):
            return percent / 100
        case FreeProduct():
            return Decimal(1)
        case _:
            return None


def _value(wanted: Discount) -> _Input:
    match wanted.benefit:
        case AmountOff(amount_minor=amount):
            return {"discountAmount": {"amount": _money(amount, wanted.currency), "appliesOnEachItem": False}}
        case PercentOff() | FreeProduct():
            return {"percentage": float(share_of(wanted) or 0)}
        case FreeShipping():
            raise ValueError("free shipping takes nothing off goods")
        case _ as unknown:
            assert_never(unknown)


def _minimum(wanted: Discount) -> _Input:
    if not wanted.minimum_spend_minor:
        return {}
    least = _money(wanted.minimum_spend_minor, wanted.currency)
    return {"minimumRequirement": {"subtotal": {"greaterThanOrEqualToSubtotal": least}}}


def _money(minor: int, currency: str) -> str:
    return str(Decimal(minor).scaleb(-exponent(currency)))
