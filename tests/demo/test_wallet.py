"""A store's pages spend points over HTTP, as any program of the merchant's would."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from core.services.keys import make_key
from sandbox.demo.regulars import OutOfReach, Refusal, Regulars
from sandbox.demo.shop import Shopper
from sandbox.demo.wallet import Wallet
from tests.contract.rig import served
from tests.payloads import an_order
from tests.world import World

PROGRAM = """{
  "earning": [{"kind": "points_per_unit", "points": 1, "per_minor": 100, "rounding": "floor"}],
  "pending_days": 0,
  "rewards": [{"id": "five", "kind": "amount_off", "cost_points": 100, "amount_minor": 500}]
}"""
ANA = Shopper("Ana", "ana@example.com", "7")
GUS = Shopper("Gus", "gus@example.com")


@pytest.fixture
def wallet(sqlite_world: World) -> Iterator[Wallet]:
    """Of a store in which Ana ordered for 150.00."""
    birch = sqlite_world.connect(program=PROGRAM, is_offline=False)
    with sqlite_world.database.write(birch.store_id) as db:
        key = make_key(db, birch, "", secrets.token_hex(32), sqlite_world.now).key
    sqlite_world.tell(birch, an_order(1, "150.00", customer_id=7))
    with served(sqlite_world.client.application) as url:
        yield Wallet(Regulars(url, birch.name, key), lambda: sqlite_world.now)


def test_points_become_one_redemption_however_often_the_form_is_sent(wallet: Wallet) -> None:
    made = wallet.redeem(ANA, "five", "once")
    assert wallet.redeem(ANA, "five", "once") == made
    assert (made.state, made.title, made.cost_points) == ("pending", "5.00 EUR off", 100)
    assert [held.redemption for held in wallet.held(ANA)] == [made]
    member = wallet.regulars.member("7")
    assert member is not None
    assert member.available_points == 50
    wallet.look_after()
    assert wallet.live(ANA) == []


def test_too_few_points_and_a_stranger_are_refused_in_a_sentence(wallet: Wallet) -> None:
    wallet.redeem(ANA, "five", "once")
    with pytest.raises(Refusal, match="points"):
        wallet.redeem(ANA, "five", "again")
    with pytest.raises(Refusal, match="no points yet"):
        wallet.redeem(GUS, "five", "gus")


def test_rewards_are_those_of_the_program(wallet: Wallet) -> None:
    assert [(one.reward_ref, one.cost_points) for one in wallet.regulars.rewards()] == [("five", 100)]


def test_a_server_that_is_away_is_told_from_a_refusal() -> None:
    with pytest.raises(OutOfReach):
        Regulars("http://127.0.0.1:1", "Birch", "key").member("7")
