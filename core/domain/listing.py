"""Places in a list of many pages: by what a row is sorted by, never by how many rows were before."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

PER_PAGE: Final = 50
PER_PAGE_MOST: Final = 100
_LONGEST: Final = 80
_WRITTEN: Final = re.compile(r"([nb])\.(-|[0-9]{1,18})\.([1-9][0-9]{0,17})", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)
_LAST: Final = (datetime(9999, 1, 1, tzinfo=UTC) - _EPOCH) // _TICK


class BadPlace(ValueError):
    """What was given is no place in any list."""


@dataclass(frozen=True, slots=True)
class Place:
    """Behind, or before, one row."""

    value: int | None
    """What the row is sorted by: a number, or the microseconds of a moment; None where it has none."""
    row_id: int
    is_back: bool = False
    """True: the rows before it, on the way back."""

    @property
    def moment(self) -> datetime | None:
        """The value as a moment."""
        return None if self.value is None else _EPOCH + self.value * _TICK

    def __str__(self) -> str:
        """As an address carries it."""
        value = "-" if self.value is None else str(self.value)
        text = f"{'b' if self.is_back else 'n'}.{value}.{self.row_id}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(value: datetime | int | None, row_id: int, *, is_back: bool = False) -> Place:
    """The place of a row that is sorted by this value."""
    if isinstance(value, datetime):
        value = (value - _EPOCH) // _TICK
    return Place(value, row_id, is_back)


def read_place(text: str) -> Place | None:
    """The place an address carries; None for an empty one. Raises BadPlace for what we never wrote."""
    if not text:
        return None
    try:
        padded = text[:_LONGEST] + "=" * (-len(text) % 4)
        written = base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True).decode("ascii")
    except (UnicodeError, binascii.Error) as error:
        raise BadPlace from error
    found = _WRITTEN.fullmatch(written)
    if found is None or len(text) > _LONGEST:
        raise BadPlace
    value = None if found[2] == "-" else int(found[2])
    if value is not None and value > _LAST:
        raise BadPlace
    place = Place(value, int(found[3]), found[1] == "b")
    if str(place) != text:
        raise BadPlace
    return place
