"""Gives members a new code in the place of one they have not used: taken back, and redeemed anew.

Nothing here is new to a redemption: it is cancelled as anybody would, its points come back once the store
said that the code is off and no order came with it, and only then the member redeems again, under a key that
follows from the old redemption. So nobody ever has two live codes, and the points are spent or back.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row

from core.db import members, reward_numbers, task_codes
from core.domain.errors import Refused
from core.domain.redemptions import State
from core.domain.rewards.carried import carries_as
from core.domain.rewards.reward import Offer
from core.domain.versions import in_force
from core.jobs.bell import EFFECTS
from core.jobs.tasks import NotYet, TaskRun
from core.services.cancelling import cancel
from core.services.changing_codes import Outcome, Progress, note_outcome, read_progress
from core.services.redeeming import Making, Wish, redeem
from core.services.restoring import hold
from core.services.terms import Sealing, StoreTerms, load_terms

PORTION: Final = 50
LOOKS_EVERY: Final = timedelta(minutes=5)
"""While codes are being switched off."""


def reissue_codes(run: TaskRun) -> None:
    """One portion: first all codes are taken back, then each is made anew. Raises Refused, NotYet."""
    progress = read_progress(run.task.place)
    if not progress.are_all_found:
        _take_back_some(run, progress)
    elif not _make_some(run, progress):
        return
    run.env.bell.ring(EFFECTS, run.store.store_id)


def _take_back_some(run: TaskRun, progress: Progress) -> None:
    store_id, reward_ref = run.store.store_id, run.wish["reward"]
    with run.transaction() as db:
        rows = reward_numbers.live_after(db, store_id, reward_ref, progress.last_id, PORTION)
        terms = load_terms(db, run.store)
        if not rows:
            run.advance(db, progress.done, place=progress.found_all().to_json())
    offer = in_force(terms.versions, run.env.now()).program.offer(reward_ref)
    for row in rows:
        with run.transaction() as db:
            outcome = _take_back(db, run, terms, offer, row)
            if outcome is None:
                progress = progress.past(row.id)
            else:
                progress = progress.after(row.id, outcome)
                note_outcome(db, run.task, row.id, outcome, progress)
            run.advance(db, progress.done, place=progress.to_json())
            run.env.reach("code_reissues.before_commit")
        run.env.reach("code_reissues.taken_back")


def _take_back(
    db: Connection, run: TaskRun, terms: StoreTerms, offer: Offer | None, row: Row[Any]
) -> Outcome | None:
    """None: it is taken back, and waits to be made anew."""
    if why := _why_not(offer, row):
        return Outcome(why)
    was = terms.version(row.carries_version or row.program_version).program.offer(row.reward_ref)
    if was is None or offer is None or carries_as(was, offer):
        return Outcome()
    found = hold(db, run.store, row.id)
    if found is None or found.redemption.state not in {State.PENDING, State.LIVE}:
        # An order came with it a moment ago, or somebody else took it back, for whom none is bought anew.
        return Outcome(is_left=True)
    cancel(db, run.store, row.id, run.env.now())
    task_codes.add_waiting(db, run.store.store_id, run.task.id, row.id)
    return None


def _why_not(offer: Offer | None, row: Row[Any]) -> str:
    """Why a code is not even taken back; empty: it can be made anew."""
    if offer is None or offer.is_paused:
        return "The reward cannot be redeemed at the moment."
    try:
        offer.reward.buy(row.cost_points)
    except Refused:
        return f"It was bought for {row.cost_points:,} points, which is not the reward's price any more."
    return ""


def _make_some(run: TaskRun, progress: Progress) -> bool:
    """A portion of those that are switched off by now, wherever they stand: one the store never answers for
    keeps no other waiting. False when that was all. Raises NotYet."""
    store_id, task_id = run.store.store_id, run.task.id
    with run.transaction() as db:
        rows = task_codes.ready(db, store_id, task_id, PORTION)
        if not rows and task_codes.are_waiting(db, store_id, task_id):
            raise NotYet(run.env.now() + LOOKS_EVERY)
        if not rows:
            run.finish(db, progress.told())
    for row in rows:
        with run.transaction() as db:
            outcome = _make(db, run, row)
            progress = progress.after(row.id, outcome)
            note_outcome(db, run.task, row.id, outcome, progress)
            run.advance(db, progress.done, place=progress.to_json())
            run.env.reach("code_reissues.before_commit")
        run.env.reach("code_reissues.made")
    return bool(rows)


def _make(db: Connection, run: TaskRun, row: Row[Any]) -> Outcome:
    if row.state != State.CANCELLED:
        return Outcome(is_left=True)
    member = members.now_by_id(db, run.store.store_id, row.member_id)
    if member is None:
        return Outcome(is_left=True)
    _, _, points = row.wish.partition(":")
    wish = Wish(member.id, row.reward_ref, int(points) if points else None, f"reissue:{row.id}")
    env = run.env
    terms = load_terms(db, run.store)
    # Since the code was taken back another program may have begun: nobody pays what they never agreed to.
    if why_not := _why_not(in_force(terms.versions, env.now()).program.offer(row.reward_ref), row):
        return Outcome(f"Its points are back, and no new code was made: {why_not}")
    making = Making(env.platforms[run.store.platform], Sealing(env.secrets), env.token())
    try:
        with db.begin_nested():
            redeem(db, terms, wish, making, env.now())
    except Refused as refusal:
        return Outcome(f"Its points are back, and no new code was made: {refusal}")
    return Outcome()
