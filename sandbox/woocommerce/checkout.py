"""Baskets, the rules of coupons at the checkout, and placing an order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sandbox.woocommerce.amounts import minor, net_and_tax
from sandbox.woocommerce.coupons import published
from sandbox.woocommerce.discounting import Item, discounts, names
from sandbox.woocommerce.orders import take_uses
from sandbox.woocommerce.problems import CheckoutRefused
from sandbox.woocommerce.store import Coupon, CouponLine, Line, Order, Store


@dataclass(frozen=True, slots=True)
class Basket:
    """What a shopper has chosen, and who she says she is."""

    items: tuple[tuple[int, int], ...]
    """Product ids with their quantities."""
    email: str = ""
    """As typed at the checkout; empty: not yet."""
    customer_id: int = 0
    """0: a guest."""
    codes: tuple[str, ...] = ()
    """Coupons, in the order in which they were typed in."""
    first_name: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """What a basket comes to."""

    lines: tuple[Line, ...]
    coupon_lines: tuple[CouponLine, ...]
    shipping_minor: int
    shipping_tax_minor: int

    @property
    def discount_minor(self) -> int:
        """All coupons together, tax included."""
        return sum(line.discount_minor + line.discount_tax_minor for line in self.coupon_lines)

    @property
    def total_minor(self) -> int:
        """What the shopper would pay."""
        goods = sum(line.total_minor + line.total_tax_minor for line in self.lines)
        return goods + self.shipping_minor + self.shipping_tax_minor


def quote(store: Store, basket: Basket, now: datetime) -> Quote:
    """The basket with its coupons. Raises CheckoutRefused for the first that cannot be used."""
    coupons = _applied(store, basket, now)
    items = _items(store, basket)
    lines = [_line(store, item) for item in items]
    coupon_lines = [_coupon_line(store, coupon, items, lines) for coupon in coupons]
    is_free = store.has_free_shipping_method and any(coupon.free_shipping for coupon in coupons)
    shipping, tax = 0, 0
    if not is_free:
        shipping, tax = net_and_tax(store.shipping_minor, store.tax_percent, has_tax_in_prices=False)
    return Quote(tuple(lines), tuple(coupon_lines), shipping, tax)


def place_order(store: Store, basket: Basket, now: datetime, *, payment_method: str = "card") -> Order:
    """Check out: `card` is paid at once, `cod` is to be paid at the door, `bacs` waits for the money.

    Raises CheckoutRefused.
    """
    if not basket.email:
        raise CheckoutRefused("Please enter a valid email address.", "woocommerce_rest_invalid_address")
    asked = quote(store, basket, now)
    order = Order(
        order_id=store.next_id("post"),
        key=f"wc_order_{store.random_hex(13)}",
        status="on-hold" if payment_method == "bacs" else "processing",
        customer_id=basket.customer_id,
        first_name=basket.first_name,
        email=basket.email,
        payment_method=payment_method,
        created_at=now,
        modified_at=now,
        lines=list(asked.lines),
        coupon_lines=list(asked.coupon_lines),
        shipping_minor=asked.shipping_minor,
        shipping_tax_minor=asked.shipping_tax_minor,
        paid_at=now if payment_method == "card" else None,
    )
    store.orders[order.order_id] = order
    take_uses(store, order)
    # The block checkout of this version tells of the change before it tells of the order.
    store.tell("order.updated", order.order_id)
    if basket.customer_id:
        store.tell("customer.updated", basket.customer_id)
    store.tell("order.created", order.order_id)
    return order


def emails_match(known: Iterable[str], restrictions: list[str]) -> bool:
    """Whether a restricted coupon is for one of these addresses; `*` stands for anything."""
    patterns = [re.compile(".*".join(map(re.escape, allowed.split("*")))) for allowed in restrictions]
    return any(pattern.fullmatch(email) for email in known for pattern in patterns)


def _applied(store: Store, basket: Basket, now: datetime) -> list[Coupon]:
    applied: list[Coupon] = []
    for code in basket.codes:
        coupon = published(store, code)
        if coupon is None:
            raise CheckoutRefused(f'Coupon "{code}" cannot be applied because it does not exist.')
        _refuse(store, basket, coupon, now)
        if alone := next((one for one in applied if one.individual_use), None):
            raise CheckoutRefused(f'Coupon "{alone.code}" has already been applied and cannot be combined.')
        applied = [coupon] if coupon.individual_use else [*applied, coupon]
    return applied


def _refuse(store: Store, basket: Basket, coupon: Coupon, now: datetime) -> None:
    """Raise CheckoutRefused when this coupon is not for this basket now."""
    items = _items(store, basket)
    if coupon.expires_at is not None and now > coupon.expires_at:
        raise CheckoutRefused(f'Coupon "{coupon.code}" has expired.')
    if coupon.usage_limit and coupon.usage_count >= coupon.usage_limit:
        raise CheckoutRefused(f'Usage limit for coupon "{coupon.code}" has been reached.')
    if minor(coupon.minimum_amount, store.decimals) > sum(item.price_minor for item in items):
        raise CheckoutRefused(f'The minimum spend for coupon "{coupon.code}" is {coupon.minimum_amount}.')
    if not any(names(coupon, item) for item in items):
        raise CheckoutRefused(f'Coupon "{coupon.code}" is not valid for the products in your cart.')
    _refuse_stranger(store, basket, coupon)


def _refuse_stranger(store: Store, basket: Basket, coupon: Coupon) -> None:
    account = store.customers.get(basket.customer_id)
    known = {email.strip().lower() for email in (basket.email, account.email if account else "") if email}
    limit = coupon.usage_limit_per_user
    who = {*known, str(basket.customer_id)}
    if limit and sum(user in who for user in coupon.used_by) >= limit:
        raise CheckoutRefused(f'Usage limit for coupon "{coupon.code}" has been reached.')
    if not coupon.email_restrictions:
        return
    if not known:
        raise CheckoutRefused(f'Please enter a valid email at checkout to use coupon code "{coupon.code}".')
    if not emails_match(known, coupon.email_restrictions):
        raise CheckoutRefused(f'Please enter a valid email to use coupon code "{coupon.code}".')


def _items(store: Store, basket: Basket) -> list[Item]:
    if not basket.items or any(quantity < 1 for _, quantity in basket.items):
        raise CheckoutRefused("Your cart is empty.", "woocommerce_rest_cart_empty")
    return [
        Item(product_id, quantity, store.products[product_id].price_minor * quantity)
        for product_id, quantity in basket.items
    ]


def _line(store: Store, item: Item) -> Line:
    product = store.products[item.product_id]
    net, tax = _parts(store, item.price_minor)
    return Line(
        store.next_id("item"), item.product_id, product.name, product.sku, item.quantity, net, tax, net, tax
    )


def _coupon_line(store: Store, coupon: Coupon, items: list[Item], lines: list[Line]) -> CouponLine:
    """Apply the coupon to `items` and `lines`, and say what it took off in all."""
    net_off, tax_off = 0, 0
    for item, line, off in zip(items, lines, discounts(coupon, items, store.decimals), strict=True):
        item.discount_minor += off
        net, tax = _parts(store, item.left_minor)
        net_off += line.total_minor - net
        tax_off += line.total_tax_minor - tax
        line.total_minor, line.total_tax_minor = net, tax
    return CouponLine(
        line_id=store.next_id("item"),
        coupon_id=coupon.coupon_id,
        code=coupon.code,
        discount_type=coupon.discount_type,
        amount=coupon.amount,
        free_shipping=coupon.free_shipping,
        discount_minor=net_off,
        discount_tax_minor=tax_off,
    )


def _parts(store: Store, shown_minor: int) -> tuple[int, int]:
    return net_and_tax(shown_minor, store.tax_percent, has_tax_in_prices=store.has_tax_in_prices)
