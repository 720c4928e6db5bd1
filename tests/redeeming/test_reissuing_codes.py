"""Codes made anew: the old one is off and its points are back before the member has the new one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Row

from core.db import redemptions, tasks
from core.domain.errors import Refused
from core.domain.redemptions import State
from core.domain.staff import operator
from core.jobs.tasks import work_on_tasks
from core.services.changing_codes import REISSUE, ask_for_change
from tests.redeeming.counter import FIVE, Counter, a_program
from tests.redeeming.test_changing_codes import COST, Died, codes, failures, off, offer, task


def ask(at: Counter) -> int:
    with at.world.database.write(at.store.store_id) as db:
        task_id = ask_for_change(db, at.store, REISSUE, "five", operator(), at.world.now)
    assert task_id is not None
    return task_id


def work_on(at: Counter, task_id: int, minutes: int = 45) -> Row[Any]:
    """Time passes, and workers look every five minutes; nobody has two codes at any of them."""
    for _ in range(minutes // 5):
        work_on_tasks(at.world.env, at.store.store_id)
        at.work()
        assert len(at.codes_of_ours()) * COST <= 500 - at.available()
        at.wait(minutes=5)
    return task(at, task_id)


def all_of(at: Counter) -> list[Row[Any]]:
    with at.world.database.read(at.store.store_id) as db:
        return list(redemptions.listed(db, at.store.store_id))


def test_each_member_has_a_new_code_for_the_same_points(at: Counter) -> None:
    first, second = codes(at, 2)
    offer(at, amount_minor=700)
    done = work_on(at, ask(at))
    assert (done.state, done.done, failures(at, done)) == ("done", 2, {})
    olds, news = all_of(at)[:2], all_of(at)[2:]
    assert [one.state for one in olds] == [State.CANCELLED] * 2
    assert [(one.state, one.cost_points) for one in news] == [(State.LIVE, COST)] * 2
    assert [off(at, one.code) for one in (first, second, *news)] == [0, 0, 700, 700]
    assert at.available() == 500 - 2 * COST
    at.assert_adds_up()


@pytest.mark.parametrize(
    ("point", "number"), [("taken_back", 1), ("before_commit", 1), ("before_commit", 3), ("made", 1)]
)
def test_whoever_dies_is_followed_and_no_code_is_made_twice(at: Counter, point: str, number: int) -> None:
    codes(at, 2)
    offer(at, amount_minor=700)
    task_id, env, visits = ask(at), at.world.env, [0]

    def reach(name: str) -> None:
        if name == f"code_reissues.{point}":
            visits[0] += 1
            if visits[0] == number:
                raise Died

    at.world.env = replace(env, reach=reach)
    with pytest.raises(Died):
        work_on(at, task_id)
    at.world.env = env
    assert work_on(at, task_id, minutes=60).state == "done"
    assert [one.state for one in all_of(at)] == [State.CANCELLED] * 2 + [State.LIVE] * 2
    assert (len(at.codes_of_ours()), at.available()) == (2, 500 - 2 * COST)
    at.assert_adds_up()


def test_used_meanwhile_it_stays_used_and_nothing_is_made(at: Counter) -> None:
    [made] = codes(at)
    offer(at, amount_minor=700)
    task_id = ask(at)
    work_on_tasks(at.world.env, at.store.store_id)
    assert at.state(made.id) == State.CANCELLING
    at.checkout(made.code)
    done = work_on(at, task_id)
    assert (done.state, at.state(made.id), len(all_of(at))) == ("done", State.USED, 1)
    at.assert_adds_up()


def test_a_code_the_store_does_not_switch_off_keeps_no_other_waiting(
    at: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs.code_reissues.PORTION", 1)
    _, second = codes(at, 2)
    offer(at, amount_minor=700)
    task_id = ask(at)
    work_on_tasks(at.world.env, at.store.store_id)
    at.checkout(second.code)
    at.world.wait(minutes=6)
    work_on_tasks(at.world.env, at.store.store_id)
    assert (task(at, task_id).state, task(at, task_id).done) == ("running", 1)


def test_bought_at_another_price_a_code_stays_and_it_is_said_why(at: Counter) -> None:
    [made] = codes(at)
    offer(at, cost_points=200, minimum_spend_minor=1000)
    done = work_on(at, ask(at), minutes=10)
    assert "not the reward's price any more" in failures(at, done)[made.id]
    assert (done.state, off(at, made.code)) == ("done", 500)


def test_a_reward_that_ends_meanwhile_leaves_the_points_with_the_member(at: Counter) -> None:
    [made] = codes(at)
    offer(at, amount_minor=700)
    task_id = ask(at)
    work_on_tasks(at.world.env, at.store.store_id)
    at.world.apply(at.store, a_program({**FIVE, "id": "other"}), at.world.now)
    done = work_on(at, task_id)
    assert "Its points are back" in failures(at, done)[made.id]
    assert (at.available(), at.codes_of_ours()) == (500, [])


def test_a_paused_reward_is_not_made_anew(at: Counter) -> None:
    codes(at)
    offer(at, is_paused=True, amount_minor=700)
    with pytest.raises(Refused, match="paused"):
        ask(at)


def test_stopped_the_points_come_back_and_nothing_is_made(at: Counter) -> None:
    codes(at, 2)
    offer(at, amount_minor=700)
    task_id = ask(at)
    work_on_tasks(at.world.env, at.store.store_id)
    with at.world.database.write(at.store.store_id) as db:
        tasks.end(db, at.store.store_id, task_id, "stopped", at.world.now)
    assert work_on(at, task_id).state == "stopped"
    assert (at.available(), at.codes_of_ours(), len(all_of(at))) == (500, [], 2)


def test_nobody_pays_a_price_that_rose_while_their_code_was_made_anew(at: Counter) -> None:
    [_made] = codes(at)
    before = at.available()
    offer(at, amount_minor=700)
    task_id = ask(at)
    work_on_tasks(at.world.env, at.store.store_id)
    offer(at, amount_minor=700, cost_points=400)
    for _ in range(9):
        work_on_tasks(at.world.env, at.store.store_id)
        at.work()
        at.wait(minutes=5)
    assert [row.cost_points for row in all_of(at)] == [COST]
    assert at.available() == before + COST
    [why] = failures(at, task(at, task_id)).values()
    assert why.startswith("Its points are back, and no new code was made: It was bought for")
