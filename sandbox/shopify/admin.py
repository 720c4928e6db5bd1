"""The Admin GraphQL API: documents are held against Shopify's own schema, scopes checked, points counted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo, execute_sync

from sandbox.shopify.bulk import BulkDesk, flattened
from sandbox.shopify.cost import MOST_OF_ONE_QUERY, actual_cost, highest_cost
from sandbox.shopify.oauth import Installation
from sandbox.shopify.reply import Reply
from sandbox.shopify.roots import Roots
from sandbox.shopify.schemas import API_VERSION, read_document, schema
from sandbox.shopify.scopes import check_access
from sandbox.shopify.store import Store
from sandbox.shopify.throttle import Bucket

PATH = f"/admin/api/{API_VERSION}/graphql.json"
TOKEN_PATH = "/admin/oauth/access_token"  # noqa: S105
TOO_LASTING = (
    "[API] Non-expiring access tokens are no longer accepted for the Admin API. "
    "Start using expiring offline tokens: …"
)
TOKEN = "shpat_0123456789abcdef"  # noqa: S105  # the stand-in's own
SCOPES = ("read_customers", "read_orders", "read_products", "write_discounts")

_Json = dict[str, Any]


@dataclass
class Admin:
    """The API of one store, as one app sees it."""

    store: Store
    token: str = TOKEN
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    approved: set[str] = field(default_factory=lambda: {"customer/email", "customer/name"})
    bucket: Bucket = field(default_factory=Bucket)
    installation: Installation | None = None
    """What gives out tokens that end; None: there is `token` alone."""
    bulk: BulkDesk = field(default_factory=BulkDesk)

    def reply(self, path: str, token: str | None, body: bytes, now: datetime) -> Reply:
        """What comes back for a POST."""
        if path == TOKEN_PATH and self.installation is not None:
            return self.installation.give(body, now)
        if path != PATH:
            return _reply(404, {"errors": "Not Found"})
        if self.installation is not None and self.installation.never_ends(token):
            return _reply(403, {"errors": TOO_LASTING})
        if not self._lets_in(token, now):
            wrong = "[API] Invalid API key or access token (unrecognized login or wrong password)"
            return _reply(401, {"errors": wrong})
        try:
            asked = json.loads(body)
            query, variables = asked["query"], asked.get("variables") or {}
        except (ValueError, TypeError, KeyError):
            return _reply(400, {"errors": {"query": "Required parameter missing or invalid"}})
        return _reply(200, self.answer(query, variables, now))

    def _lets_in(self, token: str | None, now: datetime) -> bool:
        if self.installation is None:
            return token == self.token
        return self.installation.is_good(token, now)

    def answer(self, query: str, variables: Mapping[str, Any], now: datetime) -> _Json:
        """The GraphQL answer, errors and all."""
        document, mistakes = read_document(query)
        if document is None or mistakes:
            return {"errors": [mistake.formatted for mistake in mistakes]}
        cost = highest_cost(schema(), document)
        if cost > MOST_OF_ONE_QUERY:
            return {"errors": [_error("too expensive", "MAX_COST_EXCEEDED").formatted]}
        if not self.bucket.take(cost, now):
            throttled = {"errors": [_error("Throttled", "THROTTLED").formatted]}
            return throttled | self.bucket.extensions(cost, None)
        result = execute_sync(
            schema(),
            document,
            root_value=Roots(self.store, frozenset(self.scopes), now, self.bulk, self._everything),
            variable_values=dict(variables),
            field_resolver=self._resolve,
        )
        actual = min(cost, actual_cost(result.data))
        self.bucket.give_back(cost - actual)
        return {**result.formatted, **self.bucket.extensions(cost, actual)}

    def _everything(self, query: str, now: datetime) -> list[_Json] | None:
        """What a bulk operation finds, whatever page sizes it names; None when the query fails."""
        document, mistakes = read_document(query)
        if document is None or mistakes:
            return None
        roots = Roots(self.store, frozenset(self.scopes), now, self.bulk, self._everything)
        result = execute_sync(schema(), document, root_value=roots, field_resolver=self._resolve_all)
        return None if result.errors else list(flattened(result.data or {}))

    def _resolve_all(self, source: Any, info: GraphQLResolveInfo[None], **arguments: Any) -> Any:
        arguments.pop("first", None)
        found = self._found(source, info, **arguments)
        if str(info.return_type).rstrip("!").endswith("Connection"):
            return {"edges": [{"node": node} for node in found]}
        return found

    def _found(self, source: Any, info: GraphQLResolveInfo[None], **arguments: Any) -> Any:
        check_access(info, self.scopes, self.approved)
        if isinstance(source, Roots):
            return source.field(info.field_name)(**arguments)
        return source[info.field_name]

    def _resolve(self, source: Any, info: GraphQLResolveInfo[None], **arguments: Any) -> Any:
        found = self._found(source, info, **arguments)
        if str(info.return_type).rstrip("!").endswith("Connection"):
            return _page(found, **arguments)
        return found[: arguments["first"]] if "first" in arguments else found


def _page(values: list[Any], first: int, after: str | None = None, **_: object) -> _Json:
    start = int(after) if after else 0
    info = {"hasNextPage": start + first < len(values), "endCursor": str(start + first)}
    return {"nodes": values[start : start + first], "pageInfo": info}


def _error(message: str, code: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})


def _reply(status: int, body: _Json) -> Reply:
    return Reply(status, json.dumps(body).encode())
