"""What an answer of a store's REST API means: the JSON asked for, or which of our errors it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import NoReturn

from core.domain.addresses import StoreAddress, read_address
from core.domain.errors import (
    BadDelivery,
    CodeTaken,
    Gone,
    Moved,
    NotAnApi,
    PlatformRefused,
    Refused,
    StoreUnauthorized,
    Throttled,
    Unreachable,
)
from core.domain.payload import parse_json, told_text
from integrations.outgoing.answer import Answer

LONGEST_WAIT_S = 3600
NO_SUCH_ORDER = "woocommerce_rest_shop_order_invalid_id"
"""The one answer that says an order does not exist."""
NO_SUCH_COUPON = "woocommerce_rest_shop_coupon_invalid_id"
NO_SUCH_WEBHOOK = "woocommerce_rest_shop_webhook_invalid_id"
NO_SUCH_CUSTOMER = "woocommerce_rest_invalid_id"
_CODE_TAKEN = "woocommerce_rest_coupon_code_already_exists"
_NOISE_MOST_BYTES = 4096
_TRIES_MOST = 5

_JSON_BEGINS = re.compile(rb"(?m)^[ \t]*[\[{]")
_PAGE = re.compile(rb"<!doctype|<html|<head|<body", re.IGNORECASE)
_API = re.compile(r"/wp-json(/.*)?$")


def understood(answer: Answer, address: StoreAddress, good: int = 200) -> object:
    """The JSON value of an answer of status `good`. Raises a PlatformTrouble."""
    host, status = address.host, answer.status
    if 300 <= status < 400:
        raise _moved(answer, address)
    if status == 429:
        raise Throttled(f"{host} asks us to slow down.", _retry_after_s(answer.headers))
    if status >= 500 or status in {408, 425}:
        raise Unreachable(
            f"{host} has trouble of its own (it answered {status}).", _retry_after_s(answer.headers)
        )
    parsed = _json(answer.body)
    if status != good or parsed is None:
        _refuse(status, parsed, address)
    return parsed


def _refuse(status: int, parsed: object, address: StoreAddress) -> NoReturn:
    """Tell the refusals apart: by status, and by whether WooCommerce itself said no."""
    code, message = _said(parsed)
    if status in {401, 403}:
        raise StoreUnauthorized(_unauthorized(status, code, message, address))
    if status < 400 or not code:
        raise NotAnApi(
            f"{address} does not answer as a WooCommerce store (it answered {status}): look at the address, "
            "and that WordPress' permalinks are not set to “plain”."
        )
    if code == "rest_no_route":
        raise NotAnApi(f"{address} is a WordPress site on which WooCommerce is not active.")
    if code == _CODE_TAKEN:
        raise CodeTaken(f"{address.host} has a coupon of this code already.")
    if code in {NO_SUCH_ORDER, NO_SUCH_COUPON, NO_SUCH_CUSTOMER, NO_SUCH_WEBHOOK}:
        raise Gone(f"{address.host} does not have this: {message} ({code}).")
    if status in {404, 410}:
        # A plugin that switches the API off answers so, too: taken for “gone”, it would cost every order.
        raise NotAnApi(f"{address.host} does not answer for this: {message} ({code}).")
    raise PlatformRefused(f"{address.host} refused: {message} ({code}, {status}).")


def _unauthorized(status: int, code: str, message: str, address: StoreAddress) -> str:
    if not code:
        return (
            f"{address.host} lets nobody in (it answered {status}, not in WooCommerce's words): a firewall "
            "or a plugin may stand before its API."
        )
    return f"{address.host} does not accept the keys for this: {message} ({code})."


def _moved(answer: Answer, address: StoreAddress) -> Moved:
    location = answer.headers.get("Location", "")
    if location.startswith("/"):
        location = str(address).removesuffix(address.path) + location
    try:
        better = read_address(_API.sub("", location.partition("?")[0]))
    except Refused:
        return Moved(f"{address} sends us elsewhere; look up the address the store really has.")
    if better == address:
        return Moved(f"{address} sends us in a circle; look at how the store redirects its own address.")
    return Moved(f"The store is not at {address}: use {better} instead.", to=str(better))


def _said(parsed: object) -> tuple[str, str]:
    """WooCommerce's error code and message; empty text where it said neither."""
    if not isinstance(parsed, Mapping):
        return "", ""
    message = told_text(parsed.get("message")).rstrip(".")
    return told_text(parsed.get("code"), 80), message or "no reason given"


def answered_at(headers: Mapping[str, str]) -> datetime | None:
    """The store's own clock when it answered; None: it did not say, or without a zone."""
    try:
        moment = parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):
        return None
    return moment if moment.tzinfo else None


def _retry_after_s(headers: Mapping[str, str]) -> int | None:
    """What `Retry-After` asks for, in seconds or as a date beside the answer's own; None: unreadable."""
    asked = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}", asked, re.ASCII):
        return min(int(asked), LONGEST_WAIT_S)
    try:
        wait = parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):
        return None
    return min(max(int(wait.total_seconds()), 0), LONGEST_WAIT_S)


def _json(body: bytes) -> object:
    """The JSON value of a body; None when there is none.

    PHP likes to print notices before the answer. They are passed over when they are short, are no page of
    their own, and what follows on a new line is JSON to the very end.
    """
    try:
        return parse_json(body)
    except BadDelivery:
        pass
    head = body[:_NOISE_MOST_BYTES]
    if _PAGE.search(head):
        return None
    for tried, begin in enumerate(_JSON_BEGINS.finditer(head)):
        if tried == _TRIES_MOST:
            break
        try:
            return parse_json(body[begin.start() :])
        except BadDelivery:
            continue
    return None
