"""What a store tells about itself when it is connected: that the keys work, its currency, zone and name."""

from __future__ import annotations

import html
from decimal import Decimal

from core.domain.connecting import Introduced
from core.domain.errors import NotAnApi, PlatformRefused, Refused, StoreUnauthorized, UnknownCurrency
from core.domain.money import currency_code
from core.domain.stores import time_zone
from integrations.woocommerce.client import WooCommerceClient


def greet(client: WooCommerceClient) -> None:
    """Ask the site, without keys, whether WooCommerce is there. Raises PlatformTrouble.

    Returns too when the site says nothing to strangers.
    """
    try:
        namespaces = client.site().get("namespaces")
    except StoreUnauthorized:
        return
    if not isinstance(namespaces, list) or "wc/v3" not in namespaces:
        raise NotAnApi(f"{client.host} is a WordPress site on which WooCommerce is not active.")


def introduce(client: WooCommerceClient) -> Introduced:
    """Call the store with its keys. Raises PlatformTrouble.

    A site that keeps strangers from its index has an unknown time zone.
    """
    told = client.currency()
    try:
        currency = currency_code(told)
    except UnknownCurrency as error:
        raise NotAnApi(f"The store's currency is “{told[:12]}”, which is not one of ISO 4217.") from error
    try:
        site = client.site()
    except (StoreUnauthorized, PlatformRefused):
        return Introduced(currency, None)
    name = site.get("name")
    zone = _zone(site.get("timezone_string"), site.get("gmt_offset"))
    return Introduced(currency, zone, html.unescape(name) if isinstance(name, str) else "")


def _zone(name: object, offset_hours: object) -> str | None:
    """WordPress has either a zone's name or an offset in hours, which it writes as text or number."""
    if isinstance(name, str) and name:
        try:
            return time_zone(name).key
        except Refused:
            return None
    try:
        hours = Decimal(str(offset_hours if offset_hours != "" else 0))
    except ArithmeticError:
        return None
    if hours != hours.to_integral_value() or abs(hours) > 14:
        return None
    # POSIX counts westwards: Etc/GMT-2 is two hours ahead of UTC.
    return f"Etc/GMT{-int(hours):+d}" if hours else "UTC"
