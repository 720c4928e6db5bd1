"""An export taken into a store that is empty: all of it or nothing, and balances as they were.

It is one transaction of the caller's. Whatever is wrong with any line, whatever does not add up at the end,
nothing of it stays: the ledger is only ever added to, so there could be no taking it back later.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, IntegrityError

from core.db import effects, person_words, takeouts
from core.db.bulk import update_many
from core.db.tables import persons
from core.db.takeouts import ADJUSTMENT, BRAND, KINDS, MEMBER, Kind
from core.domain.errors import Refused
from core.domain.names import Name, name_key, word_keys
from core.domain.people import email_key
from core.domain.program import read_program
from core.domain.redemptions import State
from core.domain.stores import Store
from core.domain.takeout import Ids, NewIds, moved_key
from core.services.adjusting import sealed_notes
from core.services.auditing import CHECKS
from core.services.branding import Wanted, checked_brand, logo_values
from core.services.pictures import made_anew
from core.services.takeout_reading import check_header, kind_of, read_object, read_row
from core.services.taking_out import count_points
from core.services.terms import Sealing

BATCH: Final = 1000
OF_ORDERS: Final = frozenset({"order", "telling", "code_carrier"})
"""Kinds of line that mean something only in the store they come from."""


@dataclass(frozen=True, slots=True)
class Intake:
    """How a file is taken in."""

    store: Store
    sealing: Sealing
    now: datetime
    is_same_store: bool
    """The file is of this very store: its customers and orders have the numbers they have there."""
    seen: Callable[[int], None] = lambda _lines: None
    """Told now and then how many lines were read; may raise to end it."""


class Misfit(Refused):
    """A line does not fit those before it."""

    def __init__(self, line: int, says: str) -> None:
        self.line = line
        super().__init__(says)


@dataclass(slots=True)
class TakenIn:
    """What a file holds."""

    header: Mapping[str, str] = field(default_factory=dict)
    lines: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    live_codes: int = 0
    without_email: int = 0
    """Members whose address is not known: in another store nobody could tell who they are."""


@dataclass(slots=True)
class _Work:
    """A file while it is taken in."""

    db: Connection
    intake: Intake
    told: TakenIn = field(default_factory=TakenIn)
    new_ids: dict[Ids, NewIds] = field(default_factory=lambda: {ids: NewIds() for ids in Ids})
    at: int = 0
    """The kind of line the file is at."""
    waiting: list[dict[str, Any]] = field(default_factory=list)
    first_line: int = 0
    """On which line of the file the first one that waits stands."""
    merged: list[tuple[int, int]] = field(default_factory=list)
    """(member as it is here, whom she went on to as the file says)."""
    guests: set[bytes] = field(default_factory=set)


def take_in(db: Connection, lines: Iterable[bytes], intake: Intake) -> TakenIn:
    """Take a file in. Raises Refused, naming the line, for whatever is wrong with it. The caller sees to it
    that nothing is settled in the store meanwhile."""
    store = intake.store
    if not takeouts.is_empty(db, store.store_id):
        raise Refused(not_empty(store))
    takeouts.clear_settings(db, store.store_id)
    work, digest, number = _Work(db, intake), hashlib.sha256(), 0
    closing: dict[str, Any] | None = None
    for number, raw in enumerate(lines, 1):
        try:
            if closing is not None:
                raise Refused("something comes after the line that closes the file")
            closing = _take_line(work, number, raw)
        except Refused as problem:
            line = problem.line if isinstance(problem, Misfit) else number
            raise Refused(f"Line {line:,}: {problem}") from problem
        if closing is None:
            digest.update(raw + b"\n")
        if number % (5 * BATCH) == 0:
            intake.seen(number)
    if closing is None:
        raise Refused(
            f"The file ends after line {number:,} without the line that closes it: a part of it is missing."
            if number
            else "The file is empty."
        )
    _close(work, closing, digest.hexdigest())
    return work.told


def _take_line(work: _Work, number: int, raw: bytes) -> dict[str, Any] | None:
    told = read_object(raw)
    if number == 1:
        work.told.header = check_header(told)
        _check_store(work)
        work.told.counts[told["type"]] += 1
        return None
    kind = kind_of(told)
    if kind is None:
        _flush(work, len(KINDS))
        return told
    at = KINDS.index(kind)
    if at < work.at:
        raise Refused(f"a line of the type “{kind.name}” comes after those of “{KINDS[work.at].name}”")
    if at > work.at or len(work.waiting) >= BATCH:
        _flush(work, at)
    row = read_row(kind, told)
    work.told.counts[kind.name] += 1
    count_points(work.told.points, kind, row)
    if not work.waiting:
        work.first_line = number
    work.waiting.append(row)
    return None


def _check_store(work: _Work) -> None:
    header, store = work.told.header, work.intake.store
    if header["currency"] != store.currency:
        raise Refused(
            f"the file is of a store that counts in {header['currency']}; {store.name} counts in "
            f"{store.currency}, where points would be worth something else"
        )
    if work.intake.is_same_store and header["platform"] != store.platform:
        raise Refused("the file is of a store of another platform, so its orders cannot be this store's")


def _flush(work: _Work, next_at: int) -> None:
    """Write the lines that wait, and go on to a later kind."""
    kind = KINDS[work.at]
    if work.waiting:
        rows, work.waiting = work.waiting, []
        if work.intake.is_same_store or kind.name not in OF_ORDERS:
            _write_in_rules(work, kind, rows)
    if kind is MEMBER and next_at != work.at and work.merged:
        ids = work.new_ids[Ids.MEMBER]
        led = [{"id": member_id, "merged_into": ids[into]} for member_id, into in work.merged]
        update_many(work.db, MEMBER.table, work.intake.store.store_id, "id", led)
        work.merged = []
    work.at = next_at


def _write_in_rules(work: _Work, kind: Kind, rows: list[dict[str, Any]]) -> None:
    try:
        _write(work, kind, rows)
    except (IntegrityError, DataError) as error:
        says = (
            f"this one or one of the {len(rows):,} lines from here on breaks a rule of the ledger, "
            "such as a key that is there twice or a balance below zero"
        )
        raise Misfit(work.first_line, says) from error


def _write(work: _Work, kind: Kind, rows: list[dict[str, Any]]) -> None:
    store_id = work.intake.store.store_id
    if kind.ids is not None:
        ids = work.new_ids[kind.ids]
        for at, new in enumerate(takeouts.draw_ids(work.db, kind.table, len(rows))):
            with _on_line(work, at):
                ids.add(rows[at]["id"], new)
            rows[at]["id"] = new
    if kind is MEMBER:
        _write_members(work, rows)
        return
    for at, row in enumerate(rows):
        row["store_id"] = store_id
        with _on_line(work, at):
            _lead(work, kind, row)
            _make_fit(work, kind, row)
    if kind.name == "redemption":
        _note_codes(work, rows)
    if kind.name == "order" and not work.intake.store.is_offline:
        wanting = [row["order_ref"] for row in rows if row["wants"] is not None]
        if wanting:
            effects.ask(work.db, store_id, effects.FETCH_ORDER, wanting, work.intake.now)
    takeouts.put(work.db, kind.table, rows)


def _make_fit(work: _Work, kind: Kind, row: dict[str, Any]) -> None:
    """Check what only we may have made, and seal what is sealed here. Raises Refused."""
    if kind.name == "program_version":
        read_program(row["program"], work.intake.store.currency)
    elif kind is ADJUSTMENT and row["notes"] is not None:
        row["notes"] = sealed_notes(row["notes"], work.intake.sealing)
    elif kind is BRAND:
        checked = checked_brand(Wanted(row["one"], row["many"], row["accent"]))
        picture = None if row["logo"] is None else made_anew(row["logo"])
        row |= {**asdict(checked), **logo_values(picture)}
        takeouts.clear_brand(work.db, row["store_id"])


@contextmanager
def _on_line(work: _Work, at: int) -> Iterator[None]:
    try:
        yield
    except Refused as problem:
        raise Misfit(work.first_line + at, str(problem)) from problem


def _lead(work: _Work, kind: Kind, row: dict[str, Any]) -> None:
    """Have a row name what it names as that is called here."""
    for name, ids in kind.names.items():
        if row[name] is not None:
            row[name] = work.new_ids[ids][row[name]]
    is_same = work.intake.is_same_store
    if kind.key is not None:
        row[kind.key] = moved_key(row[kind.key], work.new_ids, is_same_store=is_same)
    if not is_same and "order_ref" in row:
        row["order_ref"] = None


def _write_members(work: _Work, rows: list[dict[str, Any]]) -> None:
    intake, people, words = work.intake, [], {}
    store_id, key = intake.store.store_id, intake.sealing.identity_key
    for row in rows:
        is_guest, email, at = (row.pop(name) for name in ("is_guest", "email", "email_modified_at"))
        name = row.pop("name")
        into = row.pop("merged_into")
        if into is not None:
            work.merged.append((row["id"], into))
        row |= {"store_id": store_id, "guest_key": None, "merged_into": None}
        own_key = None if email is None else email_key(key, store_id, email)
        if not intake.is_same_store:
            # Numbers of another store's customers are somebody else's here.
            row["customer_ref"], is_guest = None, True
        if is_guest and own_key is not None and own_key not in work.guests:
            row["guest_key"] = own_key
            work.guests.add(own_key)
        if own_key is not None:
            sealed = intake.sealing.seal_email(email)
            person = {"store_id": store_id, "member_id": row["id"], "email_key": own_key, "email": sealed}
            person |= {"modified_at": at if intake.is_same_store else None}
            people.append(person | _named(intake, name))
            if name is not None:
                words[row["id"]] = word_keys(key, store_id, name.full)
        work.told.without_email += own_key is None and into is None
    takeouts.put(work.db, MEMBER.table, rows)
    takeouts.put(work.db, persons, people)
    person_words.put(work.db, store_id, words)


def _named(intake: Intake, name: Name | None) -> dict[str, Any]:
    """The name as it is kept."""
    if name is None:
        return {"name": None, "name_key": None}
    key = name_key(intake.sealing.identity_key, intake.store.store_id, name)
    return {"name": intake.sealing.seal_name(name), "name_key": key}


def _note_codes(work: _Work, rows: Iterable[Mapping[str, Any]]) -> None:
    """Codes that are being made or switched off: the store is asked again."""
    store_id = work.intake.store.store_id
    for state, kind in ((State.PENDING, effects.MAKE_CODE), (State.CANCELLING, effects.END_CODE)):
        subjects = [str(row["id"]) for row in rows if row["state"] == state]
        if subjects:
            effects.ask(work.db, store_id, kind, subjects, work.intake.now)
    work.told.live_codes += sum(row["state"] == State.LIVE for row in rows)


def _close(work: _Work, closing: Mapping[str, Any], digest: str) -> None:
    """The file is whole, says of itself what is so, and all that came of it adds up. Raises Refused."""
    told, store_id = work.told, work.intake.store.store_id
    told.lines = told.counts.total()
    if closing.get("lines") != told.lines or closing.get("counts") != dict(told.counts):
        raise Refused(
            f"The file says that it has {closing.get('lines')} lines; {told.lines:,} came: a part is missing."
        )
    if closing.get("sha256") != digest:
        raise Refused("The file was changed after it was written: its SHA-256 is another than it says.")
    if closing.get("points") != {
        name: told.points[name] for name in ("available", "pending", "debt", "entries")
    }:
        raise Refused("The balances in the file do not add up to what it says.")
    if not told.counts["program_version"]:
        raise Refused("The file holds no program.")
    for check in CHECKS:
        after: Any = check.begin
        while after is not None:
            portion = check.run(work.db, store_id, after)
            if portion.differences:
                first = portion.differences[0].sentence
                raise Refused(f"The file was read, but it does not add up: {first}")
            after = portion.after
            work.intake.seen(told.lines)
    if takeouts.adjustment_without_entry(work.db, store_id) is not None:
        raise Refused("The file was read, but an adjustment in it says other points than its entry.")


def not_empty(store: Store) -> str:
    """Why nothing can be taken into a store that is at work."""
    return (
        f"{store.name} has members or orders already. A file can be taken in only while a store is empty, "
        "right after it was connected."
    )


def is_same_place(header: Mapping[str, str], store: Store) -> bool:
    """Whether a file says that it is of this very store."""
    return (header["platform"], header["url"].rstrip("/")) == (store.platform, store.url.rstrip("/"))
