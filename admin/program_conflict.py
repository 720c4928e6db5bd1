"""What would be lost of a draft, and who decides: of two people who saved, or of one who drops it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, make_response, render_template

from admin.here import here
from admin.program_words import Said, what_changes
from admin.signed_in import the_env
from core.domain.errors import ProgramRefused
from core.domain.program import Program, read_program
from core.domain.versions import in_force
from core.services.drafting import Draft
from core.services.terms import load_terms


@dataclass(frozen=True, slots=True)
class Conflict:
    """What stands now, and what somebody wanted in its place."""

    theirs: Draft
    mine: Program | None
    """None: they wanted to publish or discard what they saw, and wrote nothing."""
    between: tuple[Said, ...]
    """What differs from theirs to mine."""
    their_changes: tuple[Said, ...]
    """What theirs changes of the program that is live."""


def conflict_page(mine: Program | str | None, theirs: Draft) -> Response:
    """409, with both. `mine`: a program, or its JSON as the form carries it."""
    env, store = the_env(), here().store
    wanted = _read(mine, store.currency)
    with env.database.read(store.store_id) as db:
        live = in_force(load_terms(db, store).versions, env.now())
    conflict = Conflict(
        theirs=theirs,
        mine=wanted,
        between=() if wanted is None else tuple(what_changes(theirs.program, wanted)),
        their_changes=tuple(what_changes(live.program, theirs.program)),
    )
    page = render_template("admin/program_conflict.html", conflict=conflict, live=live)
    return make_response(page, 409)


def asking_page(draft: Draft, version: int | None = None) -> str:
    """Whether the draft is to be forgotten; `version`: for one that is restored in its place."""
    env, store = the_env(), here().store
    with env.database.read(store.store_id) as db:
        live = in_force(load_terms(db, store).versions, env.now())
    changes = what_changes(live.program, draft.program)
    return render_template("admin/program_ask.html", draft=draft, version=version, live=live, changes=changes)


def _read(mine: Program | str | None, currency: str) -> Program | None:
    if not isinstance(mine, str):
        return mine
    try:
        return read_program(mine, currency)
    except ProgramRefused:
        return None
