"""A store's program: what members earn, when they can spend it, when it ends; drafted, tried, published."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from admin.alone import alone
from admin.guards import least
from admin.here import here
from admin.program_conflict import asking_page, conflict_page
from admin.program_examples import beside
from admin.program_form import Form, typed, with_rule, without_rule
from admin.program_history import history
from admin.program_page import Publishing, differs, program_page
from admin.retelling import told
from admin.saying import _, ngettext
from admin.signed_in import the_env
from admin.typed import Typed
from admin.words import number
from core.domain.errors import ProgramRefused, Refused
from core.domain.program import Program, read_program
from core.domain.program_changes import differences
from core.domain.staff import Role
from core.domain.versions import in_force, scheduled, shortens
from core.services.drafting import (
    Draft,
    DraftChanged,
    call_off,
    draft_as_seen,
    draft_of,
    drop_draft,
    publish_draft,
    save_draft,
)
from core.services.programming import Applied, examine_rewards
from core.services.rehearsing import shown_orders
from core.services.terms import StoreTerms, load_terms

NOW, ON_A_DAY, IN_PLACE = "now", "day", "place"
"""When a draft is published: at once, on a day, or in the place of a version that is yet to start."""
FURTHEST_DAYS: Final = 730
OLDER_SHOWN: Final = 50
LONGEST_NUMBER: Final = 9


def add_to(blueprint: Blueprint) -> None:
    """Their addresses."""
    blueprint.add_url_rule("/program", "program", program)
    blueprint.add_url_rule("/program/history", "program_history", older_versions)
    blueprint.add_url_rule("/program/discard", "program_ask_discard", ask_discard)
    blueprint.add_url_rule("/program/examples", "program_examples", examples, methods=["POST"])
    for path, view in (
        ("draft", save),
        ("over", save_over),
        ("discard", discard),
        ("publish", publish),
        ("call-off", call_version_off),
        ("restore", restore),
    ):
        blueprint.add_url_rule(f"/program/{path}", f"program_{view.__name__}", view, methods=["POST"])


@least(Role.VIEWER)
def program() -> ResponseReturnValue:
    """The program, its draft, what that would change, and every version there was."""
    return program_page(caveats=_caveats() if request.args.get("published") else ())


@least(Role.VIEWER)
def older_versions() -> ResponseReturnValue:
    """Versions below the one in the address, newest first."""
    env, store = the_env(), here().store
    below = request.args.get("below", "")
    first = int(below) if below.isascii() and below.isdigit() and len(below) < LONGEST_NUMBER else None
    with env.database.read(store.store_id) as db:
        terms = load_terms(db, store)
        past, has_older = history(db, terms, env.now(), OLDER_SHOWN, below=first)
        draft = draft_of(db, terms, env.now())
    may_change = here().who.may(Role.MANAGER)
    return render_template(
        "admin/program_history.html", past=past, has_older=has_older, draft=draft, may_change=may_change
    )


@least(Role.MANAGER)
def examples() -> ResponseReturnValue:
    """What is being typed, tried on the store's last orders. Changes nothing."""
    env, store = the_env(), here().store
    with env.database.read(store.store_id) as db:
        terms = load_terms(db, store)
        draft, live = draft_of(db, terms, env.now()), in_force(terms.versions, env.now()).program
        form = typed(request.form, draft.program, store.currency)
        shown = shown_orders(db, terms, env.now())
    answer = render_template(
        "admin/program_typed.html",
        form=form,
        beside=None if form.program is None else beside(shown, form.program, live),
        is_unsaved=form.program is None or differs(form.program, draft),
        draft=draft,
        changes=len(differences(live, draft.program)),
        next_number=terms.versions[-1].version + 1,
    )
    return make_response(answer, 422 if form.problems else 200)


