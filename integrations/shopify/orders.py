"""A Shopify order, as REST-shaped webhooks carry it, in the common schema."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.domain.errors import BadDelivery
from core.domain.money import currency_code
from core.domain.names import Name, told_name
from core.domain.orders import OrderSnapshot, Payment
from core.domain.payload import clean_text, reference, rows, utc_moment
from core.domain.people import normal_email
from core.domain.platform import OrderTold, OrderUnclear
from integrations.shopify.lines import lines_and_refunds
from integrations.shopify.money import shop_minor

_STAGES = (
    ("pending", Payment.UNPAID),
    ("authorized", Payment.UNPAID),
    ("expired", Payment.UNPAID),
    ("partially_paid", Payment.PARTLY_PAID),
    ("paid", Payment.PAID),
    ("partially_refunded", Payment.PAID),
    ("refunded", Payment.UNPAID),
    ("voided", Payment.UNPAID),
)
"""`financial_status` as an order goes through it; the later stage wins within one second."""

_PAYMENT = dict(_STAGES)
_RANK = {status: rank for rank, (status, _) in enumerate(_STAGES)}
_RANK_OF_OTHERS = _RANK["paid"]
_CANCELLED_RANK = len(_STAGES)
"""Added to the rank of a cancelled order."""

REFERRAL_ATTRIBUTE = "regulars_ref"
"""The cart attribute our links set."""


def told_order(payload: Mapping[str, Any]) -> OrderTold | OrderUnclear:
    """What an order's body says. Raises BadDelivery for partial or impossible data."""
    order_ref = reference(payload.get("id"))
    if "line_items" not in payload or "financial_status" not in payload:
        raise BadDelivery("the body is not an order")
    modified_at = utc_moment(payload.get("updated_at"))
    ordered_at = utc_moment(payload.get("created_at"))
    if modified_at is None or ordered_at is None:
        return OrderUnclear(order_ref, "a readable date of the order")
    snapshot = _snapshot(payload, order_ref, modified_at, ordered_at)
    return OrderTold(snapshot, _email(payload), name=_name(payload))


def _snapshot(
    payload: Mapping[str, Any], order_ref: str, modified_at: datetime, ordered_at: datetime
) -> OrderSnapshot:
    # The store's own currency; `presentment_currency` is what the shopper saw.
    currency = currency_code(payload.get("currency"))
    lines, refunds = lines_and_refunds(payload, currency)
    status = financial_status(payload.get("financial_status"))
    is_cancelled = payload.get("cancelled_at") is not None
    customer = payload.get("customer")
    return OrderSnapshot(
        order_ref=order_ref,
        number=clean_text(payload.get("name"), 80) or order_ref,
        modified_at=modified_at,
        status=status,
        status_rank=_RANK.get(status, _RANK_OF_OTHERS) + (_CANCELLED_RANK if is_cancelled else 0),
        payment=payment_of(status),
        currency=currency,
        ordered_at=ordered_at,
        paid_at=utc_moment(payload.get("processed_at")),
        completed_at=utc_moment(payload.get("closed_at")),
        customer_ref=reference(customer.get("id")) if isinstance(customer, Mapping) else None,
        lines=lines,
        gross_minor=shop_minor(payload, "total_price", currency),
        refunds=refunds,
        discount_codes=_codes(payload),
        referral_token=_referral_token(payload),
        channel=clean_text(payload.get("source_name"), 40),
        is_test=payload.get("test") is True,
        outstanding_minor=_outstanding(payload, currency),
    )


def financial_status(value: object) -> str:
    """The status in the words of webhooks; lists of the Admin API have it in capitals."""
    return clean_text(value, 40).lower() or "pending"


def payment_of(status: str) -> Payment:
    """What a financial status says about money received."""
    return _PAYMENT.get(status, Payment.UNKNOWN)


def _outstanding(payload: Mapping[str, Any], currency: str) -> int:
    if payload.get("financial_status") != "partially_paid":
        return 0
    return shop_minor(payload, "total_outstanding", currency)


def _email(payload: Mapping[str, Any]) -> str | None:
    # Null without approval for level 2 of protected customer data: a member is then known by id alone.
    return normal_email(payload.get("email")) or normal_email(payload.get("contact_email"))


def _name(payload: Mapping[str, Any]) -> Name | None:
    # Missing without the same approval.
    customer = payload.get("customer")
    if not isinstance(customer, Mapping):
        return None
    return told_name(customer.get("first_name"), customer.get("last_name"))


def _codes(payload: Mapping[str, Any]) -> tuple[str, ...]:
    codes = rows(payload.get("discount_codes", []), "discount_codes")
    return tuple(code for one in codes if (code := clean_text(one.get("code"), 80)))


def _referral_token(payload: Mapping[str, Any]) -> str | None:
    for attribute in rows(payload.get("note_attributes", []), "note_attributes"):
        if attribute.get("name") == REFERRAL_ATTRIBUTE:
            return clean_text(attribute.get("value"), 80) or None
    return None
