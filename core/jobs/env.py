"""All that the running code is handed from outside: clock, chance, database, platforms, bell.

The simulator hands in its own and runs the very same code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from core.config.secrets import Secrets
from core.config.settings import Settings
from core.db.engine import Database
from core.domain.grants import GrantDesk
from core.domain.platform import Platform, Shop
from core.domain.stores import Store
from core.jobs.bell import Bell


def no_grants() -> GrantDesk:
    """For surroundings in which no platform gives out tokens."""
    raise LookupError("these surroundings ask no platform for tokens")


def stay(_name: str) -> None:
    """What happens at a crash point in production: nothing."""


@dataclass(frozen=True, slots=True)
class Env:
    """One process's surroundings."""

    settings: Settings
    secrets: Secrets
    database: Database
    platforms: Mapping[str, Platform]
    bell: Bell
    now: Callable[[], datetime]
    token: Callable[[], str]
    """A fresh unguessable text for leases and addresses."""
    shop: Callable[[Store, Mapping[str, str]], Shop]
    """A store, from its row and its opened credentials, as something to call."""
    grants: Callable[[], GrantDesk] = no_grants
    """Where platforms give out tokens for their apps; made with the first use."""
    reach: Callable[[str], None] = stay
    """Called at named points between steps; tests crash or switch tasks there."""