@least(Role.MANAGER)
def save() -> ResponseReturnValue:
    """Keep what was typed as the draft; with one rule more or less, where that was pressed."""
    removed = request.form.get("remove", "")
    form = _typed(without_rule(request.form, removed) if removed else request.form)
    if form.program is None:
        return make_response(program_page(form, problem=_found_problems(form)), 422)
    wanted = with_rule(form.program, request.form.get("add", ""), here().store.currency)
    if len(wanted.earning) > len(form.program.earning):
        return _keep(wanted, "added", f"rule-{len(wanted.earning) - 1}", form)
    return _keep(wanted, "removed" if removed else "saved", "settings" if removed else "preview", form)


def _typed(fields: Mapping[str, str]) -> Form:
    """What was typed, on top of the draft as it stands."""
    env, store = the_env(), here().store
    with env.database.read(store.store_id) as db:
        base = draft_of(db, load_terms(db, store), env.now()).program
    return typed(fields, base, store.currency)


def _keep(wanted: Program, noted: str, place: str, form: Form | None = None) -> ResponseReturnValue:
    """Save it over the draft that was seen, and go on; or show both versions where that is another by now."""
    env, store = the_env(), here().store
    try:
        with env.database.write(store.store_id) as db:
            terms = load_terms(db, store)
            seen = draft_as_seen(db, terms, request.form.get("seen", ""), env.now())
            save_draft(db, terms, wanted.to_json(), seen.revision, here().who, env.now())
    except DraftChanged as changed:
        return conflict_page(wanted, changed.theirs)
    except ProgramRefused as error:
        return make_response(program_page(form, problem=str(error)), 422)
    return redirect(url_for(".program", noted=noted, _anchor=place), 303)


def _found_problems(form: Form) -> str:
    return ngettext(
        "Nothing was saved: one of the fields needs you.",
        "Nothing was saved: %(fields)s of the fields need you.",
        len(form.problems),
        fields=number(len(form.problems)),
    )


@least(Role.MANAGER)
def save_over() -> ResponseReturnValue:
    """Of two versions that were shown, keep the one of whoever pressed."""
    try:
        wanted = read_program(request.form.get("program", ""), here().store.currency)
    except ProgramRefused as error:
        return make_response(program_page(problem=str(error)), 422)
    return _keep(wanted, "saved", "preview")


@least(Role.MANAGER)
def ask_discard() -> ResponseReturnValue:
    """What would be forgotten, and whether it is to be."""
    draft = _draft()
    if not draft.is_begun:
        return redirect(url_for(".program"), 303)
    return asking_page(draft)


def _draft() -> Draft:
    env, store = the_env(), here().store
    with env.database.read(store.store_id) as db:
        return draft_of(db, load_terms(db, store), env.now())


@least(Role.MANAGER)
def discard() -> ResponseReturnValue:
    """Forget the draft that was seen."""
    env, store = the_env(), here().store
    try:
        with env.database.write(store.store_id) as db:
            terms = load_terms(db, store)
            seen = draft_as_seen(db, terms, request.form.get("seen", ""), env.now())
            drop_draft(db, terms, seen.revision, env.now())
    except DraftChanged as changed:
        return conflict_page(None, changed.theirs)
    return redirect(url_for(".program", noted="discarded"), 303)


@least(Role.MANAGER)
def restore() -> ResponseReturnValue:
    """Make a draft of what an earlier version said; in the place of another only when told so."""
    env, store = the_env(), here().store
    with env.database.read(store.store_id) as db:
        terms = load_terms(db, store)
        versions, draft = terms.versions, draft_of(db, terms, env.now())
    wished = Typed(request.form).whole("version", 1, versions[-1].version)
    wanted = next((one.program for one in versions if one.version == wished), None)
    if wanted is None:
        return make_response(program_page(problem=_("There is no such version.")), 422)
    is_over = draft.is_begun and draft.program != wanted and draft.mark == request.form.get("seen")
    if is_over and not request.form.get("is_over"):
        return asking_page(draft, version=wished)
    return _keep(wanted, "restored", "preview")


