"""Keeping a change of rewards: in the store's draft, or live at once where nothing else is drafted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import current_app, request, url_for
from flask_babel import gettext as _

from admin.alone import alone
from admin.here import Here
from core.domain.errors import Refused
from core.domain.program import Program
from core.domain.versions import in_force
from core.jobs.env import Env
from core.services.drafting import DraftChanged, draft_of, publish_draft, save_draft
from core.services.reward_catalogue import changes_beside
from core.services.terms import load_terms

DRAFT, LIVE = "draft", "live"
WAYS: Final = (DRAFT, LIVE)
"""What becomes of a change."""

Change = Callable[[Program], Program]


def keep(env: Env, where: Here, reward_ref: str, seen_revision: int, change: Change, way: str) -> None:
    """Put a change of one reward into the draft; `LIVE`: and publish it, if it is all there is.

    `reward_ref` empty: publish the draft as it is, if it changes rewards alone. Raises DraftChanged,
    ProgramRefused and Refused, after which nothing is changed.
    """
    if way == LIVE:
        _publish(env, where, reward_ref, seen_revision, change)
        return
    with env.database.write(where.store.store_id) as db:
        terms, now = load_terms(db, where.store), env.now()
        standing = draft_of(db, terms, now)
        if standing.revision != seen_revision:
            raise DraftChanged(standing)
        save_draft(db, terms, change(standing.program).to_json(), seen_revision, where.who, now)


def _publish(env: Env, where: Here, reward_ref: str, seen_revision: int, change: Change) -> None:
    """Nobody settles orders meanwhile."""
    store = where.store
    with alone(env, store) as db:
        terms, now = load_terms(db, store), env.now()
        standing = draft_of(db, terms, now)
        if standing.revision != seen_revision:
            raise DraftChanged(standing)
        beside = changes_beside(in_force(terms.versions, now).program, standing.program, reward_ref)
        if beside.has_rules or (reward_ref and beside.rewards):
            raise Refused(
                _("The draft changes more than this. Save to the draft, and publish it as a whole.")
            )
        text = change(standing.program).to_json()
        draft = save_draft(db, terms, text, seen_revision, where.who, now)
        if draft.is_begun:
            platform = env.platforms[store.platform]
            publish_draft(db, terms, draft.revision, where.who, None, now, platform=platform)


def program_url() -> str:
    """Where the whole draft is; empty where there is no such page."""
    endpoint = f"{request.blueprint}.program"
    return url_for(".program") if endpoint in current_app.view_functions else ""
