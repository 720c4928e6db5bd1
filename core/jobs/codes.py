"""Making and ending discount codes at a store, so that whatever happens there is one live code or none.

A try is noted before the store is asked. Whoever comes after a try whose end nobody knows looks the code's
name up first. Points go back at once only after a first and only try that was refused for good; otherwise
when, some time after the last try, the store is found not to have the code (semantics: case 19).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from core.db import members, redemptions
from core.domain import wanted
from core.domain.codes import LookedUp, code_key, code_name, looked_up, mark_of
from core.domain.discounts import Discount, FoundCode
from core.domain.errors import CodeTaken, PlatformRefused, PlatformUnavailable
from core.domain.redemptions import CALM, State
from core.jobs.work import Work
from core.services.holders import holder_of
from core.services.restoring import Held, give_all_back, hold
from core.services.terms import Sealing

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Try:
    """One go at making a redemption's code."""

    redemption_id: int
    discount: Discount
    is_first: bool
    last_tried_at: datetime | None
    """When it was tried before this."""
    refused_at: datetime | None
    """Since when it is known that the store will not have it."""
    problem: str

    @property
    def mark(self) -> str:
        """By which the store's code is known for this one's."""
        return self.discount.mark


def make_code(work: Work, effect: Row[Any]) -> None:
    """Have the redemption's code at the store, or its points back. Raises what `CodeShop` raises."""
    now = _begin(work, effect)
    if now is None:
        return
    work.env.reach("codes.tried")
    if now.is_first:
        _create(work, effect, now)
        return
    found = looked_up(work.shop.find_codes(now.discount), now.mark)
    if _is_usable(found.ours):
        _keep(work, effect, now, found)
    elif found.ours is not None and found.ours.is_live:
        _refuse(work, effect, now, found.ours)
    elif found.is_foreign:
        _rename(work, effect, now)
    elif now.refused_at is None:
        _create(work, effect, now)
    else:
        _give_up_in_time(work, effect, now)


def _is_usable(code: FoundCode | None) -> bool:
    return code is not None and code.is_live and not code.problem


def _begin(work: Work, effect: Row[Any]) -> _Try | None:
    """Note a try; None when nobody wants the code any more."""
    env, redemption_id = work.env, int(effect.subject)
    with work.transaction() as db:
        held = hold(db, work.store, redemption_id)
        if held is None or held.redemption.state is not State.PENDING:
            work.done(db, effect)
            return None
        row = held.row
        redemptions.change(db, work.store_id, redemption_id, tries=row.tries + 1, tried_at=env.now())
        return _Try(
            redemption_id,
            _discount(db, work, held),
            is_first=not row.tries,
            last_tried_at=row.tried_at,
            refused_at=row.refused_at,
            problem=row.problem or "the store does not have it",
        )


def _discount(db: Connection, work: Work, held: Held) -> Discount:
    holder = holder_of(db, held.member, Sealing(work.env.secrets))
    return wanted.read(held.row.discount, held.row.code, mark_of(held.row.id), holder)


def _create(work: Work, effect: Row[Any], now: _Try) -> None:
    try:
        made = work.shop.create_code(now.discount)
    except CodeTaken as taken:
        # Ours, if a call thought lost made it; the look-up of the next try tells.
        raise PlatformUnavailable(str(taken)) from taken
    except PlatformRefused as refusal:
        _refused(work, effect, now, str(refusal))
        return
    work.env.reach("codes.made")
    if _is_usable(made):
        _keep(work, effect, now, LookedUp(made, (), is_foreign=False))
    else:
        _refuse(work, effect, now, made)


def _keep(work: Work, effect: Row[Any], now: _Try, found: LookedUp) -> None:
    """The store has the code: the redemption is live, unless somebody took it back meanwhile."""
    for twin in found.twins:
        work.shop.disable_code(twin.code_ref)
    code_ref = found.ours.code_ref if found.ours else None
    with work.transaction() as db:
        held = hold(db, work.store, now.redemption_id)
        if held is not None:
            state = State.LIVE if held.redemption.state is State.PENDING else held.redemption.state
            columns = {"state": state, "code_ref": code_ref, "problem": None, "changed_at": work.env.now()}
            redemptions.change(db, work.store_id, now.redemption_id, **columns)
        work.done(db, effect)
        work.env.reach("codes.before_commit")
    work.env.reach("codes.kept")
    log.info("code.live", store_id=work.store_id, redemption=now.redemption_id)


