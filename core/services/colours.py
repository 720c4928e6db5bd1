"""Colours that merchants choose, held against what people can read (WCAG 2, relative luminance)."""

from __future__ import annotations

import re
from typing import Final

WHITE: Final = "#ffffff"
INK: Final = "#1c1b19"
TEXT_LEAST: Final = 4.5
"""Text against what it stands on."""
SHAPE_LEAST: Final = 3.0
"""A button, a bar or a ring against the page."""
STEPS: Final = 200

_HEX: Final = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.ASCII | re.IGNORECASE)


def read_colour(text: str) -> str | None:
    """What somebody typed, as #rrggbb; None: it is no colour."""
    found = _HEX.fullmatch(text.strip())
    if found is None:
        return None
    digits = found[1].lower()
    return f"#{digits}" if len(digits) == 6 else "#" + "".join(2 * digit for digit in digits)


def contrast(one: str, other: str) -> float:
    """Between 1, the same, and 21, black on white."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def text_on(colour: str) -> str:
    """White or dark, whichever can be read better on the colour."""
    return max((WHITE, INK), key=lambda text: contrast(colour, text))


def works(colour: str) -> bool:
    """Whether text on it can be read, and whether it stands out from a white page."""
    can_be_read = contrast(colour, text_on(colour)) >= TEXT_LEAST
    return can_be_read and contrast(colour, WHITE) >= SHAPE_LEAST


def nearest_that_works(colour: str) -> str:
    """The colour itself, or the first one that works on the way to black or to white."""
    for step in range(STEPS + 1):
        for towards in ("#000000", WHITE):
            tried = _mixed(colour, towards, step / STEPS)
            if works(tried):
                return tried
    return "#000000"


def for_text(colour: str) -> str:
    """The colour, as dark as it has to be for text on a white page."""
    steps = (_mixed(colour, "#000000", step / STEPS) for step in range(STEPS + 1))
    return next(tried for tried in steps if contrast(tried, WHITE) >= TEXT_LEAST)


def _channels(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(value / 255) for value in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _mixed(colour: str, towards: str, share: float) -> str:
    pairs = zip(_channels(colour), _channels(towards), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)
