"""Our webhooks at a store: made with a secret of ours, looked after, made anew, and taken away at the end."""

from __future__ import annotations

import re

import pytest

from core.db import effects
from core.domain.stores import StoreState
from core.jobs.beat import TICKS, stores_due
from core.jobs.bell import EFFECTS, HOOKS
from sandbox.woocommerce.faults import answer, time_out
from sandbox.woocommerce.outbox import DISABLED_AT_FAILURES, Webhook
from sandbox.woocommerce.webhooks import create
from tests.admin.merchant import Merchant, in_words


def look_after(her: Merchant) -> None:
    """Half an hour passes, and the beat rings for a look at the webhooks."""
    her.world.wait(minutes=30)
    tick = next(one for one in TICKS if one.job == HOOKS)
    for store_id in stores_due(her.world.env, tick):
        her.world.env.bell.ring(HOOKS, store_id)
    her.work()


def hook_of(her: Merchant, topic: str) -> Webhook:
    """The only webhook of a topic at the store."""
    (found,) = (hook for hook in her.birch.store.webhooks.values() if hook.topic == topic)
    return found


def switch_off(her: Merchant, topic: str) -> Webhook:
    """The store gives a webhook up, as it does after seven failures."""
    hook = hook_of(her, topic)
    hook.status, hook.failures = "disabled", DISABLED_AT_FAILURES - 1
    return hook


def test_every_webhook_has_a_long_hexadecimal_secret_of_ours_and_no_other_key(her: Merchant) -> None:
    her.connect()
    secrets = {hook.secret for hook in her.birch.store.webhooks.values()}
    assert len(secrets) == 1
    assert re.fullmatch("[0-9a-f]{40}", secrets.pop())


def test_webhooks_at_work_are_left_as_they_are(her: Merchant) -> None:
    her.connect()
    before = her.kept_hooks()
    look_after(her)
    assert her.kept_hooks() == before
    assert sum(path.startswith("/wp-json/wc/v3/webhooks") for path in her.store.asked) == 10


def test_a_webhook_the_store_switched_off_is_deleted_and_made_anew_and_the_merchant_is_told(
    her: Merchant,
) -> None:
    her.connect()
    dead = switch_off(her, "order.updated")
    look_after(her)
    anew = hook_of(her, "order.updated")
    assert anew.webhook_id != dead.webhook_id
    assert (anew.status, anew.failures) == ("active", 0)
    assert set(her.kept_hooks()) == {str(number) for number in her.birch.store.webhooks}
    assert "switched off webhooks of ours" in in_words(her.get("/admin"))
    look_after(her)
    assert "Nothing needs you" in in_words(her.get("/admin"))


@pytest.mark.parametrize("happened", ["deleted", "paused", "moved"])
def test_a_webhook_somebody_deleted_paused_or_turned_elsewhere_is_made_anew(
    her: Merchant, happened: str
) -> None:
    her.connect()
    hook = hook_of(her, "order.created")
    if happened == "deleted":
        del her.birch.store.webhooks[hook.webhook_id]
    elif happened == "paused":
        hook.status = "paused"
    else:
        hook.delivery_url = "https://elsewhere.example/hook"
    look_after(her)
    assert hook_of(her, "order.created").status == "active"
    assert hook_of(her, "order.created").delivery_url.startswith("https://loyalty.example/")


def test_webhooks_of_others_are_left_alone_even_those_to_our_address(her: Merchant) -> None:
    her.connect()
    fields = {"name": "My own", "topic": "order.updated", "secret": "hers"}
    url = hook_of(her, "order.created").delivery_url
    to_us = create(her.birch.store, {**fields, "delivery_url": url, "status": "disabled"}, her.world.now)
    elsewhere = create(her.birch.store, {**fields, "delivery_url": "https://else.example"}, her.world.now)
    look_after(her)
    her.send_form("/admin/stores/1/disconnect")
    her.work()
    assert set(her.birch.store.webhooks) == {to_us.webhook_id, elsewhere.webhook_id}


def test_a_webhook_whose_making_was_never_confirmed_is_not_left_there_twice(her: Merchant) -> None:
    state = her.state_asked()
    her.store.door.faults.fail(time_out(applied=True, seconds=0), method="POST", path="webhooks")
    her.bring(state)
    her.work()
    assert len(her.birch.store.webhooks) == 1
    her.world.wait(seconds=5)
    her.world.env.bell.ring("core.jobs.entry_points.effects", 1)
    her.work()
    assert len(her.birch.store.webhooks) == len(her.kept_hooks()) == 8


