"""Numbers as the store writes them, and its rounding."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo


def written(minor: int, decimals: int) -> str:
    """An amount as the API writes it: in the shop's decimals."""
    return f"{Decimal(minor).scaleb(-decimals):.{decimals}f}"


def unpadded(minor: int, decimals: int) -> str:
    """The same without zeros at the end, as a coupon's line has it."""
    text = written(minor, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def number(amount: Decimal) -> int | float:
    """A number in JSON, as PHP would print it."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def whole(amount: Decimal, rounding: str = ROUND_HALF_UP) -> int:
    """To the nearest minor unit."""
    return int(amount.quantize(Decimal(1), rounding=rounding))


def minor(amount: Decimal, decimals: int) -> int:
    """An amount in minor units."""
    return whole(amount.scaleb(decimals))


def net_and_tax(shown_minor: int, tax_percent: int, *, has_tax_in_prices: bool) -> tuple[int, int]:
    """A price as shown, in its two parts. Tax that a price contains is rounded half down."""
    if not has_tax_in_prices:
        return shown_minor, whole(Decimal(shown_minor * tax_percent) / 100)
    tax = whole(Decimal(shown_minor * tax_percent) / (100 + tax_percent), ROUND_HALF_DOWN)
    return shown_minor - tax, tax


def gmt(moment: datetime | None) -> str | None:
    """A moment as `*_gmt` fields have it: UTC, without a zone."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def local(moment: datetime | None, zone: ZoneInfo) -> str | None:
    """A moment in the store's own time, without a zone."""
    return None if moment is None else moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")
