"""Where a request of a store's pages is: in which store, as whom, and by which door it came in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import g

from core.domain.grants import App
from core.domain.staff import Who
from core.domain.stores import Store

STAND_ALONE: Final = "store"
"""The blueprint's name where people sign in here: `/admin/stores/<id>/…`."""
EMBEDDED: Final = "embedded"
"""Its name within Shopify's admin, where each request proves who asks: `/shopify/…`."""


@dataclass(frozen=True, slots=True)
class Here:
    """One request."""

    store: Store
    who: Who
    csrf_token: str
    """What forms carry; empty within Shopify's admin, where scripts send them with a proof of their own."""
    app: App | None = None
    """The app within Shopify's admin; None: people signed in here."""

    @property
    def is_embedded(self) -> bool:
        """Whether the page stands within Shopify's admin."""
        return self.app is not None


def here() -> Here:
    """Where this request is. Only within a store's pages."""
    found: Here = g.here
    return found


def here_or_none() -> Here | None:
    """The same; None outside of a store's pages, or before the door was passed."""
    found: Here | None = g.get("here")
    return found
