"""Shopify: what its webhooks say and how they are signed. Facts from the Admin API 2026-07 and 2026-10."""

from __future__ import annotations

from integrations.shopify.adapter import Shopify

PLATFORM = Shopify()
SHOP = "integrations.shopify.opening:opened"
"""Where its stores are opened; a name, for what calling takes is loaded only where calls are made."""