@least(Role.MANAGER)
def publish() -> ResponseReturnValue:
    """Make the draft the next version: at once, or from a day on."""
    choice = Publishing(dict(request.form))
    try:
        with alone(the_env(), here().store) as db:
            applied = _publish(db, choice)
    except DraftChanged as changed:
        return conflict_page(None, changed.theirs)
    except ProgramRefused as error:
        return make_response(program_page(publishing=choice, problem=_why_not(error)), 422)
    except Refused as error:
        problem = _blocks_publishing(choice.problems) if choice.problems else str(error)
        return make_response(program_page(publishing=choice, problem=problem), 422)
    return redirect(url_for(".program", published=applied.version), 303)


def _blocks_publishing(problems: Mapping[str, str]) -> str:
    return ngettext(
        "Nothing was published: one of the fields needs you.",
        "Nothing was published: %(fields)s of the fields need you.",
        len(problems),
        fields=number(len(problems)),
    )


def _publish(db: Connection, choice: Publishing) -> Applied:
    """Raises Refused, with `choice.problems` filled in where a field is to blame, and DraftChanged."""
    env, store = the_env(), here().store
    terms = load_terms(db, store)
    seen = draft_as_seen(db, terms, request.form.get("seen", ""), env.now())
    reading = Typed(choice.values, choice.problems)  # type: ignore[arg-type]
    begins = _begins(reading, terms, env.now())
    if shortens(terms.versions, seen.program, env.now()) and not reading.ticked("is_shorter"):
        reading.problems["is_shorter"] = _("Points will last shorter than now. Tick that you want that.")
    if reading.problems:
        raise Refused(_("Nothing was published."))
    platform = env.platforms[store.platform]
    return publish_draft(db, terms, seen.revision, here().who, begins, env.now(), platform=platform)


def _why_not(error: ProgramRefused) -> str:
    """Why the store can make no codes for some rewards, by their names."""
    env, store = the_env(), here().store
    with env.database.read(store.store_id) as db:
        rewards = draft_of(db, load_terms(db, store), env.now()).program.rewards
    by_path = {f"rewards[{at}]": offer.title(store.currency) for at, offer in enumerate(rewards)}
    return " ".join(
        _("“%(reward)s”: %(why)s", reward=by_path[one.path], why=told(one.problem))
        if one.path in by_path
        else f"{one.path}: {told(one.problem)}"
        for one in error.mistakes
    )


def _begins(reading: Typed, terms: StoreTerms, now: datetime) -> datetime | None:
    """From when on it is to rule; None: from now on, or after noting a problem."""
    when = reading.choice("when", (NOW, ON_A_DAY, IN_PLACE), NOW)
    if when == IN_PLACE:
        wished = reading.whole("place", 1, terms.versions[-1].version)
        planned = [one for one in scheduled(terms.versions, now) if one.version == wished]
        if not planned:
            # Nobody sees the field that carries it.
            reading.problems.pop("place", None)
            reading.problems["when"] = _("That version is not waiting to start any more. Choose again.")
        return planned[0].effective_from if planned else None
    begins = reading.day("day", terms.store.zone) if when == ON_A_DAY else None
    if begins is not None and not now < begins <= now + timedelta(days=FURTHEST_DAYS):
        reading.problems["day"] = _("Enter a day to come, from tomorrow on, within two years.")
    return begins


@least(Role.MANAGER)
def call_version_off() -> ResponseReturnValue:
    """Have a version that is yet to start never rule."""
    try:
        with alone(the_env(), here().store) as db:
            terms = load_terms(db, here().store)
            wished = Typed(request.form).whole("version", 1, terms.versions[-1].version)
            call_off(db, terms, wished, here().who, the_env().now())
    except Refused as error:
        return make_response(program_page(problem=str(error)), 422)
    return redirect(url_for(".program", called_off=wished), 303)


def _caveats() -> tuple[str, ...]:
    """What codes of the live program's rewards give at the store beyond what was meant."""
    env, store = the_env(), here().store
    with env.database.read(store.store_id) as db:
        live = in_force(load_terms(db, store).versions, env.now())
    try:
        return examine_rewards(live.program, env.platforms[store.platform], store.currency)
    except ProgramRefused as error:
        return tuple(one.problem for one in error.mistakes)