def _refuse(work: Work, effect: Row[Any], now: _Try, code: FoundCode) -> None:
    """The store made something else than was asked, such as a code for everybody: off with it."""
    work.shop.disable_code(code.code_ref)
    work.env.reach("codes.disabled")
    _wait_to_give_up(work, effect, now, code.problem or "the store made it, but switched off")


def _refused(work: Work, effect: Row[Any], now: _Try, problem: str) -> None:
    if now.is_first:
        _give_up(work, effect, now, problem)
    else:
        _wait_to_give_up(work, effect, now, problem)


def _wait_to_give_up(work: Work, effect: Row[Any], now: _Try, problem: str) -> None:
    moment = work.env.now()
    with work.transaction() as db:
        redemptions.change(db, work.store_id, now.redemption_id, refused_at=moment, problem=problem[:500])
        work.later(db, effect, moment + CALM, problem)
    log.warning("code.refused", store_id=work.store_id, redemption=now.redemption_id, problem=problem[:200])


def _give_up_in_time(work: Work, effect: Row[Any], now: _Try) -> None:
    """The store has no such code: the points are back, once no call can be under way any more."""
    tried_at = now.last_tried_at or work.env.now()
    if work.env.now() < tried_at + CALM:
        with work.transaction() as db:
            redemptions.change(db, work.store_id, now.redemption_id, tried_at=tried_at)
            work.later(db, effect, tried_at + CALM, now.problem)
        return
    _give_up(work, effect, now, now.problem)


def _give_up(work: Work, effect: Row[Any], now: _Try, problem: str) -> None:
    with work.transaction() as db:
        held = hold(db, work.store, now.redemption_id)
        if held is not None and held.redemption.state in {State.PENDING, State.CANCELLING}:
            state = State.FAILED if held.redemption.state is State.PENDING else State.CANCELLED
            give_all_back(db, held, state, problem, work.env.now(), problem=problem[:500])
        work.failed(db, effect, problem)
        work.env.reach("codes.before_commit")
    work.env.reach("codes.given_up")
    log.warning("code.given_up", store_id=work.store_id, redemption=now.redemption_id, problem=problem[:200])


def _rename(work: Work, effect: Row[Any], now: _Try) -> None:
    """Somebody else's code has the name: a new one is drawn, only now."""
    prefix = now.discount.code.split("-", 1)[0]
    code = code_name(prefix, work.env.token())
    with work.transaction() as db:
        columns = {"code": code, "code_key": code_key(code), "tries": 0, "tried_at": None}
        redemptions.change(db, work.store_id, now.redemption_id, **columns)
        work.later(db, effect, work.env.now(), f"{now.discount.code} was another's")
    log.warning("code.renamed", store_id=work.store_id, redemption=now.redemption_id)


def end_code(work: Work, effect: Row[Any]) -> None:
    """Switch a code off; later, when no order has come with it, give its points back. Raises as above."""
    redemption_id = int(effect.subject)
    with work.env.database.read(work.store_id) as db:
        row = redemptions.by_id(db, work.store_id, redemption_id)
        member = None if row is None else members.by_id(db, work.store_id, row.member_id)
        holder = None if member is None else holder_of(db, member, Sealing(work.env.secrets))
    if row is None or holder is None or row.state != State.CANCELLING:
        with work.transaction() as db:
            work.done(db, effect)
        return
    discount = wanted.read(row.discount, row.code, mark_of(redemption_id), holder)
    ours = [one for one in work.shop.find_codes(discount) if one.mark == discount.mark]
    for one in ours:
        if one.is_live:
            work.shop.disable_code(one.code_ref)
    work.env.reach("codes.disabled")
    is_off_since = row.off_at if row.off_at and not any(one.is_live for one in ours) else None
    _end(work, effect, redemption_id, is_off_since, is_used=any(one.uses for one in ours))


def _end(work: Work, effect: Row[Any], redemption_id: int, off_at: datetime | None, *, is_used: bool) -> None:
    moment = work.env.now()
    with work.transaction() as db:
        held = hold(db, work.store, redemption_id)
        if held is None or held.redemption.state is not State.CANCELLING:
            work.done(db, effect)
        elif off_at is None:
            redemptions.change(db, work.store_id, redemption_id, off_at=moment)
            work.later(db, effect, moment + CALM, "the code is off; an order may still come")
        elif moment < off_at + CALM or is_used:
            said = "the store counts a use of it; its order is waited for" if is_used else "an order may come"
            work.later(db, effect, max(off_at, moment) + CALM if is_used else off_at + CALM, said)
        else:
            give_all_back(db, held, State.CANCELLED, "taken back", moment)
            work.done(db, effect)
        work.env.reach("codes.before_commit")
    work.env.reach("codes.ended")
