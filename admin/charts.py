"""Bars as the server draws them: widths in percent of the drawing, so that text keeps its size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from babel.numbers import format_compact_decimal
from flask_babel import get_locale

from admin.words import number

HIGH: Final = 230
TOP: Final = 20
"""Above the highest line there is room for its number."""
GAP: Final = 0.3
"""What is left free of each group's width."""
_STEPS: Final = (1, 2, 5)
_WRITTEN_OUT: Final = 9_999


@dataclass(frozen=True, slots=True)
class Bar:
    """One value."""

    series: int
    """From 1, as the style sheet numbers its colours."""
    x: float
    wide: float
    y: float
    high: float


@dataclass(frozen=True, slots=True)
class Group:
    """The bars that stand together, and what stands under them."""

    label: str
    middle: float
    bars: tuple[Bar, ...]
    is_optional: bool
    """The label is left out where there is little room."""


@dataclass(frozen=True, slots=True)
class Line:
    """A value to compare bars with."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing; `admin/chart.html` puts it on a page."""

    lines: tuple[Line, ...]
    groups: tuple[Group, ...]
    bottom: int = TOP + HIGH
    high: int = TOP + HIGH + 28


def bar_chart(rows: Sequence[tuple[str, Sequence[int]]]) -> Chart:
    """One group for each row of (label, values); no value may be below 0."""
    top = _round_top(max((value for _label, values in rows for value in values), default=0))
    wide = 100 / max(1, len(rows))
    return Chart(
        lines=tuple(Line(TOP + HIGH * (1 - share), _axis(int(top * share))) for share in (0, 0.5, 1)),
        groups=tuple(
            Group(
                label,
                round((at + 0.5) * wide, 2),
                _bars(values, at * wide, wide, top),
                (len(rows) - at) % 2 == 0,
            )
            for at, (label, values) in enumerate(rows)
        ),
    )


def _bars(values: Sequence[int], x: float, wide: float, top: int) -> tuple[Bar, ...]:
    each = wide * (1 - GAP) / max(1, len(values))
    begin = x + wide * GAP / 2
    return tuple(
        Bar(
            series=at + 1,
            x=round(begin + at * each, 2),
            wide=round(each * 0.9, 2),
            y=round(TOP + HIGH * (1 - value / top), 1),
            high=round(HIGH * value / top, 1),
        )
        for at, value in enumerate(values)
    )


def _round_top(highest: int) -> int:
    """The next number that reads well and whose half is whole."""
    scale = 1
    while True:
        for step in _STEPS:
            if step * scale >= max(2, highest) and step * scale % 2 == 0:
                return step * scale
        scale *= 10


def _axis(value: int) -> str:
    return number(value) if value <= _WRITTEN_OUT else str(format_compact_decimal(value, locale=get_locale()))
