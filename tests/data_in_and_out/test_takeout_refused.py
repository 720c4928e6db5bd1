"""An export with anything wrong in it fills nothing: each line and what they come to is looked at."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from core.domain.balance_files import split_lines
from core.domain.errors import Refused
from core.domain.staff import operator
from core.domain.stores import Store
from core.domain.takeout import LONGEST_LINE
from core.services.branding import Wanted, save_brand
from core.services.data_tasks import IMPORT
from core.services.taking_in import Intake, take_in
from core.services.terms import Sealing
from tests.adjusting import adjusted
from tests.data_files import as_objects, exported, task, upload
from tests.payloads import an_order
from tests.world import World

Change = Callable[[list[dict[str, Any]]], object]


def rewritten(file: bytes, change: Change) -> bytes:
    """The file with lines changed, and its closing line made to fit."""
    lines = as_objects(file)
    change(lines)
    written = [json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for line in lines]
    if lines and lines[-1]["type"] == "end":
        lines[-1]["sha256"] = hashlib.sha256(b"".join(written[:-1])).hexdigest()
        written[-1] = json.dumps(lines[-1]).encode() + b"\n"
    return b"".join(written)


def first(lines: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next(line for line in lines if line["type"] == kind)


BROKEN: dict[str, tuple[Change, str]] = {
    "another format": (lambda lines: lines[0].update(format=2), "Line 1: it is of format 2"),
    "not ours": (lambda lines: lines.pop(0), "Line 1: it does not begin as"),
    "cut off": (lambda lines: lines.pop(), "without the line that closes it"),
    "a line is missing": (lambda lines: lines.remove(first(lines, "entry")), "a part is missing"),
    "a balance is raised": (
        lambda lines: first(lines, "member").update(available_points=10**6),
        "do not add up to what it says",
    ),
    "a balance and the sum are raised": (
        lambda lines: (
            first(lines, "member").update(available_points=first(lines, "member")["available_points"] + 1),
            lines[-1]["points"].update(available=lines[-1]["points"]["available"] + 1),
        ),
        "it does not add up: ",
    ),
    "a member nobody is": (lambda lines: first(lines, "entry").update(member_id=99), "it names 99"),
    "a type nobody knows": (lambda lines: first(lines, "lot").update(type="tier"), "no line is of the type"),
    "a field is missing": (lambda lines: first(lines, "lot").pop("earned_points"), "lacks “earned_points”"),
    "a field too many": (lambda lines: first(lines, "lot").update(colour=1), "should not, “colour”"),
    "no number": (lambda lines: first(lines, "entry").update(points="49"), "points is nothing that can"),
    "a number no database takes": (
        lambda lines: first(lines, "entry").update(points=2**63),
        "points is nothing that can",
    ),
    "true is no number": (lambda lines: first(lines, "entry").update(points=True), "points is nothing"),
    "no moment": (lambda lines: first(lines, "entry").update(at="yesterday"), "at is no moment"),
    "no zone": (lambda lines: first(lines, "entry").update(at="2026-12-01T12:00:00"), "at is no moment"),
    "a zero byte": (lambda lines: first(lines, "entry").update(reason="a\0b"), "reason is nothing"),
    "half a letter": (lambda lines: first(lines, "entry").update(reason="\ud800"), "reason is nothing"),
    "too long": (lambda lines: first(lines, "entry").update(kind="x" * 9), "kind is nothing"),
    "a kind nobody knows": (lambda lines: first(lines, "entry").update(kind="gift"), "a rule of the ledger"),
    "empty": (lambda lines: first(lines, "entry").update(key=None), "key must not be empty"),
    "no address": (lambda lines: first(lines, "member").update(email="Ana"), "email is no normalised"),
    "half a name": (lambda lines: first(lines, "member").update(given_name=5), "given_name and family_name"),
    "a name of nobody": (
        lambda lines: first(lines, "member").update(email=None, given_name="Ana", family_name=""),
        "a name stands only beside",
    ),
    "half a note": (lambda lines: first(lines, "adjustment").update(public_note=None), "public_note is"),
    "a long note": (
        lambda lines: first(lines, "adjustment").update(private_note="x" * 501),
        "private_note is",
    ),
    "an adjustment of other points": (
        lambda lines: first(lines, "adjustment").update(points=9),
        "an adjustment in it says other points",
    ),
    "an entry of no adjustment": (
        lambda lines: lines.pop(lines.index(first(lines, "adjustment"))),
        "it names",
    ),
    "a colour nobody can read": (lambda lines: first(lines, "brand").update(accent="red;x:y"), "A colour is"),
    "a logo that is none": (lambda lines: first(lines, "brand").update(logo="3c7376673e"), "no PNG, JPEG"),
    "a program with mistakes": (
        lambda lines: first(lines, "program_version").update(program='{"earning": 5}'),
        "earning",
    ),
    "out of order": (lambda lines: lines.insert(2, lines.pop(-2)), "comes after those of"),
    "an id twice": (
        lambda lines: [line.update(id=1) for line in lines if line["type"] == "member"],
        "does not come after",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_with_anything_wrong_is_refused_before_anything_is_written(
    sqlite_world: World, name: str
) -> None:
    change, says = BROKEN[name]
    birch = sqlite_world.connect()
    sqlite_world.tell(birch, an_order())
    sqlite_world.tell(birch, an_order(2, customer_id=8, billing={"email": "finn@example.com"}))
    adjusted(sqlite_world, birch, 12)
    with sqlite_world.database.write(birch.store_id) as db:
        save_brand(db, birch.store_id, Wanted("leaf", "leaves", "#2a4bb5"), 0, operator(), sqlite_world.now)
    file = rewritten_for(exported(sqlite_world, birch), name, change)
    oak = sqlite_world.connect("Oak")
    assert says in why_not(sqlite_world, oak, file)
    assert sqlite_world.entries(oak) == []


def why_not(world: World, store: Store, file: bytes) -> str:
    """Why a file is not taken in."""
    intake = Intake(store, Sealing(world.env.secrets), world.now, is_same_store=True)
    with pytest.raises(Refused) as refused, world.database.write(store.store_id) as db:
        take_in(db, split_lines([file], LONGEST_LINE), intake)
    return str(refused.value)


def rewritten_for(file: bytes, name: str, change: Change) -> bytes:
    """Half a letter can be written only as JSON's own escape."""
    if name != "half a letter":
        return rewritten(file, change)
    lines = as_objects(file)
    change(lines)
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"not json\n", "Line 1: it is no JSON object"),
        (b"[" * 100_000 + b"\n", "Line 1: it is no JSON object"),
        (b"5\n", "with a type"),
        (b'{"type":"store","format":1}\n', "of which store"),
        (b'{"a":"' + b"x" * 4_000_001 + b'"}\n', "longer than 4,000,000"),
    ],
)
def test_what_is_no_export_says_why(sqlite_world: World, data: bytes, says: str) -> None:
    oak = sqlite_world.connect("Oak")
    assert says in why_not(sqlite_world, oak, data)


def test_a_file_changed_by_hand_is_known_by_its_digest(sqlite_world: World) -> None:
    birch = sqlite_world.connect()
    sqlite_world.tell(birch, an_order())
    file = exported(sqlite_world, birch)
    oak = sqlite_world.connect("Oak")
    changed = file.replace(b"49.95 net", b"99.95 net", 1)
    assert changed != file
    row = task(sqlite_world, oak, upload(sqlite_world, oak, changed, IMPORT))
    assert "SHA-256 is another" in row.problem
    # Line ends of another system do not matter.
    row = task(sqlite_world, oak, upload(sqlite_world, oak, file.replace(b"\n", b"\r\n"), IMPORT))
    assert row.state == "paused"
