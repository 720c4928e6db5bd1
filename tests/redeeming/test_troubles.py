"""Whatever goes wrong at the store: one live code, or the points are back; never both, never neither."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select

from core.db import effects, stores
from core.db.schema import metadata
from core.domain.discounts import CodeShop, Discount, FoundCode
from core.domain.errors import PlatformTrouble, Refused, StoreUnauthorized
from core.domain.redemptions import State
from core.jobs.drain import TRIES_MOST
from sandbox.woocommerce import faults
from tests.contract.rig import Trouble
from tests.redeeming.counter import Counter
from tests.redeeming.stubborn import in_the_way

FAST = [one for one in Trouble if not one.name.startswith("TIMEOUT")]


def assert_sound(at: Counter, *redemption_ids: int) -> None:
    """Each redemption at rest has one live code, or its points are back; and nothing else has."""
    live = {one.code.lower() for one in at.codes_of_ours() if not one.uses}
    assert len(live) == len(at.codes_of_ours()) - sum(1 for one in at.codes_of_ours() if one.uses)
    for one in map(at.redemption, redemption_ids):
        match one.state:
            case State.LIVE:
                assert (one.code.lower() in live, one.restored_points) == (True, 0)
            case State.CANCELLED | State.FAILED:
                assert (one.code.lower() in live, one.restored_points) == (False, one.cost_points)
            case State.USED:
                assert (one.code.lower() in live, one.order_ref is None) == (False, False)
            case other:
                raise AssertionError(f"{other} is no rest")
    states = [at.redemption(one) for one in redemption_ids]
    available, _, debt = at.balance()
    spent = sum(one.cost_points - one.restored_points for one in states)
    assert available - debt == 500 * at.grants - spent
    at.assert_adds_up()


@pytest.mark.parametrize("trouble", Trouble)
def test_trouble_with_the_first_call_ends_at_one_live_code(at: Counter, trouble: Trouble) -> None:
    made = at.wish()
    at.rig.fail(trouble)
    at.work()
    at.work_on(hours=0.5)

    assert (at.state(made.id), at.available()) == (State.LIVE, 0)
    assert_sound(at, made.id)


def test_trouble_with_the_look_up_says_nothing_about_the_code(at: Counter) -> None:
    made = at.wish()
    at.rig.fail(Trouble.RESET_AFTER)
    at.work()
    for trouble in (Trouble.SERVER_ERROR, Trouble.HTML, Trouble.TOO_MANY, Trouble.REDIRECT):
        at.rig.fail(trouble)
        at.wait(minutes=20)
        at.work()
        assert (at.state(made.id), at.available()) == (State.PENDING, 0)
    at.work_on(hours=0.5)

    assert at.state(made.id) == State.LIVE
    assert_sound(at, made.id)


def test_with_dead_keys_it_waits_until_the_store_is_connected_again(at: Counter) -> None:
    made = at.wish()
    at.has_dead_keys = True
    at.work()
    at.work_on(hours=3)
    assert at.effects() == {"parked": 1}
    assert (at.state(made.id), at.world.notices(at.store)) == (State.PENDING, ["connection_broken"])

    at.has_dead_keys = False
    with at.world.database.write(at.store.store_id) as db:
        effects.unpark(db, at.store.store_id, effects.KINDS, at.world.now)
    at.work()
    assert (at.state(made.id), at.effects()) == (State.LIVE, {"done": 1})
    assert_sound(at, made.id)


def ask_for_an_order(at: Counter, order_ref: str) -> None:
    """Something has to be fetched."""
    with at.world.database.write(at.store.store_id) as db:
        effects.ask(db, at.store.store_id, effects.FETCH_ORDER, [order_ref], at.world.now)


def broken(at: Counter) -> list[str]:
    """What the store's keys do not allow, as the merchant is told."""
    with at.world.database.read(at.store.store_id) as db:
        return [row.subject for row in stores.open_notices(db, at.store.store_id)]


def test_keys_that_may_only_read_fetch_on_while_codes_wait_and_are_tried_again_every_hour(
    at: Counter,
) -> None:
    made = at.wish()
    at.mood = in_the_way("deny create", "deny find", "deny find")
    at.work()
    for fetched in range(1, 4):
        ask_for_an_order(at, str(fetched))
        at.work()
        assert (at.effects(), broken(at)) == ({"parked": 1, "done": fetched}, [effects.MAKE_CODE])
        at.wait(hours=1)
        at.work()
    assert (at.state(made.id), broken(at)) == (State.LIVE, [])


def test_keys_that_may_not_read_orders_make_codes_on_while_fetches_wait(at: Counter) -> None:
    at.mood = in_the_way("deny fetch")
    ask_for_an_order(at, "1")
    ask_for_an_order(at, "2")
    at.work()
    made = at.wish()
    at.work()
    assert (at.state(made.id), at.effects()) == (State.LIVE, {"parked": 2, "done": 1})
    assert broken(at) == [effects.FETCH_ORDER]
    at.work_on(hours=1)
    assert (at.effects(), broken(at)) == ({"done": 3}, [])


