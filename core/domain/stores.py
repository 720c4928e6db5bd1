"""A connected store, as the core knows it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.domain.errors import Refused, UnknownCurrency
from core.domain.money import currency_code, exponent


class StoreState(StrEnum):
    """Where a store's connection stands."""

    CONNECTED = "connected"
    NEEDS_REAUTH = "needs_reauth"
    """Its keys are dead: nothing is called until the merchant lets us in again; deliveries still count."""
    UNINSTALLED = "uninstalled"
    """The merchant took us out: nothing is called, nothing new counts; the ledger stays until it is wiped."""
    WIPED = "wiped"
    """Nothing is left but the row, so that late deliveries are known and dropped."""


@dataclass(frozen=True, slots=True)
class Store:
    """One connected store, without its secrets."""

    store_id: int
    name: str
    platform: str
    url: str
    currency: str
    zone: ZoneInfo
    is_offline: bool
    """True: the platform is never called; what needs a fetch is settled by the offline rules."""
    webhook_path: str
    """What tells this store's deliveries from others': a random part of their URL, or the shop's domain."""
    state: StoreState = StoreState.CONNECTED
    connected_at: datetime | None = None
    """When it was connected last; None: it never was, it is about to be."""
    disconnected_at: datetime | None = None
    """When the merchant took us out last; None: never."""
    bodies_kept_days: int = 30
    """For so many days the body of a delivery is kept once it is closed."""


def time_zone(name: str) -> ZoneInfo:
    """The IANA time zone. Raises Refused."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Refused(f"“{name}” is not a time zone; use a name such as Europe/Berlin.") from error


def known_currency(text: str) -> str:
    """The ISO 4217 code somebody wrote, in upper case. Raises Refused."""
    try:
        return currency_code(text)
    except UnknownCurrency as error:
        raise Refused(f"“{text[:12]}” is not a currency; write an ISO 4217 code such as EUR.") from error


def held_for_currency(currency: str) -> str:
    """Why an order in a currency without a rate is held, as it stands in the order's row."""
    return f"currency {currency}"


def currency_waited_for(held: str) -> str | None:
    """The currency whose rate an order waits for; None: it is held for something else."""
    kind, _, currency = held.partition(" ")
    return currency if kind == "currency" and currency else None


def checked_name(name: str) -> str:
    """A name stores may have. Raises Refused."""
    if not name.strip() or len(name) > 80 or not name.isprintable():
        raise Refused("A store's name has 1 to 80 printable characters.")
    if "/" in name:
        raise Refused("A store's name has no “/” in it: names are parts of addresses.")
    if name.isdigit():
        raise Refused("A store's name cannot be a number: numbers are the stores' ids.")
    return name


@lru_cache(maxsize=1024)
def minor_rate(rate: str, order_currency: str, store_currency: str) -> Fraction:
    """The store's minor units in one minor unit of the order's currency, from a rate between whole units."""
    return Fraction(rate) * Fraction(10) ** (exponent(store_currency) - exponent(order_currency))


def checked_rate(rate: str) -> str:
    """A rate as merchants write it, such as 0.92. Raises Refused."""
    if not re.fullmatch(r"\d{1,9}(\.\d{1,9})?", rate, re.ASCII) or not Fraction(rate):
        raise Refused(f"“{rate}” is not a rate; write a plain number above 0, such as 0.92.")
    return rate
