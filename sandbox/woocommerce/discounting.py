"""How much a coupon takes off each line, in minor units of the prices as shown.

WooCommerce's own way: shares are rounded down, and the minor units that this leaves are handed out one at a
time from the first line on.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from sandbox.woocommerce.amounts import minor, whole
from sandbox.woocommerce.store import Coupon


@dataclass(slots=True)
class Item:
    """A line of a basket while coupons are applied."""

    product_id: int
    quantity: int
    price_minor: int
    """Of all its pieces, before any coupon."""
    discount_minor: int = 0

    @property
    def left_minor(self) -> int:
        """What is still to be paid for it."""
        return self.price_minor - self.discount_minor


def discounts(coupon: Coupon, items: list[Item], decimals: int) -> list[int]:
    """What `coupon` takes off each of `items`, which other coupons may have discounted already."""
    if coupon.discount_type == "percent":
        return _percent(coupon, items)
    amount_minor = minor(coupon.amount, decimals)
    if coupon.discount_type == "fixed_product":
        return _of_each_piece(coupon, items, amount_minor)
    # A coupon for the whole cart counts for every line, whatever products it names.
    return _of_the_cart(items, amount_minor)


def names(coupon: Coupon, item: Item) -> bool:
    """Whether the coupon is for this product."""
    return not coupon.product_ids or item.product_id in coupon.product_ids


def _pieces(coupon: Coupon, items: list[Item]) -> list[int]:
    """How many pieces of each line the coupon may touch."""
    # 0 is as good as none: so WooCommerce counts them.
    left = coupon.limit_usage_to_x_items or None
    pieces = []
    for item in items:
        touched = item.quantity if names(coupon, item) else 0
        if left is not None:
            touched = min(touched, left)
            left -= touched
        pieces.append(touched)
    return pieces


def _percent(coupon: Coupon, items: list[Item]) -> list[int]:
    share = coupon.amount / 100
    touched = [
        Decimal(item.price_minor * pieces) / item.quantity
        for item, pieces in zip(items, _pieces(coupon, items), strict=True)
    ]
    taken = [
        min(item.left_minor, whole(price * share, ROUND_FLOOR))
        for item, price in zip(items, touched, strict=True)
    ]
    reachable = [item if price else None for item, price in zip(items, touched, strict=True)]
    return _with_rest(taken, reachable, whole(sum(touched, Decimal(0)) * share) - sum(taken))


def _of_each_piece(coupon: Coupon, items: list[Item], amount_minor: int) -> list[int]:
    pieces = _pieces(coupon, items)
    return [
        min(item.left_minor, item.price_minor * n // item.quantity, amount_minor * n)
        for item, n in zip(items, pieces, strict=True)
    ]


def _of_the_cart(items: list[Item], amount_minor: int) -> list[int]:
    taken = [0] * len(items)
    while True:
        open_pieces = sum(
            item.quantity for item, got in zip(items, taken, strict=True) if item.left_minor > got
        )
        each = (amount_minor - sum(taken)) // open_pieces if open_pieces else 0
        if not each:
            return _with_rest(taken, list(items), amount_minor - sum(taken))
        taken = [
            min(item.left_minor, got + each * item.quantity) for item, got in zip(items, taken, strict=True)
        ]


def _with_rest(taken: list[int], items: list[Item | None], rest: int) -> list[int]:
    """One minor unit for each piece in turn until the rest is gone; None: a line it may not touch."""
    taken = list(taken)
    for at, item in enumerate(items):
        for _ in range(item.quantity if item else 0):
            if rest > 0 and item and item.left_minor > taken[at]:
                taken[at] += 1
                rest -= 1
    return taken
