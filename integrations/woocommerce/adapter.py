"""The WooCommerce adapter: topics, pings, signatures; orders are read in `orders.py`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from core.domain.connecting import Asking, HandedOver
from core.domain.discounts import Discount
from core.domain.errors import BadDelivery
from core.domain.payload import clean_text, parse_object, reference
from core.domain.platform import (
    FETCHED_CUSTOMER,
    FETCHED_ORDER,
    ConnectionBroken,
    Delivery,
    Irrelevant,
    Label,
    Message,
    OrderGone,
)
from core.domain.settlement import Source
from integrations import body_signature
from integrations.woocommerce import authorizing, customers
from integrations.woocommerce.coupons import why_not
from integrations.woocommerce.fetched import read_fetched
from integrations.woocommerce.orders import told_order

_SIGNATURE = "x-wc-webhook-signature"
_PING = re.compile(rb"webhook_id=\d{1,20}")

_ORDER_SOURCES = {
    "order.created": Source.DELIVERY,
    "order.updated": Source.DELIVERY,
    "order.restored": Source.RESTORED,
}
_ORDER_GONE = "order.deleted"
# A force-deleted order is told by these alone; their body names it as `arg`.
_ORDER_FORCE_DELETED = frozenset(
    {"action.woocommerce_delete_order", "action.woocommerce_before_delete_order"}
)
_CUSTOMER_TOLD = frozenset({"customer.created", "customer.updated"})
_CUSTOMER_GONE = "customer.deleted"
_READ = _ORDER_SOURCES.keys() | _ORDER_FORCE_DELETED | _CUSTOMER_TOLD | {_ORDER_GONE, _CUSTOMER_GONE}


class WooCommerce:
    """Webhooks of WooCommerce stores."""

    name: ClassVar[str] = "woocommerce"
    has_shared_address: ClassVar[bool] = False
    frees_uses: ClassVar[frozenset[str]] = frozenset({"cancelled", "trash"})
    order_lists: ClassVar[tuple[str, ...]] = ("any", "trash")
    looks_every: ClassVar[timedelta] = timedelta(minutes=10)

    def address(self, delivery: Delivery) -> str | None:  # noqa: ARG002
        """None: each store delivers to a URL of its own."""
        return None

    def verify(self, delivery: Delivery, secrets: tuple[str, ...]) -> None:
        """Return when one of `secrets` signed the raw body; else raise BadSignature."""
        body_signature.verify(delivery.body, delivery.headers.get(_SIGNATURE), secrets)

    def is_ping(self, delivery: Delivery) -> bool:
        """True for the unsigned form a store sends while a webhook is being made."""
        return _SIGNATURE not in delivery.headers and _PING.fullmatch(delivery.body) is not None

    def label(self, delivery: Delivery) -> Label:
        """Topic and delivery id. The id is one per webhook and second, shared by different orders."""
        return Label(
            topic=clean_text(delivery.headers.get("x-wc-webhook-topic", ""), 120).lower(),
            delivery_ref=clean_text(delivery.headers.get("x-wc-webhook-delivery-id", ""), 120),
        )

    def normalize(self, topic: str, body: bytes, received_at: datetime) -> Message:  # noqa: ARG002
        """What a signed delivery says. Raises BadDelivery when it can never be understood."""
        if topic in _FETCHED:
            return _FETCHED[topic](body)
        if topic not in _READ:
            return Irrelevant(f"nothing is done with “{topic}”")
        payload = parse_object(body)
        return _refusal(payload) or _said(topic, payload)

    def asking_url(self, store_url: str, asking: Asking) -> str:
        """The store's own page on which its admin approves a key for us."""
        return authorizing.asking_url(store_url, asking)

    def handed_over(self, body: bytes) -> HandedOver:
        """The keys a store sent after that. Raises BadDelivery."""
        return authorizing.handed_over(body)

    def caveat(self, wanted: Discount) -> str | None:  # noqa: ARG002
        """None: a coupon of ours gives what was meant, or `why_not` says why there is none."""
        return None

    def why_not(self, wanted: Discount) -> str | None:
        """Why WooCommerce cannot make such a code, for the merchant to read; None: it can."""
        return why_not(wanted)


_FETCHED: Mapping[str, Callable[[bytes], Message]] = {
    FETCHED_ORDER: read_fetched,
    FETCHED_CUSTOMER: customers.read_fetched,
}


def _said(topic: str, payload: Mapping[str, Any]) -> Message:
    if topic in _CUSTOMER_TOLD:
        return customers.told_customer(payload)
    if topic == _CUSTOMER_GONE:
        return customers.gone_customer(payload)
    if topic in _ORDER_FORCE_DELETED:
        return _force_deleted(topic, payload)
    if topic == _ORDER_GONE:
        return _deleted(payload)
    return told_order(payload, _ORDER_SOURCES[topic])


# The topic is not signed, the body is: what the body says of itself keeps anybody who saw a delivery from
# sending it again as a deletion.
def _deleted(payload: Mapping[str, Any]) -> OrderGone:
    if payload.keys() & {"line_items", "status"}:
        raise BadDelivery("the body is not the deletion of an order")
    return OrderGone(reference(payload.get("id")))


def _force_deleted(topic: str, payload: Mapping[str, Any]) -> OrderGone:
    if payload.get("action") != topic.removeprefix("action."):
        raise BadDelivery("the body is not the deletion of an order")
    return OrderGone(reference(payload.get("arg")))


def _refusal(payload: Mapping[str, Any]) -> Message | None:
    """An error of the store's own REST API in place of the object, signed like any delivery.

    401 and 403: the user whose keys made the webhook was demoted or deleted, and every delivery to come will
    be like this. 404: this one order or customer was deleted before its delivery was built.
    """
    data = payload.get("data")
    status = data.get("status") if isinstance(data, Mapping) else None
    if "code" not in payload or not isinstance(status, int):
        return None
    said = f"{clean_text(payload.get('code'), 80)}, {status}"
    if status == 404:
        return Irrelevant(f"what it tells of was deleted before it was told of ({said})")
    return ConnectionBroken(f"its answer was “{said}”.")
