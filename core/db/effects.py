"""Rows of effects: what has to happen outside the database, each as a small state machine.

pending ▸ done | parked (the keys lack the right) | failed (refused for good). Asking again for the same
thing makes the row pending again, one generation higher; only the generation a caller saw can be finished.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, TextClause, case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.db.bulk import among
from core.db.tables import IS_WAITING, effects, stores
from core.domain.stores import StoreState

FETCH_ORDER: Final = "fetch_order"
FETCH_CUSTOMER: Final = "fetch_customer"
MAKE_CODE: Final = "make_code"
END_CODE: Final = "end_code"
"""Both about a redemption, by its id."""
CHECK_INSTALLED: Final = "check_installed"
"""Whether the platform still lets us in, after it said that the merchant took us out."""
KEEP_HOOKS: Final = "keep_hooks"
"""That our webhooks are at the store and active."""
ALL_HOOKS: Final = "all"
KINDS: Final = (FETCH_ORDER, FETCH_CUSTOMER, MAKE_CODE, END_CODE, CHECK_INSTALLED, KEEP_HOOKS)

_Condition = ColumnElement[bool] | TextClause


def ask(db: Connection, store_id: int, kind: str, subjects: Sequence[str], now: datetime) -> None:
    """Ask for something to happen to each subject. What is asked already keeps its place and its pauses."""
    dialect = sqlite if db.dialect.name == "sqlite" else postgresql
    db.execute(
        dialect.insert(effects).on_conflict_do_update(
            index_elements=["store_id", "key"],
            set_={
                "state": "pending",
                "generation": effects.c.generation + 1,
                "attempts": case((effects.c.state == "pending", effects.c.attempts), else_=0),
                "next_at": case((effects.c.state == "pending", effects.c.next_at), else_=now),
                "asked_at": now,
            },
        ),
        [
            {
                "store_id": store_id,
                "kind": kind,
                "key": f"{kind}:{subject}",
                "subject": subject,
                "state": "pending",
                "generation": 1,
                "attempts": 0,
                "next_at": now,
                "asked_at": now,
            }
            for subject in subjects
        ],
    )


def is_waiting(db: Connection, store_id: int, kind: str, subject: str) -> bool:
    """Whether this was asked for and has not ended."""
    found = select(effects.c.id).where(
        effects.c.store_id == store_id, effects.c.key == f"{kind}:{subject}", IS_WAITING
    )
    return db.execute(found).first() is not None


def due(db: Connection, store_id: int, now: datetime, limit: int) -> list[Row[Any]]:
    """What is to happen now, what failed least often first: one that always fails holds up no other."""
    return list(
        db.execute(
            select(effects)
            .where(effects.c.store_id == store_id, IS_WAITING, effects.c.next_at <= now)
            .order_by(effects.c.attempts, effects.c.next_at, effects.c.id)
            .limit(limit)
        )
    )


def stores_with_due(db: Connection, now: datetime) -> list[int]:
    """Connected stores in which something is to happen now: the others are not called."""
    connected = select(stores.c.id).where(stores.c.state == StoreState.CONNECTED)
    found = db.execute(
        select(effects.c.store_id)
        .where(IS_WAITING, effects.c.next_at <= now, effects.c.store_id.in_(connected))
        .distinct()
    )
    return list(found.scalars())


def finish(db: Connection, effect: Row[Any], state: str, problem: str | None, now: datetime) -> None:
    """Write how an effect ended, unless it was asked for again meanwhile: then it stays pending."""
    db.execute(
        update(effects)
        .where(
            effects.c.store_id == effect.store_id,
            effects.c.id == effect.id,
            effects.c.generation == effect.generation,
        )
        .values(state=state, problem=problem, done_at=now)
    )


def wait_until(db: Connection, effect: Row[Any], at: datetime, problem: str) -> None:
    """Set one effect aside until a moment, unless it was asked for again meanwhile."""
    db.execute(
        update(effects)
        .where(
            effects.c.store_id == effect.store_id,
            effects.c.id == effect.id,
            effects.c.generation == effect.generation,
        )
        .values(state="pending", next_at=at, problem=problem)
    )


def try_later(db: Connection, effect: Row[Any], problem: str, next_at: datetime) -> None:
    """Count a failed try, and let the whole store rest: its other effects would meet the same trouble."""
    db.execute(
        update(effects)
        .where(effects.c.store_id == effect.store_id, effects.c.id == effect.id)
        .values(attempts=effects.c.attempts + 1, problem=problem[:500])
    )
    _change_free(db, effect.store_id, (IS_WAITING, effects.c.next_at < next_at), next_at=next_at)


def charge(db: Connection, effect: Row[Any]) -> None:
    """Count a try of one effect that was not let in, so that the next time another of its kind goes first."""
    db.execute(
        update(effects)
        .where(effects.c.store_id == effect.store_id, effects.c.id == effect.id)
        .values(attempts=effects.c.attempts + 1)
    )


def park(db: Connection, store_id: int, kind: str, problem: str, until: datetime) -> None:
    """Set all of one kind aside; one of them at a time is tried again from then on."""
    columns = {"state": "parked", "problem": problem[:500], "next_at": until}
    _change_free(db, store_id, (effects.c.kind == kind, IS_WAITING), **columns)


def unpark(
    db: Connection, store_id: int, kinds: Collection[str], now: datetime, *, forgets_tries: bool = True
) -> int:
    """Take up again what was set aside of these kinds; how many.

    Unless its tries are forgotten, what was not let in most often comes last.
    """
    are_parked = (effects.c.kind.in_(kinds), effects.c.state == "parked")
    tries = {"attempts": 0} if forgets_tries else {}
    return _change_free(db, store_id, are_parked, state="pending", next_at=now, **tries)


def try_failed_again(db: Connection, store_id: int, kind: str, now: datetime) -> int:
    """Ask once more for all of one kind that failed for good; how many."""
    have_failed = (effects.c.kind == kind, effects.c.state == "failed")
    anew = {"generation": effects.c.generation + 1, "attempts": 0, "asked_at": now, "done_at": None}
    return _change_free(db, store_id, have_failed, state="pending", next_at=now, problem=None, **anew)


def _change_free(db: Connection, store_id: int, conditions: Sequence[_Condition], **values: Any) -> int:
    """Change many of a store's effects at once, but those that another transaction holds; how many.

    Held are those that are asked for anew, one after the other: to wait for one while holding another can end
    in a deadlock. Passed over, such a one is pending, which is harmless: it is met with its next try.
    """
    free = select(effects.c.id).where(effects.c.store_id == store_id, *conditions)
    changed = db.execute(
        update(effects)
        .where(effects.c.store_id == store_id, effects.c.id.in_(free.with_for_update(skip_locked=True)))
        .values(**values)
    )
    return int(changed.rowcount)


def newest_problem(db: Connection, store_id: int, state: str) -> str | None:
    """What went wrong with the effect that was asked for last among those in a state."""
    problem: str | None = db.execute(
        select(effects.c.problem)
        .where(effects.c.store_id == store_id, effects.c.state == state)
        .order_by(effects.c.asked_at.desc(), effects.c.id.desc())
        .limit(1)
    ).scalar()
    return problem


def parked(db: Connection, store_id: int) -> tuple[int, str]:
    """How many wait for a right or for keys, and what is wrong with one of them."""
    chosen = select(func.count(), func.min(effects.c.problem)).where(
        effects.c.store_id == store_id, IS_WAITING, effects.c.state == "parked"
    )
    number, problem = db.execute(chosen).one()
    return int(number), problem or ""


def newest(db: Connection, store_id: int, kind: str) -> Row[Any] | None:
    """The effect of a kind that was asked for last; None: none ever was."""
    chosen = select(effects).where(effects.c.store_id == store_id, effects.c.kind == kind)
    return db.execute(chosen.order_by(effects.c.asked_at.desc(), effects.c.id.desc()).limit(1)).first()


def count_pending(db: Connection, store_id: int, kind: str, subjects: Collection[str]) -> int:
    """How many of one kind are still to happen to these subjects."""
    keys = [f"{kind}:{subject}" for subject in subjects]
    found = db.execute(
        select(func.count()).where(
            effects.c.store_id == store_id, among(db, effects.c.key, keys), effects.c.state == "pending"
        )
    )
    return int(found.scalar_one())


def counts(db: Connection, store_id: int) -> dict[str, int]:
    """How many effects are in each state there is."""
    found = db.execute(
        select(effects.c.state, func.count()).where(effects.c.store_id == store_id).group_by(effects.c.state)
    )
    return {state: int(number) for state, number in found}
