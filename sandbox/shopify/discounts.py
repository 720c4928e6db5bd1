"""Discount codes of the stand-in store, and who may use one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """What a discount applies to, in the order in which checkouts apply them."""

    PRODUCT = "product"
    ORDER = "order"
    SHIPPING = "shipping"


@dataclass(frozen=True)
class Use:
    """A code on a placed order. A cancelled order does not give it back."""

    at: datetime
    customer_id: int | None


@dataclass(frozen=True)
class CodeDiscount:
    """A discount with one code. Amounts in minor units."""

    discount_id: int
    code: str
    title: str
    starts_at: datetime
    ends_at: datetime | None = None
    amount: int | None = None
    is_per_item: bool = False
    share: Decimal | None = None
    """Of the price, at most 1. Neither amount nor share: free shipping."""
    product_ids: tuple[int, ...] = ()
    minimum: int = 0
    customer_ids: tuple[int, ...] | None = None
    """Who may use it; None: everybody."""
    combines: frozenset[Kind] = frozenset()
    usage_limit: int | None = None
    is_once_per_customer: bool = False
    uses: tuple[Use, ...] = ()

    @property
    def kind(self) -> Kind:
        """Shopify calls it the discount's class."""
        if self.amount is None and self.share is None:
            return Kind.SHIPPING
        return Kind.PRODUCT if self.product_ids else Kind.ORDER

    def status(self, now: datetime) -> str:
        """In Shopify's words. A used-up code stays active."""
        if self.ends_at is not None and self.ends_at <= now:
            return "EXPIRED"
        return "SCHEDULED" if self.starts_at > now else "ACTIVE"

    def entitles(self, product_id: int) -> bool:
        """Whether it is for this product."""
        return not self.product_ids or product_id in self.product_ids

    def combines_with(self, other: CodeDiscount) -> bool:
        """Both must allow it."""
        return other.kind in self.combines and self.kind in other.combines


def refusal(
    discount: CodeDiscount, goods: Mapping[int, int], customer_id: int | None, now: datetime
) -> str | None:
    """Why a shopper cannot use the code; None: she can. `goods`: money's worth of each product in the cart.

    A minimum counts the goods the code is for, before any discount: the first as Shopify's admin says, the
    second a guess.
    """
    if discount.status(now) != "ACTIVE":
        return "the code is not active"
    if discount.customer_ids is not None and customer_id not in discount.customer_ids:
        return "the code is not for this customer"
    if discount.usage_limit is not None and len(discount.uses) >= discount.usage_limit:
        return "the code has been used as often as it may be"
    if discount.is_once_per_customer and customer_id in {use.customer_id for use in discount.uses}:
        return "this customer has used the code already"
    entitled = [minor for product_id, minor in goods.items() if discount.entitles(product_id)]
    if not entitled:
        return "nothing in the cart is what the code is for"
    if sum(entitled) < discount.minimum:
        return "the minimum spend is not reached"
    return None
