"""Names of people, and how somebody is found by a word of theirs without any name being readable."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from core.domain.payload import clean_text

WORDS_MOST: Final = 6
_LONGEST_PART: Final = 80
_LONGEST_WORD: Final = 40
_KEY_BYTES: Final = 16
_JOINERS: Final = "\u200c\u200d"
"""They print nothing, and yet some scripts cannot write every name without them."""
_APOSTROPHES: Final = re.compile(r"['’‘ʼ`´]")
_ACCENTS: Final = 10
"""From this combining class on a mark is an accent or a vowel point; below, another letter comes of it."""
_BY_HAND: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)
"""Letters with a stroke, or two in one: Unicode does not take them apart."""


@dataclass(frozen=True, slots=True)
class Name:
    """What somebody is called. Personal: kept out of orders, and sealed where it is stored."""

    given: str
    family: str

    @property
    def full(self) -> str:
        """As people read it: Ana Lopez."""
        return f"{self.given} {self.family}".strip()


def told_name(given: object, family: object) -> Name | None:
    """The name as a platform tells it, on one line; None when it tells none."""
    name = Name(_tidy(given), _tidy(family))
    return name if name.full else None


def _tidy(value: object) -> str:
    shown = (
        letter
        for letter in clean_text(value, 200)
        if letter.isprintable() or letter.isspace() or letter in _JOINERS
    )
    return " ".join("".join(shown).split())[:_LONGEST_PART].strip()


def words_of(text: str) -> tuple[str, ...]:
    """The words somebody is found by: without case and accents, each once, six at most."""
    plain = _APOSTROPHES.sub("", text.casefold())
    # By hand last: taken apart, an ǿ leaves an ø.
    parts = unicodedata.normalize("NFKD", plain).casefold().translate(_BY_HAND)
    letters = (letter for letter in parts if unicodedata.combining(letter) < _ACCENTS)
    spaced = "".join(letter if unicodedata.category(letter)[0] in "LMN" else " " for letter in letters)
    return tuple(dict.fromkeys(word[:_LONGEST_WORD] for word in spaced.split()))[:WORDS_MOST]


def name_key(key: bytes, store_id: int, name: Name) -> bytes:
    """What stands for a name in this store, to tell whether another was told: 16 bytes."""
    return _digest(key, f"name:{store_id}:{name.given}\n{name.family}")


def word_keys(key: bytes, store_id: int, text: str) -> tuple[bytes, ...]:
    """What stands for each word in this store: 16 bytes, useless without the key or elsewhere."""
    return tuple(_digest(key, f"word:{store_id}:{word}") for word in words_of(text))


def _digest(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode("utf-8", "replace"), hashlib.sha256)[:_KEY_BYTES]
