"""What the completeness meter's buttons do."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from admin.guards import least
from admin.here import here
from admin.settled import fetch_missing, look_again
from admin.signed_in import the_env
from core.domain.staff import Role


def add_to(blueprint: Blueprint) -> None:
    """Their addresses."""
    blueprint.add_url_rule("/compare", "compare_again", compare_again, methods=["POST"])
    blueprint.add_url_rule("/fetch", "fetch_missing_orders", fetch_missing_orders, methods=["POST"])


@least(Role.SUPPORT)
def compare_again() -> ResponseReturnValue:
    """Have the store's orders compared with what is settled here."""
    look_again(the_env(), here().store)
    return redirect(url_for(".home", _anchor="settled"), 303)


@least(Role.SUPPORT)
def fetch_missing_orders() -> ResponseReturnValue:
    """Have the orders fetched that the last comparison missed."""
    fetch_missing(the_env(), here().store)
    return redirect(url_for(".home", _anchor="settled"), 303)
