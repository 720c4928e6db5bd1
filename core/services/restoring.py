"""Moving a redemption to where it should be: its state, and how many of its points are given back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from core.db import ledger, members, redemptions, spending
from core.domain.ledger import Balance, EntryKind
from core.domain.lots import LotTerms, draw, end_of_day, fixed_end, give_back
from core.domain.program import ExpiryKind
from core.domain.redemptions import GIVEN_BACK, Redemption, Standing, State, redemption_key
from core.domain.sentences import restored_sentence
from core.domain.stores import Store
from core.services.emptying import carry_on
from core.services.posting import balance_values
from core.services.redeeming import ended_lots
from core.services.terms import load_terms

GRACE_DAYS = 30
"""How long points live that come back after the lot they came from has ended."""


@dataclass(frozen=True, slots=True)
class Held:
    """A redemption and its member, both locked until the transaction ends."""

    store: Store
    member: Row[Any]
    row: Row[Any]

    @property
    def redemption(self) -> Redemption:
        """As the domain knows it."""
        return redemptions.as_redemption(self.row)


def lock(db: Connection, store: Store, redemption_ids: Collection[int]) -> list[Row[Any]]:
    """Lock redemptions after their members, both in ascending order: so everybody locks."""
    owners = redemptions.owners(db, store.store_id, redemption_ids)
    led = members.paths(db, store.store_id, owners)
    members.lock_balances(db, store.store_id, owners | {one for path in led.values() for one in path})
    return redemptions.by_ids(db, store.store_id, redemption_ids)


def held(db: Connection, store: Store, row: Row[Any]) -> Held:
    """A locked redemption with its member as it is by now, whatever was moved since they were locked."""
    member = members.lock_balances(db, store.store_id, {row.member_id})[row.member_id]
    return Held(store, member, row)


def hold(db: Connection, store: Store, redemption_id: int) -> Held | None:
    """Lock one redemption and its member; None: there is none."""
    for row in lock(db, store, [redemption_id]):
        return held(db, store, row)
    return None


def move(db: Connection, held: Held, standing: Standing, why: str, now: datetime, **columns: Any) -> None:
    """Bring a redemption to where it should be, and write `columns` of it besides.

    Points come back into the lots they left, with the end those had; points taken again may make a debt.
    """
    delta = standing.restored_points - held.row.restored_points
    if delta > 0:
        _return(db, held, delta, why, now)
    elif delta < 0:
        _take_again(db, held, -delta, why, now)
    if delta and held.member.merged_into is not None:
        carry_on(db, held.store.store_id, {held.member.id: {}}, now)
    goes_back = (standing.state in GIVEN_BACK) - (held.row.state in GIVEN_BACK)
    if held.row.is_from_stock and goes_back:
        redemptions.change_stock(db, held.store.store_id, held.row.reward_ref, -goes_back)
    redemptions.change(
        db,
        held.store.store_id,
        held.row.id,
        state=standing.state,
        restored_points=standing.restored_points,
        entry_count=held.row.entry_count + bool(delta),
        order_ref=standing.order_ref,
        changed_at=now,
        **columns,
    )


def give_all_back(db: Connection, held: Held, state: State, why: str, now: datetime, **columns: Any) -> None:
    """The redemption comes to nothing: all its points are back, and nobody is to have its code."""
    if state in GIVEN_BACK:
        columns["withdrawn_at"] = held.row.withdrawn_at or now
    move(db, held, Standing(state, held.row.cost_points, None), why, now, **columns)


def _return(db: Connection, held: Held, points: int, why: str, now: datetime) -> None:
    store, member, key = held.store, held.member, _next_key(held.row)
    spent = spending.spent_by(db, store.store_id, _keys(held.row))
    ended = ended_lots(db, store, member, spent, now)
    uses, homeless = give_back(spent, points, lambda lot: lot.lot_id in ended)
    _add_entry(db, held.row, points, why, now)
    spending.put_back(db, store.store_id, uses, key)
    if homeless:
        were_in_ended_lots = sum(use.points for use in spent if use.lot.lot_id in ended)
        is_owed = homeless > were_in_ended_lots
        terms = _terms_of_owed(db, held, now) if is_owed else LotTerms(now, _grace_end(held, now))
        ledger.add_lots(db, [_new_lot(held, key, homeless, terms)])
    paid = min(member.debt_points, points)
    if paid:
        back = spending.lots_to_spend(db, store.store_id, member.id)
        spending.draw(db, store.store_id, draw(back, paid)[0], key, "debt")
    _save(db, held, members.balance_of(member).moved(available=points - paid, debt=-paid))


def _take_again(db: Connection, held: Held, points: int, why: str, now: datetime) -> None:
    store_id = held.store.store_id
    uses, missing = draw(spending.lots_to_spend(db, store_id, held.member.id), points)
    _add_entry(db, held.row, -points, why, now)
    spending.draw(db, store_id, uses, _next_key(held.row), EntryKind.REDEEM)
    _save(db, held, members.balance_of(held.member).moved(available=missing - points, debt=missing))


def _keys(row: Row[Any]) -> list[str]:
    """The keys of every entry the redemption made so far."""
    return [redemption_key(row.id, number) for number in range(1, row.entry_count + 1)]


def _next_key(row: Row[Any]) -> str:
    return redemption_key(row.id, row.entry_count + 1)


def _add_entry(db: Connection, row: Row[Any], points: int, why: str, now: datetime) -> None:
    entry = {
        "store_id": row.store_id,
        "member_id": row.member_id,
        "kind": EntryKind.RESTORE if points > 0 else EntryKind.REDEEM,
        "points": points,
        "key": _next_key(row),
        "order_ref": None,
        "program_version": row.program_version,
        "reason": restored_sentence(row.title, row.code, why),
        "at": now,
    }
    ledger.add_entries(db, [entry])


def _grace_end(held: Held, now: datetime) -> datetime:
    zone = held.store.zone
    return end_of_day(now.astimezone(zone).date() + timedelta(days=GRACE_DAYS), zone)


def _terms_of_owed(db: Connection, held: Held, now: datetime) -> LotTerms:
    """For points taken again when none were there: they were paid as a debt and are in no lot to go back to.

    They live as if earned on the day they were spent, so that nothing ends which the program lets live.
    """
    version = load_terms(db, held.store).version(held.row.program_version)
    expiry = version.program.expiry
    if expiry.kind is ExpiryKind.NEVER:
        return LotTerms(now)
    if expiry.kind is ExpiryKind.ROLLING:
        return LotTerms(now, rolling_days=expiry.expiry_days)
    ends_at = fixed_end(held.row.requested_at, expiry.expiry_days, held.store.zone)
    return LotTerms(now, max(ends_at or now, _grace_end(held, now)))


def _new_lot(held: Held, key: str, points: int, terms: LotTerms) -> dict[str, Any]:
    return {
        "store_id": held.store.store_id,
        "member_id": held.member.id,
        "entry_key": key,
        "order_ref": None,
        "earned_points": points,
        "remaining_points": points,
        "expired_points": 0,
        "is_released": True,
        "available_at": terms.available_at,
        "expires_at": terms.expires_at,
        "rolling_days": terms.rolling_days,
    }


def _save(db: Connection, held: Held, balance: Balance) -> None:
    values = balance_values(held.member.id, balance, held.member.last_activity_at)
    members.save_balances(db, held.store.store_id, [values])
