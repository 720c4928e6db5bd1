"""Changing codes that were made and not used: asking for it, how far it is, and what one is to become."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row

from core.db import redemptions, reward_numbers, task_codes, tasks
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
MOST_LISTED: Final = 200
"""So many codes that stayed as they were are listed with the reason; the rest is only counted."""
_LONGEST_REASON: Final = 300


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
    """They stayed as they were; `core.db.task_codes` has why."""
    are_all_found: bool = False
    """Every code was looked at: those that wait are left alone."""

    @property
    def done(self) -> int:
        """How many there is nothing to do for any more."""
        return self.changed + self.left + self.failed

    def after(self, redemption_id: int, outcome: Outcome) -> Progress:
        """With one more that is done."""
        was = self.past(redemption_id)
        if outcome.why_failed:
            return replace(was, failed=self.failed + 1)
        if outcome.is_left:
            return replace(was, left=self.left + 1)
        return replace(was, changed=self.changed + 1)

    def past(self, redemption_id: int) -> Progress:
        """With one more that was looked at."""
        return replace(self, last_id=max(self.last_id, redemption_id))

    def found_all(self) -> Progress:
        """With none left to be looked at."""
        return replace(self, are_all_found=True)

    def to_json(self) -> str:
        """What `read_progress` reads back: as long for ten codes as for a million."""
        return json.dumps(asdict(self))

    def told(self) -> dict[str, int]:
        """What came of it."""
        return {"changed": self.changed, "left": self.left, "failed": self.failed}


def read_progress(text: str | None) -> Progress:
    """How far a task is; from the beginning where it says nothing."""
    return Progress(**json.loads(text)) if text else Progress()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one code."""

    why_failed: str = ""
    """It stayed as it was; empty: it did not fail."""
    is_left: bool = False
    """It needs nothing any more."""


def note_outcome(
    db: Connection, task: Row[Any], redemption_id: int, outcome: Outcome, progress: Progress
) -> None:
    """Write down what became of one code of a task, which is in its progress already.

    Why it failed is kept of as many as are listed.
    """
    why = outcome.why_failed[:_LONGEST_REASON] if progress.failed <= MOST_LISTED else ""
    task_codes.settle(db, task.store_id, task.id, redemption_id, why)


def failures_of(db: Connection, task: Row[Any]) -> dict[int, str]:
    """Which codes a task did not change, and why: by redemption, `MOST_LISTED` at most."""
    return task_codes.failures(db, task.store_id, task.id, MOST_LISTED)


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