def test_refused_for_good_at_the_first_and_only_try_the_points_are_back_at_once(at: Counter) -> None:
    made = at.wish()
    at.mood = in_the_way("refuse create")
    at.work()

    assert (at.state(made.id), at.available()) == (State.FAILED, 500)
    assert at.redemption(made.id).problem == "The store says no to this: create."
    assert_sound(at, made.id)


def test_refused_after_an_unclear_try_they_are_back_15_minutes_later_when_no_code_is_found(
    at: Counter,
) -> None:
    made = at.wish()
    at.rig.fail(Trouble.SERVER_ERROR)
    at.work()
    at.mood = in_the_way("refuse create")
    at.wait(minutes=1)
    at.work()
    for _ in range(14):
        assert (at.state(made.id), at.available()) == (State.PENDING, 0)
        at.wait(minutes=1)
        at.work()
    at.wait(minutes=1)
    at.work()

    assert (at.state(made.id), at.available()) == (State.FAILED, 500)
    assert_sound(at, made.id)


def test_refused_after_an_unclear_try_that_did_make_the_code_it_is_live(at: Counter) -> None:
    made = at.wish()
    at.rig.fail(Trouble.RESET_AFTER)
    at.work()
    at.mood = in_the_way("refuse create")
    at.work_on(hours=0.5)

    assert at.state(made.id) == State.LIVE
    assert_sound(at, made.id)


@pytest.mark.parametrize("answer", ["refuse find", "refuse disable"])
def test_a_look_up_refused_for_good_is_asked_again_for_it_says_nothing_about_the_code(
    at: Counter, answer: str
) -> None:
    made = at.wish()
    at.mood = in_the_way("change create", "refuse disable", *[answer] * (TRIES_MOST + 2))
    at.work_on(hours=4)

    assert (at.state(made.id), at.available()) == (State.FAILED, 500)
    assert_sound(at, made.id)


def test_a_code_that_is_another_than_asked_is_switched_off_and_the_points_come_back(at: Counter) -> None:
    made = at.wish()
    at.mood = in_the_way("change create")
    at.work()
    assert (at.state(made.id), at.codes_of_ours()) == (State.PENDING, [])
    at.work_on(hours=0.5)

    assert (at.state(made.id), at.available()) == (State.FAILED, 500)
    assert "minimum spend" in at.redemption(made.id).problem
    assert_sound(at, made.id)


def test_a_code_whose_restriction_the_store_dropped_is_deleted(birch: Counter) -> None:
    birch.rig.store.keeps_restrictions = False  # type: ignore[attr-defined]
    made = birch.wish()
    birch.work()
    assert birch.rig.codes() == set()
    birch.work_on(hours=0.5)

    assert (birch.state(made.id), birch.available()) == (State.FAILED, 500)
    assert "anybody could use it" in birch.redemption(made.id).problem
    assert "ana@" not in birch.redemption(made.id).problem


def test_a_name_that_somebody_else_took_is_drawn_anew(at: Counter) -> None:
    made = at.wish()
    at.rig.make_foreign_code(made.code.lower())
    at.work()
    at.work_on(hours=0.5)

    now = at.redemption(made.id)
    assert now.state == State.LIVE
    assert now.code != made.code
    assert {made.code.lower(), now.code.lower()} == at.rig.codes()
    assert_sound(at, made.id)


def test_of_twins_one_is_left(birch: Counter) -> None:
    made = birch.wish()
    birch.rig.fail(Trouble.RESET_AFTER)
    birch.work()
    [first] = birch.codes_of_ours()
    copy_of(birch, first.code_ref)
    assert len(birch.codes_of_ours()) == 2
    birch.work_on(hours=0.5)

    assert birch.state(made.id) == State.LIVE
    assert [one.code_ref for one in birch.codes_of_ours()] == [first.code_ref]
    assert_sound(birch, made.id)


def test_of_twins_the_used_one_is_left(birch: Counter) -> None:
    made = birch.wish()
    birch.rig.fail(Trouble.RESET_AFTER)
    birch.work()
    [first] = birch.codes_of_ours()
    second = copy_of(birch, first.code_ref)
    told = birch.rig.order(birch.pair(made.code))
    birch.work_on(hours=0.5)
    assert [one.code_ref for one in birch.codes_of_ours()] == [second]
    birch.settle(told)

    assert birch.state(made.id) == State.USED
    assert_sound(birch, made.id)


