"""The pages of one reward: added, changed, paused and removed, with the code it would be beside the form."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from admin import reward_words
from admin.guards import least
from admin.here import here
from admin.reward_codes import SeenCodes, seen_codes
from admin.reward_form import RewardForm, empty_form, form_of, read_form
from admin.reward_saving import DRAFT, LIVE, WAYS, Change, keep, program_url, seen_in
from admin.signed_in import the_env
from core.domain.codes import code_name
from core.domain.errors import Refused
from core.domain.program import Program
from core.domain.rewards import reward_kinds
from core.domain.rewards.reward import Offer, Reward
from core.domain.staff import Role
from core.services.drafting import Draft, DraftChanged, draft_of
from core.services.programming import sample_code
from core.services.reward_catalogue import (
    Catalogue,
    Elsewhere,
    Listed,
    catalogue,
    changes_beside,
    with_offer,
    without_offer,
)
from core.services.terms import load_terms

_SAMPLE: Final = "6f1c20b7d95e48a3"
"""What a code's name is made of that nobody will ever have."""
_LONGEST_REF: Final = 30


def add_to(blueprint: Blueprint) -> None:
    """Their addresses."""
    for path, endpoint, view, method in (
        ("/add", "kinds", kinds, "GET"),
        ("/add/<kind>", "add", add, "GET"),
        ("/add/<kind>", "save_new", save_new, "POST"),
        ("/edit/<ref>", "edit", edit, "GET"),
        ("/edit/<ref>", "save", save, "POST"),
        ("/edit/<ref>/pause", "pause", pause, "POST"),
        ("/edit/<ref>/remove", "ask_remove", ask_remove, "GET"),
        ("/edit/<ref>/remove", "remove", remove, "POST"),
        ("/preview/<kind>", "preview", preview, "POST"),
    ):
        blueprint.add_url_rule(f"/rewards{path}", f"rewards_{endpoint}", view, methods=[method])


@dataclass(frozen=True, slots=True)
class Preview:
    """The code as the store will have it."""

    offer: Offer
    code: str
    why_not: str
    """Why no store of this platform can have it; empty: it can."""
    caveat: str
    """What it gives beyond what was meant; empty: nothing."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a reward's page shows beside its form."""

    seen: Catalogue
    listed: Listed | None
    """None: it is being added."""
    codes: SeenCodes | None
    beside: Elsewhere
    theirs: Draft | None = None
    """What somebody else saved meanwhile."""
    problem: str = ""
    """Why nothing was done, where it is about no single field."""

    @property
    def code_prefix(self) -> str:
        """How codes begin."""
        return self.seen.draft.program.code_prefix


@least(Role.MANAGER)
def kinds() -> ResponseReturnValue:
    """Which kind of reward it is to be."""
    return render_template("admin/reward_kinds.html", kinds=reward_kinds().values())


@least(Role.MANAGER)
def add(kind: str) -> ResponseReturnValue:
    """An empty form."""
    return _shown(empty_form(_kind(kind)), _page(""))


@least(Role.VIEWER)
def edit(ref: str) -> ResponseReturnValue:
    """One reward, as the draft has it."""
    page = _page(ref)
    if page.listed is None:
        raise NotFound
    return _shown(form_of(page.listed.offer, here().store.currency), page)


@least(Role.MANAGER)
def save_new(kind: str) -> ResponseReturnValue:
    """Add a reward."""
    page, values = _page(""), request.form.to_dict()
    ref = _free_ref(values.get("name", ""), kind, page.seen)
    return _save(read_form(_kind(kind), values, ref, here().store), page, ref)


@least(Role.MANAGER)
def save(ref: str) -> ResponseReturnValue:
    """Change a reward."""
    page = _page(ref)
    if page.listed is None:
        raise NotFound
    was = page.listed.offer
    form = read_form(type(was.reward), request.form.to_dict(), ref, here().store, is_paused=was.is_paused)
    return _save(form, page, ref)


def _save(form: RewardForm, page: Page, ref: str) -> ResponseReturnValue:
    offer = form.offer
    if offer is None:
        return make_response(_shown(form, page), 422)
    if reason := _preview(offer, page.code_prefix).why_not:
        return make_response(_shown(form, replace(page, problem=reason)), 422)
    return _do(form, page, ref, lambda program: with_offer(program, offer))


@least(Role.MANAGER)
def pause(ref: str) -> ResponseReturnValue:
    """Have nobody redeem a reward for now, or everybody again."""
    is_paused = request.form.get("paused") == "yes"

    def change(program: Program) -> Program:
        offer = program.offer(ref)
        return program if offer is None else with_offer(program, replace(offer, is_paused=is_paused))

    return _do_to(ref, change)


