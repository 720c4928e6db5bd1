"""Whatever is earned, refunded, spent, ended, given, taken and undone in any order: all sums agree."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from core.domain.errors import Refused
from tests.adjusting import adjusted, differences, undone
from tests.payloads import a_refund, an_order
from tests.spending import spend
from tests.world import NOW, SMALLEST_PROGRAM, World

EXPIRIES = ["", ', "expiry": {"kind": "fixed", "days": 5}', ', "expiry": {"kind": "rolling", "days": 5}']


class ByHand(RuleBasedStateMachine):
    """Ana's points."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.world.moment[0] = NOW
        self.made: list[Any] = []
        self.orders = 0

    @initialize(expiry=st.sampled_from(EXPIRIES), pending_days=st.sampled_from([0, 0, 2]))
    def open(self, expiry: str, pending_days: int) -> None:
        program = SMALLEST_PROGRAM[:-1].replace(": 0", f": {pending_days}") + expiry + "}"
        self.store = self.world.birch(program=program)
        self.earn(49, 0)

    @rule(points=st.integers(1, 90), refunded=st.sampled_from([0, 0, 1, 2]))
    def earn(self, points: int, refunded: int) -> None:
        """An order, and its refund in half or in full."""
        self.orders += 1
        paid: dict[str, Any] = {"date_paid_gmt": self.world.now.strftime("%Y-%m-%dT%H:%M:%S")}
        self.world.tell(self.store, an_order(self.orders, f"{points}.00", **paid))
        if refunded:
            back = [a_refund(f"{points // (3 - refunded)}.00", 900 + self.orders)]
            self.world.tell(self.store, an_order(self.orders, f"{points}.00", 1, refunds=back, **paid))

    @rule(number=st.integers(0, 5), points=st.integers(1, 90))
    def refund(self, number: int, points: int) -> None:
        """One of the orders told long ago comes to nothing."""
        order = number % self.orders + 1
        self.world.tell(self.store, an_order(order, f"{points}.00", 2 + self.orders, status="cancelled"))

    @rule(points=st.integers(-120, 90).filter(bool), may_owe=st.booleans())
    def adjust(self, points: int, may_owe: bool) -> None:
        available = self.world.balance(self.store)[0]
        try:
            self.made.append(adjusted(self.world, self.store, points, may_owe=may_owe))
        except Refused:
            assert points < 0
            assert not may_owe
            # What ends today is not there any more, though nobody has written it down.
            self.world.mature(self.store)
            assert self.world.balance(self.store)[0] < -points <= 120 or available < -points

    @rule(number=st.integers(0, 9))
    def undo(self, number: int) -> None:
        """The end is as if it had never been, sum for sum."""
        if not self.made:
            return
        row = self.made[number % len(self.made)]
        before, was_undone = self.sum, row in self.undone
        undone(self.world, self.store, row.id)
        restored = [
            one.points for one in self.world.entries(self.store) if one.key == f"adjust:{row.id}:expired"
        ]
        if not was_undone:
            self.undone.append(row)
            assert self.sum == before - row.points + sum(restored)
        else:
            assert self.sum == before

    @rule(share=st.sampled_from([1, 2, 3]))
    def spend(self, share: int) -> None:
        points = self.world.balance(self.store)[0] // share
        if points:
            spend(self.world, self.store, points)

    @rule(days=st.integers(0, 4))
    def mature(self, days: int) -> None:
        self.world.wait(days=days)
        self.world.mature(self.store)

    @property
    def sum(self) -> int:
        available, pending, debt = self.world.balance(self.store)
        return available + pending - debt

    @property
    def undone(self) -> list[Any]:
        self.__dict__.setdefault("_undone", [])
        listed: list[Any] = self.__dict__["_undone"]
        return listed

    @invariant()
    def everything_adds_up(self) -> None:
        if hasattr(self, "store"):
            assert differences(self.world, self.store) == []
            assert self.world.total(self.store) == self.sum


@pytest.mark.parametrize(("kind", "examples"), [("sqlite", 60), ("postgresql", 25)])
def test_points_by_hand_keep_the_books(kind: str, examples: int, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(f"{'postgres' if kind == 'postgresql' else kind}_installation")
    run_state_machine_as_test(
        lambda: ByHand(world),  # type: ignore[arg-type]
        settings=settings(max_examples=examples, stateful_step_count=20),
    )
