"""A store's rewards as its merchant sees them: what is live and drafted, what each did, who can afford it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row

from core.db import reward_numbers
from core.db.reward_numbers import Counted
from core.domain.errors import Mistake, ProgramRefused
from core.domain.program import Program
from core.domain.redemptions import State
from core.domain.rewards import MOST_REWARDS
from core.domain.rewards.carried import carries_as
from core.domain.rewards.reward import Offer
from core.domain.versions import in_force
from core.services.drafting import Draft, draft_of
from core.services.terms import StoreTerms

RECENT: Final = timedelta(days=30)


class Stage(StrEnum):
    """How far a reward is on its way to shoppers."""

    LIVE = "live"
    PAUSED = "paused"
    NEW = "new"
    """Only in the draft."""
    CHANGED = "changed"
    """Live, and another in the draft."""
    GOING = "going"
    """Live, and no longer in the draft."""


@dataclass(frozen=True, slots=True)
class Codes:
    """Some codes of one reward."""

    number: int = 0
    worth_minor: int | None = 0
    """What they take off together; None: that depends on orders."""

    def __add__(self, other: Codes) -> Codes:
        """Both together."""
        known = None not in {self.worth_minor, other.worth_minor}
        worth = (self.worth_minor or 0) + (other.worth_minor or 0) if known else None
        return Codes(self.number + other.number, worth)


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a reward lately."""

    made: Codes = Codes()
    """In the last `RECENT`."""
    used: Codes = Codes()
    """Of those."""
    waiting: Codes = Codes()
    """Of all that were ever made: not used, and good still."""
    outdated: int = 0
    """How many of the waiting carry other terms than the live reward; those the store does not have yet are
    not among them."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One reward."""

    offer: Offer
    """As the draft has it; as it is live where the draft has it no more."""
    live: Offer | None
    """As shoppers have it; None: they do not."""
    stage: Stage
    can_afford: Counted
    done: Done
    stock_left: int | None
    """None: any number."""

    @property
    def reward_ref(self) -> str:
        """Its short name."""
        return self.offer.reward_ref


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All rewards of a store."""

    draft: Draft
    live: Program
    version: int
    """The one in force."""
    rewards: tuple[Listed, ...]

    def the(self, reward_ref: str) -> Listed | None:
        """The reward of this name."""
        return next((one for one in self.rewards if one.reward_ref == reward_ref), None)

    @property
    def redeemable(self) -> tuple[Listed, ...]:
        """Those that members can redeem today."""
        return tuple(one for one in self.rewards if one.live is not None and not one.live.is_paused)

    @property
    def can_afford_one(self) -> Counted:
        """How many members can afford the cheapest of those."""
        prices = [one for one in self.redeemable if one.live is not None]
        return max((one.can_afford for one in prices), key=lambda one: one.number, default=Counted(0))


def catalogue(db: Connection, terms: StoreTerms, now: datetime) -> Catalogue:
    """The store's rewards in the draft's order, then those that the draft takes away."""
    store_id, current = terms.store.store_id, in_force(terms.versions, now)
    draft = draft_of(db, terms, now)
    going = [one for one in current.program.rewards if draft.program.offer(one.reward_ref) is None]
    offers = (*draft.program.rewards, *going)
    rich = reward_numbers.who_can_afford(db, store_id, {_price(one, current.program) for one in offers})
    done = _done(db, terms, current.program, now)
    taken = reward_numbers.stocks(db, store_id)
    rewards = tuple(
        Listed(
            offer,
            current.program.offer(offer.reward_ref),
            _stage(offer, current.program, draft.program),
            rich[_price(offer, current.program)],
            done.get(offer.reward_ref, Done()),
            None if offer.stock is None else max(0, offer.stock - taken.get(offer.reward_ref, 0)),
        )
        for offer in offers
    )
    return Catalogue(draft, current.program, current.version, rewards)


def _price(offer: Offer, live: Program) -> int:
    """What it costs today; once published, where it is not live."""
    return (live.offer(offer.reward_ref) or offer).reward.least_points


def _stage(offer: Offer, live: Program, draft: Program) -> Stage:
    was, will = live.offer(offer.reward_ref), draft.offer(offer.reward_ref)
    if will is None:
        return Stage.GOING
    if was is None:
        return Stage.NEW
    if was != will:
        return Stage.CHANGED
    return Stage.PAUSED if was.is_paused else Stage.LIVE


def _done(db: Connection, terms: StoreTerms, live: Program, now: datetime) -> Mapping[str, Done]:
    store_id = terms.store.store_id
    made: dict[str, Codes] = defaultdict(Codes)
    used: dict[str, Codes] = defaultdict(Codes)
    waiting: dict[str, Codes] = defaultdict(Codes)
    outdated: dict[str, int] = defaultdict(int)
    for row in reward_numbers.made_since(db, store_id, now - RECENT):
        made[row.reward_ref] += _codes(row)
        if row.state == State.USED:
            used[row.reward_ref] += _codes(row)
    for row in reward_numbers.unused(db, store_id):
        waiting[row.reward_ref] += _codes(row)
        if row.state == State.LIVE and not _is_as_now(terms, live, row):
            outdated[row.reward_ref] += row.codes
    return {
        ref: Done(made[ref], used[ref], waiting[ref], outdated[ref]) for ref in made.keys() | waiting.keys()
    }


def outdated_terms(db: Connection, terms: StoreTerms, reward_ref: str, now: datetime) -> dict[Offer, int]:
    """The terms of a live reward's unused codes that it makes none under any more; how many of each."""
    live, found = in_force(terms.versions, now).program, defaultdict[Offer, int](int)
    for row in reward_numbers.unused(db, terms.store.store_id):
        was = terms.version(row.version).program.offer(row.reward_ref)
        is_meant = row.reward_ref == reward_ref and row.state == State.LIVE and was is not None
        if is_meant and was is not None and not _is_as_now(terms, live, row):
            found[was] += row.codes
    return dict(found)


