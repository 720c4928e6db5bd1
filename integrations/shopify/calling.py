"""What one process needs to call Shopify stores: connections for all of them, a bucket for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.domain.grants import Tokens
from core.domain.platform import Field
from core.domain.stores import Store
from integrations.shopify.adapter import shop_domain
from integrations.shopify.admin import AdminApi, FixedToken
from integrations.shopify.bucket import Buckets
from integrations.shopify.grants import ShopifyGrants
from integrations.shopify.shop import ShopifyShop
from integrations.shopify.wire import Wire


def https_origin(domain: str) -> str:
    """Where a shop's API is."""
    return f"https://{domain}"


class Calling:
    """One per process, shared by stores and threads. Connects nowhere until a store is called."""

    def __init__(self, redis_url: str | None, origin: Callable[[str], str] = https_origin) -> None:
        """`redis_url`: where processes share how much stores may still be asked; None: each for itself.

        `origin`: scheme and host for a shop's domain; another one only leads to stand-ins.
        """
        self._origin = origin
        self._wire = Wire()
        self._buckets = Buckets(redis_url)

    def api(self, store_id: int, domain: str, tokens: Tokens) -> AdminApi:
        """A store's Admin API, called with these tokens."""
        return AdminApi(self._origin(domain), tokens, self._buckets.of(store_id), self._wire)

    def grants(self) -> ShopifyGrants:
        """Where Shopify gives out tokens, for any shop."""
        return ShopifyGrants(self._wire, self._origin)

    def close(self) -> None:
        """Lets all connections go."""
        self._wire.close()
        self._buckets.close()


def open_shop(
    store: Store, credentials: Mapping[str, str], calling: Calling, tokens: Tokens | None = None
) -> ShopifyShop:
    """The store behind its row. Calls nothing yet. `tokens`: in place of the one among the credentials.

    Raises ValueError when the row names no myshopify.com domain: a token goes nowhere else.
    """
    domain = shop_domain(store.webhook_path)
    if domain is None:
        raise ValueError(f"store {store.store_id} has no myshopify.com domain")
    typed_in = FixedToken(credentials.get(Field.ACCESS_TOKEN, ""))
    return ShopifyShop(calling.api(store.store_id, domain, tokens or typed_in))
