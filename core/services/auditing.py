"""Is the ledger sound? Everything kept for speed is compared with what it should be the sum of.

Portion by portion, each of them one reading transaction of the caller's, which must stand still. Changes
nothing: what differs is said, not repaired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row

from core.db import audit, members, orders, redemptions
from core.db.members import balance_of
from core.domain.ledger import Balance
from core.domain.redemptions import GIVEN_BACK, State, redemption_key

PORTION: Final = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that does not add up."""

    kind: str
    """One word for machines: balance, lots, merge, debt, lot, order, redemption or key."""
    subject: str
    """Which member, lot, order or key."""
    sentence: str


@dataclass(frozen=True, slots=True)
class Portion:
    """What was looked at in one go."""

    checked: int
    differences: tuple[Difference, ...]
    after: int | str | None
    """Where to go on; None: this was the last portion."""


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison, and where it begins."""

    name: str
    begin: int | str
    run: Callable[[Connection, int, Any], Portion]


def check_members(db: Connection, store_id: int, after: int) -> Portion:
    """Σ entries = available + pending − debt, lots hold just that, and nothing is available beside a debt."""
    rows = members.after(db, store_id, after, PORTION)
    until = rows[-1].id if len(rows) == PORTION else None
    sums = audit.entry_sums(db, store_id, after, until)
    left = audit.lot_sums(db, store_id, after, until)
    differences = [
        difference
        for row in rows
        for difference in _of_member(row, sums.pop(row.id, 0), left.pop(row.id, (0, 0)))
    ]
    for stranger in sorted({*sums, *left}):
        sentence = (
            f"Entries of {sums.get(stranger, 0)} points and lots of {sum(left.get(stranger, ()))} belong to "
            f"member {stranger}, who does not exist."
        )
        differences.append(Difference("balance", f"member {stranger}", sentence))
    return Portion(len(rows), tuple(differences), until)


def _of_member(row: Row[Any], entries_sum: int, left: tuple[int, int]) -> Iterator[Difference]:
    subject, balance = f"member {row.id}", balance_of(row)
    says = (
        f"{balance.available_points} available + {balance.pending_points} pending "
        f"− {balance.debt_points} debt = {balance.entries_sum}"
    )
    if balance.entries_sum != entries_sum:
        sentence = f"The entries of member {row.id} add up to {entries_sum}; the balance says {says}."
        yield Difference("balance", subject, sentence)
    if left != (balance.available_points, balance.pending_points):
        sentence = (
            f"The lots of member {row.id} hold {left[0]} available and {left[1]} pending; it says {says}."
        )
        yield Difference("lots", subject, sentence)
    if row.merged_into is not None and balance != Balance():
        sentence = f"Member {row.id} was merged into member {row.merged_into}, and yet it says {says}."
        yield Difference("merge", subject, sentence)
    if balance.debt_points and (balance.available_points or left[0]):
        sentence = f"Member {row.id} has a debt of {balance.debt_points} and points available beside it."
        yield Difference("debt", subject, sentence)


def check_lots(db: Connection, store_id: int, after: int) -> Portion:
    """What was earned is what is left and what was used, lot by lot."""
    rows = audit.lots_after(db, store_id, after, PORTION)
    until = rows[-1].id if len(rows) == PORTION else None
    used = audit.use_sums(db, store_id, after, until)
    differences = []
    for row in rows:
        used_points = used.pop(row.id, 0)
        if row.earned_points != row.remaining_points + used_points:
            differences.append(_of_lot(row, used_points))
    for lot_id, points in sorted(used.items()):
        sentence = f"{points} points left lot {lot_id}, which does not exist."
        differences.append(Difference("lot", f"lot {lot_id}", sentence))
    return Portion(len(rows), tuple(differences), until)


def _of_lot(row: Row[Any], used_points: int) -> Difference:
    sentence = (
        f"Lot {row.id} of member {row.member_id} earned {row.earned_points}, but "
        f"{row.remaining_points} are left and {used_points} were used."
    )
    return Difference("lot", f"lot {row.id}", sentence)


def check_orders(db: Connection, store_id: int, after: str) -> Portion:
    """What an order says it posted is what its entries add up to, for its member and nobody else."""
    rows = orders.after(db, store_id, after, PORTION)
    until = rows[-1].order_ref if len(rows) == PORTION else None
    sums = audit.order_sums(db, store_id, after, until)
    differences = []
    for row in rows:
        expected = {row.member_id: row.posted_points} if row.posted_points else {}
        found = sums.pop(row.order_ref, {})
        if found != expected:
            differences.append(_of_order(row.order_ref, expected, found))
    differences += [_of_order(order_ref, {}, found) for order_ref, found in sorted(sums.items())]
    return Portion(len(rows), tuple(differences), until)


def _of_order(order_ref: str, expected: dict[int | None, int], found: dict[int, int]) -> Difference:
    sentence = (
        f"The entries of order {order_ref} add up to {points_in_words(found)}; "
        f"the order says {points_in_words(expected)}."
    )
    return Difference("order", f"order {order_ref}", sentence)


def points_in_words(by_member: Mapping[int, int] | Mapping[int | None, int]) -> str:
    """`49 for member 3 and 10 for member 4`; `nothing`."""
    listed = [
        f"{points} for {'nobody' if member_id is None else f'member {member_id}'}"
        for member_id, points in by_member.items()
    ]
    return " and ".join(listed) or "nothing"


def check_redemptions(db: Connection, store_id: int, after: int) -> Portion:
    """What a redemption says it cost and gave back is what its entries add up to, and its state allows it."""
    rows = redemptions.after(db, store_id, after, PORTION)
    # One more than it says it wrote: there must be none.
    keys = {row.id: [redemption_key(row.id, n) for n in range(1, row.entry_count + 2)] for row in rows}
    found = audit.entries_by_key(db, store_id, [key for of_one in keys.values() for key in of_one])
    differences = [
        Difference("redemption", f"redemption {row.id}", sentence)
        for row in rows
        for sentence in _of_redemption(row, [found[key] for key in keys[row.id] if key in found])
    ]
    return Portion(len(rows), tuple(differences), rows[-1].id if len(rows) == PORTION else None)


def _of_redemption(row: Row[Any], entries: Sequence[Row[Any]]) -> Iterator[str]:
    points = sum(entry.points for entry in entries)
    if points != row.restored_points - row.cost_points:
        yield (
            f"The entries of redemption {row.id} add up to {points}; it cost {row.cost_points} and "
            f"{row.restored_points} came back."
        )
    if len(entries) != row.entry_count or {entry.member_id for entry in entries} != {row.member_id}:
        yield (
            f"Redemption {row.id} of member {row.member_id} says it wrote {row.entry_count} entries; "
            f"there are {len(entries)}, and each must be of that member."
        )
    state = State(row.state)
    if state in GIVEN_BACK and row.restored_points != row.cost_points:
        yield f"Redemption {row.id} is {state}, but only {row.restored_points} of {row.cost_points} are back."
    if state in {State.PENDING, State.LIVE} and row.restored_points:
        yield f"Redemption {row.id} is {state}, and yet {row.restored_points} of its points are back."


def check_keys(db: Connection, store_id: int, after: str) -> Portion:
    """No two entries bear the same key."""
    keys = audit.keys_after(db, store_id, after, PORTION)
    differences = tuple(
        Difference("key", f"key {key}", f"{times} entries bear the key {key}; there must be one.")
        for key, times in keys
        if times > 1
    )
    return Portion(len(keys), differences, keys[-1][0] if len(keys) == PORTION else None)


CHECKS: Final = (
    Check("members", 0, check_members),
    Check("lots", 0, check_lots),
    Check("orders", "", check_orders),
    Check("redemptions", 0, check_redemptions),
    Check("entries", "", check_keys),
)
"""All there is to compare in one store."""


@dataclass(frozen=True, slots=True)
class MemberChecked:
    """One member's balance beside what it should be the sum of."""

    balance: Balance
    entries_sum: int
    released_points: int
    """Left in lots that can be spent."""
    pending_points: int
    """Left in lots that cannot be spent yet."""
    differences: tuple[Difference, ...]
    """Empty: all of it agrees."""


def check_member(db: Connection, store_id: int, row: Row[Any]) -> MemberChecked:
    """What `check_members` and `check_lots` would say of one member, from all entries and lots there are."""
    entries_sum = audit.entry_sums(db, store_id, row.id - 1, row.id).get(row.id, 0)
    left = audit.lot_sums(db, store_id, row.id - 1, row.id).get(row.id, (0, 0))
    wrong = [_of_lot(lot, int(lot.used_points)) for lot in audit.lots_out_of_balance(db, store_id, row.id)]
    found = (*_of_member(row, entries_sum, left), *wrong)
    return MemberChecked(balance_of(row), entries_sum, *left, found)
