"""`regulars store set-keys` and `store show`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from core.db import effects, stores
from core.domain.errors import StoreUnauthorized
from core.domain.platform import Field
from core.domain.stores import Store
from core.jobs.drain import LeaseLost
from core.jobs.effects import run_effects
from core.services.receiving import CONNECTION_BROKEN
from integrations.body_signature import header
from sandbox.woocommerce.serving import Serving
from tests.cli.conftest import CommandLine
from tests.fakes.birch import KEY, SECRET
from tests.fakes.no_codes import NoCodes
from tests.payloads import an_order, body_of
from tests.world import World
from webhooks.directory import KEPT

SET = ("store", "set-keys", "--store", "Birch")
OLD = {
    Field.CONSUMER_KEY: "ck_old",
    Field.CONSUMER_SECRET: "cs_old",
    Field.WEBHOOK_SECRET: "hook-old",
}


def birch(world: World, url: str = "https://birch.example", *, is_offline: bool = True) -> Store:
    return world.connect(url=url, is_offline=is_offline, credentials={str(k): v for k, v in OLD.items()})


def acorn(world: World) -> Store:
    return world.connect(
        "Acorn",
        platform="shopify",
        url="https://acorn.myshopify.com",
        webhook_path="acorn.myshopify.com",
        credentials={Field.WEBHOOK_SECRET: "app-old", Field.ACCESS_TOKEN: "shpat_old"},
    )


def keys_of(world: World, store: Store) -> dict[str, str]:
    with world.database.read(store.store_id) as db:
        sealed = stores.sealed_credentials(db, store.store_id)
    assert sealed is not None
    return world.env.secrets.unseal(sealed)


def signed_by(world: World, store: Store, secret: str) -> int:
    """The status of a delivery that this secret signed."""
    body = body_of(an_order())
    return world.post(store, body, headers={"X-WC-Webhook-Signature": header(body, secret)})


def parked(world: World, store: Store) -> None:
    """As it is after the store has turned our keys away."""
    with world.database.write(store.store_id) as db:
        effects.ask(db, store.store_id, effects.FETCH_ORDER, ["1", "2"], world.now)
        effects.park(db, store.store_id, effects.FETCH_ORDER, "the keys are dead", world.now)
        subject = effects.FETCH_ORDER
        stores.raise_notice(db, store.store_id, CONNECTION_BROKEN, subject, "Connect it again.", world.now)


def states(world: World, store: Store) -> dict[str, int]:
    with world.database.read(store.store_id) as db:
        return effects.counts(db, store.store_id)


def test_only_what_is_given_changes(regulars_anywhere: CommandLine, world: World) -> None:
    store = birch(world)
    said = regulars_anywhere(*SET, "--consumer-key", "ck_new", "--consumer-secret", "", "--json").json
    assert (said["set"], said["is_proven"]) == (["consumer_key"], False)
    assert keys_of(world, store) == OLD | {Field.CONSUMER_KEY: "ck_new"}


def test_an_empty_value_is_remarked_and_overwrites_nothing(
    regulars: CommandLine, sqlite_world: World
) -> None:
    store = birch(sqlite_world)
    ran = regulars(*SET, "--webhook-secret", "", "--consumer-key", "ck_new")
    assert "--webhook-secret is empty, so what is stored stays.\n" in ran.err
    assert "Nothing to set" in regulars(*SET, "--webhook-secret", "").err
    assert keys_of(sqlite_world, store) == OLD | {Field.CONSUMER_KEY: "ck_new"}


def test_a_secret_may_come_from_standard_input(regulars: CommandLine, sqlite_world: World) -> None:
    store = birch(sqlite_world)
    assert regulars(*SET, "--webhook-secret", "-", stdin="hook-new\n").code == 0
    assert keys_of(sqlite_world, store)[Field.WEBHOOK_SECRET] == "hook-new"


def test_b7_both_secrets_are_taken_until_the_old_one_is_forgotten(
    regulars_anywhere: CommandLine, world: World
) -> None:
    store = birch(world)
    assert signed_by(world, store, "hook-old") == 200
    said = regulars_anywhere(*SET, "--webhook-secret", "hook-new")
    assert "--forget-previous" in said.out
    assert "10 s" in said.out
    assert "hook-" not in said.out

    world.moment[0] += KEPT
    taken = {secret: signed_by(world, store, secret) for secret in ("hook-new", "hook-old", "hook-other")}
    assert taken == {"hook-new": 200, "hook-old": 200, "hook-other": 401}

    assert not regulars_anywhere(*SET, "--forget-previous", "--json").json["accepts_previous_secret"]
    world.moment[0] += KEPT
    assert [signed_by(world, store, secret) for secret in ("hook-new", "hook-old")] == [200, 401]


def test_the_same_secret_again_begins_no_rotation(regulars: CommandLine, sqlite_world: World) -> None:
    store = birch(sqlite_world)
    regulars(*SET, "--webhook-secret", "hook-old")
    assert keys_of(sqlite_world, store) == OLD


def test_a_secret_that_leaked_can_be_replaced_and_forgotten_at_once(
    regulars: CommandLine, sqlite_world: World
) -> None:
    store = birch(sqlite_world)
    regulars(*SET, "--webhook-secret", "hook-new", "--forget-previous")
    assert keys_of(sqlite_world, store) == OLD | {Field.WEBHOOK_SECRET: "hook-new"}


def test_keys_that_the_store_lets_in_are_stored_and_what_waited_goes_on(
    regulars: CommandLine, sqlite_world: World, shop: Serving
) -> None:
    store = birch(sqlite_world, shop.url, is_offline=False)
    parked(sqlite_world, store)
    said = regulars(*SET, "--consumer-key", KEY, "--consumer-secret", SECRET, "--json").json
    assert (said["is_proven"], said["resumed"]) == (True, 2)
    assert len(shop.asked) == 1
    assert states(sqlite_world, store) == {"pending": 2}
    assert sqlite_world.notices(store) == []


def test_keys_that_the_store_turns_away_change_nothing(
    regulars: CommandLine, sqlite_world: World, shop: Serving
) -> None:
    store = birch(sqlite_world, shop.url, is_offline=False)
    parked(sqlite_world, store)
    refused = regulars(*SET, "--consumer-key", "ck_wrong").refusal
    assert "Nothing was changed. Make new ones in WooCommerce" in refused
    assert (keys_of(sqlite_world, store), states(sqlite_world, store)) == (OLD, {"parked": 2})
    assert sqlite_world.notices(store) == ["connection_broken"]


def test_a_store_out_of_reach_gets_its_keys_without_a_check(
    regulars: CommandLine, sqlite_world: World, shop: Serving
) -> None:
    store = birch(sqlite_world, "https://127.0.0.1:9", is_offline=False)
    refused = regulars(*SET, "--consumer-key", KEY).refusal
    assert refused.endswith("Nothing was changed. Try again later, or store them unproven with --no-check.")
    assert regulars(*SET, "--consumer-key", KEY, "--no-check").code == 0
    assert keys_of(sqlite_world, store)[Field.CONSUMER_KEY] == KEY
    assert shop.asked == []


def test_a_webhook_secret_alone_says_nothing_about_calls(regulars: CommandLine, sqlite_world: World) -> None:
    store = birch(sqlite_world, is_offline=False)
    parked(sqlite_world, store)
    regulars(*SET, "--webhook-secret", "hook-new")
    assert states(sqlite_world, store) == {"parked": 2}
    assert sqlite_world.notices(store) == ["connection_broken"]


def test_a_worker_still_turned_away_with_the_keys_of_before_parks_nothing(
    regulars_anywhere: CommandLine, world: World
) -> None:
    store = birch(world, is_offline=False)
    parked(world, store)
    world.wait(hours=1)

    @dataclass
    class Shop(NoCodes):
        def fetch_order(self, order_ref: str, asked_at: datetime) -> bytes:  # noqa: ARG002
            assert regulars_anywhere(*SET, "--consumer-key", "ck_new", "--no-check").code == 0
            raise StoreUnauthorized("ck_old is dead")

    with pytest.raises(LeaseLost):
        run_effects(replace(world.env, shop=lambda _store, _keys: Shop()), store.store_id)
    assert states(world, store) == {"pending": 2}
    assert world.notices(store) == []


def test_a_shopify_store_has_keys_of_its_own_kind(regulars: CommandLine, sqlite_world: World) -> None:
    store = acorn(sqlite_world)
    words = ("store", "set-keys", "--store", "Acorn")
    assert "Acorn has no consumer key" in regulars(*words, "--consumer-key", "ck").refusal
    regulars(*words, "--client-secret", "app-new", "--access-token", "shpat_new", "--no-check")
    assert keys_of(sqlite_world, store) == {
        Field.WEBHOOK_SECRET: "app-new",
        Field.PREVIOUS_WEBHOOK_SECRET: "app-old",
        Field.ACCESS_TOKEN: "shpat_new",
    }


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_store_is_shown_without_its_keys(
    regulars: CommandLine, sqlite_world: World, words: tuple[str, ...]
) -> None:
    store = birch(sqlite_world)
    regulars(*SET, "--webhook-secret", "hook-new")
    parked(sqlite_world, store)
    shown = regulars("store", "show", "--store", "Birch", *words)
    assert not any(secret in shown.out for secret in (*OLD.values(), "hook-new"))
    assert "previous secret still accepted" in shown.out or shown.json["accepts_previous_secret"]
    assert "Connect it again." in shown.out


def test_a_store_that_was_never_to_be_called_is_called_from_now_on(
    regulars: CommandLine, sqlite_world: World
) -> None:
    store = birch(sqlite_world)
    said = regulars("store", "set-keys", "--store", "Birch", "--online", "--no-check")
    assert said.code == 0
    assert store.is_offline
    assert "yes" in regulars("store", "show", "--store", "Birch").out
