"""Customers of Shopify, as webhooks tell of them.

Topics are not signed, bodies are: each says of itself by its gid that it is about a customer, and none can be
sent again under another topic as something else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from core.domain.errors import BadDelivery
from core.domain.names import told_name
from core.domain.payload import reference, utc_moment
from core.domain.people import normal_email
from core.domain.platform import CustomerGone, CustomersMerged, CustomerTold, Irrelevant

_GID = re.compile(r"gid://shopify/Customer/(\d{1,19})", re.ASCII)
_COMPLETED = "completed"


def told_customer(payload: Mapping[str, Any]) -> CustomerTold:
    """What a customer's body says. Without approval for level 2 of protected data there is
    neither address nor name.
    """
    customer_ref = _own_ref(payload)
    if "created_at" not in payload:
        raise BadDelivery("the body is not a customer")
    return CustomerTold(
        customer_ref=customer_ref,
        email=normal_email(payload.get("email")),
        is_verified=payload.get("verified_email") is True,
        modified_at=utc_moment(payload.get("updated_at")),
        name=told_name(payload.get("first_name"), payload.get("last_name")),
    )


def gone_customer(payload: Mapping[str, Any]) -> CustomerGone:
    """A deletion has no more than ids: a whole customer under this topic is not one."""
    customer_ref = _own_ref(payload)
    if payload.keys() & {"created_at", "email", "state"}:
        raise BadDelivery("the body is not the deletion of a customer")
    return CustomerGone(customer_ref, is_certain=True)


def merged_customers(payload: Mapping[str, Any]) -> CustomersMerged | Irrelevant:
    """Who was merged into whom, once it is done."""
    kept = _ref_of(payload.get("admin_graphql_api_customer_kept_id"))
    deleted = _ref_of(payload.get("admin_graphql_api_customer_deleted_id"))
    if str(payload.get("status")).lower() != _COMPLETED:
        return Irrelevant("a merge of customers that is not completed")
    if kept == deleted:
        raise BadDelivery("a customer is not merged with itself")
    return CustomersMerged(kept, deleted)


def _own_ref(payload: Mapping[str, Any]) -> str:
    customer_ref = reference(payload.get("id"))
    if _ref_of(payload.get("admin_graphql_api_id")) != customer_ref:
        raise BadDelivery("the body is not about a customer")
    return customer_ref


def _ref_of(gid: object) -> str:
    found = _GID.fullmatch(gid) if isinstance(gid, str) else None
    if found is None:
        raise BadDelivery("the body does not name a customer")
    return reference(found[1])
