"""Making and ending discount codes at a store, so that whatever happens there is one live code or none.

A try is noted before the store is asked. Whoever comes after a try whose end nobody knows looks the code's
name up first. Points go back at once only after a first and only try that was refused for good; otherwise
when, some time after the last try, the store is found not to have the code (semantics: case 19).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from core.db import effects, members, redemptions
from core.domain import wanted
from core.domain.codes import code_key, code_name, looked_up, mark_of, old_mark_of
from core.domain.discounts import Discount, FoundCode
from core.domain.errors import CodeTaken, PlatformRefused, PlatformTrouble, PlatformUnavailable
from core.domain.redemptions import CALM, State
from core.jobs.installation import installation_of
from core.jobs.work import Work
from core.services.holders import holder_of
from core.services.restoring import give_all_back, hold
from core.services.terms import Sealing
from core.services.unheard import forget_use, tell_of_use

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Making:
    """A redemption whose code is to be made."""

    redemption_id: int
    discount: Discount
    tried_at: datetime | None
    """When the store was last asked to make it; None: never."""
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
    # Nothing can be under a name the store was never told.
    found = looked_up(work.shop.find_codes(now.discount) if now.tried_at else (), now.mark)
    is_wrong_one_live = any(one.is_live for one in found.others)
    if found.kept is not None:
        _keep(work, effect, now, found.kept, found.others)
    elif is_wrong_one_live or (found.others and now.refused_at is None):
        _refuse(work, effect, now, found.others)
    elif now.refused_at is not None:
        _give_up_in_time(work, effect, now, now.refused_at)
    elif found.is_foreign:
        _rename(work, effect, now)
    else:
        _create(work, effect, now)


def _begin(work: Work, effect: Row[Any]) -> _Making | None:
    """What is to be made; None when nobody wants it any more."""
    redemption_id = int(effect.subject)
    with work.transaction() as db:
        row = redemptions.by_id(db, work.store_id, redemption_id)
        discount = None if row is None else discount_asked(db, work, row)
        if row is None or discount is None or row.state != State.PENDING:
            work.done(db, effect)
            return None
    problem = row.problem or "the store does not have it"
    return _Making(redemption_id, discount, row.tried_at, row.refused_at, problem)


def discount_asked(db: Connection, work: Work, row: Row[Any]) -> Discount | None:
    """The redemption's code as it should be; None when its member is gone."""
    member = members.now_by_id(db, work.store_id, row.member_id)
    if member is None:
        return None
    holder = holder_of(db, member, Sealing(work.env.secrets))
    return wanted.read(row.discount, row.code, _mark(db, work, row), holder)


def _mark(db: Connection, work: Work, row: Row[Any]) -> str:
    """As the store was told it once, or will be."""
    if row.mark is not None:
        return str(row.mark)
    return old_mark_of(row.id) if row.tried_at else mark_of(row.id, installation_of(work.env, db))


def _create(work: Work, effect: Row[Any], now: _Making) -> None:
    with work.transaction() as db:
        # Noted first: whoever comes after us must know that the store may have been asked.
        if not redemptions.note_try(db, work.store_id, now.redemption_id, now.mark, work.env.now()):
            work.done(db, effect)
            return
    work.env.reach("codes.tried")
    try:
        made = work.shop.create_code(now.discount)
    except CodeTaken as taken:
        # Ours, if a call thought lost made it; the look-up of the next try tells.
        raise PlatformUnavailable(str(taken)) from taken
    except PlatformRefused as refusal:
        _refused(work, effect, now, str(refusal))
        return
    work.env.reach("codes.made")
    if made.is_as_wanted:
        _keep(work, effect, now, made)
    else:
        _refuse(work, effect, now, (made,))


def _keep(
    work: Work, effect: Row[Any], now: _Making, code: FoundCode, others: Sequence[FoundCode] = ()
) -> None:
    """The store has the code: the redemption is live, unless somebody took it back meanwhile."""
    _switch_off(work, others)
    with work.transaction() as db:
        held = hold(db, work.store, now.redemption_id)
        if held is not None:
            state = State.LIVE if held.redemption.state is State.PENDING else held.redemption.state
            moment = work.env.now()
            columns = {"state": state, "code_ref": code.code_ref, "problem": None, "changed_at": moment}
            redemptions.change(db, work.store_id, now.redemption_id, **columns)
        work.done(db, effect)
        work.env.reach("codes.before_commit")
    work.env.reach("codes.kept")
    log.info("code.live", store_id=work.store_id, redemption=now.redemption_id)


def _switch_off(work: Work, codes: Sequence[FoundCode]) -> None:
    for code in codes:
        if code.is_live:
            work.shop.disable_code(code.code_ref)


