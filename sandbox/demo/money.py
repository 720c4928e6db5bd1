"""Amounts as the demo's pages write them."""

from __future__ import annotations

from core.domain.money import plain


def figure(minor: int, currency: str) -> str:
    """The number alone, with thousands apart: `49.95`, `3,680`, `−16.65`."""
    whole, dot, decimals = plain(abs(minor), currency).partition(".")
    return f"{'−' if minor < 0 else ''}{int(whole):,}{dot}{decimals}"


def money(minor: int, currency: str) -> str:
    """With its currency, as the product's own sentences have it: `49.95 EUR`, `3,680 JPY`."""
    return f"{figure(minor, currency)} {currency}"
