"""Coupons as the REST API makes, lists and deletes them, traps included.

Making one is two steps, for that is how the store does it: whether the code is free is looked up first, and
the coupon is written later. Between the two another request may do the same, and then there are twins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.woocommerce.amounts import gmt, local
from sandbox.woocommerce.problems import Problem, bad_parameter, no_such
from sandbox.woocommerce.store import Coupon, Store

_TYPES = ("fixed_cart", "percent", "fixed_product")
_FIELDS = {
    *("code", "amount", "discount_type", "description", "date_expires", "date_expires_gmt", "status"),
    *("individual_use", "product_ids", "usage_limit", "usage_limit_per_user", "limit_usage_to_x_items"),
    *("free_shipping", "minimum_amount", "email_restrictions", "meta_data"),
}
_LOCAL_PART_LOSES = re.compile(r"[^a-zA-Z0-9!#$%&'*+/=?^_`{|}~.-]")
_DOMAIN_LOSES = re.compile(r"[^a-zA-Z0-9-]")


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A coupon whose code was free when somebody looked."""

    fields: Mapping[str, Any]


def check(store: Store, fields: Mapping[str, Any]) -> Unwritten:
    """The first step. Raises Problem."""
    # The real store passes over fields it does not know, which hides a slip of the pen.
    if unknown := set(fields) - _FIELDS:
        raise bad_parameter(", ".join(sorted(unknown)))
    code = fields.get("code")
    if not isinstance(code, str) or not code.strip():
        raise Problem(400, "woocommerce_rest_empty_coupon_code", "The coupon code cannot be empty.")
    if published(store, code):
        raise Problem(400, "woocommerce_rest_coupon_code_already_exists", "The coupon code already exists")
    _settings(store, fields)
    return Unwritten(dict(fields))


def write(store: Store, unwritten: Unwritten, now: datetime) -> Coupon:
    """The second step: the coupon is there, whoever else made one of this code meanwhile."""
    coupon = Coupon(store.next_id("post"), _code(unwritten.fields["code"]), now, now)
    _set(store, coupon, unwritten.fields)
    store.coupons[coupon.coupon_id] = coupon
    store.tell("coupon.created", coupon.coupon_id)
    return coupon


def create(store: Store, fields: Mapping[str, Any], now: datetime) -> Coupon:
    """Both steps with nobody in between."""
    return write(store, check(store, fields), now)


def update(store: Store, coupon_id: int, fields: Mapping[str, Any], now: datetime) -> Coupon:
    """Change what `fields` names; null is passed over. Raises Problem."""
    coupon = find(store, coupon_id)
    fields = {name: value for name, value in fields.items() if value is not None}
    if unknown := set(fields) - _FIELDS:
        raise bad_parameter(", ".join(sorted(unknown)))
    _set(store, coupon, fields)
    coupon.modified_at = now
    store.tell("coupon.updated", coupon_id)
    return coupon


def delete(store: Store, coupon_id: int, now: datetime, *, force: bool) -> Coupon:
    """Into the bin, where its code is free again; with `force` for good, which nobody is told of."""
    coupon = find(store, coupon_id)
    if force:
        return store.coupons.pop(coupon_id)
    if coupon.status == "trash":
        raise Problem(410, "woocommerce_rest_already_trashed", "The shop_coupon has already been deleted.")
    coupon.status, coupon.modified_at = "trash", now
    store.tell("coupon.deleted", coupon_id)
    return coupon


def find(store: Store, coupon_id: int) -> Coupon:
    """The coupon of this id, whatever its status. Raises Problem."""
    if coupon_id not in store.coupons:
        raise no_such("shop_coupon")
    return store.coupons[coupon_id]


def published(store: Store, code: str) -> Coupon | None:
    """What a code means to the store: the newest published coupon of it, and never its twin."""
    wanted = _code(code)
    twins = [c for c in store.coupons.values() if c.code == wanted and c.status == "publish"]
    return max(twins, key=lambda coupon: (coupon.created_at, coupon.coupon_id), default=None)


def listed(store: Store, code: str | None, search: str | None) -> list[Coupon]:
    """Published coupons, the newest first: the one of a code, those with a word in them, or all."""
    if code is not None:
        one = published(store, code)
        return [one] if one else []
    word = (search or "").lower()
    return sorted(
        (
            coupon
            for coupon in store.coupons.values()
            if coupon.status == "publish" and (word in coupon.code or word in coupon.description.lower())
        ),
        key=lambda coupon: (coupon.created_at, coupon.coupon_id),
        reverse=True,
    )


