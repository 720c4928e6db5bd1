"""What a cart comes to: which codes apply, and what each takes off each line. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from sandbox.shopify.amounts import shares
from sandbox.shopify.discounts import CodeDiscount, Kind, refusal
from sandbox.shopify.store import Product, Store


@dataclass(frozen=True)
class Cart:
    """What a shopper wants to buy; `customer_id` None: without an account."""

    pieces: tuple[tuple[int, int], ...]
    """(product id, quantity)."""
    codes: tuple[str, ...] = ()
    customer_id: int | None = None
    email: str | None = None


@dataclass(frozen=True)
class Row:
    """One line of a checkout."""

    product: Product
    quantity: int
    discounts: tuple[int, ...] = ()
    """By the checkout's discounts."""

    @property
    def gross(self) -> int:
        return self.product.price * self.quantity

    @property
    def left(self) -> int:
        return self.gross - sum(self.discounts)


@dataclass(frozen=True)
class Checkout:
    """A cart, priced."""

    rows: tuple[Row, ...]
    discounts: tuple[CodeDiscount, ...]
    """In the order in which they were applied."""
    shipping: int
    shipping_discounts: tuple[int, ...]
    refused: dict[str, str]
    """Code ▸ why it takes nothing off."""

    @property
    def taken_off(self) -> int:
        """By all codes together, shipping included."""
        return sum(sum(row.discounts) for row in self.rows) + sum(self.shipping_discounts)

    @property
    def total(self) -> int:
        """What the shopper pays."""
        return sum(row.gross for row in self.rows) + self.shipping - self.taken_off


def checkout(store: Store, cart: Cart, now: datetime) -> Checkout:
    """The cart's price. Raises KeyError for a product the store does not have.

    Of codes that do not combine the first one entered stays. Discounts on products apply first, then those on
    the order, to what is left.
    """
    rows = [Row(store.products[product_id], quantity) for product_id, quantity in cart.pieces]
    chosen, refused = _chosen(store, cart, rows, now)
    in_order = sorted(chosen, key=lambda discount: list(Kind).index(discount.kind))
    shipping_left, shipping_discounts = store.shipping, []
    for discount in in_order:
        off = shipping_left if discount.kind is Kind.SHIPPING else 0
        shipping_left -= off
        shipping_discounts.append(off)
        taken = taken_off(discount, rows)
        rows = [
            Row(row.product, row.quantity, (*row.discounts, amount))
            for row, amount in zip(rows, taken, strict=True)
        ]
    return Checkout(tuple(rows), tuple(in_order), store.shipping, tuple(shipping_discounts), refused)


def _chosen(
    store: Store, cart: Cart, rows: Iterable[Row], now: datetime
) -> tuple[list[CodeDiscount], dict[str, str]]:
    goods: dict[int, int] = {}
    for row in rows:
        goods[row.product.product_id] = goods.get(row.product.product_id, 0) + row.gross
    chosen: list[CodeDiscount] = []
    refused = {}
    for code in dict.fromkeys(code.upper() for code in cart.codes):
        discount = store.code(code)
        if discount is None:
            refused[code] = "there is no such code"
        elif reason := refusal(discount, goods, cart.customer_id, now):
            refused[code] = reason
        elif not all(discount.combines_with(other) for other in chosen):
            refused[code] = "the code cannot be combined with another one"
        else:
            chosen.append(discount)
    return chosen, refused


def taken_off(discount: CodeDiscount, rows: Sequence[Row]) -> list[int]:
    """What a discount takes off each row. A line takes one discount on products, the first."""
    if discount.kind is Kind.SHIPPING:
        return [0 for _ in rows]
    free = [discount.kind is Kind.ORDER or not any(row.discounts) for row in rows]
    lefts = [
        row.left if is_free and discount.entitles(row.product.product_id) else 0
        for row, is_free in zip(rows, free, strict=True)
    ]
    if discount.amount is not None and discount.is_per_item:
        return [min(left, discount.amount * row.quantity) for row, left in zip(rows, lefts, strict=True)]
    if discount.amount is not None:
        return shares(min(discount.amount, sum(lefts)), lefts)
    share = discount.share or Decimal(0)
    if discount.kind is Kind.PRODUCT:
        return [_rounded(left * share) for left in lefts]
    return shares(_rounded(sum(lefts) * share), lefts)


def _rounded(amount: Decimal) -> int:
    return int(amount.to_integral_value(ROUND_HALF_UP))
