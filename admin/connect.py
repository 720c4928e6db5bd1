"""Choosing which kind of store to connect."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from admin.signed_in import signed_in


def add_to(blueprint: Blueprint) -> None:
    """Its address."""
    blueprint.add_url_rule("/admin/connect", "connect", connect)


@signed_in
def connect() -> ResponseReturnValue:
    """The kinds of stores there are."""
    return render_template("admin/connect.html")
