"""Home: the stores, where each stands, what happened in them today, and what needs somebody."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from admin.signed_in import signed_in, the_env
from core.services.overview import Glance, look_over


def add_to(blueprint: Blueprint) -> None:
    """Its address."""
    blueprint.add_url_rule("/admin", "home", home, strict_slashes=False)


@signed_in
def home() -> ResponseReturnValue:
    """All stores on one page."""
    env = the_env()
    with env.database.read_all() as db:
        seen = look_over(db, env.now())
    return render_template("admin/home.html", stores=seen, needing=_needing(seen))


def _needing(seen: list[Glance]) -> str:
    """What the reader came for, in one sentence; empty without a store."""
    number = sum(1 for one in seen if one.notices)
    if not seen:
        return ""
    if not number:
        return "Nothing needs you."
    return "1 store needs you." if number == 1 else f"{number} stores need you."
