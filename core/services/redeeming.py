"""Redeeming: points become a discount code. One transaction spends them and asks for the code to be made.

Nothing is called here: the store hears of it through an effect (`core.jobs.codes`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import Connection, Row

from core.db import effects, ledger, members, redemptions, spending
from core.domain import wanted
from core.domain.codes import code_key, code_name
from core.domain.discounts import MARKER, Discount, Holder, benefit_words, worth_minor
from core.domain.errors import Refused
from core.domain.ledger import EntryKind, expiry_key
from core.domain.lots import Lot, Use, draw, end_of, end_of_day
from core.domain.payload import clean_text
from core.domain.platform import Platform
from core.domain.redemptions import State, redemption_key
from core.domain.rewards.reward import Bought, Offer
from core.domain.sentences import redeemed_sentence
from core.domain.stores import Store, StoreState
from core.domain.versions import ProgramVersion, in_force
from core.services.holders import holder_of
from core.services.terms import Sealing, StoreTerms

LONGEST_KEY = 120
EXCLUDED = "This member is excluded from the program, so points cannot be spent. They stay as they are."
ONLINE_HOW = "Give it keys first: bin/regulars store set-keys … --online."


class KeyTaken(Refused):
    """The idempotency key stands for another wish."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a member asks for."""

    member_id: int
    reward_ref: str
    points: int | None
    """How many to spend, where the reward leaves that open; None: its price."""
    idempotency_key: str
    """The same key is the same wish: it is granted once, however often it is asked."""

    @property
    def text(self) -> str:
        """What is kept of it, to tell it from another under the same key."""
        return f"{self.reward_ref}:{'' if self.points is None else self.points}"


@dataclass(frozen=True, slots=True)
class Making:
    """What it takes to make a code, beside points."""

    platform: Platform
    sealing: Sealing
    token: str
    """Fresh, unguessable, hexadecimal: the code's name is made of it."""


@dataclass(frozen=True, slots=True)
class _Purchase:
    """A wish that can be granted, should the points be there."""

    version: ProgramVersion
    offer: Offer
    bought: Bought
    discount: Discount


def redeem(db: Connection, terms: StoreTerms, wish: Wish, making: Making, now: datetime) -> Row[Any]:
    """Spend the points and ask for the code; the redemption, or the one made before under the same key.

    Raises Refused in words for the member: no such reward, none left, too few points, a code the platform
    cannot have.
    """
    _check_key(wish)
    store_id = terms.store.store_id
    # The member is locked from here on, so that two wishes of hers come one after the other.
    member = members.lock_balances(db, store_id, {wish.member_id}).get(wish.member_id)
    if member is None:
        raise Refused(f"There is no member {wish.member_id} in this store.")
    known = redemptions.by_key(db, store_id, wish.member_id, wish.idempotency_key)
    if known is not None:
        return _same(known, wish)
    if terms.store.is_offline:
        raise Refused(f"{terms.store.name} is never called, so no code can be made there. {ONLINE_HOW}")
    if terms.store.state in {StoreState.UNINSTALLED, StoreState.WIPED}:
        raise Refused(f"The app was taken out of {terms.store.name}, so no code can be made there.")
    _check_member(member)
    purchase = _purchase(terms, wish, making.token, now)
    cost_points = purchase.bought.cost_points
    if member.available_points < cost_points:
        raise Refused(_too_few(member, cost_points))
    holder = holder_of(db, member, making.sealing)
    if reason := making.platform.why_not(replace(purchase.discount, holder=holder)):
        raise Refused(reason)
    _check_limits(db, store_id, wish.member_id, purchase.offer)
    if not spending.take_available(db, store_id, wish.member_id, cost_points, now):
        raise Refused(_too_few(member, cost_points))
    return _write(db, terms, member, wish, purchase, now)


def _check_key(wish: Wish) -> None:
    key = wish.idempotency_key
    if not key or clean_text(key, LONGEST_KEY) != key or not key.isprintable():
        raise Refused(f"An idempotency key is 1 to {LONGEST_KEY} printable characters.")


def _check_member(member: Row[Any]) -> None:
    if member.merged_into is not None:
        raise Refused(f"Member {member.id} was merged into member {member.merged_into}, who has the points.")
    if member.erased_at is not None:
        raise Refused("Nobody knows any more who this member is, so there is nobody to have a code.")
    if member.excluded_at is not None:
        raise Refused(EXCLUDED)


def _same(known: Row[Any], wish: Wish) -> Row[Any]:
    if known.wish != wish.text:
        raise KeyTaken("This idempotency key was used for another wish: take a new key for a new wish.")
    return known


def _purchase(terms: StoreTerms, wish: Wish, token: str, now: datetime) -> _Purchase:
    version = in_force(terms.versions, now)
    offer = version.program.offer(wish.reward_ref)
    if offer is None:
        known = ", ".join(one.reward_ref for one in version.program.rewards) or "none"
        raise Refused(f"There is no reward “{wish.reward_ref}”; the program has: {known}.")
    if offer.is_paused:
        raise Refused("This reward is paused: it cannot be redeemed at the moment.")
    bought = offer.reward.buy(wish.points)
    zone, currency = terms.store.zone, terms.store.currency
    ends_at = None
    if offer.valid_days is not None:
        ends_at = end_of_day(now.astimezone(zone).date() + timedelta(days=offer.valid_days), zone)
    code = code_name(version.program.code_prefix, token)
    discount = discount_of(offer, bought, currency, code, ends_at)
    return _Purchase(version, offer, bought, discount)


