"""A store with a checkout, Ana with points, and the whole product between them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from core.db import effects, ledger, members, redemptions
from core.domain.discounts import FoundCode, Holder
from core.domain.errors import Refused
from core.domain.lots import LotTerms
from core.domain.platform import Delivery
from core.domain.stores import Store
from core.jobs.effects import run_effects
from core.services.auditing import CHECKS
from core.services.cancelling import cancel
from core.services.enrolling import Shopper, enroll
from core.services.posting import balance_values
from core.services.redeeming import Making, Wish, redeem
from core.services.terms import Sealing, load_terms
from tests.all_codes import all_codes
from tests.contract.rig import Cart, Rig
from tests.world import World

FIVE = {"id": "five", "kind": "amount_off", "cost_points": 500, "amount_minor": 500, "valid_days": 30}


def a_program(*rewards: dict[str, Any], **settings: Any) -> str:
    """The smallest program with these rewards."""
    earning = [{"kind": "points_per_unit", "points": 1, "per_minor": 10**9}]
    return json.dumps({"earning": earning, "pending_days": 0, "rewards": list(rewards or [FIVE]), **settings})


@dataclass
class Counter:
    """Where Ana redeems."""

    world: World
    rig: Rig
    store: Store
    ana: int
    grants: int = 0
    has_dead_keys: bool = False
    mood: Callable[[Any], Any] = lambda shop: shop
    """What stands between the product and the store."""

    def wait(self, **span: float) -> None:
        """Let time pass here and in the store."""
        self.world.wait(**span)
        self.rig.wait(hours=timedelta(**span).total_seconds() / 3600)

    def grant(self, points: int, member_id: int | None = None, terms: LotTerms | None = None) -> None:
        """Give points that can be spent, as an adjustment would."""
        self.grants += 1
        store_id, owner = self.store.store_id, member_id or self.ana
        of = {"store_id": store_id, "member_id": owner, "order_ref": None}
        key, terms = f"adjust:{self.grants}", terms or LotTerms(self.world.now)
        entry = {"kind": "adjust", "points": points, "key": key, "program_version": None}
        with self.world.database.write(self.store.store_id) as db:
            row = members.lock_balances(db, store_id, {owner})[owner]
            ledger.add_entries(db, [of | entry | {"reason": "a present", "at": self.world.now}])
            ledger.add_lots(db, [of | _lot(key, points, terms)])
            balance = members.balance_of(row).moved(available=points)
            members.save_balances(db, store_id, [balance_values(owner, balance, row.last_activity_at)])

    def wish(self, reward: str = "five", points: int | None = None, key: str | None = None) -> Row[Any]:
        """Redeem for Ana. Raises Refused."""
        key = f"k{next(self.world.numbers)}" if key is None else key
        return self.grant_wish(Wish(self.ana, reward, points, key))

    def grant_wish(self, wish: Wish) -> Row[Any]:
        """Redeem as the product does."""
        env = self.world.env
        making = Making(self.rig.platform, Sealing(env.secrets), env.token())
        with env.database.write(self.store.store_id) as db:
            return redeem(db, load_terms(db, self.store), wish, making, env.now())

    def refusal(self, *wish: Any, **more: Any) -> str:
        """Why a wish is not granted."""
        try:
            self.wish(*wish, **more)
        except Refused as refused:
            return str(refused)
        raise AssertionError("the wish was granted")

    def cancel(self, redemption_id: int) -> str:
        """Take a redemption back; its state then."""
        with self.world.database.write(self.store.store_id) as db:
            return str(cancel(db, self.store, redemption_id, self.world.now).state)

    def work(self) -> int:
        """Carry out what is due at the store."""
        return run_effects(self.world.env, self.store.store_id)

    def work_on(self, hours: float = 2) -> None:
        """Let hours pass, with the worker looking every five minutes."""
        for _ in range(int(hours * 12)):
            self.wait(minutes=5)
            self.work()
            self.world.mature(self.store)

    def redemption(self, redemption_id: int) -> Row[Any]:
        with self.world.database.read(self.store.store_id) as db:
            return redemptions.the(db, self.store.store_id, redemption_id)

    def state(self, redemption_id: int) -> str:
        return str(self.redemption(redemption_id).state)

    def balance(self) -> tuple[int, int, int]:
        """Ana's (available, pending, debt)."""
        with self.world.database.read(self.store.store_id) as db:
            row = members.by_id(db, self.store.store_id, self.ana)
        assert row is not None
        return row.available_points, row.pending_points, row.debt_points

    def available(self) -> int:
        return self.balance()[0]

    def codes_of_ours(self) -> list[FoundCode]:
        """The store's codes that are ours and can be used."""
        return [one for one in all_codes(self.rig.shop()) if one.is_live]

    def effects(self) -> dict[str, int]:
        with self.world.database.read(self.store.store_id) as db:
            return effects.counts(db, self.store.store_id)

    def checkout(self, code: str, shopper: str = "ana") -> str:
        """Ana orders two pieces with a code; the store tells and it is settled. The order's id there."""
        self.settle(self.rig.order(self.pair(code, shopper)))
        return self.rig.newest_order()

    def pair(self, code: str, shopper: str = "ana") -> Cart:
        """Two pieces of a product that costs an even amount, also with 5.00 or ¥500 off."""
        *_, piece = self.rig.prices_minor
        return Cart(shopper, code, (piece, piece))

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Have what the store told settled, and what that leaves open fetched."""
        for delivery in deliveries:
            self.deliver(delivery)
        self.world.drain(self.store)
        self.work()
        self.world.drain(self.store)

    def hear(self) -> None:
        """Have settled what happened in the store."""
        self.settle(self.rig.told())

    def pay_debt(self, points: int) -> None:
        """Earn what pays a debt of just so much, as points do when they are released."""
        self.grants += 1
        store_id, key = self.store.store_id, f"adjust:{self.grants}"
        of = {"store_id": store_id, "member_id": self.ana, "order_ref": None}
        entry = {"kind": "adjust", "points": points, "key": key, "program_version": None}
        with self.world.database.write(store_id) as db:
            row = members.lock_balances(db, store_id, {self.ana})[self.ana]
            ledger.add_entries(db, [of | entry | {"reason": "pays a debt", "at": self.world.now}])
            lot = _lot(key, points, LotTerms(self.world.now)) | {"remaining_points": 0}
            ledger.add_lots(db, [of | lot])
            lot_id = ledger.lot_ids(db, store_id, [key])[key]
            use = {"store_id": store_id, "lot_id": lot_id, "entry_key": key, "purpose": "debt"}
            ledger.add_uses(db, [use | {"points": points}])
            balance = members.balance_of(row).moved(debt=-points)
            members.save_balances(db, store_id, [balance_values(self.ana, balance, row.last_activity_at)])

    def refund_half(self, order_ref: str) -> None:
        """Half of an order's goods go back a minute later; the store tells."""
        self.wait(minutes=1)
        self.rig.refund_half(order_ref)
        self.hear()

    def cancel_order(self, order_ref: str) -> None:
        """An order is cancelled a minute later; the store tells."""
        self.wait(minutes=1)
        self.rig.cancel(order_ref)
        self.hear()

    def used(self, reward: str = "five", points: int | None = None) -> tuple[int, str]:
        """A redemption that an order uses: their ids."""
        made = self.wish(reward, points)
        self.work()
        return made.id, self.checkout(made.code)

    def points(self, redemption_id: int) -> list[int]:
        """The points of a redemption's entries, as they were written."""
        with self.world.database.read(self.store.store_id) as db:
            entries = ledger.entries_of(db, self.store.store_id, member_id=self.ana)
            return [one.points for one in entries if one.key.startswith(f"redemption:{redemption_id}:")]

    def deliver(self, delivery: Delivery) -> None:
        path = f"/webhooks/{self.store.platform}"
        if not self.rig.platform.has_shared_address:
            path += f"/{self.store.webhook_path}"
        status = self.world.client.post(path, data=delivery.body, headers=dict(delivery.headers)).status_code
        assert status == 200

    def assert_adds_up(self, without: str = "") -> None:
        """The ledger is consistent; `without`: a check that cannot hold here."""
        for check in CHECKS:
            if check.name == without:
                continue
            with self.world.database.read(self.store.store_id) as db:
                assert check.run(db, self.store.store_id, check.begin).differences == ()


