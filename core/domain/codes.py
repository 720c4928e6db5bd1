"""The life of a discount code's name: how it is drawn, and what a look-up of it says has to be done."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from core.domain.discounts import MARKER, FoundCode

_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Base 32 without letters that look like digits."""
_LENGTH = 16
"""80 bits: nobody guesses one."""
_GROUP = 4
_MARK: Final = re.compile(rf"{MARKER} (\d{{1,18}})(?: of ([a-z0-9-]{{1,20}}))?", re.ASCII)


def code_name(prefix: str, token: str) -> str:
    """A name such as `ACORN-7Q4M-…` out of an unguessable hexadecimal text of at least 80 bits."""
    number = int(token, 16)
    letters = "".join(_CROCKFORD[number >> 5 * at & 31] for at in range(_LENGTH))
    return "-".join((prefix, *(letters[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))))


def code_key(code: str) -> str:
    """What codes are compared by: WooCommerce lowers them, shoppers type as they like."""
    return code.strip().casefold()


@dataclass(frozen=True, slots=True)
class Mark:
    """What a code of ours carries at the store, such as `Regulars 17 of 5f0c2a9b71de`."""

    redemption_id: int
    installation: str | None
    """Who made it, for several installations may call one store; None: it was made before marks said so."""


def mark_of(redemption_id: int, installation: str) -> str:
    """What a code carries at the store, so that we know it for ours."""
    return f"{MARKER} {redemption_id} of {installation}"


def old_mark_of(redemption_id: int) -> str:
    """The same as it was once written."""
    return f"{MARKER} {redemption_id}"


def read_mark(mark: str | None) -> Mark | None:
    """What a mark says; None: it is none that we wrote."""
    said = _MARK.fullmatch(mark or "")
    return Mark(int(said[1]), said[2]) if said else None


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What the store has under a code's name."""

    kept: FoundCode | None
    """The one to keep: ours, live, and what was asked for."""
    others: tuple[FoundCode, ...]
    """Codes of ours beside it that must not be live: another than was asked, or a twin."""
    is_foreign: bool
    """Somebody else's code has the name, and none is ours."""


def looked_up(found: Iterable[FoundCode], mark: str) -> LookedUp:
    """Sort what a look-up found, oldest first. Of twins, which WooCommerce lets be made at one moment, the
    used one is kept, else the oldest."""
    listed = list(found)
    ours = [one for one in listed if one.mark == mark]
    kept = max((one for one in ours if one.is_as_wanted), key=lambda one: one.uses, default=None)
    others = tuple(one for one in ours if one is not kept)
    return LookedUp(kept, others, is_foreign=bool(listed) and not ours)