def copy_of(birch: Counter, code_ref: str) -> str:
    """A twin made in the moment between the store's look and its writing; its id."""
    store = birch.rig.store  # type: ignore[attr-defined]
    one = store.coupons[int(code_ref)]
    twin = replace(one, coupon_id=store.next_id("post"), used_by=[])
    store.coupons[twin.coupon_id] = twin
    return str(twin.coupon_id)


def test_one_that_is_off_when_it_is_found_is_not_called_live(at: Counter) -> None:
    made = at.wish()
    at.rig.fail(Trouble.RESET_AFTER)
    at.work()
    for one in at.codes_of_ours():
        at.rig.shop().disable_code(one.code_ref)
    at.work_on(hours=1)

    assert at.state(made.id) in {State.FAILED, State.LIVE}
    assert_sound(at, made.id)


def test_the_holder_stands_nowhere_but_sealed(at: Counter, capsys: pytest.CaptureFixture[str]) -> None:
    at.used()
    at.grant(500)
    at.wish()
    at.mood = in_the_way("change create", "refuse disable")
    at.work_on(hours=1)
    said = capsys.readouterr()

    with at.world.database.read(at.store.store_id) as db:
        for table in metadata.sorted_tables:
            for row in db.execute(select(table)) if table.name != "inbox" else ():
                assert b"ana@example" not in b"".join(
                    bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()
                    for value in row
                )
    assert "ana@example" not in said.out + said.err


# -- any sequence


def happenings(
    at: Counter, chance: random.Random, made: list[int], orders: list[str]
) -> list[Callable[[], object]]:
    """What may happen next."""

    def checkout() -> None:
        pairs = [at.pair(at.redemption(one).code) for one in made]
        for pair in pairs:
            if at.rig.price(pair).discount_minor:
                told = at.rig.order(pair)
                orders.append(at.rig.newest_order())
                at.settle(chance.sample(told, k=len(told)))

    def cancel_order() -> None:
        if orders:
            at.cancel_order(orders.pop())

    return [
        lambda: at.rig.fail(chance.choice(FAST)),
        lambda: at.rig.fail(chance.choice(FAST)),
        at.work,
        at.work,
        lambda: at.wait(minutes=chance.choice([1, 5, 20])),
        checkout,
        cancel_order,
    ]


@pytest.mark.parametrize("seed", range(4))
def test_any_sequence_of_troubles_cancels_and_orders_ends_at_a_code_or_at_points(
    at: Counter, seed: int
) -> None:
    chance = random.Random(seed)
    made, orders = list[int](), list[str]()
    at.mood = in_the_way(
        *chance.choices(["refuse create", "change create", "refuse disable", "refuse find"], k=3)
    )
    for number in range(4):
        if number:
            at.grant(500)
        made.append(at.wish().id)
        for happens in chance.choices(happenings(at, chance, made, orders), k=6):
            happens()
        if chance.random() < 0.5:
            with suppress(Refused):
                at.cancel(made[-1])
        for happens in chance.choices(happenings(at, chance, made, orders), k=4):
            happens()
    at.mood = in_the_way()
    at.work_on(hours=4)
    let_troubles_pass(at)
    at.hear()
    at.work_on(hours=1)

    assert_sound(at, *made)


def let_troubles_pass(at: Counter) -> None:
    """Those that met nobody are met now."""
    for _ in range(40):
        with suppress(PlatformTrouble):
            at.codes_of_ours()


def test_what_the_store_says_of_the_member_when_it_refuses_is_not_kept(birch: Counter) -> None:
    said = b'{"code": "no_coupon_for", "message": "ana@example.test (+49 30 1234567) may have none."}'
    made = birch.wish()
    birch.rig.running.door.faults.fail(faults.answer(400, said), method="POST")  # type: ignore[attr-defined]
    birch.work()

    problem = birch.redemption(made.id).problem
    assert problem == "127.0.0.1 refused: (an address) ((a number)) may have none (no_coupon_for, 400)."


@dataclass
class Firewall:
    """What stands before a store and takes one code for an attack, however often it is sent."""

    shop: CodeShop
    disliked: str

    def create_code(self, wanted: Discount) -> FoundCode:
        if wanted.code == self.disliked:
            raise StoreUnauthorized("403, not in the store's words")
        return self.shop.create_code(wanted)

    def find_codes(self, wanted: Discount) -> list[FoundCode]:
        return self.shop.find_codes(wanted)


def test_one_code_that_is_not_let_in_keeps_none_back_that_is(at: Counter) -> None:
    at.grant(1000)
    bad, *good = (at.wish() for _ in range(3))
    at.mood = lambda shop: Firewall(shop, bad.code)
    at.work()
    assert at.effects() == {"parked": 3}
    at.wait(hours=1)
    at.work()

    assert [at.state(one.id) for one in (bad, *good)] == [State.PENDING, State.LIVE, State.LIVE]
    assert at.effects() == {"done": 2, "parked": 1}
