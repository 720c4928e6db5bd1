"""The history of a store: who changed what and when, and what stood there before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from admin.activity import whole_or_none
from admin.activity_words import action_words
from admin.change_words import Moved, moved
from admin.guards import least
from admin.here import here
from admin.program_words import Said, what_changes
from admin.signed_in import the_env
from core.db import changes
from core.domain.differences import differences
from core.domain.errors import ProgramRefused
from core.domain.program import read_program
from core.domain.staff import Role

ROWS_A_PAGE: Final = 50
PROGRAM_ACTIONS: Final = ("program.published", "program.called_off")
"""Changes that keep a whole program on both sides."""
SHOWN_AT_ONCE: Final = 6
"""So many differences of one change are shown before the rest is folded away."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing somebody did."""

    at: datetime
    who: str
    action: str
    subject: str
    settings: list[Said]
    """What differs between two programs, in words."""
    values: list[Moved]
    """What else was another value."""


def add_to(blueprint: Blueprint) -> None:
    """Its address."""
    blueprint.add_url_rule("/activity/history", "activity_history", history)


@least(Role.VIEWER)
def history() -> ResponseReturnValue:
    """Changes, newest first, of everybody or of one person, of all kinds or of one."""
    env, store_id = the_env(), here().store.store_id
    below = whole_or_none("below")
    who, action = request.args.get("who", "")[:120], request.args.get("action", "")[:40]
    with env.database.read(store_id) as db:
        found = changes.newest(
            db, store_id, ROWS_A_PAGE + 1, below=below, who=who or None, action=action or None
        )
        people, actions = changes.who_did_what(db, store_id)
    rows = found[:ROWS_A_PAGE]
    following = None
    if len(found) > len(rows):
        following = url_for(".activity_history", who=who or None, action=action or None, below=rows[-1].id)
    return render_template(
        "admin/activity_history.html",
        rows=[_change(row) for row in rows],
        who=who,
        action=action,
        people=sorted({*people, *([who] if who else [])}),
        actions=sorted((action_words(one), one) for one in {*actions, *([action] if action else [])}),
        action_words=action_words,
        following=following,
        is_first=below is None,
        shown_at_once=SHOWN_AT_ONCE,
    )


def _change(row: Row[Any]) -> Change:
    before, after = row.before, row.after
    settings: list[Said] = []
    if before and after and row.action in PROGRAM_ACTIONS:
        old, new = json.loads(before), json.loads(after)
        try:
            settings = _settings(old.pop("program"), new.pop("program"))
            before, after = json.dumps(old), json.dumps(new)
        except ProgramRefused:
            # A program from when the store sold in another currency is shown as it was kept.
            settings = []
    values = [moved(one) for one in differences(before, after)]
    return Change(row.at, row.who, row.action, row.subject, settings, values)


def _settings(before: str, after: str) -> list[Said]:
    """Raises ProgramRefused."""
    currency = here().store.currency
    return what_changes(read_program(before, currency), read_program(after, currency))
