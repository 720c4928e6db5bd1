"""Takes discount inputs of the Admin API: makes or changes a code, or says like Shopify what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.shopify.amounts import minor_of
from sandbox.shopify.discounts import CodeDiscount, Kind
from sandbox.shopify.store import Store

LONGEST = 255

Input = Mapping[str, Any]


@dataclass(frozen=True)
class Wrong(Exception):
    """One mistake in an input."""

    path: tuple[str, ...]
    code: str
    message: str


_SHIPPING_TWICE = Wrong(
    ("combinesWith",),
    "INVALID_COMBINES_WITH_FOR_DISCOUNT_CLASS",
    "Shipping discounts cannot be combined with shipping discounts",
)


def make_code(store: Store, given: Input, *, is_shipping: bool) -> CodeDiscount | list[Wrong]:
    """The code, made; or everything that keeps it from being made."""
    wrong = list(_mistakes(store, given, is_shipping=is_shipping))
    if wrong:
        return wrong
    try:
        discount = _read(store, given, is_shipping=is_shipping)
    except Wrong as mistake:
        return [mistake]
    store.discounts[discount.discount_id] = discount
    return discount


def change_code(
    store: Store, discount_id: int, given: Input, *, is_shipping: bool
) -> CodeDiscount | list[Wrong]:
    """The code with what the input names changed; or what keeps it from being changed.

    A minimum is taken away by a subtotal of null: a guess, for Shopify's pages do not say.
    """
    was = store.discounts.get(discount_id)
    if was is None or (was.kind is Kind.SHIPPING) is not is_shipping:
        return [Wrong(("id",), "INVALID", "Discount does not exist")]
    try:
        changed = replace(was, **_changes(store, was, given))
    except Wrong as mistake:
        return [mistake]
    if is_shipping and Kind.SHIPPING in changed.combines:
        return [_SHIPPING_TWICE]
    store.discounts[discount_id] = changed
    return changed


def _changes(store: Store, was: CodeDiscount, given: Input) -> dict[str, Any]:
    """What is not named stays as it is. Raises Wrong."""
    told: dict[str, Any] = {}
    if "title" in given:
        told["title"] = given["title"].strip()
    if "endsAt" in given:
        told["ends_at"] = _moment(given, "endsAt") if given["endsAt"] else None
    if "minimumRequirement" in given:
        subtotal = (given["minimumRequirement"] or {}).get("subtotal") or {}
        is_none = subtotal.get("greaterThanOrEqualToSubtotal") is None
        told["minimum"] = 0 if is_none else _minimum(store, given)
    if "combinesWith" in given:
        told["combines"] = frozenset(kind for kind in Kind if given["combinesWith"].get(f"{kind}Discounts"))
    gets = given.get("customerGets") or {}
    if gets.get("value"):
        told |= {"amount": None, "share": None, "is_per_item": False} | _value(store, gets["value"])
    if gets.get("items"):
        told["product_ids"] = _other_products(store, was, gets["items"])
    if unknown := given.keys() - {"title", "endsAt", "minimumRequirement", "combinesWith", "customerGets"}:
        raise Wrong((min(unknown),), "INVALID", "the stand-in changes nothing like this")
    return told


def _other_products(store: Store, was: CodeDiscount, items: Input) -> tuple[int, ...]:
    if items.get("all"):
        return ()
    named = _inside(items, ("customerGets", "items"), "products")
    path = ("customerGets", "items", "products")
    added, removed = (
        _known("Product", named[name], store.products, (*path, name)) if named.get(name) else ()
        for name in ("productsToAdd", "productsToRemove")
    )
    kept = tuple(one for one in was.product_ids if one not in removed)
    if not kept and not added:
        raise Wrong(path, "BLANK", "Items can't be blank")
    return (*kept, *(one for one in added if one not in kept))


def _mistakes(store: Store, given: Input, *, is_shipping: bool) -> Iterator[Wrong]:
    for name in ("title", "code"):
        text = str(given.get(name) or "").strip()
        if not text:
            yield Wrong((name,), "BLANK", f"{name.capitalize()} can't be blank")
        elif len(text) > LONGEST:
            yield Wrong(
                (name,), "TOO_LONG", f"{name.capitalize()} is too long (maximum is {LONGEST} characters)"
            )
    if store.code(str(given.get("code"))) is not None:
        yield Wrong(("code",), "TAKEN", "Code must be unique. Please try a different code.")
    needed = ["startsAt", "context", "destination" if is_shipping else "customerGets"]
    for name in needed:
        if not given.get(name):
            yield Wrong((name,), "BLANK", f"{name} can't be blank")
    if given.get("usageLimit") is not None and given["usageLimit"] < 1:
        yield Wrong(("usageLimit",), "GREATER_THAN", "Usage limit must be greater than 0")
    if is_shipping and (given.get("combinesWith") or {}).get("shippingDiscounts"):
        yield _SHIPPING_TWICE


def _read(store: Store, given: Input, *, is_shipping: bool) -> CodeDiscount:
    starts_at = _moment(given, "startsAt")
    ends_at = _moment(given, "endsAt") if given.get("endsAt") else None
    if ends_at is not None and ends_at <= starts_at:
        raise Wrong(("endsAt",), "END_DATE_BEFORE_START_DATE", "Ends at must be after starts at")
    combines = given.get("combinesWith") or {}
    return CodeDiscount(
        discount_id=next(store.ids),
        code=given["code"].strip(),
        title=given["title"].strip(),
        starts_at=starts_at,
        ends_at=ends_at,
        minimum=_minimum(store, given),
        customer_ids=_customers(store, given["context"]),
        combines=frozenset(kind for kind in Kind if combines.get(f"{kind}Discounts")),
        usage_limit=given.get("usageLimit"),
        is_once_per_customer=bool(given.get("appliesOncePerCustomer")),
        **({} if is_shipping else _gets(store, given["customerGets"])),
    )


def _moment(given: Input, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(str(given[name]))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Wrong((name,), "INVALID", f"{name} is no DateTime")
    return moment.replace(microsecond=0)


def _customers(store: Store, context: Input) -> tuple[int, ...] | None:
    if context.get("all"):
        return None
    path = ("context", "customers", "add")
    return _known("Customer", _inside(context, path[:1], "customers").get("add"), store.customers, path)


def _gets(store: Store, gets: Input) -> dict[str, Any]:
    value, items = gets.get("value") or {}, gets.get("items") or {}
    return _value(store, value) | {"product_ids": _products(store, items)}


def _value(store: Store, value: Input) -> dict[str, Any]:
    if value.get("percentage") is not None:
        share = Decimal(str(value["percentage"]))
        if not 0 < share <= 1:
            raise Wrong(
                ("customerGets", "value", "percentage"),
                "VALUE_OUTSIDE_RANGE",
                "Percentage must be between 0.0 and 1.0",
            )
        return {"share": share}
    amount = _inside(value, ("customerGets", "value"), "discountAmount")
    path = ("customerGets", "value", "discountAmount", "amount")
    return {
        "amount": _positive(store, amount.get("amount"), path),
        "is_per_item": bool(amount.get("appliesOnEachItem")),
    }


def _products(store: Store, items: Input) -> tuple[int, ...]:
    if items.get("all"):
        return ()
    path = ("customerGets", "items", "products", "productsToAdd")
    named = _inside(items, path[:2], "products").get("productsToAdd")
    return _known("Product", named, store.products, path)


def _minimum(store: Store, given: Input) -> int:
    if not given.get("minimumRequirement"):
        return 0
    subtotal = _inside(given["minimumRequirement"], ("minimumRequirement",), "subtotal")
    path = ("minimumRequirement", "subtotal", "greaterThanOrEqualToSubtotal")
    return _positive(store, subtotal.get("greaterThanOrEqualToSubtotal"), path)


def _inside(holder: Input, path: tuple[str, ...], name: str) -> Input:
    """The only kind this store knows: Shopify has others."""
    inner = holder.get(name)
    if not isinstance(inner, Mapping):
        raise Wrong((*path, name), "BLANK", f"the stand-in knows nothing else than {name}, and it is blank")
    return inner


def _known(kind: str, gids: object, there: Mapping[int, object], path: tuple[str, ...]) -> tuple[int, ...]:
    start = f"gid://shopify/{kind}/"
    named = [str(one) for one in gids] if isinstance(gids, list) else []
    ids = [int(one.removeprefix(start)) for one in named if one.removeprefix(start).isdigit()]
    if not named or len(ids) != len(named) or not there.keys() >= set(ids):
        raise Wrong(path, "INVALID", f"{kind} does not exist")
    return tuple(ids)


def _positive(store: Store, amount: object, path: tuple[str, ...]) -> int:
    try:
        minor = minor_of(amount, store.currency)
    except (InvalidOperation, ValueError):
        raise Wrong(path, "INVALID", "Amount is no amount of money") from None
    if minor <= 0:
        raise Wrong(path, "GREATER_THAN", "Amount must be greater than 0")
    return minor