@least(Role.MANAGER)
def ask_remove(ref: str) -> ResponseReturnValue:
    """What happens when a live reward is taken out at once, and whether it is to be."""
    page = _page(ref)
    if page.listed is None:
        raise NotFound
    if page.listed.live is None or page.beside:
        return redirect(url_for(".rewards_edit", ref=ref), 303)
    return render_template(
        "admin/reward_remove.html",
        page=page,
        listed=page.listed,
        title=reward_words.title_words(page.listed.offer, here().store.currency),
        program_url=program_url(),
    )


@least(Role.MANAGER)
def remove(ref: str) -> ResponseReturnValue:
    """Take a reward out of the program."""
    return _do_to(ref, lambda program: without_offer(program, ref))


def _do_to(ref: str, change: Change) -> ResponseReturnValue:
    page = _page(ref)
    if page.listed is None:
        raise NotFound
    return _do(form_of(page.listed.offer, here().store.currency), page, ref, change)


def _do(form: RewardForm, page: Page, ref: str, change: Change) -> ResponseReturnValue:
    """303 to the reward; 409 with both where somebody else saved meanwhile, 422 with the reason."""
    way = request.form.get("then", DRAFT)
    try:
        keep(the_env(), here(), ref, seen_in(request.form), change, way if way in WAYS else DRAFT)
    except DraftChanged as changed:
        fresh = replace(_page(ref), theirs=changed.theirs)
        return make_response(_shown(form, fresh), 409)
    except Refused as refusal:
        return make_response(_shown(form, replace(page, problem=str(refusal))), 422)
    done = "live" if way == LIVE else "drafted"
    if _page(ref).listed is None:
        return redirect(url_for(".rewards", done=done), 303)
    return redirect(url_for(".rewards_edit", ref=ref, done=done), 303)


@least(Role.MANAGER)
def preview(kind: str) -> ResponseReturnValue:
    """The code as what is typed so far would make it: a part of the page, and nothing is kept."""
    env, store = the_env(), here().store
    form = read_form(_kind(kind), request.form.to_dict(), "preview", store)
    with env.database.read(store.store_id) as db:
        prefix = draft_of(db, load_terms(db, store), env.now()).program.code_prefix
    shown = None if form.offer is None else _preview(form.offer, prefix)
    return render_template("admin/reward_preview.html", preview=shown, form=form, words=reward_words)


def _preview(offer: Offer, prefix: str) -> Preview:
    store = here().store
    code = sample_code(offer, store.currency, code_name(prefix, _SAMPLE * 2))
    platform = the_env().platforms[store.platform]
    return Preview(offer, code.code, platform.why_not(code) or "", platform.caveat(code) or "")


def _page(ref: str) -> Page:
    env, store = the_env(), here().store
    with env.database.read(store.store_id) as db:
        seen = catalogue(db, load_terms(db, store), env.now())
        listed = seen.the(ref) if ref else None
        codes = None if listed is None else seen_codes(db, env, store, listed)
    return Page(seen, listed, codes, changes_beside(seen.live, seen.draft.program, ref))


def _shown(form: RewardForm, page: Page) -> str:
    store = here().store
    # What has a problem is shown as it was before.
    offer = form.offer or (page.listed.offer if page.listed else None)
    theirs = page.theirs.program.offer(page.listed.reward_ref) if page.theirs and page.listed else None
    return render_template(
        "admin/reward.html",
        form=form,
        page=page,
        kind=form.kind,
        listed=page.listed,
        codes=page.codes,
        preview=None if offer is None else _preview(offer, page.code_prefix),
        theirs=theirs,
        title=reward_words.title_words(page.listed.offer, store.currency) if page.listed else "",
        words=reward_words,
        can_publish=not page.beside,
        program_url=program_url(),
    )


def _kind(word: str) -> type[Reward]:
    try:
        return reward_kinds()[word]
    except KeyError as error:
        raise NotFound from error


def _free_ref(name: str, kind: str, seen: Catalogue) -> str:
    """A short name nobody has: out of the reward's name, else of its kind."""
    word = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:_LONGEST_REF].strip("-")
    base = word or kind.replace("_", "-")
    taken = {one.reward_ref for one in seen.rewards}
    return next(one for one in _numbered(base) if one not in taken)


def _numbered(base: str) -> Iterable[str]:
    yield base
    yield from (f"{base}-{number}" for number in range(2, 10**6))
