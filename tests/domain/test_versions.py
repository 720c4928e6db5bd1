"""Which program version an order belongs to, and which pasts may still be written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.domain.errors import Refused
from core.domain.program import Program
from core.domain.versions import BEGINNING, ProgramVersion, in_force, refuse_rewriting_history

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
NOW = MONDAY + timedelta(days=28)


def version(number: int, effective_from: datetime = BEGINNING) -> ProgramVersion:
    return ProgramVersion(number, effective_from, Program(()))


FIRST, SECOND = version(1), version(2, MONDAY)


def number_at(versions: list[ProgramVersion], at: datetime) -> int:
    return in_force(versions, at).version


def test_the_latest_beginning_not_after_the_moment_is_in_force() -> None:
    versions = [FIRST, SECOND]

    assert number_at(versions, MONDAY - timedelta(microseconds=1)) == 1
    assert number_at(versions, MONDAY) == 2
    assert number_at(versions, NOW + timedelta(days=3650)) == 2


def test_of_two_that_begin_together_the_later_made_is_in_force() -> None:
    assert number_at([version(1), version(2), version(3)], MONDAY) == 3


def test_a_version_made_later_for_an_earlier_time_leaves_what_begins_after_it() -> None:
    versions = [FIRST, version(2, NOW), version(3, MONDAY)]

    assert number_at(versions, NOW - timedelta(days=1)) == 3
    assert number_at(versions, NOW) == 2


def test_a_moment_before_everything_falls_to_the_first() -> None:
    assert number_at([version(1, MONDAY), version(2, NOW)], MONDAY - timedelta(days=1)) == 1


def refused(versions: list[ProgramVersion], effective_from: datetime, settled_under: set[int]) -> str:
    with pytest.raises(Refused) as refusal:
        refuse_rewriting_history(versions, effective_from, NOW, settled_under)
    return str(refusal.value)


def test_a_past_under_which_orders_were_settled_is_not_rewritten() -> None:
    sentence = refused([FIRST, SECOND], MONDAY - timedelta(days=1), {1, 2})

    assert sentence == (
        "Orders were settled under program version 1, 2 already, and what was earned is not re-priced: "
        "leave --from out to start now, or give a moment to come."
    )


def test_only_the_versions_it_would_replace_matter() -> None:
    refuse_rewriting_history([FIRST, SECOND], MONDAY, NOW, {1})
    refuse_rewriting_history([FIRST, version(2, NOW + timedelta(days=9))], MONDAY, NOW, {2})
    assert "version 2 already" in refused([FIRST, SECOND], MONDAY + timedelta(days=1), {2})


def test_a_version_between_would_lose_all_of_its_past() -> None:
    versions = [FIRST, SECOND, version(3, MONDAY + timedelta(days=7))]

    assert "version 2, 3 already" in refused(versions, MONDAY, {2, 3})


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(seconds=1), timedelta(days=400)])
def test_what_begins_now_or_later_is_never_refused(ahead: timedelta) -> None:
    refuse_rewriting_history([FIRST, SECOND], NOW + ahead, NOW, {1, 2})


def test_while_nothing_was_settled_any_past_may_be_written() -> None:
    refuse_rewriting_history([FIRST, SECOND], BEGINNING, NOW, set())
