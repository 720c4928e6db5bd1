"""One delivery: what it changed and why, how it was read, as it arrived; one order with all of its."""

from __future__ import annotations

import difflib
import json
import re
from contextlib import suppress
from typing import Any, Final

from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import Row
from werkzeug.exceptions import NotFound

from admin.activity import member_names
from admin.activity_words import CHIPS, MEANINGS, kind_words, state_words, topic_words
from admin.guards import least
from admin.here import here
from admin.signed_in import the_env
from core.db import activity
from core.db.inbox import State
from core.domain.errors import BadDelivery, Refused
from core.domain.orders import OrderSnapshot
from core.domain.platform import OUR_TOPICS, OrderTold, Platform
from core.domain.staff import Role
from core.services.order_story import DeliveryStory, tell_delivery, tell_order
from core.services.rereading import DISMISSIBLE, NEEDS_VOUCHING
from core.services.terms import load_terms

LINES_MOST: Final = 5_000
"""A body of more lines is shown without marks: to compare them takes too long."""
BODY_MOST: Final = 500_000
"""So much of a body is shown."""
_BEGIN, _END = "\ue000", "\ue001"
_WRITTEN: Final = re.compile(f'"{_BEGIN}([0-9.eE+-]+){_END}"')


def add_to(blueprint: Blueprint) -> None:
    """Their addresses."""
    blueprint.add_url_rule("/activity/deliveries/<int:inbox_id>", "activity_delivery", delivery)
    blueprint.add_url_rule("/activity/orders/<order_ref>", "activity_order", order)


@least(Role.VIEWER)
def delivery(inbox_id: int) -> ResponseReturnValue:
    """One delivery."""
    return delivery_page(inbox_id)


def delivery_page(inbox_id: int, problem: str = "") -> ResponseReturnValue:
    """The page; `problem`: why what was asked for was not done. 404 for what is another store's."""
    env, where = the_env(), here()
    store, who = where.store, where.who
    with env.database.read(store.store_id) as db:
        row = activity.delivery(db, store.store_id, inbox_id) if inbox_id < 2**63 else None
        if row is None:
            raise NotFound
        read = _read(env.platforms[store.platform], row)
        story = tell_delivery(db, load_terms(db, store), row, read)
    state = State(row.state)
    may_see_body = who.may(Role.SUPPORT)
    needed = NEEDS_VOUCHING if state is State.QUARANTINED else Role.SUPPORT
    shown = render_template(
        "admin/activity_delivery.html",
        story=story,
        row=row,
        state=state,
        states=state_words(),
        chips=CHIPS,
        meaning=str(MEANINGS[state]),
        kinds=kind_words(),
        topic_words=topic_words,
        is_ours=row.topic.startswith(OUR_TOPICS),
        may_see_body=may_see_body,
        body=_lines(row.body, story.before) if may_see_body and row.body is not None else None,
        may_read_again=row.body is not None and state is not State.NEW and who.may(needed),
        may_close=state in DISMISSIBLE and who.may(Role.MANAGER),
        member_names=member_names(_members(story)),
        problem=problem,
    )
    return make_response(shown, 409 if problem else 200)


@least(Role.VIEWER)
def order(order_ref: str) -> ResponseReturnValue:
    """One order: how it came to its points."""
    env, store = the_env(), here().store
    try:
        with env.database.read(store.store_id) as db:
            story = tell_order(db, load_terms(db, store), order_ref[:40])
    except Refused as error:
        raise NotFound from error
    return render_template(
        "admin/activity_order.html",
        story=story,
        row=story.row,
        states=state_words(),
        chips=CHIPS,
        kinds=kind_words(),
        topic_words=topic_words,
        member_names=member_names(
            [
                *(entry.member_id for entry in story.entries),
                *([story.row.member_id] if story.row.member_id else []),
            ]
        ),
    )


def _members(story: DeliveryStory) -> list[int]:
    holder = [story.order.member_id] if story.order is not None and story.order.member_id else []
    return [*(entry.member_id for entry in story.entries), *holder]


def _read(platform: Platform, row: Row[Any]) -> OrderSnapshot | None:
    """What the body says of an order, read as it is read today; None: nothing, or it is no longer kept."""
    if row.body is None:
        return None
    try:
        message = platform.normalize(row.topic, row.body, row.received_at)
    except BadDelivery:
        return None
    return message.snapshot if isinstance(message, OrderTold) else None


def _lines(body: bytes, before: bytes | None) -> list[tuple[str, bool]]:
    """The body line by line, and whether a line differs from the delivery before."""
    lines = _pretty(body)
    earlier = _pretty(before) if before is not None else []
    if not earlier or max(len(lines), len(earlier)) > LINES_MOST:
        return [(line, False) for line in lines]
    matcher = difflib.SequenceMatcher(None, earlier, lines, autojunk=False)
    same = {at for block in matcher.get_matching_blocks() for at in range(block.b, block.b + block.size)}
    return [(line, at not in same) for at, line in enumerate(lines)]


def _pretty(body: bytes) -> list[str]:
    """Text as people read it: JSON with a line for each value, anything else as it is."""
    text = body[:BODY_MOST].decode("utf-8", "replace")
    if len(body) <= BODY_MOST:
        with suppress(ValueError, RecursionError):
            found = json.loads(text, parse_float=_as_written)
            text = _WRITTEN.sub(r"\1", json.dumps(found, ensure_ascii=False, indent=2))
    # Half of a cut emoji is JSON, but no text that could be sent.
    return text.encode("utf-8", "replace").decode().splitlines()


def _as_written(digits: str) -> str:
    """A number with the digits it came with, marked so that it is no text afterwards."""
    return f"{_BEGIN}{digits}{_END}"
