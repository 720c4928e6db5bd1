"""What shoppers made of their points: the codes a store's own pages know of, newest first."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sandbox.demo.regulars import Redemption, Refusal, Regulars
from sandbox.demo.shop import Shopper

KEPT = 60
LOOKED_AFTER = 12
"""So many of the newest are asked about."""


@dataclass(frozen=True, slots=True)
class Held:
    """One redemption of one shopper."""

    shopper: Shopper
    redemption: Redemption
    made_at: datetime


@dataclass
class Wallet:
    """All codes of one store's shoppers. Safe to use from several threads."""

    regulars: Regulars
    now: Callable[[], datetime]
    _held: deque[Held] = field(default_factory=lambda: deque(maxlen=KEPT))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def redeem(self, shopper: Shopper, reward_ref: str, idempotency_key: str) -> Redemption:
        """Spend the shopper's points. Raises Refusal and OutOfReach."""
        member = self.regulars.member(shopper.customer_ref) if shopper.customer_ref else None
        if member is None:
            raise Refusal("Order something first: there are no points yet.")
        made = self.regulars.redeem(member.member_id, reward_ref, idempotency_key)
        with self._lock:
            known = {held.redemption.redemption_id for held in self._held}
            if made.redemption_id not in known:
                self._held.appendleft(Held(shopper, made, self.now()))
        return made

    def use(self, code: str) -> None:
        """A checkout took the code. Regulars hears of it with the order; the store need not wait for that."""
        for held in self.held():
            if held.redemption.state == "live" and held.redemption.code.casefold() == code.casefold():
                self._replace(held, replace(held, redemption=replace(held.redemption, state="used")))

    def look_after(self) -> None:
        """Ask how the newest redemptions stand that may still change. Raises OutOfReach."""
        for held in self.held()[:LOOKED_AFTER]:
            if held.redemption.is_moving:
                now = self.regulars.redemption(held.redemption.redemption_id)
                if now is not None and now != held.redemption:
                    self._replace(held, replace(held, redemption=now))

    def held(self, shopper: Shopper | None = None) -> list[Held]:
        """All, or those of one shopper, newest first."""
        with self._lock:
            return [one for one in self._held if shopper is None or one.shopper == shopper]

    def live(self, shopper: Shopper) -> list[Redemption]:
        """The shopper's codes that can be used now."""
        return [one.redemption for one in self.held(shopper) if one.redemption.state == "live"]

    def _replace(self, old: Held, new: Held) -> None:
        with self._lock:
            if old in self._held:
                self._held[self._held.index(old)] = new
