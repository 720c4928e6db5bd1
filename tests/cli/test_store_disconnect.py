"""`regulars store disconnect`."""

from __future__ import annotations

from core.db import stores
from core.domain.stores import StoreState
from tests.cli.conftest import CommandLine
from tests.payloads import an_order
from tests.world import World


def test_a_store_is_left_with_its_ledger_and_without_the_keys_for_calling_it(
    regulars_anywhere: CommandLine, world: World
) -> None:
    keys = {
        "consumer_key": "ck_birch",
        "consumer_secret": "cs_birch",
        "webhook_secret": "birch-webhook-secret",
    }
    store = world.connect(credentials=keys)
    world.tell(store, an_order())
    said = regulars_anywhere("store", "disconnect", "--store", "Birch")
    assert "its ledger stays" in said.out
    assert "none of ours were there" in said.out
    assert "delete our key in the store" in said.out
    with world.database.read_all() as db:
        found = stores.store_by_id(db, store.store_id)
        sealed = stores.sealed_credentials(db, store.store_id)
    assert found is not None
    assert found.state is StoreState.UNINSTALLED
    assert sealed is not None
    assert world.env.secrets.unseal(sealed).keys() == {"webhook_secret"}
    assert world.total(store) == 49


def test_a_store_that_is_out_already_stays_out(regulars: CommandLine, sqlite_world: World) -> None:
    sqlite_world.connect()
    regulars("store", "disconnect", "--store", "Birch")
    refusal = regulars("store", "disconnect", "--store", "Birch").refusal
    assert refusal == "Birch is disconnected already."
