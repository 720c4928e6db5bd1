"""Changing codes that were made and not used: asking for it, how far it is, and what one is to become."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row

from core.db import redemptions, reward_numbers, tasks
from core.domain import wanted
from core.domain.discounts import Discount, worth_minor
from core.domain.errors import Refused
from core.domain.rewards.carried import carried_now
from core.domain.staff import Who
from core.domain.stores import Store
from core.domain.versions import ProgramVersion, in_force
from core.services.noting import note_change
from core.services.tasking import ask_task
from core.services.terms import StoreTerms, load_terms

UPDATE: Final = "update_codes"
REISSUE: Final = "reissue_codes"
KINDS: Final = (UPDATE, REISSUE)
"""The kinds of task that change codes."""
MOST_FAILURES: Final = 200
"""So many are listed with their reason; the rest is only counted."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a task is, as it is kept between portions."""

    last_id: int = 0
    """Of the redemptions looked at."""
    changed: int = 0
    """They carry what the reward has now, whether it took a call or not."""
    left: int = 0
    """They need nothing any more: used, ended or taken back at the store."""
    failed: int = 0
    failures: Mapping[str, str] = field(default_factory=dict)
    """Why, by redemption."""
    waiting: tuple[int, ...] = ()
    """Redemptions that were taken back and are to be made anew."""
    are_all_found: bool = False
    """Every code was looked at: those that wait are left alone."""

    @property
    def done(self) -> int:
        """How many there is nothing to do for any more."""
        return self.changed + self.left + self.failed

    def after(self, redemption_id: int, outcome: Outcome) -> Progress:
        """With one more that is done."""
        waiting = tuple(one for one in self.waiting if one != redemption_id)
        was = replace(self, last_id=max(self.last_id, redemption_id), waiting=waiting)
        if outcome.why_failed:
            listed = dict(self.failures)
            if len(listed) < MOST_FAILURES:
                listed[str(redemption_id)] = outcome.why_failed[:300]
            return replace(was, failed=self.failed + 1, failures=listed)
        if outcome.is_left:
            return replace(was, left=self.left + 1)
        return replace(was, changed=self.changed + 1)

    def wait_for(self, redemption_id: int) -> Progress:
        """With one that was taken back."""
        return replace(self, last_id=redemption_id, waiting=(*self.waiting, redemption_id))

    def found_all(self) -> Progress:
        """With none left to be looked at."""
        return replace(self, are_all_found=True)

    def to_json(self) -> str:
        """What `read_progress` reads back."""
        place = {"last_id": self.last_id, "waiting": self.waiting, "are_all_found": self.are_all_found}
        return json.dumps(self.told() | place, ensure_ascii=False)

    def told(self) -> dict[str, Any]:
        """What came of it."""
        names = ("changed", "left", "failed", "failures")
        return {name: getattr(self, name) for name in names}


def read_progress(text: str | None) -> Progress:
    """How far a task is; from the beginning where it says nothing."""
    if not text:
        return Progress()
    told = json.loads(text)
    return Progress(**told | {"waiting": tuple(told["waiting"])})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one code."""

    why_failed: str = ""
    """It stayed as it was; empty: it did not fail."""
    is_left: bool = False
    """It needs nothing any more."""


def failures_of(row: Row[Any]) -> dict[int, str]:
    """Which codes a task did not change, and why: by redemption."""
    progress = json.loads(row.result or row.place or "{}")
    return {int(redemption_id): why for redemption_id, why in progress.get("failures", {}).items()}


def ask_for_change(
    db: Connection, store: Store, kind: str, reward_ref: str, who: Who, now: datetime
) -> int | None:
    """Ask for a task over a reward's unused codes; None where there is one already, or nothing to do.

    Raises Refused for a reward that is not live, or paused where codes are to be made anew.
    """
    store_id = store.store_id
    offer = in_force(load_terms(db, store).versions, now).program.offer(reward_ref)
    if offer is None:
        raise Refused("This reward is not live: there is nothing its codes could be made like.")
    if offer.is_paused and kind == REISSUE:
        raise Refused("This reward is paused, so no new codes can be made: offer it again first.")
    total = reward_numbers.count_live(db, store_id, reward_ref)
    if not total or tasks.is_under_way(db, store_id, *KINDS):
        return None
    task_id = ask_task(db, store_id, kind, {"reward": reward_ref}, who, now, total=total)
    note_change(db, store_id, who, f"codes.{kind}", reward_ref, now, after={"task": task_id, "codes": total})
    return task_id


def to_become(
    terms: StoreTerms, row: Row[Any], before: Discount, now: datetime
) -> tuple[ProgramVersion, Discount]:
    """What a code is to carry now, and by which version. Raises Refused for a reward that is not live."""
    version = in_force(terms.versions, now)
    offer = version.program.offer(row.reward_ref)
    if offer is None:
        raise Refused("This reward is not live any more: its codes stay as they are.")
    after = carried_now(before, offer, row.cost_points, row.requested_at, now, terms.store.zone)
    return version, after


def note_changed(db: Connection, store_id: int, redemption_id: int, version: int, now_is: Discount) -> None:
    """Write down what the store's code carries, under the terms of this version."""
    redemptions.change(
        db,
        store_id,
        redemption_id,
        carries_version=version,
        discount=wanted.to_json(now_is),
        title=now_is.title,
        worth_minor=worth_minor(now_is.benefit),
        ends_at=now_is.ends_at,
    )
