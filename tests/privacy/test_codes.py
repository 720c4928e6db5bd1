"""Forgetting a member who redeemed: a code that is there stays, one that was asked for is taken back."""

from __future__ import annotations

import pytest

from core.services.erasing import erase
from core.services.identifying import person_of
from core.services.terms import Sealing
from tests.privacy.acorn import dump
from tests.redeeming.conftest import acorn
from tests.redeeming.counter import Counter

__all__ = ["acorn"]

KEY = "kanarie@example.com:five"


def forget_ana(at: Counter) -> None:
    store, sealing = at.store, Sealing(at.world.env.secrets)
    with at.world.database.write(store.store_id) as db:
        ana = person_of(db, store, at.ana, sealing)
        assert ana is not None
        erase(db, store, ana, at.world.now, sealing)


def names(at: Counter, *needles: str) -> list[str]:
    return [line for line in dump(at.world) if any(needle in line for needle in needles)]


def test_a_live_code_stays_and_nobody_knows_whose_it_is(acorn: Counter) -> None:
    made = acorn.wish(key=KEY)
    acorn.work()
    ana = acorn.rig.shoppers["ana"]
    needles = (KEY, str(ana.email))
    assert len(names(acorn, *needles)) == 2
    forget_ana(acorn)
    assert names(acorn, *needles) == []
    assert acorn.state(made.id) == "live"
    assert len(acorn.codes_of_ours()) == 1
    acorn.work_on(hours=1)
    assert len(acorn.codes_of_ours()) == 1
    acorn.assert_adds_up()


@pytest.mark.parametrize("is_asked", [True, False])
def test_a_code_that_was_only_asked_for_is_made_for_nobody(acorn: Counter, *, is_asked: bool) -> None:
    made = acorn.wish(key=KEY)
    if is_asked:
        acorn.has_dead_keys = True
        acorn.work()
        acorn.has_dead_keys = False
    forget_ana(acorn)
    acorn.work_on(hours=3)
    assert acorn.state(made.id) == "cancelled"
    assert (acorn.codes_of_ours(), acorn.available()) == ([], 500)
    acorn.assert_adds_up()
