"""WooCommerce: what its webhooks say and how it is called. Facts from WooCommerce 8.9.1 and 11.0.1."""

from __future__ import annotations

from integrations.woocommerce.adapter import WooCommerce

PLATFORM = WooCommerce()
SHOP = "integrations.woocommerce.shop:open_shop"
"""Where its stores are opened; a name, for what calling takes is loaded only where calls are made."""
