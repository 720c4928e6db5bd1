"""What one process needs to call Shopify stores: connections for all of them, a bucket for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.domain.platform import Field
from core.domain.stores import Store
from integrations.shopify.adapter import shop_domain
from integrations.shopify.admin import AdminApi
from integrations.shopify.bucket import Buckets
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

    def api(self, store_id: int, domain: str, access_token: str) -> AdminApi:
        """A store's Admin API, called with this token."""
        return AdminApi(self._origin(domain), access_token, self._buckets.of(store_id), self._wire)

    def close(self) -> None:
        """Lets all connections go."""
        self._wire.close()
        self._buckets.close()


def open_shop(store: Store, credentials: Mapping[str, str], calling: Calling) -> ShopifyShop:
    """The store behind its row. Calls nothing yet.

    Raises ValueError when the row names no myshopify.com domain: a token goes nowhere else.
    """
    domain = shop_domain(store.webhook_path)
    if domain is None:
        raise ValueError(f"store {store.store_id} has no myshopify.com domain")
    return ShopifyShop(calling.api(store.store_id, domain, credentials.get(Field.ACCESS_TOKEN, "")))