def _codes(row: Row[Any]) -> Codes:
    return Codes(row.codes, int(row.worth_minor) if row.known == row.codes else None)


def _is_as_now(terms: StoreTerms, live: Program, row: Row[Any]) -> bool:
    was = terms.version(row.version).program.offer(row.reward_ref)
    now = live.offer(row.reward_ref)
    return was is None or now is None or carries_as(was, now)


def with_offer(program: Program, offer: Offer) -> Program:
    """The program with this reward, in the place of the one of its name, else at the end. Raises
    ProgramRefused where there are too many."""
    if program.offer(offer.reward_ref) is None:
        if len(program.rewards) >= MOST_REWARDS:
            raise ProgramRefused([Mistake("rewards", f"must be at most {MOST_REWARDS}")])
        return replace(program, rewards=(*program.rewards, offer))
    changed = (offer if one.reward_ref == offer.reward_ref else one for one in program.rewards)
    return replace(program, rewards=tuple(changed))


def without_offer(program: Program, reward_ref: str) -> Program:
    """The program without the reward of this name."""
    kept = (one for one in program.rewards if one.reward_ref != reward_ref)
    return replace(program, rewards=tuple(kept))


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What a draft changes beside one reward."""

    rewards: tuple[Offer, ...]
    has_rules: bool
    """Something else than rewards."""

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.rewards) or self.has_rules


def changes_beside(live: Program, draft: Program, reward_ref: str = "") -> Elsewhere:
    """What a draft changes but for the reward of this name, which may be none."""
    refs = {one.reward_ref: one for one in (*live.rewards, *draft.rewards)}
    others = _changed(live, draft, (ref for ref in refs if ref != reward_ref))
    has_rules = replace(live, rewards=()) != replace(draft, rewards=())
    return Elsewhere(tuple(refs[ref] for ref in others), has_rules)


def _changed(live: Program, draft: Program, refs: Iterable[str]) -> list[str]:
    return [ref for ref in refs if live.offer(ref) != draft.offer(ref)]
