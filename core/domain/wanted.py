"""A discount as it is kept with its redemption: everything but the one it is for, who is personal."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any, assert_never

from core.domain.discounts import (
    AmountOff,
    Benefit,
    Combines,
    Discount,
    FreeProduct,
    FreeShipping,
    Holder,
    PercentOff,
)


def to_json(wanted: Discount) -> str:
    """The discount without name, mark and holder; `read` puts those back."""
    document: dict[str, Any] = {
        "title": wanted.title,
        "benefit": _benefit_to_json(wanted.benefit),
        "currency": wanted.currency,
        "minimum_spend_minor": wanted.minimum_spend_minor,
        "product_refs": list(wanted.product_refs),
        "combines": sorted(wanted.combines),
        "starts_at": wanted.starts_at.isoformat() if wanted.starts_at else None,
        "ends_at": wanted.ends_at.isoformat() if wanted.ends_at else None,
    }
    return json.dumps(document, ensure_ascii=False)


def read(text: str, code: str, mark: str, holder: Holder) -> Discount:
    """What `to_json` wrote, under its name and for its holder."""
    told: dict[str, Any] = json.loads(text)
    return Discount(
        code=code,
        mark=mark,
        title=told["title"],
        benefit=_read_benefit(told["benefit"]),
        currency=told["currency"],
        holder=holder,
        minimum_spend_minor=told["minimum_spend_minor"],
        product_refs=tuple(told["product_refs"]),
        combines=frozenset(Combines(word) for word in told["combines"]),
        starts_at=_moment(told["starts_at"]),
        ends_at=_moment(told["ends_at"]),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _benefit_to_json(benefit: Benefit) -> dict[str, Any]:
    match benefit:
        case AmountOff(amount_minor):
            return {"kind": "amount_off", "amount_minor": amount_minor}
        case PercentOff(percent, cap_minor):
            return {"kind": "percent_off", "percent": str(percent), "cap_minor": cap_minor}
        case FreeShipping():
            return {"kind": "free_shipping"}
        case FreeProduct(product_ref):
            return {"kind": "free_product", "product_ref": product_ref}
        case _ as never:
            assert_never(never)


def _read_benefit(told: dict[str, Any]) -> Benefit:
    match told["kind"]:
        case "amount_off":
            return AmountOff(told["amount_minor"])
        case "percent_off":
            return PercentOff(Decimal(told["percent"]), told["cap_minor"])
        case "free_shipping":
            return FreeShipping()
        case "free_product":
            return FreeProduct(told["product_ref"])
        case other:
            raise ValueError(f"{other!r} is no benefit")
