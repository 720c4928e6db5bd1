"""A process killed before, during and after a call about a code: one live code or the points, never both."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, update

from core.config.clock import utc_now
from core.db import members, redemptions
from core.db.tables import effects
from core.domain.stores import Store
from core.services.cancelling import cancel
from core.services.redeeming import Making, Wish, redeem
from core.services.terms import Sealing, load_terms
from integrations.woocommerce import PLATFORM
from sandbox.woocommerce import faults
from sandbox.woocommerce.serving import Serving
from tests.eventually import eventually
from tests.payloads import an_order
from tests.robust import points
from tests.robust.fetching import a_served_store, connect_reachable, fetch, refuse_next
from tests.robust.shops import assert_adds_up, let_time_pass
from tests.workplace import Workplace

KILLED = -signal.SIGKILL
REWARDING = json.dumps(
    {
        "pending_days": 0,
        "rewards": [{"id": "some", "kind": "amount_off", "cost_points": 40, "amount_minor": 400}],
    }
)


@dataclass
class Bench:
    """A store, a member with 49 points, and what became of 40 of them."""

    place: Workplace
    store: Store
    running: Serving
    redemption_id: int

    def dies_at(self, point: str) -> None:
        """A worker carries out what is due and dies at the point."""
        process = self.place.run("tests.at_point", point, "die", "effects", str(self.store.store_id))
        assert process.wait(20) == KILLED, self.place.log
        self.passes()

    def passes(self) -> None:
        """The dead one's lease ends, and every pause."""
        let_time_pass(self.place.world)
        self.place.world.wait(minutes=20)

    def end(self) -> None:
        """Others go on until nothing is left to do."""
        for _ in range(4):
            fetch(self.place.world, self.store)
            self.passes()

    def redemption(self) -> Row[Any]:
        with self.place.world.database.read(self.store.store_id) as db:
            return redemptions.the(db, self.store.store_id, self.redemption_id)

    def take_back(self) -> None:
        with self.place.world.database.write(self.store.store_id) as db:
            cancel(db, self.store, self.redemption_id, self.place.world.now)

    def let_be_quiet(self) -> None:
        """As if the code had been off for half an hour by the clock of the processes."""
        long_ago = utc_now() - timedelta(minutes=30)
        with self.place.world.database.write(self.store.store_id) as db:
            redemptions.change(db, self.store.store_id, self.redemption_id, off_at=long_ago)
            db.execute(update(effects).values(next_at=long_ago))

    def live_codes(self) -> int:
        coupons = self.running.door.store.coupons.values()
        return sum(coupon.status == "publish" for coupon in coupons)

    def assert_ends(self, state: str) -> None:
        """At one live code, or at the points."""
        self.end()
        world, is_live = self.place.world, state == "live"
        assert self.redemption().state == state
        assert self.live_codes() == (1 if is_live else 0)
        assert world.balance(self.store) == (9 if is_live else 49, 0, 0)
        assert_adds_up(world, self.store)


@pytest.fixture
def bench(sqlite_place: Workplace) -> Iterator[Bench]:
    """Points were spent and no store has been asked yet."""
    world = sqlite_place.world
    with a_served_store() as running:
        store = connect_reachable(sqlite_place, "Birch", running)
        world.apply(store, REWARDING)
        world.tell(store, an_order())
        with world.database.write(store.store_id) as db:
            ana = members.by_customer_ref(db, store.store_id, "7")
            assert ana is not None
            making = Making(PLATFORM, Sealing(world.env.secrets), world.env.token())
            made = redeem(db, load_terms(db, store), Wish(ana.id, "some", None, "k"), making, world.now)
        yield Bench(sqlite_place, store, running, made.id)


@pytest.mark.parametrize("point", points.MAKING_CODES)
def test_a_worker_that_dies_while_it_makes_a_code_leaves_one_live_code(bench: Bench, point: str) -> None:
    bench.dies_at(point)
    bench.assert_ends("live")


@pytest.mark.parametrize("is_applied", [False, True])
def test_a_worker_that_dies_during_the_call_leaves_one_live_code(bench: Bench, is_applied: bool) -> None:
    bench.running.door.faults.fail(faults.time_out(applied=is_applied, seconds=3), method="POST")
    process = bench.place.run("tests.at_point", "nowhere", "die", "effects", str(bench.store.store_id))
    eventually(lambda: bool(bench.running.asked))
    process.kill()
    assert process.wait(5) == KILLED
    bench.passes()
    bench.assert_ends("live")


@pytest.mark.parametrize("point", points.MAKING_WRONG_CODES)
def test_a_worker_that_dies_over_a_code_for_everybody_leaves_none(bench: Bench, point: str) -> None:
    bench.running.door.store.keeps_restrictions = False
    bench.dies_at(point)
    bench.assert_ends("failed")


@pytest.mark.parametrize("point", points.GIVING_UP_CODES)
def test_a_worker_that_dies_while_it_gives_points_back_gives_them_back_once(bench: Bench, point: str) -> None:
    refuse_next(bench.running, 400)
    bench.dies_at(point)
    # Before the commit nothing of the refusal is known: the store is asked again, and says yes.
    bench.assert_ends("live" if point == "codes.before_commit" else "failed")


@pytest.mark.parametrize("visit", [1, 2])
@pytest.mark.parametrize("point", points.ENDING_CODES)
def test_a_worker_that_dies_while_it_ends_a_code_gives_the_points_back_once(
    bench: Bench, point: str, visit: int
) -> None:
    fetch(bench.place.world, bench.store)
    bench.take_back()
    if visit == 2:
        fetch(bench.place.world, bench.store)
        bench.let_be_quiet()
    bench.dies_at(point)
    bench.assert_ends("cancelled")