def test_a_topic_the_store_refuses_takes_no_other_with_it_and_is_told(her: Merchant) -> None:
    refusal = b'{"code":"woocommerce_rest_shop_webhook_invalid_topic","message":"No.","data":{"status":400}}'
    state = her.state_asked()
    her.store.door.faults.fail(answer(400, refusal), method="POST", path="webhooks")
    her.bring(state)
    her.work()
    assert len(her.kept_hooks()) == 7
    assert "does not tell us of: order.created" in in_words(her.get("/admin"))


# -- the key's owner


def test_a_demoted_owner_of_the_key_is_told_and_healed_by_connecting_again(her: Merchant) -> None:
    store = her.connect()
    before = her.kept_hooks()
    her.birch.store.owner_status = 403
    her.buy()
    assert her.only_store().state is StoreState.NEEDS_REAUTH
    assert her.world.total(store) == 0
    page = in_words(her.get("/admin/stores/1"))
    assert "does not let us in any more" in page
    assert "can no longer tell us about orders" in page

    with her.world.database.write(store.store_id) as db:
        effects.ask(db, store.store_id, effects.FETCH_ORDER, ["10"], her.world.now)
    her.world.env.bell.ring(EFFECTS, store.store_id)
    asked = len(her.store.asked)
    look_after(her)
    assert len(her.store.asked) == asked

    her.birch.store.owner_status = 200
    her.world.wait(minutes=1)
    again = her.connect()
    assert (again.store_id, again.state) == (store.store_id, StoreState.CONNECTED)
    assert again.connected_at == her.world.now
    # They speak with the rights of whoever made them.
    assert before.keys().isdisjoint(her.kept_hooks())
    assert set(her.kept_hooks()) == {str(number) for number in her.birch.store.webhooks}
    assert "Nothing needs you" in in_words(her.get("/admin"))
    assert any(path.startswith("/wp-json/wc/v3/orders/10") for path in her.store.asked[asked:])
    her.buy()
    assert her.world.total(store) == 13


def test_an_owner_who_may_again_heals_it_too(her: Merchant) -> None:
    store = her.connect()
    her.birch.store.owner_status = 401
    her.buy()
    her.birch.store.owner_status = 200
    her.buy()
    assert her.only_store().state is StoreState.CONNECTED
    assert her.world.total(store) == 13


# -- the end, and coming back


def test_disconnecting_deletes_our_webhooks_forgets_the_keys_and_keeps_the_ledger(
    her_on_either: Merchant,
) -> None:
    her = her_on_either
    store = her.connect()
    her.buy()
    assert "Members keep their points" in in_words(her.get("/admin/stores/1/disconnect"))
    her.send_form("/admin/stores/1/disconnect")
    her.work()
    assert her.birch.store.webhooks == {}
    assert her.only_store().state is StoreState.UNINSTALLED
    assert her.world.total(store) == 13
    with her.world.database.read_all() as db:
        sealed = db.exec_driver_sql("SELECT credentials FROM stores").scalar_one()
    assert "consumer_secret" not in her.world.env.secrets.unseal(sealed)
    asked = len(her.store.asked)
    look_after(her)
    assert len(her.store.asked) == asked
    assert "is disconnected" in in_words(her.get("/admin/stores/1"))


def test_a_store_that_does_not_answer_is_disconnected_all_the_same_and_tidied_later(her: Merchant) -> None:
    her.connect()
    her.store.door.faults.ahead.append(answer(503))
    her.send_form("/admin/stores/1/disconnect")
    her.work()
    assert her.only_store().state is StoreState.UNINSTALLED
    assert len(her.birch.store.webhooks) == 8
    look_after(her)
    assert her.birch.store.webhooks == {}


def test_a_store_whose_keys_are_dead_is_disconnected_and_left_behind(her: Merchant) -> None:
    her.connect()
    her.birch.store.keys.clear()
    her.send_form("/admin/stores/1/disconnect")
    her.work()
    assert her.kept_hooks() == {}


def test_a_store_that_is_connected_again_goes_on_where_it_was(her: Merchant) -> None:
    store = her.connect()
    her.buy()
    her.send_form("/admin/stores/1/disconnect")
    her.work()
    her.world.wait(hours=3)
    again = her.connect()
    assert (again.store_id, again.webhook_path) == (store.store_id, store.webhook_path)
    her.buy()
    assert her.world.total(store) == 26
    assert len(her.birch.store.webhooks) == 8


def test_a_store_that_changed_its_currency_is_not_taken_back(her: Merchant) -> None:
    her.connect()
    her.birch.store.currency, her.birch.store.decimals = "EUR", 2
    her.approve(her.ask())
    her.work()
    assert "sold in JPY when it was connected, now in EUR" in in_words(her.get("/admin/connect/attempts/2"))
    assert her.only_store().currency == "JPY"
