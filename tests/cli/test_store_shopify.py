"""`regulars store add-shopify`."""

from __future__ import annotations

import pytest

from core.db import stores
from core.domain.platform import Field
from tests.cli.conftest import CommandLine
from tests.world import World

APP = ("--client-id", "app", "--client-secret", "acorn-client-secret")
ACORN = ("store", "add-shopify", "--name", "Acorn", "--domain", "acorn.myshopify.com", *APP)


def test_a_shop_is_connected_without_being_called(regulars_anywhere: CommandLine, world: World) -> None:
    connected = regulars_anywhere(*ACORN, "--offline", "--currency", "EUR", "--json").json
    assert connected["webhook_url"].endswith("/webhooks/shopify")
    with world.database.read_all() as db:
        store = stores.store_by_id(db, connected["store_id"])
        sealed = stores.sealed_credentials(db, connected["store_id"])
    assert store is not None
    assert sealed is not None
    assert (store.webhook_path, store.is_offline) == ("acorn.myshopify.com", True)
    assert world.env.secrets.unseal(sealed)[Field.WEBHOOK_SECRET] == "acorn-client-secret"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((*ACORN, "--offline"), "needs --currency"),
        (ACORN, "needs --currency"),
        ((*ACORN[:5], "acorn.evil.example", *APP, "--offline", "--currency", "EUR"), "not a shop's domain"),
        ((*ACORN, "--offline", "--currency", "EUR", "--client-secret", ""), "proves nothing"),
    ],
)
def test_what_cannot_be_connected_is_refused_in_one_sentence(
    regulars: CommandLine, words: tuple[str, ...], sentence: str
) -> None:
    refused = regulars(*words)
    assert refused.code == 2
    assert sentence in refused.err
