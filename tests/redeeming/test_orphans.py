"""Codes of ours that nobody here answers for are found and switched off; all others are left alone."""

from __future__ import annotations

from dataclasses import replace

from core.db import redemptions
from core.domain.codes import mark_of
from core.domain.discounts import AmountOff, Discount
from core.jobs.orphans import switch_off_orphans
from tests.redeeming.counter import Counter


def sweep(at: Counter) -> int:
    return switch_off_orphans(at.world.env, at.store.store_id)


def a_code_at_the_store(at: Counter, code: str, mark: str) -> None:
    """Made past the product, as a call that arrived late would have."""
    benefit = AmountOff(500)
    made = Discount(code, mark, "A reward", benefit, at.rig.currency, at.rig.shoppers["ana"])
    at.rig.shop().create_code(made)


def test_a_live_code_is_left_alone(at: Counter) -> None:
    at.wish()
    at.work()

    assert sweep(at) == 0
    assert len(at.codes_of_ours()) == 1


def test_a_code_nobody_here_knows_of_is_switched_off(at: Counter) -> None:
    a_code_at_the_store(at, "POINTS-0000-0000-0000-0001", mark_of(12))

    assert sweep(at) == 1
    assert at.codes_of_ours() == []


def test_a_code_that_comes_up_after_its_points_went_back_is_switched_off(at: Counter) -> None:
    made = at.wish()
    at.cancel(made.id)
    a_code_at_the_store(at, made.code, mark_of(made.id))

    assert sweep(at) == 1
    assert at.codes_of_ours() == []
    assert at.available() == 500


def test_the_merchants_own_codes_are_left_alone(at: Counter) -> None:
    at.rig.make_foreign_code("SUMMER")

    assert sweep(at) == 0
    assert "summer" in at.rig.codes()


def test_a_store_in_trouble_is_left_for_the_next_time(at: Counter) -> None:
    a_code_at_the_store(at, "POINTS-0000-0000-0000-0001", mark_of(12))
    dead = at.rig.shop(dead=True)
    at.world.env, alive = replace(at.world.env, shop=lambda _store, _keys: dead), at.world.env

    assert sweep(at) == 0
    at.world.env = alive
    assert sweep(at) == 1


def test_our_own_code_is_left_alone_when_the_store_gave_it_another_number(at: Counter) -> None:
    made = at.wish()
    at.work()
    with at.world.database.write(at.store.store_id) as db:
        redemptions.change(db, at.store.store_id, made.id, code_ref="1")

    assert sweep(at) == 0
    assert len(at.codes_of_ours()) == 1
