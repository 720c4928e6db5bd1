"""Our plugin in a store is told who we are and what to sign with, and forgets it when we leave."""

from __future__ import annotations

import re

from core.jobs.hook_rounds import look_after_hooks
from sandbox.woocommerce.faults import answer
from sandbox.woocommerce.store import Plugin
from tests.admin.merchant import HERE, Merchant, in_words


def plugin_of(her: Merchant) -> Plugin:
    """The plugin, installed before the store is connected."""
    her.birch.store.plugin = Plugin()
    return her.birch.store.plugin


def held(her: Merchant) -> dict[str, str]:
    """The store's keys, opened."""
    with her.world.database.read_all() as db:
        sealed = db.exec_driver_sql("SELECT credentials FROM stores").scalar_one()
    return her.world.env.secrets.unseal(sealed)


def test_the_plugin_is_told_our_address_and_a_long_secret_of_its_own(her: Merchant) -> None:
    plugin = plugin_of(her)
    her.connect()
    assert plugin.server == HERE
    assert re.fullmatch("[0-9a-f]{64}", plugin.secret)
    assert plugin.secret == held(her)["link_secret"] != held(her)["webhook_secret"]


def test_a_store_without_the_plugin_is_as_good_as_any(her: Merchant) -> None:
    her.connect()
    assert len(her.kept_hooks()) == 8
    assert "Nothing needs you" in in_words(her.get("/admin"))


def test_a_plugin_installed_later_is_told_within_the_half_hour(her: Merchant) -> None:
    her.connect()
    plugin = plugin_of(her)
    her.world.wait(minutes=30)
    look_after_hooks(her.world.env, 1)
    assert plugin.secret


def test_the_secret_stays_the_same_when_the_store_is_connected_again(her: Merchant) -> None:
    plugin = plugin_of(her)
    her.connect()
    first = plugin.secret
    her.send_form("/admin/stores/1/disconnect")
    her.work()
    assert (plugin.server, plugin.secret) == ("", "")
    her.world.wait(minutes=1)
    her.connect()
    assert plugin.secret == first


def test_a_plugin_that_fails_keeps_no_webhook_from_being_made(her: Merchant) -> None:
    plugin = plugin_of(her)
    her.store.door.faults.fail(answer(503), path="wc-regulars")
    her.connect()
    assert len(her.kept_hooks()) == 8
    assert not plugin.secret
    look_after_hooks(her.world.env, 1)
    assert plugin.secret


def test_a_plugin_that_will_not_let_go_keeps_nobody_from_leaving(her: Merchant) -> None:
    plugin_of(her)
    her.connect()
    her.store.door.faults.fail(answer(503), method="DELETE", path="wc-regulars")
    her.send_form("/admin/stores/1/disconnect")
    her.work()
    assert her.birch.store.webhooks == {}
    assert "consumer_secret" not in held(her)


def test_a_copy_of_an_installation_leaves_the_plugin_to_the_original(her: Merchant) -> None:
    plugin = plugin_of(her)
    her.connect()
    plugin.server, plugin.secret = "https://production.example", "0" * 64
    her.world.wait(hours=2)
    look_after_hooks(her.world.env, 1)
    her.send_form("/admin/stores/1/disconnect")
    her.work()
    assert (plugin.server, plugin.secret) == ("https://production.example", "0" * 64)


def test_whoever_connects_the_store_anew_has_the_plugin_sign_for_them(her: Merchant) -> None:
    plugin = plugin_of(her)
    plugin.server, plugin.secret = "https://before.example", "0" * 64
    her.connect()
    assert plugin.server == HERE
    assert plugin.secret == held(her)["link_secret"]
