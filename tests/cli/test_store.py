"""`regulars store`."""

from __future__ import annotations

import stat
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from core.db import stores
from core.domain.platform import Field
from integrations.body_signature import header
from sandbox.woocommerce.faults import answer
from sandbox.woocommerce.serving import Serving
from tests.cli.conftest import CommandLine
from tests.fakes.birch import KEY, SECRET
from tests.payloads import an_order, body_of
from tests.world import World

KEYS = ("--consumer-key", KEY, "--consumer-secret", SECRET, "--webhook-secret", "hook")
BIRCH = ("store", "add-woocommerce", "--name", "Birch", "--url", "https://birch.example", *KEYS)
OFFLINE = (*BIRCH, "--offline", "--currency", "EUR")


def test_a_store_is_connected_without_being_called(regulars_anywhere: CommandLine, world: World) -> None:
    connected = regulars_anywhere(*OFFLINE, "--json", PUBLIC_URL="https://points.example/").json
    assert set(connected) == {"store_id", "webhook_url"}
    with world.database.read_all() as db:
        store = stores.store_by_id(db, connected["store_id"])
    assert store is not None
    assert (store.name, store.currency, store.zone.key, store.is_offline) == ("Birch", "EUR", "UTC", True)
    assert connected["webhook_url"] == f"https://points.example/webhooks/woocommerce/{store.webhook_path}"


def test_deliveries_at_the_printed_address_are_taken(regulars: CommandLine, sqlite_world: World) -> None:
    address = urlsplit(regulars(*OFFLINE, "--json").json["webhook_url"]).path
    body = body_of(an_order())
    for secret, status in (("hook", 200), ("other", 401)):
        sent = {"X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Signature": header(body, secret)}
        assert sqlite_world.client.post(address, data=body, headers=sent).status_code == status


def test_a_command_works_before_anything_was_started(untouched: CommandLine, new_folder: Path) -> None:
    assert untouched(*OFFLINE, "--json").json["store_id"] == 1
    assert [store["name"] for store in untouched("store", "list", "--json").lines] == ["Birch"]
    assert stat.S_IMODE(new_folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((new_folder / "secrets.json").stat().st_mode) == 0o600


def test_the_folder_may_be_an_option(untouched: CommandLine, tmp_path: Path) -> None:
    untouched(*OFFLINE, "--data", tmp_path / "other")
    assert untouched("store", "list", "--json").lines == []
    assert len(untouched("store", "list", "--json", "--data", tmp_path / "other").lines) == 1


def test_secrets_may_come_from_files_and_standard_input(
    regulars: CommandLine, sqlite_world: World, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("ck_in_a_file\n")
    words = ("store", "add-woocommerce", "--name", "Birch", "--url", "https://birch.example", "--offline")
    keys = ("--consumer-key", f"@{tmp_path / 'key'}", "--consumer-secret", "ünı ⌘ ", "--webhook-secret", "-")
    store_id = regulars(*words, *keys, "--currency", "EUR", "--json", stdin="from-stdin\n").json["store_id"]
    with sqlite_world.database.read_all() as db:
        sealed = stores.sealed_credentials(db, store_id)
    assert sealed is not None
    assert sqlite_world.env.secrets.unseal(sealed) == {
        Field.CONSUMER_KEY: "ck_in_a_file",
        Field.CONSUMER_SECRET: "ünı ⌘ ",
        Field.WEBHOOK_SECRET: "from-stdin",
    }


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((*BIRCH, "--offline"), "--offline needs --currency"),
        ((*BIRCH, "--offline", "--currency", "DOUBLOON"), "“DOUBLOON” is not a currency"),
        ((*OFFLINE, "--timezone", "Middle/Earth"), "“Middle/Earth” is not a time zone"),
        ((*OFFLINE, "--url", "birch.example"), "“birch.example” is not the address of a store"),
        ((*OFFLINE, "--url", "https://me:pw@birch.example"), "no user name or password"),
        ((*OFFLINE, "--name", ""), "1 to 80 printable characters"),
        ((*OFFLINE, "--name", "a\nb"), "1 to 80 printable characters"),
        ((*OFFLINE, "--webhook-secret", ""), "empty webhook secret"),
        ((*OFFLINE, "--webhook-secret", "@/nowhere"), "/nowhere cannot be read"),
        (BIRCH[:-2], "Missing option '--webhook-secret'"),
        ((*BIRCH, "--url", "http://birch.example"), "called over https"),
        ((*BIRCH, "--url", "https://birch.example:6379"), "at port 443 or 8443"),
        ((*BIRCH, "--url", "https://127.0.0.1"), "not on the internet"),
        ((*BIRCH, "--url", "https://0x7f.1"), "not a host name"),
    ],
)
def test_mistakes_are_one_sentence_and_connect_nothing(
    regulars: CommandLine, words: tuple[str, ...], sentence: str
) -> None:
    assert sentence in regulars(*words).refusal
    assert regulars("store", "list", "--json").lines == []


