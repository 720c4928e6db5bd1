"""Points that come back, by whichever way, never go into a lot that ended: there nobody could spend them, and
they would not end either."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from core.db.ledger import as_lot
from core.db.tables import entries, lots, members
from core.domain.errors import Refused
from core.domain.ledger import expiry_key
from core.domain.lots import end_of
from core.domain.merging import Source
from core.domain.staff import operator
from core.jobs.tasks import work_on_tasks
from core.services import merging
from core.services.cancelling import cancel
from core.services.data_tasks import ask_undo
from core.services.redeeming import Making, Wish, redeem
from core.services.terms import Sealing, load_terms
from integrations.woocommerce import PLATFORM
from tests.adjusting import adjusted, member_id, undone
from tests.data_files import confirmed, csv_of, differences, task, upload
from tests.payloads import an_order, gmt
from tests.world import NOW, World

EXPIRIES = [{"kind": kind, "days": days} for kind in ("fixed", "rolling") for days in (2, 5)]
REWARD = {"id": "one", "kind": "amount_off", "cost_points": 10, "amount_minor": 100}
EARNING = {"kind": "points_per_unit", "points": 1, "per_minor": 100, "rounding": "floor"}
TWO = {"7": "ana@example.com", "8": "finn@example.com"}

who = st.sampled_from(list(TWO))
which = st.integers(0, 9)


class ComingAndGoing(RuleBasedStateMachine):
    """Points of Ana and Finn: earned, spent and given back, by hand, by file, and as one member or two."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.world.moment[0] = NOW
        self.orders = 0
        self.redeemed: list[int] = []
        self.by_hand: list[int] = []
        self.files: list[int] = []
        self.merges: list[int] = []

    @initialize(expiry=st.sampled_from(EXPIRIES), pending_days=st.sampled_from([0, 0, 1]))
    def open(self, expiry: dict[str, Any], pending_days: int) -> None:
        program = {"pending_days": pending_days, "earning": [EARNING], "rewards": [REWARD], "expiry": expiry}
        self.store = self.world.birch(is_offline=False, program=json.dumps(program))
        for customer in TWO:
            self.earn(customer, 40)
            self.redeem(customer)
            self.adjust(customer, -5)

    @rule(customer=who, points=st.integers(10, 40))
    def earn(self, customer: str, points: int) -> None:
        self.orders += 1
        self.tell(customer, self.orders, points)

    @rule(customer=who, number=which, points=st.integers(0, 20))
    def refund(self, customer: str, number: int, points: int) -> None:
        self.tell(customer, number % self.orders + 1, points)

    def tell(self, customer: str, number: int, points: int) -> None:
        self.world.wait(seconds=1)
        at = gmt(self.world.now)
        of: dict[str, Any] = {"customer_id": int(customer), "billing": {"email": TWO[customer]}}
        dates: dict[str, Any] = {f"date_{what}_gmt": at for what in ("created", "paid", "modified")}
        self.world.tell(self.store, an_order(number, f"{points}.00", **of, **dates))

    @rule(customer=who)
    def redeem(self, customer: str) -> None:
        env, store = self.world.env, self.store
        wish = Wish(member_id(self.world, store, customer), "one", None, f"k{next(self.world.numbers)}")
        with suppress(Refused), env.database.write(store.store_id) as db:
            making = Making(PLATFORM, Sealing(env.secrets), env.token())
            self.redeemed.append(redeem(db, load_terms(db, store), wish, making, self.world.now).id)

    @rule(number=which)
    def cancel(self, number: int) -> None:
        if self.redeemed:
            with self.world.database.write(self.store.store_id) as db:
                cancel(db, self.store, self.redeemed[number % len(self.redeemed)], self.world.now)

    @rule(customer=who, points=st.integers(-30, 30).filter(bool))
    def adjust(self, customer: str, points: int) -> None:
        with suppress(Refused):
            self.by_hand.append(adjusted(self.world, self.store, points, to=customer, may_owe=True).id)

    @rule(number=which)
    def undo_by_hand(self, number: int) -> None:
        if self.by_hand:
            with suppress(Refused):
                undone(self.world, self.store, self.by_hand[number % len(self.by_hand)])

    @rule(customer=who, points=st.integers(0, 50))
    def set_by_file(self, customer: str, points: int) -> None:
        data = csv_of([f"{customer},{points}"], header="customer_id,points")
        task_id = upload(self.world, self.store, data, mode="set")
        confirmed(self.world, self.store, task_id, self.store.name)
        self.files.append(task_id)

    @rule(number=which)
    def undo_file(self, number: int) -> None:
        if not self.files:
            return
        with suppress(Refused):
            with self.world.database.write(self.store.store_id) as db:
                file = self.files[number % len(self.files)]
                undo_id = ask_undo(db, self.store, file, operator(), self.world.now)
            work_on_tasks(self.world.env, self.store.store_id)
            row = task(self.world, self.store, undo_id)
            assert row.state == "done", row.problem

    @rule(customer=who)
    def merge(self, customer: str) -> None:
        [other] = set(TWO) - {customer}
        one, into = (member_id(self.world, self.store, of) for of in (customer, other))
        with suppress(Refused), self.world.database.write(self.store.store_id) as db:
            row = merging.merge(db, self.store, one, into, Source.OPERATOR, self.world.now)
            self.merges.append(row.id)

    @rule(number=which)
    def undo_merge(self, number: int) -> None:
        if self.merges:
            with suppress(Refused), self.world.database.write(self.store.store_id) as db:
                merging.undo(db, self.store, self.merges[number % len(self.merges)], self.world.now)

    @rule(days=st.integers(0, 4))
    def wait(self, days: int) -> None:
        """Time passes, and workers have not come yet."""
        self.world.wait(days=days)

    @rule(days=st.integers(0, 4))
    def mature(self, days: int) -> None:
        self.world.wait(days=days)
        self.world.mature(self.store)
        assert self.ended() == []

    @rule(customer=who)
    def lapse(self, customer: str) -> None:
        """All that ends has ended; then somebody is active again, and rolling lots would live on."""
        self.mature(7)
        self.earn(customer, 12)

    def ended(self) -> list[int]:
        """Lots whose end has passed, with points in them all the same."""
        zone, now = self.store.zone, self.world.now
        active_at = members.c.last_activity_at, members.c.joined_at
        joined = lots.join(
            members, (members.c.store_id == lots.c.store_id) & (members.c.id == lots.c.member_id)
        )
        holding = (
            select(lots, *active_at)
            .select_from(joined)
            .where(lots.c.remaining_points > 0, lots.c.is_released.is_(True))
        )
        with self.world.database.read(self.store.store_id) as db:
            rows = list(db.execute(holding.where(lots.c.store_id == self.store.store_id)))
        ends = {
            row.id: end_of(as_lot(row).terms, row.last_activity_at or row.joined_at, zone) for row in rows
        }
        return [lot_id for lot_id, end in ends.items() if end is not None and end <= now]

    @invariant()
    def what_was_written_off_holds_nothing(self) -> None:
        if not hasattr(self, "store"):
            return
        with self.world.database.read(self.store.store_id) as db:
            of_store = lots.c.store_id == self.store.store_id
            holding = db.execute(select(lots.c.id).where(of_store, lots.c.remaining_points > 0)).scalars()
            keys = [expiry_key(lot_id) for lot_id in holding]
            written = entries.c.store_id == self.store.store_id, entries.c.key.in_(keys)
            assert list(db.execute(select(entries.c.key).where(*written)).scalars()) == []

    @invariant()
    def everything_adds_up(self) -> None:
        if hasattr(self, "store"):
            assert differences(self.world, self.store) == []


@pytest.mark.parametrize(("kind", "examples"), [("sqlite", 40), ("postgresql", 15)])
def test_no_points_are_left_in_a_lot_whose_end_has_passed(
    kind: str, examples: int, request: pytest.FixtureRequest
) -> None:
    world: World = request.getfixturevalue(f"{'postgres' if kind == 'postgresql' else kind}_installation")
    run_state_machine_as_test(
        lambda: ComingAndGoing(world),  # type: ignore[arg-type]
        settings=settings(max_examples=examples, stateful_step_count=25),
    )
