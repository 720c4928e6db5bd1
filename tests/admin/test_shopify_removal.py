"""The app taken out of a store and put back: in any order of messages, and in the middle of work."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest

from core.db import effects, members
from core.db.stores import all_stores
from core.domain.errors import Refused
from core.domain.stores import StoreState
from core.jobs.drain import LeaseLost, drain
from core.jobs.effects import run_effects
from core.services.disconnecting import uninstalled
from core.services.redeeming import Making, Wish, redeem
from core.services.terms import Sealing, load_terms
from integrations.shopify import PLATFORM
from sandbox.shopify.faults import Fault
from tests.robust import points
from tests.shopify_install import Acorn
from tests.world import World

REWARDING = (
    '{"earning": [{"kind": "points_per_unit", "points": 1, "per_minor": 100, "rounding": "floor"}], '
    '"pending_days": 0, '
    '"rewards": [{"id": "one", "kind": "amount_off", "cost_points": 10, "amount_minor": 100}]}'
)


def standing(shop: Acorn) -> StoreState:
    return shop.store.state


def test_an_uninstalled_store_is_left_alone_and_keeps_its_points(installed: Acorn) -> None:
    installed.order()
    installed.send()
    installed.work()
    points = installed.world.total(installed.store)
    assert points > 0
    installed.installation.uninstall()
    installed.say_uninstalled()
    assert set(installed.send()) == {200}
    installed.work()
    assert standing(installed) == StoreState.UNINSTALLED
    assert installed.held is None
    assert installed.world.notices(installed.store) == ["uninstalled"]
    # Nothing new counts, and nothing is called.
    installed.world.wait(minutes=1)
    installed.order()
    assert set(installed.send()) == {200}
    asked = len(installed.installation.asked)
    with installed.world.database.write(installed.store.store_id) as db:
        effects.ask(db, installed.store.store_id, effects.FETCH_ORDER, ["1"], installed.world.now)
    installed.work()
    assert installed.world.total(installed.store) == points
    assert len(installed.installation.asked) == asked


def test_a_reinstalled_store_is_the_same_store_and_goes_on(installed: Acorn) -> None:
    installed.order()
    installed.send()
    installed.work()
    points, before = installed.world.total(installed.store), installed.store
    installed.installation.uninstall()
    installed.say_uninstalled()
    installed.send()
    installed.work()
    installed.world.wait(days=1)
    installed.installation.install()
    assert installed.visit().status_code == 200
    after = installed.store
    assert (after.store_id, after.state) == (before.store_id, StoreState.CONNECTED)
    assert after.connected_at == installed.world.now
    assert installed.world.notices(after) == []
    installed.world.wait(minutes=1)
    installed.order()
    installed.send()
    installed.work()
    assert installed.world.total(after) == 2 * points


def test_a_late_uninstall_does_not_kill_a_new_installation(installed: Acorn) -> None:
    installed.world.wait(hours=1)
    installed.installation.uninstall()
    installed.say_uninstalled()
    [late] = installed.shop.outbox.due(installed.world.now)
    installed.world.wait(hours=2)
    installed.installation.install()
    assert installed.visit().status_code == 200
    installed.shop.outbox.answered(late.webhook_id, None, installed.world.now)
    installed.world.wait(minutes=2)
    assert set(installed.send()) == {200}
    installed.work()
    assert standing(installed) == StoreState.CONNECTED
    assert installed.held is not None
    with installed.world.database.read(installed.store.store_id) as db:
        assert effects.counts(db, installed.store.store_id) == {}, "nobody had to be asked"


def test_an_uninstall_sent_again_under_a_newer_date_is_not_believed(installed: Acorn) -> None:
    """The date is not signed: the store is asked, and lets us in."""
    installed.world.wait(hours=3)
    installed.say_uninstalled()
    assert set(installed.send()) == {200}
    installed.work()
    assert standing(installed) == StoreState.CONNECTED
    assert installed.held is not None


def test_an_uninstall_is_not_believed_while_shopify_cannot_be_asked(installed: Acorn) -> None:
    installed.world.wait(minutes=1)
    installed.installation.uninstall()
    installed.say_uninstalled()
    installed.send()
    installed.skin.faults.fail([Fault.UNAVAILABLE])
    installed.world.drain(installed.store)
    run_effects(installed.env, installed.store.store_id)
    assert standing(installed) == StoreState.CONNECTED
    installed.world.wait(minutes=1)
    run_effects(installed.env, installed.store.store_id)
    assert standing(installed) == StoreState.UNINSTALLED


@pytest.mark.parametrize("point", ["drain.claimed", "drain.normalized", "drain.before_commit"])
def test_an_uninstall_in_mid_drain_counts_what_came_before_it_once_and_nothing_after(
    installed: Acorn, point: str
) -> None:
    shop = installed
    shop.order()
    shop.send()
    shop.installation.uninstall()
    shop.say_uninstalled()
    shop.world.drain(shop.store)
    already = shop.world.total(shop.store)
    shop.order()
    shop.send()
    shop.world.wait(seconds=1)
    reached: list[str] = []

    def take_out(name: str) -> None:
        if name == point and not reached:
            reached.append(name)
            if point != "drain.before_commit":
                run_effects(shop.env, shop.store.store_id)

    env = replace(shop.env, reach=take_out)
    with suppress(LeaseLost):
        drain(env, shop.store.store_id)
    run_effects(shop.env, shop.store.store_id)
    assert standing(shop) == StoreState.UNINSTALLED
    shop.world.wait(seconds=1)
    shop.order()
    shop.send()
    shop.world.drain(shop.store)
    # Two orders were told of before the app was gone, the third after.
    assert shop.world.total(shop.store) == 2 * already


def test_granted_scopes_that_changed_are_named_until_they_are_back(installed: Acorn) -> None:
    def say(current: list[str], number: int) -> None:
        body = {"id": number, "shop_id": "gid://shopify/Shop/1", "previous": [], "current": current}
        installed.shop.outbox.put("app/scopes_update", body, installed.world.now, f"s{number}")
        installed.send()
        installed.world.drain(installed.store)

    every = sorted(installed.installation.client.scopes)
    say([one for one in every if one != "write_discounts"], 1)
    assert installed.world.notices(installed.store) == ["lacks_rights"]
    asked = len(installed.installation.asked)
    installed.tokens().current()
    assert len(installed.installation.asked) == asked + 1
    say(every, 2)
    assert installed.world.notices(installed.store) == []


@pytest.mark.parametrize("body", [b"{}", b'{"id": 5, "line_items": []}', b"[]"])
def test_what_only_calls_itself_an_uninstall_is_a_dead_letter(installed: Acorn, body: bytes) -> None:
    installed.shop.outbox.put("app/uninstalled", {}, installed.world.now, "e1")
    [sending] = installed.shop.outbox.due(installed.world.now)
    headers = installed.shop.outbox.headers(replace(sending, body=body))
    installed.world.client.post("/webhooks/shopify", data=body, headers=headers)
    installed.world.drain(installed.store)
    assert installed.world.inbox(installed.store) == {"dead": 1}


def test_a_shop_nobody_opened_yet_is_answered_200_if_the_app_signed(shop: Acorn, sqlite_world: World) -> None:
    shop.order()
    assert set(shop.send()) == {200}
    with sqlite_world.database.read_all() as db:
        assert all_stores(db) == []


class Died(BaseException):
    """The worker was killed."""


@pytest.mark.parametrize("deadly", points.REMOVING)
def test_a_worker_that_dies_when_it_asked_about_the_removal_leaves_it_to_the_next(
    installed: Acorn, deadly: str
) -> None:
    def die(point: str) -> None:
        if point == deadly:
            raise Died

    installed.world.wait(minutes=1)
    installed.installation.uninstall()
    installed.say_uninstalled()
    installed.send()
    installed.world.drain(installed.store)
    with pytest.raises(Died):
        run_effects(replace(installed.env, reach=die), installed.store.store_id)
    installed.world.wait(minutes=6)
    run_effects(installed.env, installed.store.store_id)
    assert standing(installed) == StoreState.UNINSTALLED


def test_nobody_redeems_at_a_store_that_took_the_app_out(installed: Acorn) -> None:
    installed.world.apply(installed.store, REWARDING)
    installed.order()
    installed.send()
    installed.work()
    with installed.world.database.write(installed.store.store_id) as db:
        uninstalled(db, installed.store, installed.world.now)
    store = installed.store
    with installed.world.database.write(store.store_id) as db:
        row = members.by_customer_ref(db, store.store_id, "7")
        terms = load_terms(db, store)
        making = Making(PLATFORM, Sealing(installed.env.secrets), installed.env.token())
        assert row is not None
        with pytest.raises(Refused, match="taken out"):
            redeem(db, terms, Wish(row.id, "one", None, "k"), making, installed.world.now)


def test_a_merchant_who_comes_back_while_the_store_is_asked_is_not_uninstalled(installed: Acorn) -> None:
    def come_back(point: str) -> None:
        if point == "removal.after_call":
            installed.installation.install()
            assert installed.visit().status_code == 200

    installed.world.wait(minutes=10)
    installed.installation.uninstall()
    installed.say_uninstalled()
    installed.send()
    installed.world.drain(installed.store)
    env = replace(installed.env, reach=come_back)
    with suppress(LeaseLost):
        run_effects(env, installed.store.store_id)
    installed.work()
    assert standing(installed) == StoreState.CONNECTED
    assert installed.held is not None
