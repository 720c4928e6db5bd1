"""The three topics privacy law made: a customer's data asked for, a customer forgotten, a shop forgotten."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from core.domain.errors import BadDelivery
from core.domain.payload import reference
from core.domain.people import normal_email
from core.domain.personal import Person
from core.domain.platform import Message, PersonAsked, PersonErased, StoreErased


def _asked(payload: Mapping[str, Any]) -> Message:
    request = payload.get("data_request")
    number = request.get("id") if isinstance(request, Mapping) else None
    person = _person(payload, "orders_requested")
    return PersonAsked(_shop(payload), person, "" if number is None else reference(number))


def _redacted(payload: Mapping[str, Any]) -> Message:
    return PersonErased(_shop(payload), _person(payload, "orders_to_redact"))


def _shop_redacted(payload: Mapping[str, Any]) -> Message:
    # The topic is not signed: what a customer's request holds besides keeps it from passing for the shop's.
    if "customer" in payload or "shop_id" not in payload:
        raise BadDelivery("the body is not the redaction of a shop")
    return StoreErased(_shop(payload))


def _shop(payload: Mapping[str, Any]) -> str:
    domain = payload.get("shop_domain")
    if not isinstance(domain, str) or not domain:
        raise BadDelivery("the body does not say which shop it is about")
    return domain.lower()


def _person(payload: Mapping[str, Any], orders: str) -> Person:
    """Whom it is about. Each of the two topics has its own list of orders: no body passes for the other's."""
    customer, order_ids = payload.get("customer"), payload.get(orders)
    if not isinstance(customer, Mapping) or not isinstance(order_ids, list):
        raise BadDelivery("the body does not name a customer and their orders")
    number = customer.get("id")
    person = Person(
        customer_ref=None if number is None else reference(number),
        email=normal_email(customer.get("email")),
        order_refs=tuple(reference(one) for one in order_ids),
    )
    if person.customer_ref is None and person.email is None and not person.order_refs:
        raise BadDelivery("the body names nobody")
    return person


COMPLIANCE: Final[Mapping[str, Callable[[Mapping[str, Any]], Message]]] = {
    "customers/data_request": _asked,
    "customers/redact": _redacted,
    "shop/redact": _shop_redacted,
}
"""Told to every app, whatever it subscribed to."""
