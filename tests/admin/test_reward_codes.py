"""Unused codes of a reward that changed: what the page offers to do with them, and how far that is."""

from __future__ import annotations

import pytest

from core.db import task_codes, tasks
from core.domain.redemptions import State
from core.services.changing_codes import UPDATE
from tests.admin.merchant import in_words
from tests.admin.reward_desk import Desk, desk_at
from tests.world import World


@pytest.fixture
def desk(world: World) -> Desk:
    """With one reward: 5.00 off for 500 points."""
    return desk_at(world)


def test_old_codes_are_offered_to_be_updated_with_how_many_and_the_task_is_seen(world: World) -> None:
    desk = desk_at(world)
    with world.database.write_all() as db:
        db.exec_driver_sql("UPDATE stores SET is_offline = false")
    desk.code(State.LIVE, 3)
    desk.code(State.USED)
    assert "Unused codes" not in desk.get("/edit/five").text
    desk.change(then="live", minimum_spend_minor="25.00")
    page = desk.get("/edit/five")
    assert "3 codes that nobody has used yet carry what the reward had" in in_words(page)
    assert "3 old codes" in in_words(desk.get())
    assert desk.send("/edit/five/codes", way="update_codes").status_code == 303
    assert desk.world.bells.rung[-1] == ("core.jobs.entry_points.tasks", desk.store.store_id)
    page = desk.get("/edit/five")
    assert 'max="3" value="0"' in page.text
    assert "Pause" in in_words(page)
    assert desk.send("/edit/five/codes", way="update_codes").status_code == 303
    for do, state in (("pause", "paused"), ("go_on", "running"), ("stop", "stopped")):
        assert desk.send("/tasks/1", do=do).status_code == 303
        with world.database.read(desk.store.store_id) as db:
            [row] = tasks.newest(db, desk.store.store_id, UPDATE, limit=5)
        assert row.state == state
    assert desk.send("/tasks/1", do="dance").status_code == 404
    assert desk.send("/edit/five/codes", way="burn").status_code == 404


def test_before_codes_change_it_is_shown_what_differs_and_that_they_become_worse(desk: Desk) -> None:
    desk.code(State.LIVE, 3)
    desk.change(then="live", minimum_spend_minor="25.00", valid_days="")
    for way in ("update_codes", "reissue_codes"):
        said = in_words(desk.get(f"/edit/five/codes?way={way}"))
        assert "3 codes become worse for their members." in said
        assert "Order from any amount 25.00 EUR Worse" in said
        assert "Takes off" not in said
    assert desk.olive.get(f"{desk.at}/edit/five/codes?way=burn").status_code == 404


def test_codes_that_become_better_are_not_warned_of(desk: Desk) -> None:
    desk.code(State.LIVE)
    desk.change(then="live", amount_minor="6.00", valid_days="")
    said = in_words(desk.get("/edit/five/codes?way=update_codes"))
    assert "Takes off 5.00 EUR 6.00 EUR" in said
    assert "worse" not in said.casefold()


def test_codes_of_a_store_that_is_never_called_are_left(desk: Desk) -> None:
    desk.code(State.LIVE)
    desk.change(then="live", minimum_spend_minor="25.00")
    page = desk.get("/edit/five")
    assert "its codes stay as they are" in in_words(page)
    assert "update_codes" not in page.text


def test_codes_that_stayed_as_they_were_are_listed_with_the_reason_and_a_paused_reward_is_not_re_issued(
    desk: Desk,
) -> None:
    with desk.world.database.write_all() as db:
        db.exec_driver_sql("UPDATE stores SET is_offline = false")
    desk.code(State.LIVE, 2)
    desk.change(then="live", minimum_spend_minor="25.00")
    assert "codes?way=reissue_codes" in desk.get("/edit/five").text
    desk.send("/edit/five/codes", way="reissue_codes")
    result = '{"changed": 1, "left": 0, "failed": 1}'
    with desk.world.database.write(desk.store.store_id) as db:
        task_codes.settle(db, desk.store.store_id, 1, 1, "The store says no.")
        tasks.change(db, desk.store.store_id, 1, state="done", done=2, result=result)
    page = in_words(desk.get("/edit/five"))
    assert "1 code is as the reward makes them now. 1 was not brought up to date." in page
    assert "The store says no." in page
    desk.send("/edit/five/pause", **desk.seen(), paused="yes", then="live")
    assert "codes?way=reissue_codes" not in desk.get("/edit/five").text
    assert desk.send("/edit/five/codes", way="reissue_codes").status_code == 303
    with desk.world.database.read(desk.store.store_id) as db:
        assert not tasks.is_under_way(db, desk.store.store_id, "reissue_codes")
