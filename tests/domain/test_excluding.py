"""Times in which a member is excluded."""

from __future__ import annotations

from datetime import timedelta

from core.domain.excluding import Excluded, boundary, excluded_at
from tests.world import NOW

HOUR = timedelta(hours=1)


def test_an_exclusion_holds_from_its_beginning_until_its_end() -> None:
    once = Excluded(NOW, NOW + HOUR)
    assert [once.holds(NOW + step) for step in (-HOUR, 0 * HOUR, HOUR / 2, HOUR)] == [
        False,
        True,
        True,
        False,
    ]
    assert Excluded(NOW, None).holds(NOW + 10_000 * HOUR)


def test_of_several_times_the_one_that_covers_a_moment_counts() -> None:
    times = (Excluded(NOW, NOW + HOUR), Excluded(NOW + 2 * HOUR, None))
    assert excluded_at(times, NOW) == times[0]
    assert excluded_at(times, NOW + HOUR) is None
    assert excluded_at(times, NOW + 3 * HOUR) == times[1]
    assert excluded_at((), NOW) is None


def test_a_boundary_lies_behind_what_was_settled_though_the_stores_clock_is_ahead() -> None:
    assert boundary(NOW, None) == NOW
    assert boundary(NOW, NOW - HOUR) == NOW
    assert boundary(NOW, NOW + HOUR) == NOW + HOUR + timedelta(microseconds=1)
