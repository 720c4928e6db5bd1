"""The demo's shoppers rest while nobody looks, and come more slowly after an hour."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from random import Random

from sandbox.demo.acorn import Acorn
from sandbox.demo.birch import Birch
from sandbox.demo.life import OPENING, OPENING_PAUSE_S, PAUSE_S, RESTS_AFTER, SLOWER_AFTER, SLOWER_BY, Life
from sandbox.demo.post import Post
from sandbox.demo.regulars import Redemption, Regulars
from sandbox.demo.shop import Cart
from sandbox.demo.wallet import Held, Wallet
from sandbox.woocommerce import coupons
from tests.world import NOW


def a_life(moment: list[float]) -> Life:
    """Acorn's, on a clock that shows so many seconds after the beginning."""

    def now() -> datetime:
        return NOW + timedelta(seconds=moment[0])

    shop = Acorn("http://127.0.0.1:1", now)
    wallet = Wallet(Regulars("http://127.0.0.1:1", "Acorn", ""), shop.now)
    return Life(shop, Post(Random(1)), wallet, Random(1), NOW, NOW, tidy=lambda _now: None)


def test_shoppers_rest_when_nobody_has_looked_for_a_while_and_come_back_with_a_look() -> None:
    moment = [RESTS_AFTER.total_seconds() + 1]
    life = a_life(moment)
    assert life.is_resting(life.shop_now())
    life.tick(life.shop_now())
    assert life.shop.orders_placed == 0
    life.look()
    moment[0] += PAUSE_S[1]
    life.tick(life.shop_now())
    assert life.shop.orders_placed == 1


def test_the_first_code_is_hurried_for_by_one_shopper() -> None:
    moment = [0.0]
    life = a_life(moment)
    assert life.pause(NOW) <= timedelta(seconds=OPENING_PAUSE_S[1])
    life.tick(life.shop_now())
    assert life.shop.orders_placed == 1
    moment[0] = OPENING.total_seconds()
    assert life.pause(life.shop_now()) >= timedelta(seconds=PAUSE_S[0])


def test_a_code_is_offered_no_more_once_a_checkout_took_it() -> None:
    shop = Birch("http://127.0.0.1:1", lambda: NOW)
    coupons.create(shop._store, {"code": "birch-1", "amount": "500", "usage_limit": 1}, NOW)
    ana = shop.shoppers[0]
    held = Held(ana, Redemption("1", "live", "BIRCH-1", "500 JPY off", 100), NOW)
    wallet = Wallet(Regulars("http://127.0.0.1:1", "Birch", ""), shop.now, deque([held]))
    life = Life(shop, Post(Random(1)), wallet, Random(1), NOW, NOW, tidy=lambda _now: None)
    pieces = ((shop.goods[1].goods_ref, 1),)
    life.order(Cart(ana, pieces, "NOPE"))
    assert wallet.live(ana) == [held.redemption]
    life.order(Cart(ana, pieces, "BIRCH-1"))
    assert wallet.live(ana) == []
    assert [one.happening.order_ref for one in life.of_ana()] == [str(ref) for ref in reversed(shop.worth())]


def test_after_an_hour_they_come_more_slowly() -> None:
    life = a_life([0.0])
    assert life.pause(NOW) <= timedelta(seconds=PAUSE_S[1])
    later = NOW + SLOWER_AFTER + timedelta(seconds=1)
    assert life.pause(later) >= timedelta(seconds=PAUSE_S[0]) * SLOWER_BY
