"""What every call to a store goes through: one per process, shared by stores and threads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from requests_hardened import HTTPSession

from core.config.settings import Settings
from core.domain.platform import Shop
from core.domain.stores import Store
from integrations.outgoing.session import open_session


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The pooled session and the settings that bound it."""

    session: HTTPSession
    settings: Settings

    @classmethod
    def open(cls, settings: Settings) -> Outgoing:
        """Opens no connection yet."""
        return cls(open_session(settings.allowed_networks, settings.ca_file), settings)


ShopOpener = Callable[[Store, Mapping[str, str], Outgoing], Shop]
"""How a platform's package makes a store callable from its row and its credentials."""
