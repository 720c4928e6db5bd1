"""Whatever a store does, whatever of it we are told and whenever our workers die, the points end right.

Invariants I1 to I8, I22 and I27: balances are Σ entries and Σ lots less debt after every step, keys are
unique, the ledger is only ever added to, a delivery counts once, and once the last news of every order got
through, Σ entries of each order and member is what a small model says of the store as it truly is.
"""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.properties.machine import StoreLife
from tests.world import World


def live(world: World, *, is_offline: bool, lives: int, steps: int) -> None:
    class Life(StoreLife):
        def __init__(self) -> None:
            super().__init__(world, is_offline=is_offline)

    run_state_machine_as_test(
        Life,
        settings=settings(max_examples=lives, stateful_step_count=steps),
    )


@pytest.mark.parametrize("is_offline", [True, False])
def test_points_end_right_on_sqlite(sqlite_installation: World, is_offline: bool) -> None:
    live(sqlite_installation, is_offline=is_offline, lives=40, steps=25)


@pytest.mark.parametrize("is_offline", [True, False])
def test_points_end_right_on_postgresql(postgres_installation: World, is_offline: bool) -> None:
    live(postgres_installation, is_offline=is_offline, lives=6, steps=25)
