"""All that is held of one person, put together as one JSON document for whoever asked for it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from core.db import adjustments, bodies, erasing, exports, ledger, members, orders, stores
from core.db.tables import lots, redemptions
from core.domain.personal import Person
from core.domain.stores import Store
from core.services.adjusting import notes_of
from core.services.identifying import members_of
from core.services.terms import Sealing

KEPT: Final = timedelta(days=30)

DATA_ASKED: Final = "data_request"
"""The notice that somebody asked, by the platform's number of the request."""

_ENTRY: Final = ("at", "kind", "points", "order_ref", "reason")
_LOT: Final = ("order_ref", "earned_points", "remaining_points", "available_at", "expires_at")
_ORDER: Final = ("order_ref", "number", "status", "ordered_at", "modified_at", "posted_points")
_ADJUSTMENT: Final = ("at", "points", "undone_at")
_REDEMPTION: Final = ("requested_at", "state", "title", "code", "cost_points", "restored_points", "order_ref")


def export_of(db: Connection, store: Store, member_ids: Iterable[int], sealing: Sealing) -> dict[str, Any]:
    """The document for these members, personal data in the clear. Moments are ISO 8601."""
    found = (members.by_id(db, store.store_id, member_id) for member_id in member_ids)
    return {
        "store": store.name,
        "platform": store.platform,
        "members": [_member(db, store.store_id, row, sealing) for row in found if row is not None],
    }


def keep_export(
    db: Connection, store: Store, person: Person, request_ref: str, sealing: Sealing, now: datetime
) -> int:
    """Put it together for a person, keep it, encrypted, for 30 days, and tell the merchant; its id."""
    member_ids = members_of(db, store, person, sealing)
    document = export_of(db, store, member_ids, sealing)
    export_id = exports.add(
        db,
        {
            "store_id": store.store_id,
            "member_id": next(iter(member_ids), None),
            "request_ref": request_ref,
            "made_at": now,
            "ends_at": now + KEPT,
            "document": sealing.seal_document(as_text(document)),
        },
    )
    sentence = (
        f"A customer of {store.name} asked what is held of them; the answer is yours to pass on: "
        f"bin/regulars member export --store {store.store_id} --export {export_id}"
    )
    stores.raise_notice(db, store.store_id, DATA_ASKED, request_ref, sentence, now)
    return export_id


@dataclass(frozen=True, slots=True)
class AskedExport:
    """What was put together for somebody who asked."""

    export_id: int
    member_id: int | None
    """None: nothing was held of whoever asked."""
    request_ref: str
    made_at: datetime
    ends_at: datetime
    is_open: bool
    """Nobody said yet that it was passed on."""


def asked_exports(db: Connection, store_id: int) -> list[AskedExport]:
    """Those a store keeps, the newest first."""
    open_refs = stores.notice_subjects(db, store_id, DATA_ASKED)
    return [
        AskedExport(
            row.id, row.member_id, row.request_ref, row.made_at, row.ends_at, row.request_ref in open_refs
        )
        for row in exports.listed(db, store_id)
    ]


def pass_on(db: Connection, store_id: int, request_ref: str) -> bool:
    """Whoever asked has it now: the notice goes; False when that had been said before."""
    return stores.clear_notice(db, store_id, DATA_ASKED, request_ref)


def drop_exports(db: Connection, store_id: int, member_ids: Collection[int]) -> None:
    """Delete what was put together for members who are forgotten."""
    stores.clear_notice(db, store_id, DATA_ASKED, *exports.delete_of(db, store_id, member_ids))


def end_exports(db: Connection, store_id: int, now: datetime) -> int:
    """Delete what was kept long enough; how many."""
    ended = exports.delete_ended(db, store_id, now)
    stores.clear_notice(db, store_id, DATA_ASKED, *ended)
    return len(ended)


def as_text(document: Mapping[str, Any]) -> str:
    """The document as people are given it."""
    return json.dumps(document, ensure_ascii=False, indent=2, default=_plain)


def _member(db: Connection, store_id: int, row: Row[Any], sealing: Sealing) -> dict[str, Any]:
    sealed = members.sealed_email(db, store_id, row.id)
    sealed_name = members.sealed_name(db, store_id, row.id)
    refs = erasing.order_refs_of(db, store_id, [row.id])
    owned = {"store_id": store_id, "member_id": row.id}
    return {
        "member_id": row.id,
        "customer_id": row.customer_ref,
        "email": None if sealed is None else sealing.open_email(sealed),
        "name": None if sealed_name is None else sealing.open_name(sealed_name).full,
        "joined_at": row.joined_at,
        "last_activity_at": row.last_activity_at,
        "available_points": row.available_points,
        "pending_points": row.pending_points,
        "debt_points": row.debt_points,
        "entries": [_picked(one, _ENTRY) for one in ledger.entries_of(db, store_id, member_id=row.id)],
        "lots": [
            _picked(one, _LOT) for one in db.execute(select(lots).filter_by(**owned).order_by(lots.c.id))
        ],
        "redemptions": [
            _picked(one, _REDEMPTION)
            for one in db.execute(select(redemptions).filter_by(**owned).order_by(redemptions.c.id))
        ],
        "adjustments": [_adjustment(one, sealing) for one in adjustments.of_members(db, store_id, [row.id])],
        "orders": _orders(db, store_id, refs),
        "deliveries": [_delivery(one) for one in bodies.of_orders(db, store_id, refs)],
    }


def _adjustment(row: Row[Any], sealing: Sealing) -> dict[str, Any]:
    notes = notes_of(row, sealing)
    said = {"public_note": notes.public, "private_note": notes.private} if notes is not None else {}
    return _picked(row, _ADJUSTMENT) | said


def _orders(db: Connection, store_id: int, refs: set[str]) -> list[dict[str, Any]]:
    told: dict[str, list[object]] = {}
    for row in orders.tellings(db, store_id, refs):
        if row.snapshot is not None:
            told.setdefault(row.order_ref, []).append(json.loads(row.snapshot))
    found = orders.load(db, store_id, refs)
    return [_picked(found[ref], _ORDER) | {"tellings": told.get(ref, [])} for ref in sorted(found)]


def _delivery(row: Row[Any]) -> dict[str, Any]:
    return {
        "topic": row.topic,
        "received_at": row.received_at,
        "body": row.body.decode("utf-8", "replace"),
    }


def _picked(row: Row[Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
