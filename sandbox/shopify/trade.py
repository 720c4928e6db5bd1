"""What shoppers and staff do with orders; every happening leaves its webhooks in the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sandbox.shopify.amounts import plain
from sandbox.shopify.checkout import Cart, Checkout, checkout
from sandbox.shopify.discounts import CodeDiscount, Kind, Use
from sandbox.shopify.order_webhooks import edit_webhook, refund_webhook, webhook
from sandbox.shopify.orders import Application, Back, BackLine, Line, ShopOrder
from sandbox.shopify.store import Store


def place(store: Store, cart: Cart, now: datetime, *, is_paid: bool = True) -> ShopOrder:
    """Order what is in the cart, with those of its codes that apply.

    Raises KeyError for a product or customer the store does not have, ValueError for an empty cart.
    """
    if not cart.pieces:
        raise ValueError("the cart is empty")
    priced = checkout(store, cart, now)
    order = _order(store, cart, priced, now)
    if is_paid:
        order = replace(order, status="paid", outstanding=0)
    for discount in priced.discounts:
        store.note_use(discount, Use(now, cart.customer_id))
    _keep(store, order, now, "orders/create", *(["orders/paid"] if is_paid else []))
    return order


def _order(store: Store, cart: Cart, priced: Checkout, now: datetime) -> ShopOrder:
    person = store.customers[cart.customer_id] if cart.customer_id is not None else None
    return ShopOrder(
        order_id=next(store.ids),
        number=next(store.order_numbers),
        lines=tuple(
            Line(
                line_id=next(store.ids),
                price=row.product.price,
                quantity=row.quantity,
                discounts=row.discounts,
                product_id=row.product.product_id,
                variant_id=row.product.variant_id,
                sku=row.product.sku,
                title=row.product.title,
            )
            for row in priced.rows
        ),
        status="pending",
        currency=store.currency,
        total=priced.total,
        outstanding=priced.total,
        shipping=priced.shipping,
        shipping_discounts=priced.shipping_discounts,
        customer_id=cart.customer_id,
        first_name=person.first_name if person else "Gus",
        email=person.email if person else cart.email,
        codes=tuple(discount.code for discount in priced.discounts),
        applications=tuple(_application(store, discount) for discount in priced.discounts),
        placed_at=now.replace(microsecond=0),
    )


def _application(store: Store, discount: CodeDiscount) -> Application:
    if discount.kind is Kind.SHIPPING:
        return Application(discount.code, "100.0", "percentage", "shipping_line", allocation_method="each")
    selection = "entitled" if discount.kind is Kind.PRODUCT else "all"
    if discount.amount is None:
        value = str(float((discount.share or 0) * 100))
        return Application(discount.code, value, "percentage", target_selection=selection)
    return Application(discount.code, plain(discount.amount, store.currency), target_selection=selection)


def pay(store: Store, order_id: int, now: datetime) -> ShopOrder:
    """The money for a pending order has come."""
    paid = replace(_pending(store, order_id), status="paid", outstanding=0)
    return _keep(store, paid, now, "orders/paid", "orders/updated")


def _pending(store: Store, order_id: int) -> ShopOrder:
    order = store.orders[order_id]
    if order.status != "pending" or order.is_cancelled:
        raise ValueError(f"{order.name} is not waiting for money")
    return order


def refund(
    store: Store, order_id: int, pieces: Mapping[int, int], now: datetime, *, with_shipping: bool = False
) -> ShopOrder:
    """Give back so many pieces by line id, and the shipping. Raises ValueError when there are not as many."""
    order = store.orders[order_id]
    lines = tuple(
        _back_line(order, line, pieces[line.line_id]) for line in order.lines if pieces.get(line.line_id)
    )
    back = Back(next(store.ids), lines, shipping=order.shipping_net if with_shipping else 0)
    return _give_back(store, order, back, now)


def _give_back(store: Store, order: ShopOrder, back: Back, now: datetime) -> ShopOrder:
    given_back = order.given_back + back.amount
    if not back.amount or given_back > order.total:
        raise ValueError("there is not as much to give back")
    status = "refunded" if given_back == order.total else "partially_refunded"
    changed = replace(order, refunds=(*order.refunds, back), status=status)
    return _keep(store, changed, now, "refunds/create", "orders/updated")


def _back_line(order: ShopOrder, line: Line, pieces: int) -> BackLine:
    """What was paid for the pieces; all of a line's parts together come to exactly its price."""
    before = order.gone_back(line)
    if not 0 < pieces <= order.current_quantity(line):
        raise ValueError(f"there are not {pieces} pieces of line {line.line_id} left")
    paid = line.net * (before + pieces) // line.quantity - line.net * before // line.quantity
    return BackLine(line.line_id, pieces, paid)


def refund_all(store: Store, order_id: int, now: datetime) -> ShopOrder:
    """Give back everything that is left: goods, shipping, and what was paid for pieces edited away since."""
    order = store.orders[order_id]
    lines = tuple(
        _back_line(order, line, pieces) for line in order.lines if (pieces := order.current_quantity(line))
    )
    has_shipping_left = not any(back.shipping for back in order.refunds)
    back = Back(next(store.ids), lines, shipping=order.shipping_net if has_shipping_left else 0)
    back = replace(back, more=order.total - order.given_back - back.amount)
    return _give_back(store, order, back, now)


def cancel(store: Store, order_id: int, now: datetime) -> ShopOrder:
    """Cancel an order, and give back what was paid. The uses of its codes are not given back."""
    order = store.orders[order_id]
    if order.is_cancelled:
        raise ValueError(f"{order.name} is cancelled already")
    if order.status == "pending":
        emptied = tuple(
            replace(line, edited_away=line.edited_away + order.current_quantity(line)) for line in order.lines
        )
        order = replace(order, lines=emptied, status="voided", outstanding=0)
    elif order.given_back < order.total:
        order = refund_all(store, order_id, now)
    return _keep(store, replace(order, is_cancelled=True), now, "orders/cancelled", "orders/updated")


def take_off(store: Store, order_id: int, line_id: int, pieces: int, now: datetime) -> ShopOrder:
    """Edit an order: so many pieces of a line are not wanted any more. No money moves."""
    order = store.orders[order_id]
    line = next(line for line in order.lines if line.line_id == line_id)
    if not 0 < pieces <= order.current_quantity(line):
        raise ValueError(f"there are not {pieces} pieces of line {line_id} left")
    edited = replace(line, edited_away=line.edited_away + pieces)
    lines = tuple(edited if one is line else one for one in order.lines)
    changed = _keep(store, replace(order, lines=lines), now, "orders/updated")
    store.outbox.put("orders/edited", edit_webhook(changed, edited, pieces), now, store.outbox.token())
    return changed


def _keep(store: Store, order: ShopOrder, now: datetime, *topics: str) -> ShopOrder:
    """Store the order as changed now, and tell of it."""
    # A change within the second of the last one counts as of the next: versions of one order differ.
    known = store.orders.get(order.order_id)
    since_s = int((now - order.placed_at).total_seconds())
    least_s = known.updated_after_s + 1 if known is not None else 0
    changed = replace(order, updated_after_s=max(since_s, least_s))
    store.orders[order.order_id] = changed
    event_id = store.outbox.token()
    for topic in topics:
        is_refund = topic == "refunds/create"
        body = refund_webhook(changed, changed.refunds[-1]) if is_refund else webhook(changed)
        store.outbox.put(topic, body, now, event_id)
    return changed
