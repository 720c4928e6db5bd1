"""Opens Shopify stores for calls, over one set of connections per process."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from core.domain.stores import Store
from integrations.outgoing.calling import Outgoing
from integrations.shopify.calling import Calling, open_shop
from integrations.shopify.shop import ShopifyShop


def opened(store: Store, credentials: Mapping[str, str], outgoing: Outgoing) -> ShopifyShop:
    """The store behind its row. Calls nothing yet."""
    return open_shop(store, credentials, _calling(outgoing.settings.redis_url))


@cache
def _calling(redis_url: str | None) -> Calling:
    return Calling(redis_url)
