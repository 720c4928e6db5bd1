"""Asks one store's Admin API, and tells what went wrong apart."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from core.domain.errors import PlatformRefused, PlatformUnavailable, StoreUnauthorized
from integrations.shopify.answers import Part, data_of, parsed, part_of, throttle
from integrations.shopify.bucket import Bucket
from integrations.shopify.documents import API_VERSION, Document
from integrations.shopify.wire import Wire


class AdminApi:
    """The Admin GraphQL API of one store. Holds its token and shows it to nobody but Shopify."""

    def __init__(self, origin: str, access_token: str, bucket: Bucket, wire: Wire) -> None:
        """`origin`: scheme and host, such as https://acorn.myshopify.com; checked by the caller."""
        self._origin = origin
        self._url = f"{origin}/admin/api/{API_VERSION}/graphql.json"
        self._headers = {"Content-Type": "application/json", "X-Shopify-Access-Token": access_token}
        self._bucket = bucket
        self._wire = wire

    def run(self, document: Document, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The `data` of the answer; never that of an answer of which a part failed. Does not wait or retry.

        Raises PlatformUnavailable (with the wait, where it is known), StoreUnauthorized, AccessDenied,
        PlatformRefused.
        """
        token = self._headers["X-Shopify-Access-Token"]
        if not (token and token.isascii() and token.isprintable()):
            raise StoreUnauthorized("no usable access token is stored")
        wait_s = self._bucket.take(document.cost)
        if wait_s > 0:
            raise PlatformUnavailable("the store's query points are used up for now", math.ceil(wait_s))
        query = json.dumps({"query": document.text, "variables": dict(variables)})
        body = parsed(self._wire.post(self._url, self._headers, query.encode()))
        told = throttle(body)
        if told is not None:
            self._bucket.learn(told.available, told.maximum, told.restore_rate)
        return data_of(body)

    def download(self, url: str, at_byte: int, most_bytes: int) -> Part:
        """A piece of a file Shopify made for us. The token is not shown to whoever keeps the file.

        Raises PlatformUnavailable, and PlatformRefused for a file that is gone or lies in an odd place.
        """
        if not url.startswith(("https://", f"{self._origin}/")):
            raise PlatformRefused("Shopify's file lies at no address that can be trusted")
        return part_of(self._wire.get_part(url, at_byte, most_bytes), at_byte)
