"""Amounts as Shopify writes them: in webhooks with all decimals, in GraphQL without the trailing zeros."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from core.domain.money import exponent

Json = dict[str, Any]


def plain(minor: int, currency: str) -> str:
    """As webhooks write amounts: all decimals of the currency, two at least."""
    digits = exponent(currency)
    return f"{Decimal(minor).scaleb(-digits):.{max(2, digits)}f}"


def bag(minor: int, currency: str, foreign: str | None = None) -> Json:
    """Both moneys of a webhook's `*_set`; a shopper who pays in `foreign` pays half as much there."""
    told = {"amount": plain(minor, currency), "currency_code": currency}
    if foreign is None:
        return {"shop_money": told, "presentment_money": told}
    shown = {"amount": plain(minor // 2, currency), "currency_code": foreign}
    return {"shop_money": told, "presentment_money": shown}


def both(name: str, minor: int, currency: str, foreign: str | None = None) -> Json:
    """A webhook's amount and its `*_set`."""
    return {name: plain(minor, currency), f"{name}_set": bag(minor, currency, foreign)}


def money_v2(minor: int, currency: str) -> Json:
    """GraphQL's MoneyV2: no trailing zeros, one decimal at least."""
    whole, _, decimals = f"{Decimal(minor).scaleb(-exponent(currency)):f}".partition(".")
    return {"amount": f"{whole}.{decimals.rstrip('0') or '0'}", "currencyCode": currency}


def money_bag(minor: int, currency: str) -> Json:
    """GraphQL's MoneyBag, as far as it is read."""
    return {"shopMoney": money_v2(minor, currency)}


def minor_of(amount: object, currency: str) -> int:
    """An amount off the wire in minor units. Raises ValueError for more decimals than the currency has."""
    exact = Decimal(str(amount)).scaleb(exponent(currency))
    if exact != exact.to_integral_value():
        raise ValueError("too many decimals")
    return int(exact)


def shares(minor: int, weights: Sequence[int]) -> list[int]:
    """`minor` split in proportion to `weights`: each rounded down, what is left over goes to the first ones.

    Which ones get what is left over is a guess: Shopify does not publish it. The sum is always `minor`.
    """
    whole = sum(weights)
    if not whole:
        return [0 for _ in weights]
    split = [minor * weight // whole for weight in weights]
    heavy = [at for at, weight in enumerate(weights) if weight]
    for at in heavy[: minor - sum(split)]:
        split[at] += 1
    return split
