"""Points given and taken by hand, as the settings pages do it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from core.db import members
from core.domain.adjusting import Notes
from core.domain.staff import Who, operator
from core.domain.stores import Store
from core.services.adjusting import Adjustment, adjust
from core.services.auditing import CHECKS
from core.services.terms import Sealing, load_terms
from core.services.undoing import undo_adjustment
from tests.world import World

ANA = "7"


def member_id(world: World, store: Store, customer_ref: str = ANA) -> int:
    """Our id of a customer."""
    with world.database.read(store.store_id) as db:
        row = members.own_by_customer_ref(db, store.store_id, customer_ref)
    assert row is not None
    return int(row.id)


def adjusted(
    world: World,
    store: Store,
    points: int,
    *,
    who: Who | None = None,
    to: str = ANA,
    token: str = "",
    may_owe: bool = False,
    note: str = "Sorry for the late parcel",
) -> Row[Any]:
    """Give or take points."""
    wanted = Adjustment(
        member_id(world, store, to),
        points,
        Notes(note, "Carrier held it"),
        token or world.env.token(),
        may_owe=may_owe,
    )
    with world.database.write(store.store_id) as db:
        sealing = Sealing(world.env.secrets)
        return adjust(db, load_terms(db, store), wanted, who or operator(), sealing, world.now)


def undone(world: World, store: Store, adjustment_id: int, who: Who | None = None) -> Row[Any]:
    """Undo it."""
    with world.database.write(store.store_id) as db:
        return undo_adjustment(db, load_terms(db, store), adjustment_id, who or operator(), world.now)


def differences(world: World, store: Store) -> list[str]:
    """What verify-ledger would say of a small store."""
    with world.database.read_still(store.store_id) as db:
        return [
            one.sentence for check in CHECKS for one in check.run(db, store.store_id, check.begin).differences
        ]
