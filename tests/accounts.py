"""What must be true of every member of a store at any time, whatever happened."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import select

from core.db.tables import entries, lot_uses, lots, members
from core.domain.stores import Store
from tests.world import World


def check_accounts(world: World, store: Store) -> None:
    """Balances are Σ entries and Σ lots less debt, no lot gave more than it earned, no key is there twice."""
    at = store.store_id
    with world.database.read(at) as db:
        entry_rows = list(db.execute(select(entries).where(entries.c.store_id == at)))
        lot_rows = list(db.execute(select(lots).where(lots.c.store_id == at)))
        use_rows = list(db.execute(select(lot_uses).where(lot_uses.c.store_id == at)))
        member_rows = list(db.execute(select(members).where(members.c.store_id == at)))

    sums: dict[int, int] = defaultdict(int)
    for entry in entry_rows:
        sums[entry.member_id] += entry.points
    released: dict[int, int] = defaultdict(int)
    pending: dict[int, int] = defaultdict(int)
    for lot in lot_rows:
        (released if lot.is_released else pending)[lot.member_id] += lot.remaining_points
    used: dict[int, int] = defaultdict(int)
    for use in use_rows:
        used[use.lot_id] += use.points

    for member in member_rows:
        held = (member.available_points, member.pending_points, member.debt_points)
        assert min(held) >= 0
        assert member.debt_points == 0 or member.available_points == 0
        assert sums[member.id] == member.available_points + member.pending_points - member.debt_points
        assert (released[member.id], pending[member.id]) == held[:2]
    for lot in lot_rows:
        assert lot.earned_points == lot.remaining_points + used[lot.id]
        assert 0 <= lot.expired_points <= lot.earned_points - lot.remaining_points
    keys = [entry.key for entry in entry_rows]
    assert len(set(keys)) == len(keys)
