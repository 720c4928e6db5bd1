"""Where a caller must tell one refusal of Shopify from the others."""

from __future__ import annotations

from core.domain.errors import PlatformRefused


class NoSuchShop(PlatformRefused):
    """Shopify has no such shop: it never had, or the shop was closed for good."""

    def __init__(self) -> None:
        super().__init__("Shopify knows no such store")


class AccessDenied(PlatformRefused):
    """The app lacks a scope, or approval for protected customer data. `str()` names what is missing."""

    def __init__(self, what: str, spots: frozenset[str]) -> None:
        self.spots = spots
        """The fields denied, by their path from the root: `order.email`."""
        super().__init__(what)