def sanitized_email(text: str) -> str:
    """What WordPress makes of an address: letters it does not know are left out; empty: no address."""
    local_part, at, domain = text.lower().strip().partition("@")
    kept = _LOCAL_PART_LOSES.sub("", local_part)
    labels = [
        label
        for part in re.sub(r"\.{2,}", "", domain).strip(" .").split(".")
        if (label := _DOMAIN_LOSES.sub("", part.strip(" -")))
    ]
    if len(text) < 6 or not at or not kept or len(labels) < 2:
        return ""
    return f"{kept}@{'.'.join(labels)}"


def coupon_json(store: Store, coupon: Coupon) -> dict[str, Any]:
    """The coupon as the API and webhooks write it."""
    return {
        "id": coupon.coupon_id,
        "code": coupon.code,
        # Two decimals, whatever the currency has.
        "amount": f"{coupon.amount:.2f}",
        "status": coupon.status,
        "date_created": local(coupon.created_at, store.zone),
        "date_created_gmt": gmt(coupon.created_at),
        "date_modified": local(coupon.modified_at, store.zone),
        "date_modified_gmt": gmt(coupon.modified_at),
        "discount_type": coupon.discount_type,
        "description": coupon.description,
        "date_expires": local(coupon.expires_at, store.zone),
        "date_expires_gmt": gmt(coupon.expires_at),
        "usage_count": coupon.usage_count,
        "individual_use": coupon.individual_use,
        "product_ids": coupon.product_ids,
        "excluded_product_ids": [],
        "usage_limit": coupon.usage_limit,
        "usage_limit_per_user": coupon.usage_limit_per_user,
        "limit_usage_to_x_items": coupon.limit_usage_to_x_items,
        "free_shipping": coupon.free_shipping,
        "product_categories": [],
        "excluded_product_categories": [],
        "exclude_sale_items": False,
        "minimum_amount": f"{coupon.minimum_amount:.2f}",
        "maximum_amount": "0.00",
        "email_restrictions": coupon.email_restrictions,
        "used_by": coupon.used_by,
        "meta_data": [{"id": meta_id, "key": key, "value": value} for meta_id, key, value in coupon.meta],
    }


def _code(text: str) -> str:
    return text.strip().lower()


def _set(store: Store, coupon: Coupon, fields: Mapping[str, Any]) -> None:
    for name, value in _settings(store, fields).items():
        setattr(coupon, name, value)
    coupon.meta += [
        (store.next_id("meta"), str(meta["key"]), str(meta["value"])) for meta in fields.get("meta_data", [])
    ]


def _settings(store: Store, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What becomes of the fields that a coupon keeps. Raises Problem."""
    kept = {
        name: fields[name]
        for name in (
            *("status", "discount_type", "description", "individual_use", "product_ids", "usage_limit"),
            *("usage_limit_per_user", "limit_usage_to_x_items", "free_shipping"),
        )
        if name in fields
    }
    if kept.get("discount_type", "fixed_cart") not in _TYPES:
        raise bad_parameter("discount_type")
    # `date_expires_gmt` is taken and forgotten.
    if "date_expires" in fields:
        kept["expires_at"] = _expiry(fields["date_expires"], store)
    for name in ("amount", "minimum_amount"):
        if name in fields:
            kept[name] = decimal(fields[name], name)
    if "email_restrictions" in fields:
        tidy = (sanitized_email(str(email)) for email in fields["email_restrictions"])
        kept["email_restrictions"] = [email for email in tidy if email and store.keeps_restrictions]
    _refuse_impossible(kept)
    return kept


def _refuse_impossible(kept: Mapping[str, Any]) -> None:
    amount = kept.get("amount", Decimal(0))
    if amount < 0 or (kept.get("discount_type") == "percent" and amount > 100):
        raise Problem(400, "coupon_invalid_amount", "Invalid discount amount")


def _expiry(value: object, store: Store) -> datetime | None:
    """Local time unless a zone is named; a date alone is its very beginning."""
    if value in (None, ""):
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise bad_parameter("date_expires") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=store.zone)
    return moment.astimezone(UTC).replace(microsecond=0)


def decimal(value: object, name: str) -> Decimal:
    """A number the API was given. Raises Problem."""
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        raise bad_parameter(name) from error
