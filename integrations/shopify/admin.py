"""Asks one store's Admin API, and tells what went wrong apart."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.domain.errors import PlatformRefused, PlatformUnavailable, StoreUnauthorized
from core.domain.grants import Tokens
from integrations.shopify.answers import Part, data_of, parsed, part_of, throttle
from integrations.shopify.bucket import Bucket
from integrations.shopify.documents import API_VERSION, Document
from integrations.shopify.wire import Wire


@dataclass(frozen=True, slots=True, repr=False)
class FixedToken:
    """A token that was typed in: there is no other."""

    access_token: str

    def current(self) -> str:
        """As `core.domain.grants.Tokens` says."""
        return self.access_token

    def instead_of(self, dead: str, trouble: StoreUnauthorized) -> str:  # noqa: ARG002
        """As `core.domain.grants.Tokens` says."""
        raise trouble


class AdminApi:
    """The Admin GraphQL API of one store. Shows its token to nobody but Shopify."""

    def __init__(self, origin: str, tokens: Tokens, bucket: Bucket, wire: Wire) -> None:
        """`origin`: scheme and host, such as https://acorn.myshopify.com; checked by the caller."""
        self._origin = origin
        self._url = f"{origin}/admin/api/{API_VERSION}/graphql.json"
        self._tokens = tokens
        self._bucket = bucket
        self._wire = wire

    def run(self, document: Document, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The `data` of the answer; never that of an answer of which a part failed. Does not wait.

        A token that Shopify does not take is renewed and the call made once more: it did nothing. Nothing
        else is tried twice. Raises PlatformUnavailable (with the wait, where it is known), StoreUnauthorized,
        AccessDenied, PlatformRefused.
        """
        query = json.dumps({"query": document.text, "variables": dict(variables)}).encode()
        token = _usable(self._tokens.current())
        wait_s = self._bucket.take(document.cost)
        if wait_s > 0:
            raise PlatformUnavailable("the store's query points are used up for now", math.ceil(wait_s))
        try:
            body = self._ask(token, query)
        except StoreUnauthorized as trouble:
            # It cost nothing: nobody was let in.
            body = self._ask(_usable(self._tokens.instead_of(token, trouble)), query)
        return data_of(body)

    def download(self, url: str, at_byte: int, most_bytes: int) -> Part:
        """A piece of a file Shopify made for us. The token is not shown to whoever keeps the file.

        Raises PlatformUnavailable, and PlatformRefused for a file that is gone or lies in an odd place.
        """
        if not url.startswith(("https://", f"{self._origin}/")):
            raise PlatformRefused("Shopify's file lies at no address that can be trusted")
        return part_of(self._wire.get_part(url, at_byte, most_bytes), at_byte)

    def _ask(self, token: str, query: bytes) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "X-Shopify-Access-Token": token}
        body = parsed(self._wire.post(self._url, headers, query))
        told = throttle(body)
        if told is not None:
            self._bucket.learn(told.available, told.maximum, told.restore_rate)
        return body


def _usable(token: str) -> str:
    if not (token and token.isascii() and token.isprintable()):
        raise StoreUnauthorized("no usable access token is stored")
    return token
