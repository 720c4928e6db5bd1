"""Discount codes as coupons of a store: made, looked up, deleted, and compared with what was asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from core.domain.discounts import MARKER, CodePage, Discount, FoundCode
from core.domain.errors import BadDelivery, Gone, NotAnApi, PlatformRefused
from core.domain.payload import clean_text, reference, rows, utc_moment
from integrations.woocommerce.client import CouponPage, Fields, WooCommerceClient
from integrations.woocommerce.coupons import (
    MARK_META,
    change_fields,
    coupon_fields,
    gmt_second,
    restricted_to,
    why_not,
)

_MARK_IN_TEXT = re.compile(rf"\(({re.escape(MARKER)}[^()]*)\)\s*$")
_CLOCKS_DIFFER = timedelta(minutes=5)
"""A coupon works from its creation, which the store's clock tells."""

_SAID = {
    "discount_type": "it is another kind of discount",
    "amount": "it takes off another amount",
    "individual_use": "it combines with other coupons otherwise",
    "product_ids": "it is for other products",
    "free_shipping": "it treats shipping otherwise",
    "usage_limit": "it may be used more or less often than once",
    "limit_usage_to_x_items": "it counts for another number of pieces",
    "minimum_amount": "it asks for another minimum spend",
}
"""What each field means where the store has it otherwise."""
_AMOUNTS = frozenset({"amount", "minimum_amount"})


def create_code(client: WooCommerceClient, wanted: Discount) -> FoundCode:
    """Make the coupon; what the store answered, compared with `wanted`.

    Raises CodeTaken, and PlatformRefused for what `why_not` names. Success is 201 with the very code.
    """
    if reason := why_not(wanted):
        raise PlatformRefused(reason)
    [made] = _found(client.create_coupon(coupon_fields(wanted)), wanted)
    if made.code.casefold() != wanted.code.casefold():
        raise NotAnApi("The store says that it made a coupon, but it is one of another code.")
    return made


def change_code(client: WooCommerceClient, code_ref: str, wanted: Discount) -> FoundCode:
    """Change the coupon; what the store answered, compared with `wanted`.

    Raises Gone, and PlatformRefused for what `why_not` names.
    """
    if reason := why_not(wanted):
        raise PlatformRefused(reason)
    [changed] = _found(client.change_coupon(code_ref, change_fields(wanted)), wanted)
    if changed.code_ref != code_ref:
        raise NotAnApi("The store says that it changed a coupon, but it is another one.")
    return changed


def find_codes(client: WooCommerceClient, wanted: Discount) -> list[FoundCode]:
    """Every published coupon of this code, oldest first.

    Asked for a code the store names one of its twins only, so where there is one its like is searched for.
    """
    newest = client.coupons(code=wanted.code)
    if not newest.coupons:
        return []
    found = _found(newest, wanted) + _found(client.coupons(search=wanted.code), wanted)
    twins = {code.code_ref: code for code in found if code.code.casefold() == wanted.code.casefold()}
    return sorted(twins.values(), key=lambda code: int(code.code_ref))


def disable_code(client: WooCommerceClient, code_ref: str) -> None:
    """Delete the coupon for good; one that is not there is as good."""
    try:
        client.delete_coupon(code_ref)
    except Gone:
        return


def our_codes(client: WooCommerceClient, cursor: str | None) -> CodePage:
    """The published coupons of one page that carry our mark. A cursor is the page's number.

    The last page comes first: what the caller deletes meanwhile does not shift the pages still to come.
    """
    number = int(cursor) if cursor else 1
    page = client.coupons(number)
    if cursor is None and page.pages > 1:
        number = page.pages
        page = client.coupons(number)
    ours = tuple(code for code in _found(page) if code.mark is not None)
    return CodePage(ours, str(number - 1) if number > 1 else None)


def _found(page: CouponPage, wanted: Discount | None = None) -> list[FoundCode]:
    """The coupons of a page. Raises NotAnApi for what is none."""
    try:
        return [_read(coupon, page.answered_at, wanted) for coupon in page.coupons]
    except BadDelivery as error:
        raise NotAnApi(f"The store answered with something else than coupons: {error}.") from error


def _read(coupon: Fields, at: datetime | None, wanted: Discount | None) -> FoundCode:
    uses, ends_at = coupon.get("usage_count"), _gmt(coupon, "date_expires_gmt")
    has_ended = at is not None and ends_at is not None and ends_at < at
    return FoundCode(
        code=clean_text(coupon.get("code")),
        code_ref=reference(coupon.get("id")),
        mark=_mark(coupon),
        # Before there were drafts of coupons, the API did not tell their status.
        is_live=coupon.get("status", "publish") == "publish" and not has_ended,
        uses=uses if isinstance(uses, int) else 0,
        problem=_difference(coupon, wanted) if wanted else "",
    )


def _mark(coupon: Fields) -> str | None:
    """Ours, from the meta data, else from the end of the description."""
    for meta in rows(coupon.get("meta_data", []), "meta_data"):
        if meta.get("key") == MARK_META and clean_text(meta.get("value")).startswith(MARKER):
            return clean_text(meta.get("value"))
    told = _MARK_IN_TEXT.search(clean_text(coupon.get("description"), 2000))
    return told[1] if told else None


def _difference(coupon: Fields, wanted: Discount) -> str:
    """How a coupon differs from what was asked; without the member's address, for this is kept in logs."""
    asked = coupon_fields(wanted)
    differences = [
        *_other_holder(coupon, restricted_to(wanted)),
        *(said for name, said in _SAID.items() if not _agrees(name, asked.get(name), coupon.get(name))),
        *_other_times(coupon, wanted),
    ]
    return "; ".join(differences)


def _other_holder(coupon: Fields, address: str) -> Iterator[str]:
    restrictions = coupon.get("email_restrictions")
    if not restrictions:
        yield "the store dropped its restriction to the member's e-mail address: anybody could use it"
    elif restrictions != [address]:
        yield "it is restricted to another e-mail address than the member's"


def _agrees(name: str, asked: Any, told: Any) -> bool:
    if name in _AMOUNTS:
        return _is_amount(told, Decimal(asked or 0))
    if name == "product_ids":
        return isinstance(told, list) and sorted(map(str, told)) == sorted(map(str, asked))
    # What a change took away is told as 0 by some stores, and as nothing by others.
    return bool(asked == told) or (not asked and not told)


def _is_amount(told: object, asked: Decimal) -> bool:
    """Equal, as far as the store tells decimals: it writes two, even of a currency with three."""
    try:
        amount = Decimal(str(told or 0))
        decimals = amount.as_tuple().exponent
        step = min(decimals, -2) if isinstance(decimals, int) else -2
        return amount == asked.quantize(Decimal(1).scaleb(step), ROUND_HALF_UP)
    except InvalidOperation:
        return False


def _other_times(coupon: Mapping[str, Any], wanted: Discount) -> Iterator[str]:
    asked = None if wanted.ends_at is None else gmt_second(wanted.ends_at)
    ends_at = _gmt(coupon, "date_expires_gmt")
    if asked is not None and ends_at is None:
        yield "the store dropped its end: it would never expire"
    elif ends_at != asked:
        yield "it ends at another time"
    created_at = _gmt(coupon, "date_created_gmt")
    if wanted.starts_at is not None and (
        created_at is None or created_at < wanted.starts_at - _CLOCKS_DIFFER
    ):
        yield "it works already, before it was to start, for a WooCommerce coupon has no start"


def _gmt(coupon: Mapping[str, Any], name: str) -> datetime | None:
    return utc_moment(coupon.get(name), zone_missing_means_utc=True)