def test_two_stores_cannot_bear_one_name(regulars: CommandLine) -> None:
    regulars(*OFFLINE)
    assert "connected already" in regulars(*OFFLINE).refusal


def test_a_reachable_store_is_asked_for_currency_and_time_zone(
    regulars: CommandLine, sqlite_world: World, shop: Serving
) -> None:
    store_id = regulars(*BIRCH, "--url", shop.url, "--json").json["store_id"]
    with sqlite_world.database.read_all() as db:
        store = stores.store_by_id(db, store_id)
    assert store is not None
    assert (store.currency, store.zone.key, store.is_offline) == ("JPY", "Asia/Tokyo", False)
    assert store.url == shop.url


def test_wrong_keys_connect_nothing(regulars: CommandLine, shop: Serving) -> None:
    refusal = regulars(*BIRCH, "--url", shop.url, "--consumer-secret", "cs_wrong").refusal
    assert "does not accept the keys" in refusal
    assert regulars("store", "list", "--json").lines == []


def test_a_currency_the_store_does_not_have_is_refused(regulars: CommandLine, shop: Serving) -> None:
    assert "its currency is JPY" in regulars(*BIRCH, "--url", shop.url, "--currency", "USD").refusal


def test_a_time_zone_the_store_hides_has_to_be_given(regulars: CommandLine, shop: Serving) -> None:
    indian = answer(200, b'{"name": "Birch", "gmt_offset": 5.5}')
    shop.door.faults.fail(indian, times=2, path="/wp-json/?")
    assert "give it with --timezone" in regulars(*BIRCH, "--url", shop.url).refusal
    assert regulars(*BIRCH, "--url", shop.url, "--timezone", "Asia/Kolkata").code == 0


def test_connecting_says_what_to_do_next(regulars: CommandLine) -> None:
    said = regulars(*OFFLINE).out
    assert "Webhook address  http://127.0.0.1:8000/webhooks/woocommerce/" in said
    assert "Order created, Order updated, Order deleted, Order restored" in said
    assert "Set PUBLIC_URL" in said


def test_stores_are_listed_as_a_table_and_as_lines(regulars: CommandLine, sqlite_world: World) -> None:
    assert "No store is connected yet" in regulars("store", "list").out
    store = sqlite_world.connect(currency="JPY")
    listed = regulars("store", "list", "--json").lines[0]
    assert (listed["store_id"], listed["currency"], listed["is_offline"]) == (store.store_id, "JPY", True)
    assert listed["webhook_url"].endswith(store.webhook_path)
    assert "Birch" in regulars("store", "list").out


def test_a_rate_settles_the_orders_that_waited_for_it(regulars_anywhere: CommandLine, world: World) -> None:
    store = world.connect()
    world.tell(store, an_order(1, net="10.00", currency="USD"))
    world.tell(store, an_order(2, net="10.00", currency="GBP"))
    said = regulars_anywhere(
        "store", "set-rate", "--store", "Birch", "--currency", "usd", "--rate", "0.92", "--json"
    )
    assert said.json == {"store_id": store.store_id, "currency": "USD", "rate": "0.92", "back_in_line": 1}
    world.drain(store)
    assert world.points(store) == [9]
    assert world.inbox(store) == {"done": 1, "held": 1}


def test_a_rate_says_how_many_deliveries_it_releases(regulars: CommandLine, sqlite_world: World) -> None:
    sqlite_world.tell(sqlite_world.connect(), an_order(currency="USD"))
    words = ("store", "set-rate", "--store", "Birch", "--rate", "0.92", "--currency")
    first, second = regulars(*words, "USD"), regulars(*words, "GBP")
    assert "1 USD counts as 0.92 EUR in Birch. 1 delivery was waiting" in first.out
    assert "No queue server answers" in first.err
    assert "Nothing waited for it." in second.out


@pytest.mark.parametrize(
    ("currency", "rate", "sentence"),
    [
        ("EUR", "1", "its rate is 1"),
        ("ABC", "1", "“ABC” is not a currency"),
        ("USD", "1e3", "“1e3” is not a rate"),
    ],
)
def test_rates_that_cannot_be_meant_are_refused(
    regulars: CommandLine, sqlite_world: World, currency: str, rate: str, sentence: str
) -> None:
    sqlite_world.connect()
    words = ("store", "set-rate", "--store", "Birch", "--currency", currency, "--rate", rate)
    assert sentence in regulars(*words).refusal
