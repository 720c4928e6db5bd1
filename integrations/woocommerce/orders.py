"""A WooCommerce order (REST v3, as webhooks carry it) in the common schema."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.domain.errors import BadDelivery
from core.domain.money import amount_minor, currency_code
from core.domain.names import Name, told_name
from core.domain.orders import LONGEST_SKU, OrderLine, OrderSnapshot, Payment, Refund
from core.domain.payload import clean_text, reference, rows, utc_moment
from core.domain.people import normal_email
from core.domain.platform import Irrelevant, OrderTold, OrderUnclear
from core.domain.settlement import Source

_STAGES = (
    ("auto-draft", Payment.UNPAID),
    ("checkout-draft", Payment.UNPAID),
    ("pending", Payment.UNPAID),
    ("failed", Payment.UNPAID),
    ("on-hold", Payment.UNPAID),
    ("processing", Payment.PAID),
    ("completed", Payment.PAID),
    ("cancelled", Payment.UNPAID),
    ("refunded", Payment.UNPAID),
    ("trash", Payment.UNPAID),
)
"""WooCommerce's own statuses as an order goes through them: the later one wins within one second."""

_PAYMENT = dict(_STAGES)
_RANK = {status: rank for rank, (status, _) in enumerate(_STAGES)}
_RANK_OF_OTHERS = _RANK["processing"]
"""Statuses of plugins (shipped, picking …) mostly stand between payment and completion."""

_DRAFTS = frozenset({"auto-draft", "checkout-draft"})

_MOST_PIECES = 10**9

_REFERRAL_META = "_regulars_ref"
_SOURCE_META = "_wc_order_attribution_utm_source"
_CONTENT_META = "_wc_order_attribution_utm_content"
_META_WE_READ = frozenset({_REFERRAL_META, _SOURCE_META, _CONTENT_META})
_OUR_SOURCE = "regulars"


def told_order(payload: Mapping[str, Any], source: Source) -> OrderTold | OrderUnclear | Irrelevant:
    """What an order's body says. Raises BadDelivery for partial or impossible data."""
    order_ref = reference(payload.get("id"))
    status = clean_text(payload.get("status"), 80)
    if not status or "line_items" not in payload:
        raise BadDelivery("the body is not an order")
    if status in _DRAFTS:
        # 8.9.1 delivers a draft when a shopper merely opens the block checkout.
        return Irrelevant(f"a draft ({status})")
    modified_at = _gmt(payload, "date_modified_gmt")
    ordered_at = _gmt(payload, "date_created_gmt")
    if modified_at is None or ordered_at is None:
        return OrderUnclear(order_ref, "a readable date of the order")
    snapshot = _snapshot(payload, order_ref, status, modified_at, ordered_at)
    # Webhooks carry what was refunded, not which lines.
    lacks = "the lines of its refunds" if snapshot.refunded_minor else ""
    return OrderTold(snapshot, _email(payload), source, lacks=lacks, name=_name(payload))


def _snapshot(
    payload: Mapping[str, Any], order_ref: str, status: str, modified_at: datetime, ordered_at: datetime
) -> OrderSnapshot:
    currency = currency_code(payload.get("currency"))
    paid_at = _gmt(payload, "date_paid_gmt")
    return OrderSnapshot(
        order_ref=order_ref,
        number=clean_text(payload.get("number"), 80) or order_ref,
        modified_at=modified_at,
        status=status,
        status_rank=_RANK.get(status, _RANK_OF_OTHERS),
        payment=_payment(status, paid_at),
        currency=currency,
        ordered_at=ordered_at,
        paid_at=paid_at,
        completed_at=_gmt(payload, "date_completed_gmt"),
        customer_ref=_customer_ref(payload),
        lines=tuple(_line(line, currency) for line in rows(payload.get("line_items"), "line_items")),
        gross_minor=amount_minor(payload.get("total"), currency),
        refunds=tuple(_refund(refund, currency) for refund in rows(payload.get("refunds"), "refunds")),
        discount_codes=_codes(payload),
        referral_token=_referral_token(payload),
        channel=clean_text(payload.get("created_via"), 40),
    )


def _payment(status: str, paid_at: datetime | None) -> Payment:
    known = _PAYMENT.get(status)
    if known is not None:
        return known
    return Payment.PAID if paid_at is not None else Payment.UNKNOWN


def _line(line: Mapping[str, Any], currency: str) -> OrderLine:
    net_minor = amount_minor(line.get("total"), currency)
    return OrderLine(
        line_ref=reference(line.get("id")),
        product_ref=_optional_ref(line.get("product_id")),
        variant_ref=_optional_ref(line.get("variation_id")),
        sku=clean_text(line.get("sku"), LONGEST_SKU),
        quantity=_quantity(line.get("quantity")),
        net_minor=net_minor,
        tax_minor=amount_minor(line.get("total_tax"), currency, signed=True),
        discount_minor=amount_minor(line.get("subtotal"), currency, signed=True) - net_minor,
    )


def _quantity(value: object) -> int:
    """Whole pieces; plugins sell by weight, too. Nothing is counted by it, so what is no number is 0."""
    return int(value) if isinstance(value, (int, Decimal)) and 0 <= value <= _MOST_PIECES else 0


def _refund(refund: Mapping[str, Any], currency: str) -> Refund:
    # `total` is gross and negative ("-12.00").
    amount = amount_minor(refund.get("total"), currency, signed=True)
    return Refund(reference(refund.get("id")), abs(amount))


def _gmt(payload: Mapping[str, Any], name: str) -> datetime | None:
    # `*_gmt` dates are UTC written without a zone; the dates without `_gmt` are the store's local time.
    return utc_moment(payload.get(name), zone_missing_means_utc=True)


def _customer_ref(payload: Mapping[str, Any]) -> str | None:
    # A guest's order says 0. A body that says nothing is partial: it must not take the order from its member.
    if "customer_id" not in payload:
        raise BadDelivery("the order's “customer_id” is missing")
    return _optional_ref(payload["customer_id"])


def _optional_ref(value: object) -> str | None:
    """A reference where WooCommerce writes 0 for none."""
    return None if value is None or _is_nothing(value) else reference(value)


def _is_nothing(value: object) -> bool:
    return value in ("", "0") if isinstance(value, str) else type(value) is int and value == 0


def _email(payload: Mapping[str, Any]) -> str | None:
    billing = payload.get("billing")
    return normal_email(billing.get("email")) if isinstance(billing, Mapping) else None


def _name(payload: Mapping[str, Any]) -> Name | None:
    # Who pays, as the checkout asked.
    billing = payload.get("billing")
    if not isinstance(billing, Mapping):
        return None
    return told_name(billing.get("first_name"), billing.get("last_name"))


def _codes(payload: Mapping[str, Any]) -> tuple[str, ...]:
    coupons = rows(payload.get("coupon_lines", []), "coupon_lines")
    return tuple(code for coupon in coupons if (code := clean_text(coupon.get("code"), 80)))


def _referral_token(payload: Mapping[str, Any]) -> str | None:
    """Our plugin's mark, else WooCommerce's own order attribution when a link of ours brought the shopper."""
    meta = {
        key: clean_text(entry.get("value"), 80)
        for entry in rows(payload.get("meta_data", []), "meta_data")
        if isinstance(key := entry.get("key"), str) and key in _META_WE_READ
    }
    if token := meta.get(_REFERRAL_META):
        return token
    return (meta.get(_CONTENT_META) or None) if meta.get(_SOURCE_META) == _OUR_SOURCE else None