def _lot(key: str, points: int, terms: LotTerms) -> dict[str, Any]:
    return {
        "entry_key": key,
        "earned_points": points,
        "remaining_points": points,
        "expired_points": 0,
        "is_released": True,
        "available_at": terms.available_at,
        "expires_at": terms.expires_at,
        "rolling_days": terms.rolling_days,
    }


@contextmanager
def counter(world: World, rig: Rig, program: str = "", points: int = 500) -> Iterator[Counter]:
    """A store connected to its stand-in, and Ana with some points."""
    original = world.env
    world.env = replace(world.env, shop=lambda _store, _keys: made.mood(rig.shop(dead=made.has_dead_keys)))
    is_shared = rig.platform.has_shared_address
    store = world.connect(
        f"Store {next(world.numbers)}",
        rig.currency,
        program or a_program(),
        platform=rig.platform.name,
        webhook_path="acorn.myshopify.com" if is_shared else world.env.token(),
        credentials={"webhook_secret": rig.secrets[0]},
        is_offline=False,
    )
    made = Counter(world, rig, store, enrolled(world, store, rig.shoppers["ana"]))
    if points:
        made.grant(points)
    try:
        yield made
    finally:
        world.env = original


def enrolled(world: World, store: Store, holder: Holder) -> int:
    """A member as an order would make one."""
    shopper = Shopper(holder.customer_ref, holder.email)
    with world.database.write(store.store_id) as db:
        known = enroll(db, store.store_id, [shopper], Sealing(world.env.secrets), world.now)
    return known[shopper].member_id
