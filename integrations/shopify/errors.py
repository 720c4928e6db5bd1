"""Where a caller must tell one refusal of Shopify from the others."""

from __future__ import annotations

from core.domain.errors import PlatformRefused


class AccessDenied(PlatformRefused):
    """The app lacks a scope, or approval for protected customer data. `str()` names what is missing."""

    def __init__(self, what: str, spots: frozenset[str]) -> None:
        self.spots = spots
        """The fields denied, by their path from the root: `order.email`."""
        super().__init__(what)
