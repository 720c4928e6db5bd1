"""What stands on the page of a store's program: read in one go, put into words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from flask import render_template, request
from sqlalchemy import Connection

from admin.here import Here, here
from admin.program_examples import Beside, beside
from admin.program_form import KEPT, Form, filled
from admin.program_history import Past, history
from admin.program_words import (
    Said,
    expiry_words,
    read_aloud,
    reward_sentence,
    rule_words,
    what_changes,
)
from admin.signed_in import the_env
from admin.words import money
from core.domain.program import Program
from core.domain.staff import Role
from core.domain.versions import ProgramVersion, in_force, scheduled, shortens
from core.services.drafting import Draft, draft_of
from core.services.rehearsing import Rehearsal, rehearse, shown_orders
from core.services.terms import StoreTerms, load_terms

VERSIONS_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Read:
    """What the page needs of the database."""

    terms: StoreTerms
    now: datetime
    draft: Draft
    rehearsal: Rehearsal | None
    """None: nothing is drafted, so there is nothing to try."""
    past: tuple[Past, ...]
    has_older: bool
    beside: Beside

    @property
    def live(self) -> ProgramVersion:
        """The version that rules now."""
        return in_force(self.terms.versions, self.now)

    @property
    def scheduled(self) -> list[ProgramVersion]:
        """Versions that are yet to start."""
        return scheduled(self.terms.versions, self.now)

    @property
    def changes(self) -> list[Said]:
        """What the draft would change of the program that is live."""
        return what_changes(self.live.program, self.draft.program)

    @property
    def next_number(self) -> int:
        """The number a published draft would have."""
        return self.terms.versions[-1].version + 1

    @property
    def is_shortening(self) -> bool:
        """Whether points would end sooner under the draft than now, or than planned."""
        return shortens(self.terms.versions, self.draft.program, self.now)


@dataclass(frozen=True, slots=True)
class Publishing:
    """What somebody chose about publishing, and why it was not done."""

    values: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)


def read(db: Connection, where: Here, form: Form | None = None) -> Read:
    """The page's facts. `form`: what somebody typed, which the examples then are of."""
    now, terms = the_env().now(), load_terms(db, where.store)
    draft, live = draft_of(db, terms, now), in_force(terms.versions, now)
    shown = shown_orders(db, terms, now)
    program = form.program if form is not None and form.program is not None else draft.program
    past, has_older = history(db, terms, now, VERSIONS_SHOWN)
    return Read(
        terms=terms,
        now=now,
        draft=draft,
        rehearsal=rehearse(db, terms, live.program, draft.program, now) if draft.is_begun else None,
        past=past,
        has_older=has_older,
        beside=beside(shown, program, live.program),
    )


def program_page(
    form: Form | None = None,
    publishing: Publishing | None = None,
    problem: str = "",
    caveats: Sequence[str] = (),
) -> str:
    """The page. `form`: what was typed, where it was not saved; `problem`: why nothing was done."""
    where = here()
    with the_env().database.read(where.store.store_id) as db:
        seen = read(db, where, form)
    shown_form = form or filled(seen.draft.program, where.store.currency)
    return render_template(
        "admin/program.html",
        **_words(seen),
        form=shown_form,
        is_unsaved=form is not None,
        publishing=publishing or Publishing(),
        problem=problem,
        caveats=caveats,
        may_change=where.who.may(Role.MANAGER),
        published=_published(seen),
        called_off=_number("called_off"),
        noted=request.args.get("noted", ""),
    )


def _words(seen: Read) -> dict[str, Any]:
    store = here().store
    rewards = seen.draft.program.rewards
    live = seen.live.program
    return {
        "seen": seen,
        "draft": seen.draft,
        "beside": seen.beside,
        "aloud": read_aloud(live),
        "live_expiry": expiry_words(live.expiry),
        "draft_expiry": expiry_words(seen.draft.program.expiry),
        "changes": seen.changes,
        "offers": [reward_sentence(offer, store.currency) for offer in rewards],
        "rule_words": lambda rule: rule_words(rule, store.currency),
        "kept": KEPT,
        "costs": _costs(seen.rehearsal),
    }


def _costs(rehearsal: Rehearsal | None) -> tuple[str, str]:
    """What all points would cost, by the draft and now; empty: no reward says."""
    if rehearsal is None:
        return "", ""
    sides = (rehearsal.draft.cost_minor, rehearsal.live.cost_minor)
    draft, live = ("" if cost is None else money(round(cost), here().store.currency) for cost in sides)
    return draft, live


def _published(seen: Read) -> ProgramVersion | None:
    """The version just made, while it rules or waits."""
    number = _number("published")
    ruling = (seen.live, *seen.scheduled)
    return next((one for one in ruling if one.version == number), None)


def _number(name: str) -> int | None:
    """A version that the address says was just made."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def differs(program: Program, draft: Draft) -> bool:
    """Whether what was typed is not what is saved."""
    return program != draft.program
