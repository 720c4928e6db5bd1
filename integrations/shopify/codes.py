"""Discount codes at one Shopify store: made, looked up, switched off and listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.domain.discounts import MARKER, CodePage, Discount, FoundCode
from core.domain.errors import BadDelivery, CodeTaken, PlatformRefused, PlatformUnavailable, StoreUnauthorized
from core.domain.payload import clean_text, reference, told_text
from integrations.shopify.admin import AdminApi
from integrations.shopify.code_found import is_off, problem_of, read_code
from integrations.shopify.code_input import (
    BASIC,
    CHANGE_BASIC,
    CHANGE_FREE_SHIPPING,
    FREE_SHIPPING,
    change_input,
    discount_input,
    why_not,
)
from integrations.shopify.documents import document
from integrations.shopify.errors import AccessDenied
from integrations.shopify.fetched import nodes_of, object_at, texts_of

_OURS = f"method:code AND title:{MARKER}*"
"""Only to have fewer to read: Shopify passes over a search it does not understand, so titles are read too."""

_MUTATIONS = {
    BASIC: "discountCodeBasicCreate",
    FREE_SHIPPING: "discountCodeFreeShippingCreate",
    CHANGE_BASIC: "discountCodeBasicUpdate",
    CHANGE_FREE_SHIPPING: "discountCodeFreeShippingUpdate",
}


class Codes:
    """A store's codes, as `core.domain.discounts.CodeShop` wants them."""

    def __init__(self, api: AdminApi) -> None:
        self._api = api

    def create(self, wanted: Discount) -> FoundCode:
        """As `CodeShop.create_code`."""
        if reason := why_not(wanted):
            raise PlatformRefused(reason)
        name, discount = discount_input(wanted)
        payload = object_at(self._run(name, {"discount": discount}), _MUTATIONS[name])
        _refuse(payload)
        return _compared(wanted, payload.get("codeDiscountNode"))

    def change(self, code_ref: str, before: Discount, wanted: Discount) -> FoundCode:
        """As `core.domain.discounts.ChangesCodes.change_code`."""
        if reason := why_not(wanted):
            raise PlatformRefused(reason)
        name, changes = change_input(before, wanted)
        asked = {"id": f"gid://shopify/DiscountCodeNode/{code_ref}", "discount": changes}
        payload = object_at(self._run(name, asked), _MUTATIONS[name])
        _refuse(payload)
        return _compared(wanted, payload.get("codeDiscountNode"))

    def find(self, wanted: Discount) -> list[FoundCode]:
        """As `CodeShop.find_codes`: one at most, for Shopify lets no name be taken twice."""
        node = self._run("code_by_name", {"code": wanted.code}).get("codeDiscountNodeByCode")
        return [] if node is None else [_compared(wanted, node)]

    def disable(self, code_ref: str) -> None:
        """As `CodeShop.disable_code`. The code stays in the store's list, where its uses can be read."""
        node = self._run("code_status", {"id": f"gid://shopify/DiscountNode/{code_ref}"}).get("discountNode")
        if node is None or is_off(_discount(node, "discount")):
            return
        data = self._run("code_deactivate", {"id": f"gid://shopify/DiscountCodeNode/{code_ref}"})
        payload = object_at(data, "discountCodeDeactivate")
        _refuse(payload)
        if not is_off(_discount(payload.get("codeDiscountNode"), "codeDiscount")):
            raise PlatformUnavailable("Shopify was asked to end the code, and it has not ended")

    def orders_with(self, code: str) -> tuple[str, ...]:
        """As `CodeShop.orders_with`."""
        found = object_at(self._run("orders_with_code", {"query": f"discount_code:'{code}'"}), "orders")
        return tuple(
            reference(order.get("id"))
            for order in nodes_of(found, "nodes")
            # A search that Shopify does not understand finds every order.
            if code.casefold() in {one.casefold() for one in texts_of(order, "discountCodes")}
        )

    def ours(self, cursor: str | None) -> CodePage:
        """As `CodeShop.our_codes`."""
        page = object_at(self._run("codes", {"query": _OURS, "after": cursor}), "discountNodes")
        ours = tuple(found for node in nodes_of(page, "nodes") if (found := _listed(node)).mark)
        info = object_at(page, "pageInfo")
        has_next = info.get("hasNextPage") is True
        return CodePage(ours, clean_text(info.get("endCursor"), 4000) if has_next else None)

    def _run(self, name: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self._api.run(document(name), variables)
        except AccessDenied as denial:
            raise StoreUnauthorized(str(denial)) from denial


def _refuse(payload: Mapping[str, Any]) -> None:
    """Raises what the answer's errors mean; returns when there are none."""
    errors = nodes_of(payload, "userErrors")
    sentences = [told_text(error.get("message")) or clean_text(error.get("code"), 60) for error in errors]
    # Whatever else is wrong: a call thought lost may have made the code, and only a look-up tells.
    if "TAKEN" in [error.get("code") for error in errors]:
        raise CodeTaken(f"Shopify says: {' '.join(sentences)}")
    if errors:
        raise PlatformRefused(f"Shopify refused the code: {' '.join(sentences)}")


def _compared(wanted: Discount, node: object) -> FoundCode:
    discount = _discount(node, "codeDiscount")
    found = read_code(_id(node), discount, wanted.code)
    return replace(found, problem=problem_of(wanted, discount))


def _listed(node: Mapping[str, Any]) -> FoundCode:
    return read_code(node.get("id"), _discount(node, "discount"))


def _id(node: object) -> object:
    return node.get("id") if isinstance(node, Mapping) else None


def _discount(node: object, name: str) -> Mapping[str, Any]:
    if not isinstance(node, Mapping):
        raise BadDelivery("the answer holds no discount")
    return object_at(node, name)
