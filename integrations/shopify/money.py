"""Shopify's money: always what the store keeps its books in, never what the shopper saw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.domain.errors import BadDelivery
from core.domain.money import amount_minor


def shop_minor(holder: Mapping[str, Any], name: str, currency: str, *, signed: bool = False) -> int:
    """The amount called `name` in the store's currency, in minor units.

    `<name>_set.shop_money` where the platform sends it; else the bare amount, which is shop money as well.
    Raises BadDelivery when neither is there.
    """
    both = holder.get(f"{name}_set")
    shop_money = both.get("shop_money") if isinstance(both, Mapping) else None
    if isinstance(shop_money, Mapping):
        return amount_minor(shop_money.get("amount"), currency, signed=signed)
    if name not in holder:
        raise BadDelivery(f"“{name}” is missing")
    return amount_minor(holder[name], currency, signed=signed)
