"""Everything of a store as JSON lines: one object a line, documented in docs/export.md."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from core.db import takeouts
from core.db.takeouts import ADJUSTMENT, MEMBER, Kind
from core.domain.stores import Store
from core.domain.takeout import CLOSING, FORMAT, HEADER
from core.services.adjusting import notes_of
from core.services.terms import Sealing


def export_lines(db: Connection, store: Store, sealing: Sealing, now: datetime) -> Iterator[bytes]:
    """The lines of the file. The store must stand still in the caller's transaction."""
    digest, counts, points = hashlib.sha256(), Counter[str](), Counter[str]()
    for line in _told(db, store, sealing, now, points):
        written = _written(line)
        digest.update(written)
        counts[line["type"]] += 1
        yield written
    yield _written(
        {
            "type": CLOSING,
            "lines": counts.total(),
            "counts": dict(counts),
            "points": {name: points[name] for name in ("available", "pending", "debt", "entries")},
            "sha256": digest.hexdigest(),
        }
    )


def _told(
    db: Connection, store: Store, sealing: Sealing, now: datetime, points: Counter[str]
) -> Iterator[dict[str, Any]]:
    yield {
        "type": HEADER,
        "format": FORMAT,
        "name": store.name,
        "platform": store.platform,
        "url": store.url,
        "currency": store.currency,
        "timezone": store.zone.key,
        "exported_at": _plain(now),
    }
    for kind in takeouts.KINDS:
        for row in takeouts.rows_of(db, store.store_id, kind):
            line = _line(kind, row)
            if kind is MEMBER:
                line |= _person(row, sealing)
            elif kind is ADJUSTMENT:
                notes = notes_of(row, sealing)
                line["public_note"] = None if notes is None else notes.public
                line["private_note"] = None if notes is None else notes.private
            count_points(points, kind, line)
            yield line


def _person(row: Row[Any], sealing: Sealing) -> dict[str, Any]:
    """Who a member is, in the clear."""
    name = None if row.name is None else sealing.open_name(row.name)
    return {
        "is_guest": bool(row.is_guest),
        "email": None if row.email is None else sealing.open_email(row.email),
        "email_modified_at": _plain(row.email_modified_at),
        "given_name": None if name is None else name.given,
        "family_name": None if name is None else name.family,
    }


def count_points(points: Counter[str], kind: Kind, line: dict[str, Any]) -> None:
    """Add a line to the sums that close the file."""
    if kind is MEMBER:
        for name in ("available", "pending", "debt"):
            points[name] += line[f"{name}_points"]
    elif kind.name == "entry":
        points["entries"] += line["points"]


def _line(kind: Kind, row: Row[Any]) -> dict[str, Any]:
    told = {column.name: _plain(getattr(row, column.name)) for column in kind.columns}
    return {"type": kind.name, **told}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value


def _written(line: dict[str, Any]) -> bytes:
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
