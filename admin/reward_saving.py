"""Keeping a change of rewards: in the store's draft, or live at once where nothing else is drafted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import current_app, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Connection

from admin.alone import alone
from admin.here import Here
from core.domain.errors import Refused
from core.domain.program import Program
from core.domain.versions import in_force
from core.jobs.env import Env
from core.services.drafting import Draft, DraftChanged, draft_of, publish_draft, save_draft
from core.services.reward_catalogue import changes_beside
from core.services.terms import StoreTerms, load_terms

DRAFT, LIVE = "draft", "live"
WAYS: Final = (DRAFT, LIVE)
"""What becomes of a change."""

Change = Callable[[Program], Program]


@dataclass(frozen=True, slots=True)
class Seen:
    """What stood there when the form was opened."""

    revision: int
    """Of the draft."""
    version: int
    """Of the program that was live: somebody may have published at once, which leaves no draft."""


def seen_in(form: Mapping[str, str]) -> Seen:
    """As the form says; what it does not say was never seen."""
    return Seen(_number(form.get("revision", "")), _number(form.get("version", "")))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def keep(env: Env, where: Here, reward_ref: str, seen: Seen, change: Change, way: str) -> None:
    """Put a change of one reward into the draft; `LIVE`: and publish it, if it is all there is.

    `reward_ref` empty: publish the draft as it is, if it changes rewards alone. Raises DraftChanged,
    ProgramRefused and Refused, after which nothing is changed.
    """
    if way == LIVE:
        _publish(env, where, reward_ref, seen, change)
        return
    with env.database.write(where.store.store_id) as db:
        terms, now = load_terms(db, where.store), env.now()
        standing = _standing(db, terms, seen, now)
        save_draft(db, terms, change(standing.program).to_json(), seen.revision, where.who, now)


def _standing(db: Connection, terms: StoreTerms, seen: Seen, now: datetime) -> Draft:
    """The draft, if it is what was seen. Raises DraftChanged."""
    standing = draft_of(db, terms, now)
    if Seen(standing.revision, in_force(terms.versions, now).version) != seen:
        raise DraftChanged(standing)
    return standing


def _publish(env: Env, where: Here, reward_ref: str, seen: Seen, change: Change) -> None:
    """Nobody settles orders meanwhile."""
    store = where.store
    with alone(env, store) as db:
        terms, now = load_terms(db, store), env.now()
        standing = _standing(db, terms, seen, now)
        beside = changes_beside(in_force(terms.versions, now).program, standing.program, reward_ref)
        if beside.has_rules or (reward_ref and beside.rewards):
            raise Refused(
                _("The draft changes more than this. Save to the draft, and publish it as a whole.")
            )
        text = change(standing.program).to_json()
        draft = save_draft(db, terms, text, seen.revision, where.who, now)
        if draft.is_begun:
            platform = env.platforms[store.platform]
            publish_draft(db, terms, draft.revision, where.who, None, now, platform=platform)


def program_url() -> str:
    """Where the whole draft is; empty where there is no such page."""
    endpoint = f"{request.blueprint}.program"
    return url_for(".program") if endpoint in current_app.view_functions else ""
