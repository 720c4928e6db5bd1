"""The catalogue of rewards: what they cost, who can afford them, what they did; what is only drafted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin import reward_codes, reward_pages, reward_words
from admin.guards import least
from admin.here import here
from admin.reward_codes import running
from admin.reward_saving import LIVE, keep, program_url, seen_in
from admin.signed_in import the_env
from core.db import reward_numbers
from core.domain.errors import Refused
from core.domain.staff import Role
from core.services.drafting import DraftChanged
from core.services.reward_catalogue import Catalogue, Listed, catalogue, changes_beside
from core.services.terms import load_terms

_LAST: Final = 10**18
"""Sorts behind every amount."""


def add_to(blueprint: Blueprint) -> None:
    """The addresses of this page, and of those around single rewards."""
    blueprint.add_url_rule("/rewards", "rewards", rewards)
    blueprint.add_url_rule("/rewards/publish", "rewards_publish", publish, methods=["POST"])
    reward_pages.add_to(blueprint)
    reward_codes.add_to(blueprint)


@dataclass(frozen=True, slots=True)
class Column:
    """How the table is sorted now, and by which link it is otherwise."""

    name: str
    is_by: bool
    is_down: bool

    @property
    def aria(self) -> str:
        """For `aria-sort`; empty: it is not sorted by this."""
        return ("descending" if self.is_down else "ascending") if self.is_by else ""

    @property
    def link(self) -> str:
        """What to ask for: the other way round where it is sorted by this."""
        return f"-{self.name}" if self.is_by and not self.is_down else self.name


@least(Role.VIEWER)
def rewards() -> ResponseReturnValue:
    """All rewards, live and drafted."""
    return catalogue_page()


@least(Role.MANAGER)
def publish() -> ResponseReturnValue:
    """Make the drafted rewards live, where nothing else is drafted."""
    try:
        keep(the_env(), here(), "", seen_in(request.form), lambda program: program, LIVE)
    except DraftChanged:
        return make_response(catalogue_page(has_changed=True), 409)
    except Refused as refusal:
        return make_response(catalogue_page(problem=str(refusal)), 422)
    return redirect(url_for(".rewards", done="published"), 303)


def catalogue_page(problem: str = "", *, has_changed: bool = False) -> str:
    """The page; `problem`: why the draft was not published; `has_changed`: somebody else saved meanwhile."""
    env, store = the_env(), here().store
    with env.database.read(store.store_id) as db:
        seen = catalogue(db, load_terms(db, store), env.now())
        task = running(db, store.store_id, env.now())
    columns = {name: _column(name) for name in _KEYS}
    return render_template(
        "admin/rewards.html",
        seen=seen,
        rows=_sorted(seen, columns),
        columns=columns,
        words=reward_words,
        beside=changes_beside(seen.live, seen.draft.program),
        task=task,
        problem=problem,
        has_changed=has_changed,
        most_counted=reward_numbers.MOST_COUNTED,
        program_url=program_url(),
    )


_KEYS: Final[dict[str, Callable[[Listed], Any]]] = {
    "name": lambda one: reward_words.title_words(one.offer, here().store.currency).casefold(),
    "points": lambda one: one.offer.reward.least_points,
    "costs": lambda one: _or_last(reward_words.costs_minor(one.offer)),
    "afford": lambda one: one.can_afford.number,
    "stock": lambda one: _or_last(one.stock_left),
    "waiting": lambda one: one.done.waiting.number,
}


def _or_last(number: int | None) -> int:
    return _LAST if number is None else number


def _column(name: str) -> Column:
    asked = request.args.get("sort", "points")
    return Column(name, asked.removeprefix("-") == name, asked.startswith("-"))


def _sorted(seen: Catalogue, columns: dict[str, Column]) -> Sequence[Listed]:
    chosen = next((one for one in columns.values() if one.is_by), None)
    if chosen is None:
        return seen.rewards
    return sorted(seen.rewards, key=_KEYS[chosen.name], reverse=chosen.is_down)
