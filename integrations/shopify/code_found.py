"""What a store has under a code's name, read and compared with what was asked. Decides, calls nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from core.domain.discounts import AmountOff, Combines, Discount, FoundCode, FreeShipping
from core.domain.errors import BadDelivery
from core.domain.money import amount_minor
from core.domain.payload import clean_text, reference, utc_moment
from integrations.shopify.code_input import ALWAYS, mark_in, products_of, share_of
from integrations.shopify.fetched import nodes_of, object_at

_Object = Mapping[str, Any]

_OFF = "EXPIRED"
_SAME_MOMENT = timedelta(seconds=1)
_SAME_SHARE = Decimal("0.000001")
"""Shopify keeps shares as floating-point numbers."""


def is_off(discount: _Object) -> bool:
    """True: switched off or ended."""
    return discount.get("status") == _OFF


def read_code(node_id: object, discount: _Object, asked: str = "") -> FoundCode:
    """A code as a page of the list, or a look-up for `asked`, tells it. Raises BadDelivery.

    A kind of discount that is never ours comes as an empty object.
    """
    names = [clean_text(one.get("code"), 255) for one in _nodes(discount, "codes")]
    uses = discount.get("asyncUsageCount")
    title = clean_text(discount.get("title"), 400)
    return FoundCode(
        code=next((name for name in names if name.lower() == asked.lower()), asked or "".join(names[:1])),
        code_ref=reference(node_id),
        mark=mark_in(title),
        is_live=not is_off(discount),
        uses=uses if isinstance(uses, int) else 0,
    )


def problem_of(wanted: Discount, discount: _Object) -> str:
    """How the store's code differs from the one wanted, in words; empty: it does not. Raises BadDelivery."""
    return "; ".join(_differences(wanted, discount))


def _differences(wanted: Discount, discount: _Object) -> Iterator[str]:
    if mark_in(clean_text(discount.get("title"), 400)) != wanted.mark:
        yield "it does not carry our mark"
    if discount.get("usageLimit") != 1:
        yield "it can be used more than once"
    customers = [reference(one.get("id")) for one in _nodes(_part(discount, "context"), "customers")]
    if customers != [wanted.holder.customer_ref]:
        yield "it is not for this customer alone"
    if _minimum_minor(discount, wanted.currency) != (wanted.minimum_spend_minor or 0):
        yield "its minimum spend is another"
    if _combines(discount) != wanted.combines:
        yield "it combines with other discounts than it should"
    yield from _benefit_differences(wanted, discount)
    yield from _time_differences(wanted, discount)


def _benefit_differences(wanted: Discount, discount: _Object) -> Iterator[str]:
    gets = discount.get("customerGets")
    if isinstance(wanted.benefit, FreeShipping):
        if gets is not None or not discount:
            yield "it is not for free shipping"
        return
    if not isinstance(gets, Mapping):
        yield "it takes nothing off goods"
        return
    value, items = object_at(gets, "value"), object_at(gets, "items")
    if not _is_value(wanted, value):
        yield "it takes another amount off"
    products = {reference(one.get("id")) for one in _nodes(items, "products")}
    if products != set(products_of(wanted)) or (items.get("allItems") is True) == bool(products):
        yield "it is for other products"


def _is_value(wanted: Discount, value: _Object) -> bool:
    if isinstance(wanted.benefit, AmountOff):
        return (
            isinstance(value.get("amount"), Mapping)
            and value.get("appliesOnEachItem") is False
            and amount_minor(value["amount"].get("amount"), wanted.currency) == wanted.benefit.amount_minor
        )
    share, told = share_of(wanted), value.get("percentage")
    if share is None or isinstance(told, bool) or not isinstance(told, (int, Decimal)):
        return False
    return abs(Decimal(told) - share) < _SAME_SHARE


def _time_differences(wanted: Discount, discount: _Object) -> Iterator[str]:
    if not _is_same_moment(wanted.starts_at or ALWAYS, utc_moment(discount.get("startsAt"))):
        yield "it starts at another time"
    # A code that was switched off ends when that was done.
    if is_off(discount):
        return
    if not _is_same_moment(wanted.ends_at, utc_moment(discount.get("endsAt"))):
        yield "it ends at another time"


def _is_same_moment(one: datetime | None, other: datetime | None) -> bool:
    # Shopify's moments have no fractions of seconds.
    if one is None or other is None:
        return one is other
    return abs(one - other) < _SAME_MOMENT


def _minimum_minor(discount: _Object, currency: str) -> int:
    told = _part(discount, "minimumRequirement")
    if not told:
        return 0
    return amount_minor(object_at(told, "greaterThanOrEqualToSubtotal").get("amount"), currency)


def _combines(discount: _Object) -> frozenset[Combines]:
    told = _part(discount, "combinesWith")
    return frozenset(one for one in Combines if told.get(f"{one}Discounts") is True)


def _part(holder: _Object, name: str) -> _Object:
    """The object at `name`; empty where Shopify says null or nothing."""
    value = holder.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadDelivery(f"“{name}” is not an object")
    return value


def _nodes(holder: _Object, name: str) -> list[_Object]:
    """The objects of a connection or list; none where the kind of discount has none."""
    return [] if holder.get(name) is None else list(nodes_of(holder, name))
