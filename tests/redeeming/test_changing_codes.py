"""Unused codes are changed at the store to what their reward gives now: one live code each, always."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import Row

from core.db import tasks
from core.domain.discounts import ChangesCodes, CodeShop, Discount, FoundCode
from core.domain.errors import PlatformRefused, PlatformUnavailable, Refused
from core.domain.redemptions import State
from core.domain.staff import operator
from core.jobs.tasks import work_on_tasks
from core.services.changing_codes import UPDATE, ask_for_change, failures_of
from core.services.reward_catalogue import catalogue
from core.services.terms import load_terms
from tests.contract.rig import Cart
from tests.redeeming.counter import FIVE, Counter, a_program

COST = 100


class Died(BaseException):
    """The worker was killed."""


@dataclass
class Meddling:
    """The store behind somebody who makes trouble of changes."""

    shop: Any
    trouble: Callable[[str], None]
    between: Callable[[Discount], Discount] = lambda wanted: wanted
    calls: list[str] = field(default_factory=list)

    def change_code(self, code_ref: str, before: Discount, wanted: Discount) -> FoundCode:
        self.calls.append(wanted.code)
        self.trouble("before")
        asked = self.between(wanted)
        self.shop.change_code(code_ref, before, asked)
        self.trouble("after")
        [found] = self.shop.find_codes(wanted)
        assert isinstance(found, FoundCode)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.shop, name)


def codes(at: Counter, number: int = 1) -> list[Row[Any]]:
    """Live codes of a reward that is about to change."""
    offer(at)
    made = [at.wish() for _ in range(number)]
    at.work()
    return made


def offer(at: Counter, **changes: Any) -> None:
    """The reward is like this from now on."""
    at.wait(minutes=1)
    at.world.apply(at.store, a_program({**FIVE, "cost_points": COST, **changes}), at.world.now)


def ask(at: Counter) -> int | None:
    with at.world.database.write(at.store.store_id) as db:
        return ask_for_change(db, at.store, UPDATE, "five", operator(), at.world.now)


def update(at: Counter) -> Row[Any]:
    """Ask for it and have it worked on; the task then."""
    task_id = ask(at)
    assert task_id is not None
    work_on_tasks(at.world.env, at.store.store_id)
    return task(at, task_id)


def task(at: Counter, task_id: int) -> Row[Any]:
    with at.world.database.read(at.store.store_id) as db:
        found = tasks.by_id(db, at.store.store_id, task_id)
    assert found is not None
    return found


def failures(at: Counter, row: Row[Any]) -> dict[int, str]:
    """Which codes a task did not change, and why."""
    with at.world.database.read(at.store.store_id) as db:
        return failures_of(db, row)


def outdated(at: Counter) -> int:
    """As the settings page counts it."""
    with at.world.database.read(at.store.store_id) as db:
        [one] = catalogue(db, load_terms(db, at.store), at.world.now).rewards
    return one.done.outdated


def off(at: Counter, code: str, pieces: int = 2) -> int:
    return at.rig.price(Cart("ana", code, tuple(at.rig.prices_minor)[:pieces])).discount_minor


def in_between(at: Counter, meddling: Callable[[CodeShop], Any]) -> None:
    at.mood = meddling


def test_codes_carry_at_the_checkout_what_the_reward_gives_now(at: Counter) -> None:
    first, second = codes(at, 2)
    goods = sum(at.rig.prices_minor.values())
    assert outdated(at) == 0
    offer(at, amount_minor=700, minimum_spend_minor=goods, combines_with=["order", "product", "shipping"])
    assert outdated(at) == 2
    done = update(at)
    assert (done.state, done.done, done.total, failures(at, done)) == ("done", 2, 2, {})
    for made in (first, second):
        assert (off(at, made.code), off(at, made.code, 1)) == (700, 0)
        row = at.redemption(made.id)
        assert (row.state, row.worth_minor, row.cost_points) == (State.LIVE, 700, COST)
    assert outdated(at) == 0
    assert (len(at.codes_of_ours()), at.available()) == (2, 500 - 2 * COST)
    at.assert_adds_up()


def test_an_end_counts_from_the_day_the_code_was_made_and_is_never_before_tonight(at: Counter) -> None:
    [made] = codes(at)
    at.wait(days=10)
    offer(at, valid_days=60)
    update(at)
    assert at.redemption(made.id).ends_at.isoformat() == "2027-01-30T23:00:00+00:00"
    offer(at, valid_days=5)
    update(at)
    assert at.redemption(made.id).ends_at.isoformat() == "2026-12-11T23:00:00+00:00"
    at.work_on(hours=1)
    assert (at.state(made.id), off(at, made.code)) == (State.LIVE, 500)
    offer(at, valid_days=None)
    update(at)
    assert at.redemption(made.id).ends_at is None
    at.rig.wait(hours=24 * 40)
    assert off(at, made.code) == 500


def test_what_was_bought_at_another_price_takes_off_what_it_did(at: Counter) -> None:
    [made] = codes(at)
    offer(at, cost_points=200, amount_minor=1000)
    assert outdated(at) == 0
    offer(at, cost_points=200, amount_minor=1000, minimum_spend_minor=1000)
    assert outdated(at) == 1
    update(at)
    assert (off(at, made.code), at.redemption(made.id).worth_minor) == (500, 500)
    assert outdated(at) == 0


def test_used_ended_cancelled_and_deleted_codes_are_left_alone(at: Counter) -> None:
    used, taken_back, gone, kept = codes(at, 4)
    at.checkout(used.code)
    at.cancel(taken_back.id)
    [found] = [one for one in at.codes_of_ours() if one.code.lower() == gone.code.lower()]
    at.rig.shop().disable_code(found.code_ref)
    offer(at, minimum_spend_minor=1000)
    done = update(at)
    assert (done.state, done.done) == ("done", 2)
    assert '"changed": 1, "left": 1, "failed": 0' in done.result
    assert off(at, kept.code) == 500
    assert off(at, gone.code) == 0
    at.work_on(hours=1)
    assert at.state(taken_back.id) == State.CANCELLED
    at.assert_adds_up()


def test_one_that_the_store_refuses_keeps_no_other_and_says_why(at: Counter) -> None:
    first, second = codes(at, 2)

    def refuse_first(when: str) -> None:
        if when == "before" and len(meddling.calls) == 1:
            raise PlatformRefused("The store says no to this.")

    meddling = Meddling(None, refuse_first)
    in_between(at, lambda shop: _before(meddling, shop))
    offer(at, amount_minor=400)
    done = update(at)
    assert (done.state, failures(at, done)) == ("done", {first.id: "The store says no to this."})
    assert (off(at, first.code), off(at, second.code)) == (500, 400)
    assert outdated(at) == 1


def _before(meddling: Meddling, shop: CodeShop) -> Meddling:
    meddling.shop = shop
    return meddling


@pytest.mark.parametrize("when", ["before", "after"])
def test_after_an_unclear_answer_the_store_is_looked_into_and_nothing_is_done_twice(
    at: Counter, when: str
) -> None:
    [made] = codes(at)
    troubles = [PlatformUnavailable("no answer")]

    def once(at_: str) -> None:
        if at_ == when and troubles:
            raise troubles.pop()

    meddling = Meddling(None, once)
    in_between(at, lambda shop: _before(meddling, shop))
    offer(at, amount_minor=400)
    waiting = update(at)
    assert (waiting.state, waiting.done, waiting.problem) == ("running", 0, "no answer")
    at.wait(minutes=1)
    work_on_tasks(at.world.env, at.store.store_id)
    assert task(at, waiting.id).state == "done"
    assert len(meddling.calls) == (2 if when == "before" else 1)
    assert (off(at, made.code), len(at.codes_of_ours())) == (400, 1)


@pytest.mark.parametrize("point", ["found", "changed", "kept", "advanced"])
def test_a_worker_that_dies_is_followed_by_one_that_ends_with_one_live_code_each(
    at: Counter, point: str
) -> None:
    made = codes(at, 3)
    offer(at, amount_minor=400)
    left = [Died()]

    def reach(name: str) -> None:
        if name == f"code_changes.{point}" and left:
            raise left.pop()

    task_id, env = ask(at), at.world.env
    assert task_id is not None
    with pytest.raises(Died):
        work_on_tasks(replace(env, reach=reach), at.store.store_id)
    at.wait(minutes=6)
    work_on_tasks(env, at.store.store_id)
    assert (task(at, task_id).state, task(at, task_id).done) == ("done", 3)
    assert [off(at, one.code) for one in made] == [400, 400, 400]
    assert len(at.codes_of_ours()) == 3
    at.assert_adds_up()


def test_stopped_it_goes_no_further_and_what_the_store_has_is_known(at: Counter) -> None:
    first, second = codes(at, 2)
    offer(at, amount_minor=400)
    task_id = ask(at)
    assert task_id is not None

    def stop(when: str) -> None:
        if when == "after":
            with at.world.database.write(at.store.store_id) as db:
                tasks.end(db, at.store.store_id, task_id, "stopped", at.world.now)

    in_between(at, lambda shop: Meddling(shop, stop))
    work_on_tasks(at.world.env, at.store.store_id)
    assert task(at, task_id).state == "stopped"
    assert [off(at, one.code) for one in (first, second)] == [400, 500]
    assert [at.redemption(one.id).worth_minor for one in (first, second)] == [400, 500]


def test_taken_back_while_it_is_changed_a_code_is_off_and_its_points_come_back(at: Counter) -> None:
    [made] = codes(at)
    offer(at, valid_days=90)
    in_between(at, lambda shop: Meddling(shop, lambda when: _cancel(at, made.id, when)))
    update(at)
    at.work_on(hours=1)
    assert (at.state(made.id), at.available(), at.codes_of_ours()) == (State.CANCELLED, 500, [])
    at.assert_adds_up()


def _cancel(at: Counter, redemption_id: int, when: str) -> None:
    if when == "before":
        at.cancel(redemption_id)


def test_a_store_that_makes_something_else_of_a_code_has_it_put_back(at: Counter) -> None:
    [made] = codes(at)
    wrongs = [900]

    def wrong(wanted: Discount) -> Discount:
        return replace(wanted, minimum_spend_minor=wrongs.pop()) if wrongs else wanted

    in_between(at, lambda shop: Meddling(shop, lambda _when: None, wrong))
    offer(at, minimum_spend_minor=1000)
    done = update(at)
    assert "so it is as it was" in failures(at, done)[made.id]
    assert (at.state(made.id), off(at, made.code)) == (State.LIVE, 500)


def test_who_dies_after_putting_one_back_is_followed_by_one_who_tries_again(at: Counter) -> None:
    [made] = codes(at)
    wrongs, left = [900], [Died()]

    def wrong(wanted: Discount) -> Discount:
        return replace(wanted, minimum_spend_minor=wrongs.pop()) if wrongs else wanted

    def reach(name: str) -> None:
        if name == "code_changes.put_back" and left:
            raise left.pop()

    in_between(at, lambda shop: Meddling(shop, lambda _when: None, wrong))
    offer(at, minimum_spend_minor=1000)
    task_id, env = ask(at), at.world.env
    with pytest.raises(Died):
        work_on_tasks(replace(env, reach=reach), at.store.store_id)
    at.wait(minutes=6)
    work_on_tasks(env, at.store.store_id)
    assert task_id is not None
    assert (task(at, task_id).state, len(at.codes_of_ours())) == ("done", 1)
    assert (off(at, made.code), outdated(at)) == (500, 0)


def test_what_is_not_put_back_either_is_taken_back_with_its_points(at: Counter) -> None:
    [made] = codes(at)
    in_between(
        at, lambda shop: Meddling(shop, lambda _w: None, lambda d: replace(d, minimum_spend_minor=900))
    )
    offer(at, minimum_spend_minor=1000)
    done = update(at)
    assert "taken back, with its points" in failures(at, done)[made.id]
    at.work_on(hours=1)
    assert (at.state(made.id), at.available(), at.codes_of_ours()) == (State.CANCELLED, 500, [])


def test_asked_twice_it_is_one_task_and_with_nothing_to_do_none(at: Counter) -> None:
    assert ask(at) is None
    codes(at)
    assert ask(at) is not None
    assert ask(at) is None
    with pytest.raises(Refused, match="not live"), at.world.database.write(at.store.store_id) as db:
        ask_for_change(db, at.store, UPDATE, "six", operator(), at.world.now)


def test_a_paused_reward_is_refused_and_its_codes_stay_good(at: Counter) -> None:
    [made] = codes(at)
    offer(at, is_paused=True)
    assert at.refusal() == "This reward is paused: it cannot be redeemed at the moment."
    assert (at.available(), off(at, made.code)) == (500 - COST, 500)
    offer(at)
    assert at.wish().cost_points == COST


def test_both_platforms_can_change_codes(at: Counter) -> None:
    assert isinstance(at.rig.shop(), ChangesCodes)
