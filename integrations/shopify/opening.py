"""Opens Shopify stores for calls, over one set of connections per process."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from core.config.settings import Settings
from core.domain.stores import Store
from integrations.outgoing.calling import Outgoing
from integrations.shopify.calling import Calling, open_shop
from integrations.shopify.grants import ShopifyGrants
from integrations.shopify.shop import ShopifyShop


def opened(store: Store, credentials: Mapping[str, str], outgoing: Outgoing) -> ShopifyShop:
    """The store behind its row. Calls nothing yet."""
    tokens = outgoing.tokens(store, credentials) if outgoing.tokens else None
    return open_shop(store, credentials, _calling(outgoing.settings.redis_url), tokens)


def grants(settings: Settings) -> ShopifyGrants:
    """Where Shopify gives out tokens."""
    return _calling(settings.redis_url).grants()


@cache
def _calling(redis_url: str | None) -> Calling:
    return Calling(redis_url)
