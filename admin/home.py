"""The list of stores: where each stands, what happened in it today, and what needs somebody."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin.guards import signed_in
from admin.signed_in import the_env, the_person
from core.db import stores
from core.db.store_lists import Mark
from core.services.overview import STORES_A_PAGE, look_over
from core.services.signing_in import session_of
from core.services.staffing import person_of, stores_open_to

LONGEST_SEARCH: Final = 80
CARDS_MOST: Final = 3
"""So many stores have room for themselves; more are rows of a table."""


def add_to(blueprint: Blueprint) -> None:
    """Its address."""
    blueprint.add_url_rule("/admin", "home", home, strict_slashes=False)


@signed_in
def home() -> ResponseReturnValue:
    """The stores that are open to who asks, page by page."""
    env = the_env()
    words = request.args.get("q", "").strip()[:LONGEST_SEARCH]
    with env.database.read_all() as db:
        open_to = stores_open_to(db, the_person())
        seen = look_over(db, open_to, env.now(), words, _mark())
    following = None
    if seen.next is not None:
        following = url_for("admin.home", q=words or None, calm=seen.next.calm, after=seen.next.name)
    return render_template(
        "admin/home.html",
        page=seen,
        words=words,
        following=following,
        is_first="after" not in request.args,
        as_cards=seen.count <= CARDS_MOST and not words,
        can_search=bool(words) or seen.count > STORES_A_PAGE // 2,
    )


def _mark() -> Mark | None:
    after = request.args.get("after", "")[:LONGEST_SEARCH]
    return Mark(0 if request.args.get("calm") == "0" else 1, after) if after else None


def first_page(session: str) -> str:
    """Where somebody goes who has just signed in: into the store, if there is but one for them."""
    env = the_env()
    with env.database.read_all() as db:
        found = session_of(db, session, env.now())
        staff_id = found.staff_id if found else None
        open_to = stores_open_to(db, None if staff_id is None else person_of(db, staff_id, env.secrets))
        theirs = [one for one in stores.all_stores(db) if open_to is None or one.store_id in open_to]
    return url_for("store.home", store_id=theirs[0].store_id) if len(theirs) == 1 else url_for("admin.home")
