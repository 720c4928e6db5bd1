"""A store's REST API, by way of the `woocommerce` library: its paths and signatures, our session and rules.

The library itself has no time-outs to speak of, follows redirects (a POST becomes a GET), opens a connection
for every call and hands back errors as if they were answers; none of that is left here.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlencode

from requests import Response
from requests_hardened import HTTPSession
from woocommerce import API

from core.domain.addresses import StoreAddress
from core.domain.errors import BadDelivery, NotAnApi, Unreachable
from core.domain.payload import reference, rows
from core.domain.platform import Field
from integrations.outgoing.answer import Answer, ask
from integrations.woocommerce.answers import answered_at, understood

PAGE_SIZE = 100
"""The most the API gives in one page."""
_PLUGIN = "wc-regulars/v1"
"""The part of the API that our own plugin adds. WooCommerce takes its keys only under names like this."""
_REFUND_PAGES_MOST = 20
_WEBHOOK_PAGES_MOST = 10
PAGES_WITHIN_S = 30
"""No page is asked for later than this after the first: a store that is slow holds up no other for long."""

Fields = Mapping[str, Any]
"""A JSON object as the store sent it: text, int, Decimal, bool, None, lists and such objects again."""


@dataclass(frozen=True, slots=True)
class CouponPage:
    """Coupons as the store sent them."""

    coupons: list[Fields]
    pages: int
    """How many there are of such pages."""
    answered_at: datetime | None
    """By the store's own clock; None: it did not say."""


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Orders as the store sent them."""

    orders: list[Fields]
    total: int | None
    """How many there are on all such pages; None: it did not say."""


class WooCommerceClient:
    """One store's API. Safe to share between threads, as is the session it is given.

    Every method raises PlatformTrouble and nothing else: PlatformUnavailable when asking later may help,
    StoreUnauthorized when other keys are needed, PlatformRefused when nothing will help.

    Keys travel in a header over https. Over http, which only the operator's own networks allow, each call is
    signed with them (OAuth 1.0a), since stores refuse them in the clear.
    """

    def __init__(
        self,
        address: StoreAddress,
        credentials: Mapping[str, str],
        session: HTTPSession,
        pages_within_s: float = PAGES_WITHIN_S,
    ) -> None:
        self._address = address
        self._pages_within_s = pages_within_s
        # A store we were not let into yet has none, and one that was disconnected none any more.
        keys = [credentials.get(field, "") for field in (Field.CONSUMER_KEY, Field.CONSUMER_SECRET)]
        self._library = _Library(str(address), *keys)
        self._plugin = _Library(str(address), *keys, version=_PLUGIN)
        self._library.session = self._plugin.session = session

    @property
    def host(self) -> str:
        """Whom it calls, for sentences."""
        return self._address.host

    def currency(self) -> str:
        """The store's currency, as it writes it. Proves that the keys may read."""
        code = self._object(self._get("data/currencies/current")).get("code")
        return code if isinstance(code, str) else ""

    def site(self) -> Fields:
        """What the site says of itself to everybody: `timezone_string`, `gmt_offset` and more.

        Asked without keys: WordPress itself does not know WooCommerce's, and refuses who comes with them.
        """
        return self._object(self._get("", {"_fields": "name,timezone_string,gmt_offset,namespaces"}))

    def order(self, order_ref: str) -> Fields:
        """One order as it stands now. Raises Gone when the store has none of this id."""
        return self._object(self._get(f"orders/{reference(order_ref)}"))

    def refunds(self, order_ref: str) -> list[Fields]:
        """Every refund of an order, with its lines. Raises Gone when the store has no such order."""
        found: list[Fields] = []
        ends_s = time.monotonic() + self._pages_within_s
        for page in range(1, _REFUND_PAGES_MOST + 1):
            if time.monotonic() > ends_s:
                raise Unreachable(f"{self._address.host} takes too long to list order {order_ref}'s refunds.")
            params = {"per_page": PAGE_SIZE, "page": page}
            listed = self._objects(self._get(f"orders/{reference(order_ref)}/refunds", params))
            found += listed
            if len(listed) < PAGE_SIZE:
                return found
        raise NotAnApi(f"{self._address.host} lists refunds of order {order_ref} without an end.")

    def orders_modified_after(self, moment: datetime, *, page: int = 1, status: str = "any") -> OrderPage:
        """Orders modified later than `moment`, the longest ago first, at most PAGE_SIZE on a page.

        `any` leaves out orders in the bin: ask for `trash` apart.
        """
        params: dict[str, str | int] = {
            "modified_after": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "dates_are_gmt": "true",
            "orderby": "modified",
            "order": "asc",
            "status": status,
            "per_page": PAGE_SIZE,
            "page": page,
        }
        answer = self._ask(lambda: self._library.get("orders", params=params))
        listed = self._objects(understood(answer, self._address))
        total = answer.headers.get("X-WP-Total", "")
        return OrderPage(listed, int(total) if total.isdecimal() else None)

    def customer(self, customer_ref: str) -> Fields:
        """One customer's account as it stands now. Raises Gone when the store has none of this id."""
        return self._object(self._get(f"customers/{reference(customer_ref)}"))

    def coupons(self, page: int = 1, **params: str) -> CouponPage:
        """Published coupons by id, at most PAGE_SIZE on a page; `code` or `search` narrow them down.

        Of several coupons with one code, `code` finds but the newest.
        """
        asked = {"orderby": "id", "order": "asc", "per_page": PAGE_SIZE, "page": page, **params}
        answer = self._ask(lambda: self._library.get("coupons", params=asked))
        listed = self._objects(understood(answer, self._address))
        pages = answer.headers.get("X-WP-TotalPages", "")
        if not pages.isdecimal():
            raise NotAnApi(f"{self._address.host} does not say how many coupons it has.")
        return CouponPage(listed, int(pages), answered_at(answer.headers))

    def webhooks(self) -> list[Fields]:
        """Every webhook of the store, whatever its status and whoever made it."""
        found: list[Fields] = []
        for page in range(1, _WEBHOOK_PAGES_MOST + 1):
            listed = self._objects(self._get("webhooks", {"per_page": PAGE_SIZE, "page": page}))
            found += listed
            if len(listed) < PAGE_SIZE:
                break
        return found

    def create_webhook(self, fields: Fields) -> Fields:
        """Make a webhook. Before it answers, the store sends a ping to where it will deliver."""
        answer = self._ask(lambda: self._library.post("webhooks", fields))
        return self._object(understood(answer, self._address, good=201))

    def delete_webhook(self, hook_ref: str) -> None:
        """Delete a webhook for good. Raises Gone when the store has none of this id."""
        endpoint, params = f"webhooks/{reference(hook_ref)}", {"force": "true"}
        answer = self._ask(lambda: self._library.delete(endpoint, params=params))
        self._object(understood(answer, self._address))

    def read_link(self) -> str | None:
        """The server our plugin signs for, empty for none; None when the store does not have the plugin."""
        answer = self._ask(lambda: self._plugin.get("link"))
        if answer.status == 404:
            return None
        told = self._object(understood(answer, self._address))
        return str(told.get("server", "")) if told.get("linked") else ""

    def write_link(self, server: str, secret: str) -> bool:
        """Tell our plugin who we are; False when the store does not have it."""
        answer = self._ask(lambda: self._plugin.post("link", {"server": server, "secret": secret}))
        if answer.status == 404:
            return False
        self._object(understood(answer, self._address))
        return True

    def delete_link(self) -> None:
        """Have our plugin forget us, if the store has it."""
        answer = self._ask(lambda: self._plugin.delete("link"))
        if answer.status != 404:
            self._object(understood(answer, self._address))

    def create_coupon(self, fields: Fields) -> CouponPage:
        """Make a coupon: the one on the page. Raises CodeTaken when a published one has its code."""
        answer = self._ask(lambda: self._library.post("coupons", fields))
        made = self._object(understood(answer, self._address, good=201))
        return CouponPage([made], 1, answered_at(answer.headers))

    def change_coupon(self, coupon_ref: str, fields: Fields) -> CouponPage:
        """Change what `fields` names: the coupon, on the page. Raises Gone when the store has none of it."""
        answer = self._ask(lambda: self._library.put(f"coupons/{reference(coupon_ref)}", fields))
        changed = self._object(understood(answer, self._address))
        return CouponPage([changed], 1, answered_at(answer.headers))

    def delete_coupon(self, coupon_ref: str) -> None:
        """Delete a coupon for good, past the bin. Raises Gone when the store has none of this id."""
        endpoint, params = f"coupons/{reference(coupon_ref)}", {"force": "true"}
        answer = self._ask(lambda: self._library.delete(endpoint, params=params))
        self._object(understood(answer, self._address))

    def _get(self, endpoint: str, params: Mapping[str, str | int] | None = None) -> object:
        answer = self._ask(lambda: self._library.get(endpoint, params=params))
        return understood(answer, self._address)

    def _ask(self, send: Callable[[], Any]) -> Answer:
        """`send` is a call of the library, which has no types."""
        return ask(self._address.host, lambda: cast("Response", send()))

    def _object(self, value: object) -> Fields:
        if not isinstance(value, dict):
            raise self._misunderstood()
        return value

    def _objects(self, value: object) -> list[Fields]:
        try:
            return rows(value, "answer")
        except BadDelivery as error:
            raise self._misunderstood() from error

    def _misunderstood(self) -> NotAnApi:
        return NotAnApi(f"{self._address.host} answered with something else than was asked for.")


class _Library(API):  # type: ignore[misc]  # the library has no types
    """The library with one thing replaced: how a request is sent."""

    session: HTTPSession

    def _API__request(  # noqa: N802  # the name of the library's own method
        self,
        method: str,
        endpoint: str,
        fields: Fields | None,
        params: Mapping[str, str | int] | None = None,
    ) -> Response:
        """Sends it over our session, unread. Leaves `params` as they are."""
        # Without an endpoint the site itself is asked, above the API.
        url = self._API__get_url(endpoint) if endpoint else f"{self.url.rstrip('/')}/wp-json/"
        if params:
            url = f"{url}?{urlencode(params)}"
        headers = {"Accept": "application/json"}
        if endpoint and self.is_ssl:
            headers["Authorization"] = _basic(self.consumer_key, self.consumer_secret)
        elif endpoint:
            url = self._API__get_oauth_url(url, method)
        body = None
        if fields is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(fields).encode()
        sent: Response = self.session.request(method, url, headers=headers, data=body, stream=True)
        return sent


def _basic(key: str, secret: str) -> str:
    """Written out here because requests takes Latin-1 alone."""
    return "Basic " + base64.b64encode(f"{key}:{secret}".encode("utf-8", "surrogateescape")).decode("ascii")
