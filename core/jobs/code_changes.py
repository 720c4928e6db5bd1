"""Changes codes that nobody has used to what their reward gives now, at the store, in place.

The same law as for making them: nothing is called inside a transaction, and the code's name tells what became
of a call. Changing is the same however often it is done, so a worker that died is simply followed: the store
is looked into first, and what it has already is only written down. The lease for calling out is held, so that
no code is switched off meanwhile by somebody whom this would undo.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog
from sqlalchemy import Row

from core.db import leases, reward_numbers, stores
from core.domain.codes import looked_up
from core.domain.discounts import ChangesCodes, Discount, FoundCode
from core.domain.errors import Gone, PlatformRefused, PlatformUnavailable, Refused
from core.domain.stores import StoreState
from core.jobs.codes import discount_asked
from core.jobs.drain import LeaseLost, give_back
from core.jobs.tasks import TaskRun
from core.jobs.work import Work
from core.services.cancelling import cancel
from core.services.changing_codes import (
    Outcome,
    Progress,
    note_changed,
    note_outcome,
    read_progress,
    to_become,
)
from core.services.terms import load_terms

PORTION: Final = 50
LASTS: Final = timedelta(seconds=20)
"""After this the store is left to others for a moment."""
BUSY_S: Final = 15

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Change:
    """One code and what it is to become."""

    row: Row[Any]
    before: Discount
    after: Discount
    version: int


def update_codes(run: TaskRun) -> None:
    """One portion. Raises Refused, and what the store's platform raises."""
    with _calling(run) as work:
        ends_at = run.env.now() + LASTS
        progress = read_progress(run.task.place)
        while True:
            rows, changes = _next(run, work, progress)
            if not rows:
                with run.transaction() as db:
                    run.finish(db, progress.told())
                return
            for row in rows:
                outcome = _change(work, changes[row.id]) if row.id in changes else Outcome()
                progress, is_time_up = progress.after(row.id, outcome), run.env.now() >= ends_at
                if row.id in changes or row is rows[-1] or is_time_up:
                    _advance(run, progress, row.id, outcome)
                if is_time_up:
                    return


@contextmanager
def _calling(run: TaskRun) -> Iterator[Work]:
    """The store, with the right to call it."""
    env, store = run.env, run.store
    if store.is_offline or store.state is not StoreState.CONNECTED:
        raise Refused("The store is not called at the moment. Connect it again first.")
    with env.database.write(store.store_id) as db:
        lease = leases.acquire(db, store.store_id, stores.OUTSIDE, env.token(), env.now(), lambda: 1)
        sealed = stores.sealed_credentials(db, store.store_id)
    if lease is None:
        raise PlatformUnavailable("The store is being asked for other things this very moment.", BUSY_S)
    work = Work(env, store, env.shop(store, env.secrets.unseal(sealed or b"")), lease)
    try:
        if not isinstance(work.shop, ChangesCodes):
            raise Refused("This store cannot change codes that it has.")
        yield work
    except LeaseLost as lost:
        raise PlatformUnavailable("The store is being asked for other things this very moment.") from lost
    finally:
        give_back(env, lease)


def _next(run: TaskRun, work: Work, progress: Progress) -> tuple[list[Row[Any]], dict[int, _Change]]:
    """Some codes that can be used, and those of them that are to carry something else. Raises Refused."""
    env, store = run.env, run.store
    with work.transaction() as db:
        rows = reward_numbers.live_after(db, store.store_id, run.wish["reward"], progress.last_id, PORTION)
        terms, changes = load_terms(db, store), {}
        for row in rows:
            before = discount_asked(db, work, row)
            if before is None or (row.ends_at is not None and row.ends_at <= env.now()):
                continue
            version, after = to_become(terms, row, before, env.now())
            if after != before:
                changes[row.id] = _Change(row, before, after, version.version)
            elif version.version != (row.carries_version or row.program_version):
                note_changed(db, store.store_id, row.id, version.version, after)
    return rows, changes


def _advance(run: TaskRun, progress: Progress, redemption_id: int, outcome: Outcome) -> None:
    with run.transaction() as db:
        note_outcome(db, run.task, redemption_id, outcome, progress)
        total = max(run.task.total or 0, progress.done)
        run.advance(db, progress.done, place=progress.to_json(), total=total)
    run.env.reach("code_changes.advanced")


def _change(work: Work, change: _Change) -> Outcome:
    """Have the store's code changed, and write down that it is. What keeps one from it keeps no other."""
    found = looked_up(work.shop.find_codes(change.after), change.before.mark)
    work.env.reach("code_changes.found")
    if found.kept is not None:
        # Whoever was here before died, or was not answered.
        return _keep(work, change)
    living = [one for one in found.others if one.is_live]
    if not living or any(one.uses for one in living):
        return Outcome(is_left=True)
    if len(living) > 1:
        return Outcome("The store has two codes of this name.")
    return _call(work, change, living[0])


def _call(work: Work, change: _Change, code: FoundCode) -> Outcome:
    shop = work.shop
    if not isinstance(shop, ChangesCodes):
        raise Refused("This store cannot change codes that it has.")
    try:
        changed = shop.change_code(code.code_ref, change.before, change.after)
    except Gone:
        return Outcome(is_left=True)
    except PlatformRefused as refusal:
        return Outcome(str(refusal))
    work.env.reach("code_changes.changed")
    if changed.is_as_wanted:
        return _keep(work, change)
    log.warning("code.changed_wrongly", store_id=work.store_id, redemption=change.row.id)
    return _put_back(work, shop, change, changed)


def _put_back(work: Work, shop: ChangesCodes, change: _Change, code: FoundCode) -> Outcome:
    """The store made something else of it: it is to be again what its member was told."""
    problem = code.problem or "it is switched off"
    try:
        restored = shop.change_code(code.code_ref, change.after, change.before)
    except PlatformRefused:
        restored = code
    work.env.reach("code_changes.put_back")
    if restored.is_as_wanted:
        return Outcome(f"The store made something else of it, so it is as it was: {problem}.")
    return _withdraw(work, change, problem)


def _withdraw(work: Work, change: _Change, problem: str) -> Outcome:
    """Nobody knows what the code is now: off with it, and its points come back."""
    try:
        with work.transaction() as db:
            cancel(db, work.store, change.row.id, work.env.now())
    except Refused as refusal:
        return Outcome(f"The store made something else of it: {problem}. {refusal}")
    return Outcome(f"The store made something else of it, so it is taken back, with its points: {problem}.")


def _keep(work: Work, change: _Change) -> Outcome:
    """Whoever stopped the task meanwhile: what the store has is so all the same."""
    with work.transaction() as db:
        note_changed(db, work.store_id, change.row.id, change.version, change.after)
    work.env.reach("code_changes.kept")
    return Outcome()
