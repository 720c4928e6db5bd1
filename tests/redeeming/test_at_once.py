"""Many at once on PostgreSQL, in threads of their own: points, keys and stocks are given out once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, func, select, update

from core.db.tables import lots, members
from core.domain.discounts import Holder
from core.domain.errors import Refused
from core.domain.lots import LotTerms
from core.domain.settlement import Posting
from core.services.posting import OrderMove, post
from core.services.redeeming import Making, Wish, redeem
from core.services.terms import Sealing, load_terms
from tests.contract.platforms import RIGS
from tests.contract.rig import Rig
from tests.redeeming.counter import Counter, a_program, counter, enrolled
from tests.world import World

THREADS = 20
ROUNDS = 200


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    """Nobody calls it."""
    with RIGS["woocommerce"]() as opened:
        yield opened


@pytest.fixture
def at(postgres_url: str, tmp_path: Path, rig: Rig) -> Iterator[Counter]:
    with World.open(postgres_url, tmp_path / "data") as world, counter(world, rig, points=0) as made:
        yield made


@dataclass
class Crowd:
    """Threads that begin together."""

    pool: ThreadPoolExecutor

    def together(self, *works: Callable[[], object]) -> list[object]:
        """What each came to; refusals as what they say."""
        start = threading.Barrier(len(works))

        def run(work: Callable[[], object]) -> object:
            start.wait()
            try:
                return work()
            except Refused as refused:
                return str(refused)

        return list(self.pool.map(run, works))


@pytest.fixture
def crowd() -> Iterator[Crowd]:
    with ThreadPoolExecutor(THREADS) as pool:
        yield Crowd(pool)


def test_of_twenty_that_spend_the_last_points_at_once_one_wins_two_hundred_times(
    at: Counter, crowd: Crowd
) -> None:
    with at.world.database.read(at.store.store_id) as db:
        terms = load_terms(db, at.store)
    env = at.world.env

    def spend(wish: Wish) -> Row[Any]:
        making = Making(at.rig.platform, Sealing(env.secrets), env.token())
        with env.database.write(at.store.store_id) as db:
            return redeem(db, terms, wish, making, env.now())

    for number in range(ROUNDS):
        at.grant(500)
        wishes = [Wish(at.ana, "five", None, f"{number}-{one}") for one in range(THREADS)]
        came = crowd.together(*[partial(spend, wish) for wish in wishes])

        assert sum(not isinstance(one, str) for one in came) == 1, came
        assert at.balance() == (0, 0, 0)
    at.assert_adds_up()


def test_the_same_key_at_once_is_one_redemption(at: Counter, crowd: Crowd) -> None:
    at.grant(2000)
    wish = Wish(at.ana, "five", None, "k")
    made = crowd.together(*[lambda: at.grant_wish(wish).id] * THREADS)

    assert len(set(made)) == 1
    assert at.balance() == (1500, 0, 0)
    at.assert_adds_up()


def test_a_stock_of_one_goes_to_one_of_twenty_members(at: Counter, crowd: Crowd) -> None:
    reward = {"id": "one", "kind": "amount_off", "cost_points": 100, "amount_minor": 100, "stock": 1}
    at.world.apply(at.store, a_program(reward))
    wishes = []
    for number in range(THREADS):
        member_id = enrolled(at.world, at.store, holder(number))
        at.grant(100, member_id)
        wishes.append(Wish(member_id, "one", None, "k"))
    came = crowd.together(*[partial(at.grant_wish, wish) for wish in wishes])

    assert sum(not isinstance(one, str) for one in came) == 1
    with at.world.database.read(at.store.store_id) as db:
        left = db.execute(
            select(func.sum(members.c.available_points)).where(members.c.store_id == at.store.store_id)
        ).scalar()
    assert left == 100 * (THREADS - 1)
    at.assert_adds_up()


def holder(number: int) -> Holder:
    return Holder(str(100 + number), f"member{number}@example.com")


def test_spending_and_ending_the_same_points_at_once_does_one_of_the_two(at: Counter, crowd: Crowd) -> None:
    for number in range(20):
        at.grant(500, terms=LotTerms(at.world.now, at.world.now + timedelta(hours=1)))
        wish = Wish(at.ana, "five", None, f"{number}")
        with at.world.database.write(at.store.store_id) as db:
            # Over, so that ending it is due; to the one who redeems it is not over yet.
            ends_at = at.world.now if number % 2 else at.world.now + timedelta(seconds=1)
            db.execute(update(lots).values(expires_at=ends_at))
        crowd.together(partial(at.grant_wish, wish), lambda: at.world.mature(at.store))

        available, _, debt = at.balance()
        assert (available, debt) in {(0, 0), (500, 0)}
        at.assert_adds_up()
        at.world.wait(seconds=2)
        at.world.mature(at.store)
        assert at.balance() == (0, 0, 0)


def test_spending_points_while_they_are_revoked_ends_at_points_or_at_a_debt(
    at: Counter, crowd: Crowd
) -> None:
    for number in range(20):
        at.ana = enrolled(at.world, at.store, holder(number))
        at.grant(500)
        wish = Wish(at.ana, "five", None, "k")
        [spent, _] = crowd.together(partial(at.grant_wish, wish), partial(revoke, at, number))

        assert at.balance() == ((200, 0, 0) if isinstance(spent, str) else (0, 0, 300))
    at.assert_adds_up(without="orders")


def revoke(at: Counter, number: int) -> None:
    """Take 300 points back, as for an order that was refunded."""
    taken = Posting(member_id=at.ana, points=-300, number=number + 1)
    move = OrderMove("1042", taken, "refunded", None, LotTerms(at.world.now), None)
    with at.world.database.write(at.store.store_id) as db:
        post(db, at.store.store_id, [move], at.world.now)
