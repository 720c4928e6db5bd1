"""Amounts in integer minor units, by the exponent ISO 4217 gives each currency."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from core.domain.errors import BadDelivery, UnknownCurrency

# ISO 4217 list one, active codes (funds and metals left out: no store sells in them).
_NO_DECIMALS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split())
_THREE_DECIMALS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
_TWO_DECIMALS = frozenset(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
    "CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF "
    "IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR "
    "MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD "
    "SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER "
    "ZAR ZMW ZWG".split()
)

# What a total may look like on the wire (semantics: "Numbers on the wire").
_UNSIGNED = re.compile(r"()(\d{1,12})(?:\.(\d{1,6}))?", re.ASCII)
_SIGNED = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,6}))?", re.ASCII)


@lru_cache(maxsize=256)
def exponent(currency: str) -> int:
    """How many decimals a currency has: JPY 0, EUR 2, KWD 3. Raises UnknownCurrency."""
    if currency in _TWO_DECIMALS:
        return 2
    if currency in _NO_DECIMALS:
        return 0
    if currency in _THREE_DECIMALS:
        return 3
    raise UnknownCurrency(f"{currency[:12]!r} is not an ISO 4217 currency")


def currency_code(value: object) -> str:
    """The upper-cased, known currency code. Raises UnknownCurrency."""
    code = value.upper() if isinstance(value, str) else ""
    exponent(code)
    return code


def amount_minor(value: object, currency: str, *, signed: bool = False) -> int:
    """An amount off the wire in minor units of `currency`.

    Takes text, and numbers parsed without loss (int, Decimal). More decimals than the currency has are
    rounded half up. Raises BadDelivery for anything that is not a plain decimal number.
    """
    text = str(value) if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool) else ""
    return _text_minor(text, currency, signed)


# A store's prices are few and come again and again.
@lru_cache(maxsize=16_384)
def _text_minor(text: str, currency: str, signed: bool) -> int:
    match = (_SIGNED if signed else _UNSIGNED).fullmatch(text)
    if not match:
        raise BadDelivery(f"{text[:40]!r} is not an amount" if text else "an amount is missing")
    sign, whole, decimals = match.groups("")
    digits = exponent(currency)
    minor = int(whole + decimals[:digits].ljust(digits, "0"))
    if decimals[digits : digits + 1] >= "5":
        minor += 1
    return -minor if sign else minor


def plain(minor: int | Fraction, currency: str) -> str:
    """Minor units as people write them, without the currency: 4995 EUR → `49.95`. Fractions are cut off."""
    digits = exponent(currency)
    whole = abs(int(minor))
    sign = "−" if minor < 0 else ""
    if not digits:
        return f"{sign}{whole}"
    return f"{sign}{whole // 10**digits}.{whole % 10**digits:0{digits}d}"
