"""Connecting a store whose platform hands us keys: what is asked, what comes back, what it is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from core.domain.payload import clean_text
from core.domain.platform import Field

NAME_LENGTH_MOST = 80


@dataclass(frozen=True, slots=True)
class Asking:
    """What the store's admin is asked, on a page of the store itself."""

    state: str
    """Comes back with the keys. Letters, digits and `._-` alone: platforms put it into addresses as it is."""
    callback_url: str
    """Where the store sends the keys."""
    return_url: str
    """Where the admin comes back to; the state is added."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Keys as they came. Nobody signed them: they prove nothing until they let us in where they should."""

    state: str
    keys: Mapping[Field, str]
    may_write: bool
    """Whether the store says that they may both read and write."""


@runtime_checkable
class HandsOverKeys(Protocol):
    """A platform whose stores hand over keys when their admin approves."""

    def asking_url(self, store_url: str, asking: Asking) -> str:
        """The page at the store on which its admin approves."""
        ...

    def handed_over(self, body: bytes) -> HandedOver:
        """What a store sent to the callback. Raises BadDelivery."""
        ...


@dataclass(frozen=True, slots=True)
class Introduced:
    """What a store tells of itself."""

    currency: str
    timezone: str | None
    """IANA name; None: it does not say, or has none that can be named."""
    name: str = ""
    """Empty: it does not say."""


@runtime_checkable
class Introducing(Protocol):
    """A shop that can be asked who it is."""

    def greet(self) -> None:
        """Return when this may be a store of the platform, asked without any key. Raises PlatformTrouble."""
        ...

    def introduce(self) -> Introduced:
        """What it tells to whoever holds good keys. Raises PlatformTrouble."""
        ...


def name_for(told: str, host: str, is_taken: Callable[[str], bool]) -> str:
    """What a store that connects itself is called: as it calls itself, else by its host; always a free name.

    Follows the rules for names: printable, no “/”, not a number.
    """
    name = " ".join(clean_text(told, NAME_LENGTH_MOST).replace("/", " ").split())
    wanted = host if not name or name.isdigit() or not name.isprintable() else name
    numbered = (f"{wanted[: NAME_LENGTH_MOST - 6]} ({number})" for number in range(2, 1000))
    candidates = (wanted[:NAME_LENGTH_MOST], f"{wanted[:30]} ({host[:40]})", *numbered)
    return next(candidate for candidate in candidates if not is_taken(candidate))
