"""A discount in WooCommerce's words: what of it cannot be said there, and the fields of its coupon.

A coupon knows no start, no cap on a percentage, no account: it is bound to an e-mail address. Its restriction
is a filter and no proof, for whoever types the address at the checkout passes.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from core.domain.discounts import (
    AmountOff,
    Benefit,
    Combines,
    Discount,
    FreeProduct,
    FreeShipping,
    PercentOff,
)
from core.domain.money import plain

MARK_META = "_regulars_code"
"""The coupon's meta data that holds our mark."""

# WordPress leaves out what it does not expect in an address, so that it becomes somebody else's; and to
# WooCommerce “*” stands for any letters and some other signs for more than themselves.
_ADDRESS = re.compile(
    r"[a-z0-9!#%&'+=_`~.-]+@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?"
)
_SHORTEST_ADDRESS = 6
_PRODUCT = re.compile(r"[1-9][0-9]{0,17}")


def why_not(discount: Discount) -> str | None:
    """Why WooCommerce cannot make such a code, for the merchant to read; None: it can."""
    return (
        _why_not_benefit(discount.benefit)
        or _why_not_products(product_refs(discount))
        or _why_not_combined(discount.combines)
        or _why_not_holder(discount.holder.email)
    )


def coupon_fields(discount: Discount) -> dict[str, Any]:
    """What is asked of the store. `why_not` must have found nothing."""
    fields: dict[str, Any] = {
        "code": discount.code,
        "description": f"{discount.title} ({discount.mark})",
        "meta_data": [{"key": MARK_META, "value": discount.mark}],
        "email_restrictions": [restricted_to(discount)],
        "usage_limit": 1,
        "individual_use": not discount.combines,
        "product_ids": [int(ref) for ref in product_refs(discount)],
        "free_shipping": isinstance(discount.benefit, FreeShipping),
        **_benefit(discount),
    }
    if discount.minimum_spend_minor:
        fields["minimum_amount"] = plain(discount.minimum_spend_minor, discount.currency)
    if discount.ends_at is not None:
        # Without a zone it would be the store's local time; `date_expires_gmt` is taken and never heeded.
        fields["date_expires"] = f"{gmt_second(discount.ends_at):%Y-%m-%dT%H:%M:%S}Z"
    return fields


def change_fields(discount: Discount) -> dict[str, Any]:
    """What is asked of a store that has the coupon already: all of it but whose it is and how often it works.

    What the coupon has no longer is said: a store passes over what is left out, and over null.
    """
    fields = {"minimum_amount": "0", "date_expires": "", "limit_usage_to_x_items": 0}
    fields |= coupon_fields(discount)
    for name in ("code", "meta_data", "email_restrictions", "usage_limit"):
        del fields[name]
    return fields


def restricted_to(discount: Discount) -> str:
    """The address as the store keeps it."""
    return (discount.holder.email or "").strip().lower()


def gmt_second(moment: datetime) -> datetime:
    """The moment in UTC without its fraction of a second, which the store does not keep."""
    return moment.astimezone(UTC).replace(microsecond=0)


def product_refs(discount: Discount) -> tuple[str, ...]:
    """The products that its coupon names."""
    if isinstance(discount.benefit, FreeProduct):
        return (discount.benefit.product_ref,)
    return discount.product_refs


def _benefit(discount: Discount) -> dict[str, Any]:
    match discount.benefit:
        case AmountOff(amount_minor=amount_minor):
            amount = plain(amount_minor, discount.currency)
            if not discount.product_refs:
                return {"discount_type": "fixed_cart", "amount": amount}
            # A cart coupon that names products is taken off the others, too; one of products would be taken
            # off every piece. So it is off one piece of them, and never more than its price.
            return {"discount_type": "fixed_product", "amount": amount, "limit_usage_to_x_items": 1}
        case PercentOff(percent=percent):
            return {"discount_type": "percent", "amount": _number(percent)}
        case FreeShipping():
            return {"discount_type": "fixed_cart", "amount": "0"}
        case FreeProduct():
            return {"discount_type": "percent", "amount": "100", "limit_usage_to_x_items": 1}


def _number(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _why_not_benefit(benefit: Benefit) -> str | None:
    if isinstance(benefit, PercentOff) and benefit.cap_minor is not None:
        return (
            "WooCommerce cannot cap a percentage: leave the cap out, or take an amount off instead of a "
            "percentage."
        )
    return None


def _why_not_products(refs: tuple[str, ...]) -> str | None:
    wrong = next((ref for ref in refs if not _PRODUCT.fullmatch(ref)), None)
    if wrong is None:
        return None
    return f"“{wrong[:40]}” is no product of a WooCommerce store: its products have whole numbers for ids."


def _why_not_combined(combines: frozenset[Combines]) -> str | None:
    if not combines or combines == frozenset(Combines):
        return None
    return (
        "A WooCommerce coupon is used either alone or with any other coupon: let it combine with nothing, or "
        f"with all of {', '.join(Combines)}."
    )


def _why_not_holder(email: str | None) -> str | None:
    if not email:
        return (
            "WooCommerce binds a coupon to its member by e-mail address alone, and this member has none: "
            "anybody could use the code."
        )
    address = email.strip().lower()
    if len(address) < _SHORTEST_ADDRESS or not _ADDRESS.fullmatch(address):
        return (
            "WooCommerce would change or drop this member's e-mail address, for it has letters that "
            "WooCommerce does not take: the code would be for somebody else or for anybody."
        )
    return None
