"""`regulars shopify-app`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.db import stores
from core.domain.platform import Field
from integrations.shopify.adapter import TOPICS
from integrations.shopify.app import configuration
from integrations.shopify.documents import API_VERSION, needed_scopes
from tests.cli.conftest import CommandLine
from tests.shopify_install import CLIENT_ID, Acorn, acorn
from tests.world import World

SECRET = "shpss_birch_0123456789abcdef"
ADD = ("shopify-app", "add", "--client-id", "birch-app", "--client-secret", SECRET)


@pytest.fixture
def shop(world: World) -> Iterator[Acorn]:
    """Acorn, connected by an app."""
    with acorn(world) as opened:
        assert opened.visit().status_code == 200
        yield opened


def test_an_app_is_added_listed_and_removed(regulars: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET + "\n")
    added = regulars(*ADD[:-1], f"@{file}", "--handle", "regulars", "--json").json
    assert added["client_id"] == "birch-app"
    [listed] = regulars("shopify-app", "list", "--json").lines
    assert listed == {
        "client_id": "birch-app",
        "handle": "regulars",
        "stores": 0,
        "accepts_previous_secret": False,
    }
    assert SECRET not in regulars("shopify-app", "list").out
    assert "set-secret" in regulars(*ADD).refusal
    assert regulars("shopify-app", "remove", "--client-id", "birch-app").code == 0
    assert regulars("shopify-app", "list", "--json").lines == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("shopify-app", "add", "--client-id", "a b", "--client-secret", SECRET), "letters and digits"),
        (("shopify-app", "add", "--client-id", "app", "--client-secret", "short"), "at least 16"),
        (("shopify-app", "add", "--client-id", "app", "--client-secret", ""), "at least 16"),
        (("shopify-app", "add", "--client-id", "a", "--client-secret", SECRET, "--handle", "A B"), "handle"),
        (("shopify-app", "remove", "--client-id", "nobody"), "There are: none"),
        (("shopify-app", "set-secret", "--client-id", "nobody"), "Nothing to set"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    regulars: CommandLine, words: tuple[str, ...], sentence: str
) -> None:
    assert sentence in regulars(*words).refusal


def test_an_app_stores_are_connected_by_stays(shop: Acorn, regulars_anywhere: CommandLine) -> None:
    refused = regulars_anywhere("shopify-app", "remove", "--client-id", CLIENT_ID).refusal
    assert "acorn" in refused


def test_a_new_secret_reaches_the_stores_and_the_one_before_signs_until_it_is_forgotten(
    shop: Acorn, regulars_anywhere: CommandLine
) -> None:
    regulars_anywhere("shopify-app", "set-secret", "--client-id", CLIENT_ID, "--client-secret", SECRET)
    shop.world.wait(seconds=11)
    shop.order()
    assert set(shop.send()) == {200}
    shop.shop.outbox.secret = SECRET
    shop.order()
    assert set(shop.send()) == {200}
    with shop.world.database.read_all() as db:
        sealed = stores.sealed_credentials(db, shop.store.store_id)
    assert sealed is not None
    assert shop.env.secrets.unseal(sealed)[Field.WEBHOOK_SECRET] == SECRET
    regulars_anywhere("shopify-app", "set-secret", "--client-id", CLIENT_ID, "--forget-previous")
    shop.shop.outbox.secret = shop.installation.client.secret
    shop.world.wait(seconds=11)
    shop.order()
    assert set(shop.send()) == {401}


def test_the_configuration_is_filled_in_for_this_installation(world: World, regulars: CommandLine) -> None:
    regulars(*ADD, "--handle", "birch-points")
    refused = regulars("shopify-app", "config", "--client-id", "birch-app").refusal
    assert "PUBLIC_URL" in refused
    regulars.environ["PUBLIC_URL"] = "https://points.birch.example"
    told = tomllib.loads(regulars("shopify-app", "config", "--client-id", "birch-app").out)
    assert told["client_id"] == "birch-app"
    assert told["handle"] == "birch-points"
    assert told["application_url"] == "https://points.birch.example/shopify"
    assert "regulars.example" not in str(told)


def test_the_configuration_asks_for_what_is_needed_and_nothing_else() -> None:
    told = tomllib.loads(configuration())
    # Shoppers' pages within the store's own address cannot be had without write_app_proxy, nor word of
    # customers who were merged without read_customer_merge.
    wanted = {*needed_scopes(), "write_app_proxy", "read_customer_merge"}
    assert set(told["access_scopes"]["scopes"].split(",")) == wanted
    assert "use_legacy_install_flow" not in told["access_scopes"]
    assert told["embedded"] is True


def test_the_configuration_asks_for_every_topic_that_is_read_and_no_other() -> None:
    webhooks = tomllib.loads(configuration())["webhooks"]
    assert webhooks["api_version"] == API_VERSION
    of_store, of_people = webhooks["subscriptions"]
    assert set(of_store["topics"]) == TOPICS
    assert set(of_people["compliance_topics"]) == {
        "customers/data_request",
        "customers/redact",
        "shop/redact",
    }
    assert {one["uri"] for one in (of_store, of_people)} == {"https://regulars.example/webhooks/shopify"}


def test_what_shopify_is_told_of_is_there(world: World) -> None:
    told = tomllib.loads(configuration())
    rules = {rule.rule for rule in world.client.application.url_map.iter_rules()}
    paths = [told["application_url"], *told["auth"]["redirect_urls"]]
    assert {re.sub(r"https://[^/]+", "", path) for path in paths} <= rules
