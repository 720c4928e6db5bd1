"""The history tells in words what a change moved, and by the store's clock."""

from __future__ import annotations

from typing import Any

import pytest

from core.domain.staff import Role, Who
from core.services.noting import note_change
from tests.admin.merchant import in_words
from tests.admin.people import staff_browser
from tests.world import World


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            {"excluded": False},
            {"excluded": True, "has_reason": True},
            "Excluded no yes A reason was noted not",
        ),
        ({"state": "dead"}, {"state": "new"}, "State Could not be read Waiting"),
        (
            {"role": "support", "most_points": 500},
            {"role": "owner"},
            "Role Support Owner Points a day at most",
        ),
        ({"most_points": 500}, {"most_points": None}, "Points a day at most 500 gone"),
        (None, {"choice": "out", "since": "2000-01-01"}, "Past orders not there Leave them out"),
        ({"into_member": 7}, None, "Member that was kept 7 gone"),
        (
            None,
            {"from": "2026-12-01 12:00:00+00:00"},
            "From not there 1 December 2026, 13:00",
        ),
        ({"counts": {"entry": 1}}, {"counts": {"entry": 2}}, "counts.entry 1 2"),
    ],
)
def test_what_moved_is_told_in_words(
    sqlite_world: World, before: dict[str, Any] | None, after: dict[str, Any] | None, said: str
) -> None:
    birch = sqlite_world.connect()
    olive = staff_browser(sqlite_world, Role.OWNER, birch)
    with sqlite_world.database.write(birch.store_id) as db:
        note_change(
            db,
            birch.store_id,
            Who("Mia", Role.OWNER),
            "member.excluded",
            "member 1",
            sqlite_world.now,
            before=before,
            after=after,
        )
    page = in_words(olive.get(f"/admin/stores/{birch.store_id}/activity/history"))
    assert said in page
