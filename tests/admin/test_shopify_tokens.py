"""Tokens of Shopify stores: renewed early, by one at a time, never lost; when dead, the merchant is asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import select

from core.db import effects
from core.db.stores import all_stores
from core.db.tables import effects as effect_rows
from core.db.tables import store_tokens
from core.domain.errors import GrantEnded, PlatformUnavailable
from core.domain.stores import StoreState
from core.jobs.beat import TICKS, stores_due
from core.jobs.bell import RENEW
from core.jobs.effects import run_effects
from core.jobs.tokens import KeptTokens, renew_idle
from integrations.shopify.grants import granted
from integrations.shopify.wire import Answer
from sandbox.shopify.faults import Fault
from tests.robust import points
from tests.shopify_install import DOMAIN, Acorn, acorn
from tests.world import World


def refreshes(shop: Acorn) -> list[str]:
    """The refresh tokens that were sent to Shopify, in order."""
    asked = shop.installation.asked
    return [one["refresh_token"] for one in asked if one.get("grant_type") == "refresh_token"]


class Died(BaseException):
    """The worker was killed."""


def ask_for_an_order(shop: Acorn) -> int:
    """An order nobody told of is to be fetched."""
    order_id = shop.order()
    shop.shop.outbox.waiting.clear()
    with shop.world.database.write(shop.store.store_id) as db:
        effects.ask(db, shop.store.store_id, effects.FETCH_ORDER, [str(order_id)], shop.world.now)
    return order_id


def standing(shop: Acorn) -> StoreState:
    return shop.store.state


def states(shop: Acorn) -> set[str]:
    with shop.world.database.read(shop.store.store_id) as db:
        return set(db.execute(select(effect_rows.c.state)).scalars())


def test_a_token_is_renewed_a_few_minutes_before_it_ends_and_not_sooner(installed: Acorn) -> None:
    first = installed.tokens().current()
    installed.world.wait(minutes=54)
    assert installed.tokens().current() == first
    installed.world.wait(minutes=2)
    second = installed.tokens().current()
    assert second != first
    assert installed.installation.is_good(second, installed.world.now)


def test_a_token_that_dies_in_mid_call_is_renewed_once_and_the_call_made_again(installed: Acorn) -> None:
    ask_for_an_order(installed)
    installed.installation.access.clear()
    installed.work()
    assert states(installed) == {"done"}
    assert installed.world.total(installed.store) > 0
    assert len(refreshes(installed)) == 1


def test_a_refresh_answer_lost_on_its_way_is_had_again_with_the_token_of_before(installed: Acorn) -> None:
    installed.world.wait(minutes=56)
    installed.skin.faults.fail([Fault.RESET_AFTER])
    with pytest.raises(PlatformUnavailable):
        installed.tokens().current()
    assert standing(installed) == StoreState.CONNECTED
    got = installed.tokens().current()
    assert installed.installation.is_good(got, installed.world.now)
    [lost, again] = refreshes(installed)
    assert lost == again
    # What came then works on: nothing was lost with the answer.
    installed.world.wait(minutes=56)
    assert installed.tokens().current() != got


@pytest.mark.parametrize("deadly", points.RENEWING)
def test_a_worker_that_dies_while_renewing_keeps_others_out_a_minute(installed: Acorn, deadly: str) -> None:
    installed.world.wait(minutes=61)

    def die(point: str) -> None:
        if point == deadly:
            raise Died

    with pytest.raises(Died):
        KeptTokens(replace(installed.env, reach=die), installed.store, "").current()
    with pytest.raises(PlatformUnavailable) as waits:
        installed.tokens().current()
    assert waits.value.retry_after_s == 2
    installed.world.wait(seconds=61)
    assert installed.installation.is_good(installed.tokens().current(), installed.world.now)


def test_dead_tokens_park_the_calls_and_the_next_visit_takes_them_up(installed: Acorn) -> None:
    ask_for_an_order(installed)
    installed.work()
    ask_for_an_order(installed)
    installed.installation.access.clear()
    installed.installation.refresh.clear()
    run_effects(installed.env, installed.store.store_id)
    assert standing(installed) == StoreState.NEEDS_REAUTH
    assert states(installed) == {"done", "parked"}
    assert installed.world.notices(installed.store) == ["needs_reauth"]
    # Nothing is called any more, but what arrives is counted.
    asked = len(installed.installation.asked)
    installed.world.wait(days=2)
    run_effects(installed.env, installed.store.store_id)
    assert len(installed.installation.asked) == asked
    # The visit's own proof brings new tokens.
    since = installed.store.connected_at
    assert "Connected since" in installed.visit().text
    assert standing(installed) == StoreState.CONNECTED
    assert installed.store.connected_at == since
    assert installed.world.notices(installed.store) == []
    installed.work()
    assert states(installed) == {"done"}


def test_deliveries_of_a_store_that_needs_its_merchant_are_counted(installed: Acorn) -> None:
    installed.installation.access.clear()
    installed.installation.refresh.clear()
    with pytest.raises(GrantEnded):
        installed.tokens().instead_of(installed.tokens().current(), GrantEnded("dead"))
    installed.order()
    installed.send()
    installed.work()
    assert installed.world.total(installed.store) > 0


def test_a_token_that_never_ends_is_refused_by_shopify_and_asks_for_the_merchant(shop: Acorn) -> None:
    installed = shop
    assert installed.visit().status_code == 200
    held = installed.held
    assert held is not None
    installed.installation.access[held.access_token] = None
    installed.installation.refresh.clear()
    ask_for_an_order(installed)
    run_effects(installed.env, installed.store.store_id)
    assert standing(installed) == StoreState.NEEDS_REAUTH


def test_an_empty_field_never_overwrites_a_token(installed: Acorn) -> None:
    body = {"access_token": "shpat_new", "scope": "", "expires_in": None, "refresh_token": ""}
    real = installed.env.grants()

    class Sparse:
        by_id_token, by_code = real.by_id_token, real.by_code
        consent_address, page_address = real.consent_address, real.page_address

        def by_refresh(self, *_: object) -> object:
            return granted(Answer(200, json.dumps(body).encode(), None))

    before = installed.held
    assert before is not None
    installed.world.wait(minutes=56)
    env = replace(installed.env, grants=cast("Any", Sparse))
    assert KeptTokens(env, installed.store, "").current() == "shpat_new"
    after = installed.held
    assert after is not None
    assert (after.refresh_token, after.scopes) == (before.refresh_token, before.scopes)
    assert after.expires_at == installed.world.now + timedelta(hours=1)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b"{}", None),
        Answer(200, b'{"access_token": ""}', None),
        Answer(200, b'{"access_token": "a\\nb"}', None),
        Answer(200, b"<html>", None),
        Answer(401, b'{"error": "invalid_client"}', None),
        Answer(503, b"", None),
        Answer(301, b"", None),
        Answer(418, b"{}", None),
    ],
)
def test_an_answer_without_a_token_changes_nothing_and_is_asked_for_again(answer: Answer) -> None:
    with pytest.raises(PlatformUnavailable):
        granted(answer)


def test_a_store_nobody_calls_is_renewed_every_week_so_that_it_stays_connected(installed: Acorn) -> None:
    [tick] = [one for one in TICKS if one.job == RENEW]
    for _ in range(16):
        installed.world.wait(days=7, minutes=1)
        assert stores_due(installed.env, tick) == [installed.store.store_id]
        assert renew_idle(installed.env, installed.store.store_id)
        assert stores_due(installed.env, tick) == []
    assert standing(installed) == StoreState.CONNECTED
    ask_for_an_order(installed)
    installed.work()
    assert states(installed) == {"done"}


def test_tokens_are_not_readable_in_the_database(installed: Acorn) -> None:
    held = installed.held
    assert held is not None
    with installed.world.database.read_all() as db:
        [row] = db.execute(select(store_tokens)).all()
    told = repr(tuple(row)) + repr(held)
    assert held.access_token not in told
    assert held.refresh_token not in told
    assert "shprt" not in told


@pytest.fixture
def on_postgres(postgres_url: str, tmp_path: Path) -> Iterator[Acorn]:
    with World.open(postgres_url, tmp_path) as world, acorn(world) as opened:
        yield opened


def test_two_workers_renew_at_once_and_one_call_is_made(on_postgres: Acorn) -> None:
    shop = on_postgres
    assert shop.visit().status_code == 200
    for _ in range(5):
        shop.world.wait(minutes=56)
        before = len(refreshes(shop))
        gate, got = threading.Barrier(6), list[str]()

        def call(gate: threading.Barrier = gate, got: list[str] = got) -> None:
            gate.wait()
            got.append(shop.tokens().current())

        threads = [threading.Thread(target=call) for _ in range(6)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert len(got) == 6
        assert len(refreshes(shop)) == before + 1
        held = shop.held
        assert held is not None
        assert held.refresh_token in shop.installation.refresh
        assert all(shop.installation.is_good(token, shop.world.now) for token in got)


def test_who_comes_back_after_another_has_renewed_throws_its_answer_away(on_postgres: Acorn) -> None:

    shop = on_postgres
    assert shop.visit().status_code == 200
    shop.world.wait(minutes=56)
    of_the_other: list[str] = []

    def sleep_through(point: str) -> None:
        if point == "tokens.after_call":
            shop.world.wait(seconds=61)
            of_the_other.append(shop.tokens().current())

    slow = KeptTokens(replace(shop.env, reach=sleep_through), shop.store, "")
    assert [slow.current()] == of_the_other
    held = shop.held
    assert held is not None
    assert held.access_token == of_the_other[0]


def test_two_first_visits_at_once_connect_one_store(on_postgres: Acorn) -> None:
    proofs = [on_postgres.id_token() for _ in range(4)]
    statuses: list[int] = []

    def visit(proof: str) -> None:
        client = on_postgres.world.client.application.test_client()
        query = {"shop": DOMAIN, "embedded": "1", "id_token": proof}
        statuses.append(client.get("/shopify", query_string=query).status_code)

    threads = [threading.Thread(target=visit, args=(proof,)) for proof in proofs]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert statuses == [200] * 4
    with on_postgres.world.database.read_all() as db:
        assert [store.name for store in all_stores(db)] == ["acorn"]
