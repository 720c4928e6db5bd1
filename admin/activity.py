"""Activity: every delivery of a store and every entry of its ledger, found by order number."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin.activity_words import CHIPS, kind_words, state_words, topic_words
from admin.guards import least
from admin.here import here
from admin.naming import name_of
from admin.signed_in import the_env
from core.db import inbox
from core.db.inbox import State
from core.domain.ledger import EntryKind
from core.domain.staff import Role
from core.services.activity import LONGEST_SEARCH, find_deliveries, find_entries
from core.services.front_page import COUNTED_MOST
from core.services.naming import called_of
from core.services.terms import Sealing

_HIGHEST_ID = 2**63 - 1

Word = TypeVar("Word", bound=StrEnum)


def add_to(blueprint: Blueprint) -> None:
    """Its addresses."""
    blueprint.add_url_rule("/activity", "activity", activity)
    blueprint.add_url_rule("/activity/entries", "activity_entries", entries)


@least(Role.VIEWER)
def activity() -> ResponseReturnValue:
    """Deliveries, newest first."""
    env, store_id = the_env(), here().store.store_id
    words, below = _words(), whole_or_none("below")
    state = _one_of(State, request.args.get("state", ""))
    with env.database.read(store_id) as db:
        page = find_deliveries(db, store_id, state, words, below)
        open_counts = inbox.open_counts(db, store_id, COUNTED_MOST)
    following = None
    if page.next_below is not None:
        following = url_for(".activity", state=state or None, q=words or None, below=page.next_below)
    return render_template(
        "admin/activity.html",
        page=page,
        words=words,
        state=state,
        states=state_words(),
        chips=CHIPS,
        topic_words=topic_words,
        open_counts={one: count for one, count in open_counts.items() if count},
        following=following,
        is_first=below is None,
        may_read_again=here().who.may(Role.SUPPORT),
    )


@least(Role.VIEWER)
def entries() -> ResponseReturnValue:
    """Entries of the ledger, newest first."""
    env, store_id = the_env(), here().store.store_id
    words, below, member_id = _words(), whole_or_none("below"), whole_or_none("member")
    kind = _one_of(EntryKind, request.args.get("kind", ""))
    with env.database.read(store_id) as db:
        page = find_entries(db, store_id, kind, words, member_id, below)
    following = None
    if page.next_below is not None:
        following = url_for(
            ".activity_entries", kind=kind or None, q=words or None, member=member_id, below=page.next_below
        )
    return render_template(
        "admin/activity_entries.html",
        page=page,
        words=words,
        kind=kind,
        member_id=member_id,
        kinds=kind_words(),
        member_names=member_names(entry.member_id for entry in page.rows),
        following=following,
        is_first=below is None,
    )


def member_names(member_ids: Iterable[int]) -> dict[int, str]:
    """What these members are called, in one query however many they are."""
    env, store_id = the_env(), here().store.store_id
    with env.database.read(store_id) as db:
        called = called_of(db, store_id, set(member_ids), Sealing(env.secrets))
    return {member_id: name_of(one) for member_id, one in called.items()}


def whole_or_none(name: str) -> int | None:
    """A number out of the address; None where there is none, or none that any row could have."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and int(text) <= _HIGHEST_ID else None


def _words() -> str:
    return request.args.get("q", "").strip()[:LONGEST_SEARCH].replace("\0", "")


def _one_of(words: type[Word], said: str) -> Word | None:
    return words(said) if said in set(words) else None
