"""What goes on in a store: shoppers order, send things back, cancel, and spend their points."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import structlog
from sqlalchemy.exc import SQLAlchemyError

from sandbox.demo.post import Post
from sandbox.demo.regulars import OutOfReach, Refusal, Reward
from sandbox.demo.shop import ANA, Cart, Happening, Shop, Shopper
from sandbox.demo.wallet import Wallet

PAUSE_S = (1.8, 3.8)
"""Between two happenings in one store."""
RESTS_AFTER = timedelta(minutes=10)
"""Without anybody looking, nobody orders."""
SLOWER_AFTER = timedelta(hours=1)
SLOWER_BY = 4
OPENING = timedelta(seconds=30)
OPENING_PAUSE_S = (0.4, 0.8)
"""At first, until somebody has redeemed: whoever just started the demo wants to see a code."""
KEPT_ORDERS = 300
TIDIED_EVERY = timedelta(minutes=1)
TICK_S = 0.1
WALLET_EVERY = timedelta(seconds=1)

CHANGE_SHARE = 0.26
CANCEL_SHARE = 0.25
"""Of the changes; the others give a piece back."""
REDEEM_SHARE = 0.35
USE_CODE_SHARE = 0.6
KEPT_OF_ANA = 60

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order of Ana's."""

    happening: Happening
    at: datetime


@dataclass
class Life:
    """One store's days. `run` is for one thread; the rest is safe from any."""

    shop: Shop
    post: Post
    wallet: Wallet
    chance: Random
    began_at: datetime
    looked_at: datetime
    tidy: Callable[[datetime], None]
    """Forgets what Regulars keeps of this store for longer than a demo needs."""
    is_paused: bool = False
    _of_ana: deque[Ordered] = field(default_factory=lambda: deque(maxlen=KEPT_OF_ANA))
    _due_at: datetime | None = None
    _wallet_due_at: datetime | None = None
    _tidy_at: datetime | None = None
    _rewards: list[Reward] = field(default_factory=list)

    def run(self, stop: threading.Event) -> None:
        """Goes on until asked to stop."""
        while not stop.is_set():
            now = self.shop_now()
            try:
                self.tick(now)
            except (OutOfReach, Refusal, SQLAlchemyError) as error:
                log.info("demo.store_waits", store=self.shop.name, reason=str(error)[:120])
            time.sleep(TICK_S)

    def shop_now(self) -> datetime:
        """The store's clock."""
        return self.shop.now()

    def order(self, cart: Cart) -> Happening:
        """Order and pay. A code that took something off is used up from here on."""
        is_used = bool(cart.code) and not self.shop.price(cart).refusal
        said = self.shop.order(cart)
        if is_used:
            self.wallet.use(cart.code)
        if cart.shopper.name == ANA:
            self._of_ana.appendleft(Ordered(said, self.shop_now()))
        return said

    def of_ana(self) -> list[Ordered]:
        """Ana's newest orders, newest first."""
        return list(self._of_ana)

    def look(self) -> None:
        """Somebody looks."""
        self.looked_at = self.shop_now()

    def is_resting(self, now: datetime) -> bool:
        """Whether nobody orders by themselves just now, since nobody has looked for a while."""
        return now - self.looked_at > RESTS_AFTER

    def is_opening(self, now: datetime) -> bool:
        """Whether the first code is still to come, and is hurried for."""
        return now - self.began_at < OPENING and not self.wallet.held()

    def tick(self, now: datetime) -> None:
        """Whatever is due now. Raises OutOfReach, Refusal and SQLAlchemyError; the next tick goes on."""
        if self._due_at is None or now >= self._due_at:
            self._due_at = now + self.pause(now)
            if not self.is_paused and not self.is_resting(now):
                self._happen(now)
        self.post.hand_over(self.shop.letters(), now)
        self.post.carry(now)
        if self._wallet_due_at is None or now >= self._wallet_due_at:
            self._wallet_due_at = now + WALLET_EVERY
            self.wallet.look_after()
        if self._tidy_at is None or now >= self._tidy_at:
            self._tidy_at = now + TIDIED_EVERY
            self.shop.forget(KEPT_ORDERS)
            self.tidy(now)

    def pause(self, now: datetime) -> timedelta:
        """Until the next thing happens: lively at first, quieter for those who leave the page open."""
        if self.is_opening(now):
            return timedelta(seconds=self.chance.uniform(*OPENING_PAUSE_S))
        pause = timedelta(seconds=self.chance.uniform(*PAUSE_S))
        return pause * SLOWER_BY if now - self.began_at > SLOWER_AFTER else pause

    def _happen(self, now: datetime) -> None:
        """One thing happens in the store."""
        if self.is_opening(now):
            self._open()
            return
        shopper = self.chance.choice([one for one in self.shop.shoppers if one.name != ANA])
        live, draw = self.wallet.live(shopper), self.chance.random()
        if live and draw < USE_CODE_SHARE:
            self._order(shopper, live[-1].code)
        elif draw < CHANGE_SHARE and self._change():
            return
        elif live or self.chance.random() > REDEEM_SHARE or not self._redeem(shopper):
            self._order(shopper)

    def _open(self) -> None:
        """One and the same shopper orders until she can have something for it."""
        first = next(one for one in self.shop.shoppers if one.name != ANA)
        if not self.shop.orders_placed or not self._redeem(first):
            self._order(first)

    def _change(self) -> bool:
        """Whether something was given back or cancelled: rather what is in the post still, to overtake it."""
        change = self.shop.cancel if self.chance.random() < CANCEL_SHARE else self.shop.give_back
        return change(self.chance, self.post.waiting_for()) is not None

    def _order(self, shopper: Shopper, code: str = "") -> None:
        goods = self.chance.sample(self.shop.goods, k=self.chance.randint(1, 2))
        pieces = tuple((one.goods_ref, self.chance.choice((1, 1, 2))) for one in goods)
        self.order(Cart(shopper, pieces, code))

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
