"""What goes on in a store: shoppers order, send things back, cancel, and spend their points."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import structlog

from sandbox.demo.post import Post
from sandbox.demo.regulars import OutOfReach, Refusal, Reward
from sandbox.demo.shop import ANA, Cart, Shop, Shopper
from sandbox.demo.wallet import Wallet

PAUSE_S = (1.8, 3.8)
"""Between two happenings in one store."""
RESTS_AFTER = timedelta(minutes=10)
"""Without anybody looking, nobody orders."""
KEPT_ORDERS = 300
TICK_S = 0.1
WALLET_EVERY = timedelta(seconds=1)

GIVE_BACK_SHARE = 0.16
CANCEL_SHARE = 0.06
REDEEM_SHARE = 0.35
USE_CODE_SHARE = 0.6

log = structlog.get_logger()


@dataclass
class Life:
    """One store's days. `run` is for one thread; the rest is safe from any."""

    shop: Shop
    post: Post
    wallet: Wallet
    chance: Random
    began_at: datetime
    looked_at: datetime
    is_paused: bool = False
    _due_at: datetime | None = None
    _wallet_due_at: datetime | None = None
    _rewards: list[Reward] = field(default_factory=list)

    def run(self, stop: threading.Event) -> None:
        """Goes on until asked to stop."""
        while not stop.is_set():
            now = self.shop_now()
            try:
                self._tick(now)
            except OutOfReach as error:
                log.info("demo.regulars_out_of_reach", store=self.shop.name, reason=str(error)[:120])
            time.sleep(TICK_S)

    def shop_now(self) -> datetime:
        """The store's clock."""
        return self.shop.now()

    def look(self) -> None:
        """Somebody looks."""
        self.looked_at = self.shop_now()

    def is_resting(self, now: datetime) -> bool:
        """Whether nobody orders by themselves just now, since nobody has looked for a while."""
        return now - self.looked_at > RESTS_AFTER

    def _tick(self, now: datetime) -> None:
        if self._due_at is None or now >= self._due_at:
            self._due_at = now + timedelta(seconds=self.chance.uniform(*PAUSE_S))
            if not self.is_paused and not self.is_resting(now):
                self._happen()
                self.shop.forget(KEPT_ORDERS)
        self.post.hand_over(self.shop.letters(), now)
        self.post.carry(now)
        if self._wallet_due_at is None or now >= self._wallet_due_at:
            self._wallet_due_at = now + WALLET_EVERY
            self.wallet.look_after()

    def _happen(self) -> None:
        """One thing happens in the store."""
        shopper = self.chance.choice([one for one in self.shop.shoppers if one.name != ANA])
        draw = self.chance.random()
        live = self.wallet.live(shopper)
        if live and draw < USE_CODE_SHARE:
            self._order(shopper, live[-1].code)
        elif (draw < GIVE_BACK_SHARE and self.shop.give_back(self.chance)) or (
            draw < GIVE_BACK_SHARE + CANCEL_SHARE and self.shop.cancel(self.chance)
        ):
            return
        elif live or self.chance.random() > REDEEM_SHARE or not self._redeem(shopper):
            self._order(shopper)

    def _order(self, shopper: Shopper, code: str = "") -> None:
        goods = self.chance.sample(self.shop.goods, k=self.chance.randint(1, 2))
        pieces = tuple((one.goods_ref, self.chance.choice((1, 1, 2))) for one in goods)
        self.shop.order(Cart(shopper, pieces, code))

    def _redeem(self, shopper: Shopper) -> bool:
        """Whether the shopper had points enough for something and took it."""
        member = self.wallet.regulars.member(shopper.customer_ref) if shopper.customer_ref else None
        self._rewards = self._rewards or self.wallet.regulars.rewards()
        affordable = [one for one in self._rewards if member and one.cost_points <= member.available_points]
        if not affordable:
            return False
        chosen = self.chance.choice(affordable)
        try:
            self.wallet.redeem(shopper, chosen.reward_ref, f"{shopper.name}-{self.chance.getrandbits(64):x}")
        except Refusal:
            return False
        return True
