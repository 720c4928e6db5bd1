"""What the Admin API answers at its root: a method for every query and mutation this product asks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.shopify.bulk import BulkDesk
from sandbox.shopify.code_desk import Input, Wrong, change_code, make_code
from sandbox.shopify.code_graphql import code_node, discount_node
from sandbox.shopify.discounts import CodeDiscount
from sandbox.shopify.order_graphql import graphql
from sandbox.shopify.orders import ShopOrder
from sandbox.shopify.store import Store

VISIBLE = timedelta(days=60)
"""How far back an app sees orders without `read_all_orders`."""

_Json = dict[str, Any]


@dataclass(frozen=True)
class Roots:
    """One request's view of the store."""

    store: Store
    scopes: frozenset[str]
    now: datetime
    bulk: BulkDesk
    everything: Callable[[str, datetime], list[_Json] | None]
    """What a bulk operation of a query finds."""

    def field(self, name: str) -> Callable[..., Any]:
        """What answers the field. Raises KeyError for one that no document of ours asks."""
        fields: dict[str, Callable[..., Any]] = {
            "shop": self._shop,
            "currentAppInstallation": self._installation,
            "order": self._order,
            "orders": self._orders,
            "ordersCount": self._orders_count,
            "refund": self._refund,
            "codeDiscountNodeByCode": self._code_by_name,
            "discountNode": self._discount,
            "discountNodes": self._discounts,
            "discountCodeBasicCreate": self._create_basic,
            "discountCodeFreeShippingCreate": self._create_free_shipping,
            "discountCodeBasicUpdate": self._change_basic,
            "discountCodeFreeShippingUpdate": self._change_free_shipping,
            "discountCodeDeactivate": self._deactivate,
            "bulkOperation": self._bulk_operation,
            "bulkOperationRunQuery": self._begin_bulk,
        }
        return fields[name]

    def _shop(self) -> dict[str, str]:
        return {
            "name": self.store.name,
            "myshopifyDomain": self.store.domain,
            "currencyCode": self.store.currency,
            "ianaTimezone": self.store.timezone,
        }

    def _installation(self) -> _Json:
        return {"accessScopes": [{"handle": scope} for scope in sorted(self.scopes)]}

    def _sees(self, order: ShopOrder) -> bool:
        return "read_all_orders" in self.scopes or order.placed_at >= self.now - VISIBLE

    def _order(self, id: str) -> _Json | None:  # noqa: A002
        order = self.store.orders.get(_number(id))
        return graphql(order) if order and self._sees(order) else None

    def _orders(self, query: str, sortKey: str = "PROCESSED_AT", **_: object) -> list[_Json]:  # noqa: N803
        found = sorted(self._found(query), key=lambda order: order.order_id)
        if sortKey == "UPDATED_AT":
            found.sort(key=lambda order: order.updated_at)
        return [graphql(order) for order in found]

    def _orders_count(self, query: str, limit: int | None) -> _Json:  # noqa: ARG002
        return {"count": len(self._found(query))}

    def _found(self, query: str) -> list[ShopOrder]:
        known = self.store.orders.values()
        return [order for order in known if self._sees(order) and _is_found(order, query)]

    def _refund(self, id: str) -> _Json | None:  # noqa: A002
        told = (refund for order in self.store.orders.values() for refund in graphql(order)["refunds"])
        return next((refund for refund in told if refund["id"] == id), None)

    def _code_by_name(self, code: str) -> _Json | None:
        discount = self.store.code(code)
        return None if discount is None else code_node(self.store, discount, self.now)

    def _discount(self, id: str) -> _Json | None:  # noqa: A002
        discount = self.store.discounts.get(_number(id))
        return None if discount is None else discount_node(self.store, discount, self.now)

    def _discounts(self, query: str, **_: object) -> list[_Json]:
        """Titles that begin like the search; a search that is not understood finds everything."""
        asked = re.search(r"title:(\w+)\*", query)
        begins = asked[1].lower() if asked else ""
        found = (one for one in self.store.discounts.values() if one.title.lower().startswith(begins))
        return [discount_node(self.store, one, self.now) for one in found]

    def _create_basic(self, basicCodeDiscount: Input) -> _Json:  # noqa: N803
        return self._made(make_code(self.store, basicCodeDiscount, is_shipping=False), "basicCodeDiscount")

    def _create_free_shipping(self, freeShippingCodeDiscount: Input) -> _Json:  # noqa: N803
        made = make_code(self.store, freeShippingCodeDiscount, is_shipping=True)
        return self._made(made, "freeShippingCodeDiscount")

    def _change_basic(self, id: str, basicCodeDiscount: Input) -> _Json:  # noqa: A002, N803
        changed = change_code(self.store, _number(id), basicCodeDiscount, is_shipping=False)
        return self._made(changed, "basicCodeDiscount")

    def _change_free_shipping(self, id: str, freeShippingCodeDiscount: Input) -> _Json:  # noqa: A002, N803
        changed = change_code(self.store, _number(id), freeShippingCodeDiscount, is_shipping=True)
        return self._made(changed, "freeShippingCodeDiscount")

    def _made(self, made: CodeDiscount | list[Wrong], argument: str) -> _Json:
        if isinstance(made, CodeDiscount):
            return {"codeDiscountNode": code_node(self.store, made, self.now), "userErrors": []}
        return {"codeDiscountNode": None, "userErrors": _user_errors(made, argument)}

    def _deactivate(self, id: str) -> _Json:  # noqa: A002
        """Refuses a code that has ended: what Shopify does then is not known, so nobody may count on it."""
        discount = self.store.discounts.get(_number(id))
        if discount is None or discount.status(self.now) == "EXPIRED":
            wrong = Wrong(("id",), "INVALID", "Code discount does not exist, or has ended.")
            return {"codeDiscountNode": None, "userErrors": _user_errors([wrong])}
        ended = self.store.end(discount, self.now)
        return {"codeDiscountNode": code_node(self.store, ended, self.now), "userErrors": []}

    def _bulk_operation(self, id: str) -> _Json | None:  # noqa: A002
        return self.bulk.told(_number(id), self.now)

    def _begin_bulk(self, query: str, groupObjects: bool) -> _Json:  # noqa: ARG002, N803
        begun = self.bulk.begin(lambda: self.everything(query, self.now), self.now)
        if isinstance(begun, str):
            return {"bulkOperation": None, "userErrors": [{"message": begun}]}
        return {"bulkOperation": {"id": begun.gid}, "userErrors": []}


def _user_errors(wrong: Iterable[Wrong], *argument: str) -> list[_Json]:
    return [
        {"field": [*argument, *one.path], "message": one.message, "code": one.code, "extraInfo": None}
        for one in wrong
    ]


def _is_found(order: ShopOrder, query: str) -> bool:
    """Whether a search finds an order; one that is not understood finds every order."""
    if asked := re.fullmatch(r"created_at:>='([^']+)'", query):
        return order.placed_at >= datetime.fromisoformat(asked[1])
    if asked := re.fullmatch(r"updated_at:>='([^']+)'", query):
        return order.updated_at >= datetime.fromisoformat(asked[1])
    if asked := re.fullmatch(r"discount_code:'([^']+)'", query):
        return asked[1].lower() in {code.lower() for code in order.codes}
    return True


def _number(gid: str) -> int:
    tail = gid.rsplit("/", 1)[-1]
    return int(tail) if tail.isdigit() else 0