def discount_of(offer: Offer, bought: Bought, currency: str, code: str, ends_at: datetime | None) -> Discount:
    """The code an offer stands for, as yet for nobody."""
    return Discount(
        code=code,
        mark=MARKER,
        title=offer.name or benefit_words(bought.benefit, currency),
        benefit=bought.benefit,
        currency=currency,
        holder=Holder(None, None),
        minimum_spend_minor=offer.minimum_spend_minor,
        product_refs=offer.product_refs,
        combines=offer.combines,
        ends_at=ends_at,
    )


def _check_limits(db: Connection, store_id: int, member_id: int, offer: Offer) -> None:
    """Raises Refused when the member had all she may have, or none is left; takes one off the stock."""
    if offer.per_member is not None:
        had = redemptions.count_of_member(db, store_id, member_id, offer.reward_ref)
        if had >= offer.per_member:
            times = "time" if offer.per_member == 1 else "times"
            raise Refused(f"One member can have this reward {offer.per_member:,} {times} at most.")
    if offer.stock is not None and not redemptions.take_from_stock(
        db, store_id, offer.reward_ref, offer.stock
    ):
        raise Refused("This reward is gone: all of it was given out.")


def _too_few(member: Row[Any], cost_points: int) -> str:
    if member.debt_points:
        return f"{member.debt_points:,} points are owed for orders that were refunded; earn them first."
    return f"This costs {cost_points:,} points; the member has {member.available_points:,}."


def _write(
    db: Connection, terms: StoreTerms, member: Row[Any], wish: Wish, purchase: _Purchase, now: datetime
) -> Row[Any]:
    store_id, cost_points = terms.store.store_id, purchase.bought.cost_points
    lots = spending.lots_to_spend(db, store_id, member.id)
    alive = (lot for lot in lots if not is_over(lot, member, terms.store.zone, now))
    uses, missing = draw(alive, cost_points)
    if missing:
        raise Refused(f"This costs {cost_points:,} points; {missing:,} of the member's have just expired.")
    redemption_id = redemptions.add(db, _values(store_id, wish, purchase, now))
    key = redemption_key(redemption_id, 1)
    ledger.add_entries(db, [_entry(store_id, wish, purchase, key, now)])
    spending.draw(db, store_id, uses, key, EntryKind.REDEEM)
    effects.ask(db, store_id, effects.MAKE_CODE, [str(redemption_id)], now)
    return redemptions.the(db, store_id, redemption_id)


def _entry(store_id: int, wish: Wish, purchase: _Purchase, key: str, now: datetime) -> dict[str, Any]:
    return {
        "store_id": store_id,
        "member_id": wish.member_id,
        "kind": EntryKind.REDEEM,
        "points": -purchase.bought.cost_points,
        "key": key,
        "order_ref": None,
        "program_version": purchase.version.version,
        "reason": redeemed_sentence(purchase.discount.title, purchase.discount.code),
        "at": now,
    }


def is_over(lot: Lot, member: Row[Any], zone: tzinfo, now: datetime) -> bool:
    """Whether a lot's end has come, though nobody has ended it yet."""
    ends_at = end_of(lot.terms, member.last_activity_at or member.joined_at, zone)
    return ends_at is not None and ends_at <= now


def ended_lots(
    db: Connection, store: Store, member: Row[Any], spent: Iterable[Use], now: datetime
) -> set[int]:
    """Lots that take no points any more: their end has come, or came once and was written down."""
    lots = [use.lot for use in spent]
    keys = {expiry_key(lot.lot_id): lot.lot_id for lot in lots}
    written = {keys[key] for key in ledger.keys_taken(db, store.store_id, keys)}
    return written | {lot.lot_id for lot in lots if is_over(lot, member, store.zone, now)}


def _values(store_id: int, wish: Wish, purchase: _Purchase, now: datetime) -> dict[str, Any]:
    discount = purchase.discount
    return {
        "store_id": store_id,
        "member_id": wish.member_id,
        "reward_ref": wish.reward_ref,
        "title": discount.title,
        "program_version": purchase.version.version,
        "cost_points": purchase.bought.cost_points,
        "restored_points": 0,
        "is_from_stock": purchase.offer.stock is not None,
        "entry_count": 1,
        "state": State.PENDING,
        "code": discount.code,
        "code_key": code_key(discount.code),
        "discount": wanted.to_json(discount),
        "worth_minor": worth_minor(discount.benefit),
        "idempotency_key": wish.idempotency_key,
        "wish": wish.text,
        "tries": 0,
        "requested_at": now,
        "changed_at": now,
        "ends_at": discount.ends_at,
    }
