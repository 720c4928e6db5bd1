"""What every call to a store goes through: one per process, shared by stores and threads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from requests_hardened import HTTPSession

from core.config.settings import Settings
from core.domain.grants import Tokens
from core.domain.platform import Shop
from core.domain.stores import Store
from integrations.outgoing.session import open_session

TokensOf = Callable[[Store, Mapping[str, str]], Tokens | None]
"""The tokens to call a store with, by its row and its opened credentials."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The pooled session and the settings that bound it."""

    session: HTTPSession
    settings: Settings
    tokens: TokensOf | None = None
    """The tokens kept for a store; None: nobody keeps any, and those among its credentials are used."""

    @classmethod
    def open(cls, settings: Settings, tokens: TokensOf | None = None) -> Outgoing:
        """Opens no connection yet."""
        return cls(open_session(settings.allowed_networks, settings.ca_file), settings, tokens)


ShopOpener = Callable[[Store, Mapping[str, str], Outgoing], Shop]
"""How a platform's package makes a store callable from its row and its credentials."""
