"""What happens to an order after it was placed, whom it is told, and when coupons get their uses back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sandbox.woocommerce.problems import Problem, bad_parameter, no_such
from sandbox.woocommerce.store import Order, Refund, RefundedLine, Store

STATUSES = ("pending", "on-hold", "processing", "completed", "cancelled", "refunded", "failed")
_TAKES_USES = {"pending", "on-hold", "processing", "completed"}


@dataclass(frozen=True, slots=True)
class Back:
    """What a refund is to take back of one line; net, with the tax apart."""

    line_id: int
    quantity: int
    total_minor: int
    total_tax_minor: int = 0


def find(store: Store, order_id: int) -> Order:
    """The order of this id, the bin included. Raises Problem."""
    if order_id not in store.orders:
        raise no_such("shop_order")
    return store.orders[order_id]


def set_status(store: Store, order_id: int, status: str, now: datetime) -> Order:
    """Change the status, or set it again, which is told all the same. Raises Problem."""
    order = find(store, order_id)
    if status not in STATUSES:
        raise bad_parameter("status")
    was_in_bin = order.status == "trash"
    order.status, order.modified_at = status, now
    if status == "completed":
        order.completed_at = order.completed_at or now
    if status == "completed" or (status == "processing" and order.payment_method != "cod"):
        order.paid_at = order.paid_at or now
    if status == "cancelled":
        give_uses_back(store, order)
    elif status in _TAKES_USES:
        take_uses(store, order)
    if status == "refunded" and order.refunded_minor < order.total_minor:
        _add_refund(store, order, order.total_minor - order.refunded_minor, "Order fully refunded.", (), now)
    # Out of the bin by way of the REST API: nobody is told.
    if not was_in_bin:
        store.tell("order.updated", order_id)
    return order


def touch(store: Store, order_id: int, now: datetime) -> Order:
    """Somebody saved the order: told as a change."""
    order = find(store, order_id)
    order.modified_at = now
    store.tell("order.updated", order_id)
    return order


def refund(
    store: Store,
    order_id: int,
    amount_minor: int,
    now: datetime,
    lines: Sequence[Back] = (),
    reason: str = "",
) -> Refund:
    """Give money back, with or without saying for what; all of it makes the order `refunded`."""
    order = find(store, order_id)
    if not 0 < amount_minor <= order.total_minor - order.refunded_minor:
        raise Problem(400, "woocommerce_rest_invalid_order_refund", "Refund amount is not valid.")
    made = _add_refund(store, order, amount_minor, reason, lines, now)
    if order.refunded_minor == order.total_minor:
        order.status = "refunded"
    order.modified_at = now
    store.tell("order.updated", order_id)
    return made


def delete_refund(store: Store, order_id: int, refund_id: int) -> None:
    """Undo a refund by the REST API: nobody is told, and the order's date does not move."""
    order = find(store, order_id)
    if all(one.refund_id != refund_id for one in order.refunds):
        raise no_such("shop_order_refund")
    order.refunds = [one for one in order.refunds if one.refund_id != refund_id]


def trash(store: Store, order_id: int, now: datetime) -> Order:
    """Into the bin."""
    order = find(store, order_id)
    if order.status == "trash":
        raise Problem(410, "woocommerce_rest_already_trashed", "The shop_order has already been deleted.")
    order.status_before_trash, order.status, order.modified_at = order.status, "trash", now
    give_uses_back(store, order)
    store.tell("order.deleted", order_id)
    return order


def restore(store: Store, order_id: int, now: datetime) -> Order:
    """Out of the bin by hand, in wp-admin."""
    order = find(store, order_id)
    order.status, order.modified_at = order.status_before_trash, now
    if order.status in _TAKES_USES:
        take_uses(store, order)
    store.tell("order.restored", order_id)
    return order


def delete(store: Store, order_id: int) -> Order:
    """For good: no webhook of orders says so, only those of WordPress' own actions."""
    order = find(store, order_id)
    give_uses_back(store, order)
    del store.orders[order_id]
    store.tell("action.woocommerce_before_delete_order", order_id)
    store.tell("action.woocommerce_delete_order", order_id)
    return order


def add_meta(store: Store, order: Order, entries: Sequence[Mapping[str, object]]) -> None:
    """Write meta data; an entry of the same key is replaced."""
    keys = {str(entry["key"]) for entry in entries}
    order.meta = [kept for kept in order.meta if kept[1] not in keys]
    order.meta += [(store.next_id("meta"), str(e["key"]), str(e["value"])) for e in entries]


def take_uses(store: Store, order: Order) -> None:
    """The order uses its coupons, even one that another order used meanwhile."""
    if not order.holds_coupon_uses:
        order.holds_coupon_uses = True
        for used_by in _used_by(store, order):
            used_by.append(_user(order))


def give_uses_back(store: Store, order: Order) -> None:
    """The order's coupons can be used once more."""
    if order.holds_coupon_uses:
        order.holds_coupon_uses = False
        for used_by in _used_by(store, order):
            if _user(order) in used_by:
                used_by.remove(_user(order))


def _used_by(store: Store, order: Order) -> list[list[str]]:
    """Who used each of the order's coupons that still exist."""
    return [
        store.coupons[line.coupon_id].used_by
        for line in order.coupon_lines
        if line.coupon_id in store.coupons
    ]


def _user(order: Order) -> str:
    return str(order.customer_id) if order.customer_id else order.email.strip().lower()


def _add_refund(
    store: Store, order: Order, amount_minor: int, reason: str, lines: Sequence[Back], now: datetime
) -> Refund:
    known = {line.line_id for line in order.lines}
    if unknown := [back.line_id for back in lines if back.line_id not in known]:
        raise bad_parameter(f"line_items ({unknown[0]})")
    made = Refund(
        store.next_id("post"),
        amount_minor,
        reason,
        now,
        tuple(
            RefundedLine(store.next_id("item"), b.line_id, b.quantity, b.total_minor, b.total_tax_minor)
            for b in lines
        ),
    )
    order.refunds.insert(0, made)
    store.tell("action.woocommerce_refund_created", made.refund_id)
    store.tell("action.woocommerce_order_refunded", order.order_id)
    return made
