"""The core's English sentences in the reader's language.

The core says things in English, in the ledger for ever. Each of its sentences stands in the catalogue under
the context `core`, with names for what changes in it (`%(points)s of %(earned)s points were not spent in
time`); one that was told is recognised by its pattern, and said again in the other language with the same
numbers and names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol, cast

from babel.numbers import get_decimal_symbol, get_group_symbol
from flask_babel import get_locale, get_translations

CONTEXT: Final = "core\x04"
"""How catalogues mark a message of a context: what stands before the message itself."""

_NAME: Final = re.compile(r"%\((\w+)\)s")
_NUMBER: Final = re.compile(r"[+−-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?", re.ASCII)
_DEEPEST: Final = 8
"""Sentences are made of others, but not without end."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    """One sentence of the core."""

    pattern: re.Pattern[str]
    piece: str
    """The longest text in it that never changes: what lacks it need not be compared."""
    translated: str


class _Catalogue(Protocol):
    """What we use of a catalogue of translations."""

    _catalog: dict[object, str]


@lru_cache(maxsize=8)
def _sentences(language: str) -> tuple[_Sentence, ...]:  # noqa: ARG001  (one set for each language)
    """Every sentence of the core, the ones that say most first, with its translation."""
    catalogue = getattr(cast("_Catalogue", get_translations()), "_catalog", {})
    found = [
        (message.removeprefix(CONTEXT), translated)
        for message, translated in catalogue.items()
        if isinstance(message, str) and message.startswith(CONTEXT) and translated
    ]
    found.sort(key=lambda pair: (-len(_NAME.sub("", pair[0])), pair[0]))
    return tuple(_Sentence(_pattern(message), _piece(message), translated) for message, translated in found)


def _piece(message: str) -> str:
    return max(_NAME.sub("\x00", message).replace("%%", "%").split("\x00"), key=len)


def _pattern(message: str) -> re.Pattern[str]:
    parts = _NAME.split(message)
    seen: set[str] = set()
    for at in range(1, len(parts), 2):
        name = parts[at]
        parts[at] = f"(?P={name})" if name in seen else f"(?P<{name}>.+?)"
        seen.add(name)
    for at in range(0, len(parts), 2):
        parts[at] = re.escape(parts[at].replace("%%", "%"))
    return re.compile("".join(parts), re.DOTALL)


def told(sentence: str, depth: int = 0) -> str:
    """The sentence in the reader's language; as it is where it is English, or unknown to the catalogue."""
    locale = get_locale()
    if locale is None or locale.language == "en" or depth > _DEEPEST:
        return sentence
    if _NUMBER.fullmatch(sentence):
        return _number(sentence)
    said = _said(sentence, locale.language, depth)
    if said is None and not sentence.endswith("."):
        # Whoever goes on after a sentence leaves its full stop out.
        said = (_said(f"{sentence}.", locale.language, depth) or "").removesuffix(".")
    return said or sentence


def _said(sentence: str, language: str, depth: int) -> str | None:
    """The sentence in a language; None: none of the core's."""
    for one in _sentences(language):
        if one.piece in sentence and (match := one.pattern.fullmatch(sentence)):
            values = {name: told(value, depth + 1) for name, value in match.groupdict().items()}
            return one.translated % values
    return None


def _number(written: str) -> str:
    """`1,234.50` with the reader's own signs between its digits. Nothing is rounded."""
    locale = get_locale()
    signs = {",": get_group_symbol(locale), ".": get_decimal_symbol(locale)}
    return "".join(signs.get(sign, sign) for sign in written)
