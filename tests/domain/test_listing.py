"""Places in lists: what we wrote is read again, and nothing else is."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.listing import BadPlace, Place, place_of, read_place

MOMENT = datetime(2026, 12, 1, 12, 0, 0, 123456, tzinfo=UTC)


@given(st.none() | st.integers(0, 10**15), st.integers(1, 10**17), st.booleans())
def test_a_place_is_read_as_it_was_written(value: int | None, row_id: int, is_back: bool) -> None:
    place = Place(value, row_id, is_back)
    assert read_place(str(place)) == place


def test_a_moment_is_kept_to_the_microsecond() -> None:
    assert place_of(MOMENT, 7).moment == MOMENT
    read = read_place(str(place_of(MOMENT, 7)))
    assert read is not None
    assert read.moment == MOMENT


def test_no_place_is_none() -> None:
    assert read_place("") is None


def written(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "garbage",
    [
        *("-1", "0", "id;drop", "%" * 1000, "é", "bi4xMjAuNw==x", "A" * 10**5, "../..", " "),
        *map(
            written, ("n.1.0", "n.-1.7", "x.1.7", "n.1.7.8", "n.1e3.7", "n.٣.7", f"n.{10**18 - 1}.7", "n..7")
        ),
    ],
)
def test_what_we_never_wrote_is_no_place(garbage: str) -> None:
    with pytest.raises(BadPlace):
        read_place(garbage)


@given(st.text(max_size=120))
def test_any_text_is_a_place_or_is_refused(text: str) -> None:
    try:
        place = read_place(text)
    except BadPlace:
        return
    assert place is None or read_place(str(place)) == place
