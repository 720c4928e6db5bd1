"""The Shopify adapter: topics, shop domains, signatures; orders are read in `orders.py`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from core.domain.discounts import Discount
from core.domain.errors import BadDelivery
from core.domain.payload import clean_text, parse_object, reference
from core.domain.platform import (
    FETCHED_ORDER,
    Delivery,
    Disconnected,
    Irrelevant,
    Label,
    Message,
    OrderGone,
    OrderUnclear,
    RightsChanged,
)
from integrations import body_signature
from integrations.shopify.code_input import caveat, why_not
from integrations.shopify.compliance import COMPLIANCE
from integrations.shopify.documents import lacking_scopes
from integrations.shopify.fetched import told_by
from integrations.shopify.orders import told_order

_WHOLE_ORDER = frozenset(
    f"orders/{happening}"
    for happening in ("create", "updated", "paid", "cancelled", "fulfilled", "partially_fulfilled")
)
_SHOP_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com", re.ASCII)


class Shopify:
    """Webhooks of Shopify stores."""

    name: ClassVar[str] = "shopify"
    has_shared_address: ClassVar[bool] = True
    frees_uses: ClassVar[frozenset[str]] = frozenset()
    """A code stays used, whatever becomes of the order."""
    order_lists: ClassVar[tuple[str, ...]] = ("any",)
    looks_every: ClassVar[timedelta] = timedelta(minutes=30)

    def why_not(self, wanted: Discount) -> str | None:
        """Why Shopify cannot have such a code, for the merchant to read; None: it can."""
        return why_not(wanted)

    def caveat(self, wanted: Discount) -> str | None:
        """What a code gives on Shopify beyond what was meant; None: nothing."""
        return caveat(wanted)

    def address(self, delivery: Delivery) -> str | None:
        """The shop's domain: all shops deliver to one URL and name themselves in a header."""
        return shop_domain(delivery.headers.get("x-shopify-shop-domain", ""))

    def verify(self, delivery: Delivery, secrets: tuple[str, ...]) -> None:
        """Return when one of `secrets` signed the raw body; else raise BadSignature."""
        body_signature.verify(delivery.body, delivery.headers.get("x-shopify-hmac-sha256"), secrets)

    def is_ping(self, delivery: Delivery) -> bool:  # noqa: ARG002
        """Shopify never pings."""
        return False

    def label(self, delivery: Delivery) -> Label:
        """Topic and webhook id, which stays the same when a delivery is tried again."""
        return Label(
            topic=clean_text(delivery.headers.get("x-shopify-topic", ""), 120).lower(),
            delivery_ref=clean_text(delivery.headers.get("x-shopify-webhook-id", ""), 120),
            triggered_at=_moment(delivery.headers.get("x-shopify-triggered-at", "")),
        )

    def normalize(self, topic: str, body: bytes, received_at: datetime) -> Message:  # noqa: ARG002
        """What a signed delivery says. Raises BadDelivery when it can never be understood."""
        if topic in _WHOLE_ORDER:
            return told_order(parse_object(body))
        if topic == FETCHED_ORDER:
            return told_by(body)
        if topic in COMPLIANCE:
            return COMPLIANCE[topic](parse_object(body))
        reader = _READERS.get(topic)
        return Irrelevant(f"nothing is done with “{topic}”") if reader is None else reader(parse_object(body))


def shop_domain(value: str) -> str | None:
    """The shop a header names, in lower case; None for anything that is not exactly a shop's domain."""
    domain = value.lower()
    return domain if _SHOP_DOMAIN.fullmatch(domain) else None


def _moment(text: str) -> datetime | None:
    """A moment as Shopify writes it, to the nanosecond; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


# The topic is not signed, the body is: what the body says of itself keeps anybody who saw an order's delivery
# from sending it again as its deletion.
def _deleted(payload: Mapping[str, Any]) -> Message:
    if payload.keys() & {"line_items", "financial_status"}:
        raise BadDelivery("the body is not the deletion of an order")
    return OrderGone(reference(payload.get("id")))


def _edited(payload: Mapping[str, Any]) -> Message:
    edit = payload.get("order_edit")
    named = edit.get("order_id") if isinstance(edit, Mapping) else None
    return OrderUnclear(reference(named), "the order after its edit")


def _refunded(payload: Mapping[str, Any]) -> Message:
    return OrderUnclear(reference(payload.get("order_id")), "the order after its refund")


def _uninstalled(payload: Mapping[str, Any]) -> Message:
    if "myshopify_domain" not in payload:
        raise BadDelivery("the body is not a shop that took the app out")
    return Disconnected()


def _rights_changed(payload: Mapping[str, Any]) -> Message:
    current = payload.get("current")
    if not isinstance(current, list) or "previous" not in payload:
        raise BadDelivery("the body is not a change of scopes")
    return RightsChanged(lacking_scopes(frozenset(scope for scope in current if isinstance(scope, str))))


_READERS = {
    "orders/delete": _deleted,
    "orders/edited": _edited,
    "refunds/create": _refunded,
    "app/uninstalled": _uninstalled,
    "app/scopes_update": _rights_changed,
}
"""Topics that name an order without carrying it, or speak of the app."""

TOPICS = _WHOLE_ORDER | _READERS.keys()
"""All that is read, and so all that the app asks Shopify for."""
