"""What a merchant grants an app of ours: tokens that end, and how they are had and renewed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from core.domain.errors import StoreUnauthorized

EARLY: Final = timedelta(minutes=5)
"""So long before its end a token is no longer begun to be used."""
DEFAULT_LIFE: Final = timedelta(hours=1)
"""Of a token that can be renewed, where the platform does not say how long it lives."""


@dataclass(frozen=True, slots=True)
class App:
    """One app of a platform's, as this installation holds it."""

    app_id: int
    platform: str
    client_id: str
    handle: str
    secrets: tuple[str, ...]
    """Newest first; more than one while they are exchanged. Never empty."""

    def __repr__(self) -> str:
        """Without the secrets."""
        return f"App({self.app_id}, {self.client_id})"


@dataclass(frozen=True, slots=True, repr=False)
class Grant:
    """A platform's answer to a request for tokens."""

    access_token: str
    """Never empty."""
    refresh_token: str
    """Empty: the platform sent none."""
    scopes: frozenset[str]
    lasts_s: int | None
    """None: not said."""
    refresh_lasts_s: int | None


@dataclass(frozen=True, slots=True, repr=False)
class Held:
    """The tokens of a store, opened."""

    app_id: int
    access_token: str
    refresh_token: str
    scopes: frozenset[str]
    generation: int
    granted_at: datetime
    expires_at: datetime | None
    refresh_expires_at: datetime | None

    def is_fresh(self, now: datetime) -> bool:
        """Whether it may be used without being renewed first."""
        return self.expires_at is None or self.expires_at - EARLY > now

    def is_dead(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now


def ends_at(grant: Grant, refresh_token: str, now: datetime) -> datetime | None:
    """When a granted token ends; None: never, for nothing could renew it. `refresh_token`: the one kept."""
    if grant.lasts_s is not None:
        return now + timedelta(seconds=grant.lasts_s)
    return now + DEFAULT_LIFE if refresh_token else None


class GrantDesk(Protocol):
    """Where a platform gives tokens out. Each is one bounded call; nothing is tried twice.

    What asks raises PlatformUnavailable when no token came (what was asked may have been done), and
    GrantEnded when what was sent is good no longer, PlatformRefused when the shop is no more.
    """

    def by_id_token(self, shop: str, app: App, id_token: str) -> Grant:
        """For the proof of a merchant who opened the app; StaleVisit when the platform does not take it."""
        ...

    def by_code(self, shop: str, app: App, code: str) -> Grant:
        """For the code a merchant's browser brought back from the platform's own page."""
        ...

    def by_refresh(self, shop: str, app: App, refresh_token: str) -> Grant:
        """For the refresh token held."""
        ...

    def consent_address(self, shop: str, app: App, back_to: str, state: str) -> str:
        """Where a merchant's browser is sent to be asked; it comes `back_to` us with a code."""
        ...

    def page_address(self, shop: str, app: App) -> str:
        """Where the app's page is within the shop's own admin."""
        ...


class Tokens(Protocol):
    """The access token of one store, as whoever calls it needs it."""

    def current(self) -> str:
        """One that is good as far as we know. Raises PlatformTrouble."""
        ...

    def instead_of(self, dead: str, trouble: StoreUnauthorized) -> str:
        """Another one than `dead`, which met this trouble. Raises the same, `trouble` when there is none."""
        ...


def opened_app(
    app_id: int, platform: str, client_id: str, handle: str, credentials: Mapping[str, str]
) -> App:
    """An app out of its row and its unsealed credentials."""
    both = (credentials["client_secret"], credentials.get("previous_client_secret", ""))
    return App(app_id, platform, client_id, handle, tuple(secret for secret in both if secret))
