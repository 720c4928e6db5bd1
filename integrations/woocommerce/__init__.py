"""WooCommerce: what its webhooks say and how they are signed. Facts from WooCommerce 8.9.1 and 11.0.1."""

from __future__ import annotations

from integrations.woocommerce.adapter import WooCommerce

PLATFORM = WooCommerce()