def _refuse(work: Work, effect: Row[Any], now: _Making, codes: Sequence[FoundCode]) -> None:
    """The store made something else than was asked, such as a code for everybody: off with it."""
    _switch_off(work, codes)
    work.env.reach("codes.disabled")
    problems = (code.problem for code in codes if code.problem)
    _wait_to_give_up(work, effect, now, next(problems, "the store made it, but switched off"))


def _refused(work: Work, effect: Row[Any], now: _Making, problem: str) -> None:
    if now.tried_at is None:
        _give_up(work, effect, now, problem)
    else:
        _wait_to_give_up(work, effect, now, problem)


def _wait_to_give_up(work: Work, effect: Row[Any], now: _Making, problem: str) -> None:
    moment = work.env.now()
    with work.transaction() as db:
        redemptions.change(db, work.store_id, now.redemption_id, refused_at=moment, problem=problem[:500])
        work.later(db, effect, moment + CALM, problem)
    log.warning("code.refused", store_id=work.store_id, redemption=now.redemption_id, problem=problem[:200])


def _give_up_in_time(work: Work, effect: Row[Any], now: _Making, refused_at: datetime) -> None:
    """The store has no such code: the points are back, once no call can be under way any more."""
    until = max(refused_at, now.tried_at or refused_at) + CALM
    if work.env.now() < until:
        with work.transaction() as db:
            work.later(db, effect, until, now.problem)
        return
    _give_up(work, effect, now, now.problem)


def _give_up(work: Work, effect: Row[Any], now: _Making, problem: str) -> None:
    with work.transaction() as db:
        held = hold(db, work.store, now.redemption_id)
        if held is not None and held.redemption.state in {State.PENDING, State.CANCELLING}:
            state = State.FAILED if held.redemption.state is State.PENDING else State.CANCELLED
            give_all_back(db, held, state, problem, work.env.now(), problem=problem[:500])
        work.failed(db, effect, problem)
        work.env.reach("codes.before_commit")
    work.env.reach("codes.given_up")
    log.warning("code.given_up", store_id=work.store_id, redemption=now.redemption_id, problem=problem[:200])


def _rename(work: Work, effect: Row[Any], now: _Making) -> None:
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
    with work.transaction() as db:
        row = redemptions.by_id(db, work.store_id, redemption_id)
        discount = None if row is None else discount_asked(db, work, row)
        if row is None or discount is None or row.state != State.CANCELLING:
            work.done(db, effect)
            return
    ours = [one for one in work.shop.find_codes(discount) if one.mark == discount.mark]
    # One that the store counts a use of is left to its order, which may yet give the use back.
    unused = [one for one in ours if not one.uses]
    _switch_off(work, unused)
    work.env.reach("codes.disabled")
    if len(unused) < len(ours):
        _wait_for_order(work, effect, redemption_id, _orders_with(work, discount.code))
        return
    _end(work, effect, redemption_id, None if any(one.is_live for one in unused) else row.off_at)


def _orders_with(work: Work, code: str) -> tuple[str, ...]:
    """The orders that used a code, as far as the store can say; ending the code never fails for it."""
    try:
        return work.shop.orders_with(code)
    except PlatformTrouble as trouble:
        log.warning("code.order_unknown", store_id=work.store_id, problem=str(trouble)[:200])
        return ()


def _wait_for_order(work: Work, effect: Row[Any], redemption_id: int, order_refs: Sequence[str]) -> None:
    """The store counts a use, so an order carries the code: it is fetched, or else somebody is told."""
    moment = work.env.now()
    with work.transaction() as db:
        row = redemptions.by_id(db, work.store_id, redemption_id)
        if row is None or row.state != State.CANCELLING:
            work.done(db, effect)
            return
        tell_of_use(db, work.store, row, moment)
        if order_refs:
            effects.ask(db, work.store_id, effects.FETCH_ORDER, order_refs, moment)
        work.later(db, effect, moment + CALM, "the store counts a use of it; its order is waited for")
    work.env.reach("codes.ended")


def _end(work: Work, effect: Row[Any], redemption_id: int, off_at: datetime | None) -> None:
    moment = work.env.now()
    with work.transaction() as db:
        forget_use(db, work.store_id, redemption_id)
        held = hold(db, work.store, redemption_id)
        if held is None or held.redemption.state is not State.CANCELLING:
            work.done(db, effect)
        elif off_at is None:
            redemptions.change(db, work.store_id, redemption_id, off_at=moment)
            work.later(db, effect, moment + CALM, "the code is off; an order may still come")
        elif moment < off_at + CALM:
            work.later(db, effect, off_at + CALM, "the code is off; an order may still come")
        else:
            is_over = held.row.ends_at is not None and held.row.ends_at <= off_at
            state, why = (State.EXPIRED, "it ended unused") if is_over else (State.CANCELLED, "taken back")
            give_all_back(db, held, state, why, moment)
            work.done(db, effect)
        work.env.reach("codes.before_commit")
    work.env.reach("codes.ended")
