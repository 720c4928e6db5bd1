"""Customers' accounts of WooCommerce, as deliveries and the REST API carry them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.domain.errors import BadDelivery
from core.domain.names import Name, told_name
from core.domain.payload import parse_object, reference, utc_moment
from core.domain.people import normal_email
from core.domain.platform import CustomerGone, CustomerTold

_FIELDS = ("id", "email", "username", "date_modified_gmt", "first_name", "last_name")


def told_customer(payload: Mapping[str, Any]) -> CustomerTold:
    """What an account's body says. Anybody signs up with any address, so none is verified."""
    if "email" not in payload or "username" not in payload:
        raise BadDelivery("the body is not a customer")
    return CustomerTold(
        customer_ref=reference(payload.get("id")),
        email=normal_email(payload.get("email")),
        is_verified=False,
        modified_at=utc_moment(payload.get("date_modified_gmt"), zone_missing_means_utc=True),
        name=_name(payload),
    )


def _name(payload: Mapping[str, Any]) -> Name | None:
    """The account's own name; where it was left empty, the one it bills to."""
    own = told_name(payload.get("first_name"), payload.get("last_name"))
    billing = payload.get("billing")
    if own is not None or not isinstance(billing, Mapping):
        return own
    return told_name(billing.get("first_name"), billing.get("last_name"))


def gone_customer(payload: Mapping[str, Any]) -> CustomerGone:
    """A deletion is but an id, as that of an order, and the topic is not signed: it has to be asked."""
    if payload.keys() != {"id"}:
        raise BadDelivery("the body is not the deletion of a customer")
    return CustomerGone(reference(payload.get("id")), is_certain=False)


def fetched_body(customer_ref: str, asked_at: datetime, customer: Mapping[str, Any] | None) -> bytes:
    """What is kept of a fetched account; without one: that the store has no such customer."""
    kept = None if customer is None else {name: customer[name] for name in _FIELDS if name in customer}
    fetched = {"customer_ref": customer_ref, "asked_at": asked_at.isoformat(), "customer": kept}
    return json.dumps(fetched, default=str).encode()


def read_fetched(body: bytes) -> CustomerTold | CustomerGone:
    """What `fetched_body` kept."""
    kept = parse_object(body)
    customer = kept.get("customer")
    if customer is None:
        return CustomerGone(reference(kept.get("customer_ref")), is_certain=True)
    if not isinstance(customer, Mapping):
        raise BadDelivery("what was fetched is not a customer")
    return told_customer(customer)
