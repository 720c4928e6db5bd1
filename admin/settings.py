"""A store's settings: a card for each subject, with how it stands now."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin.guards import least
from admin.here import here
from admin.signed_in import the_env
from core.domain.staff import Role
from core.services.settings_seen import settings_seen


def add_to(blueprint: Blueprint) -> None:
    """Its address."""
    blueprint.add_url_rule("/settings", "settings", settings)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A subject with pages of its own."""

    endpoint: str
    title: str
    says: str


@least(Role.VIEWER)
def settings() -> ResponseReturnValue:
    """What can be settled, and how it stands."""
    store = here().store
    with the_env().database.read(store.store_id) as db:
        seen = settings_seen(db, store.store_id)
    return render_template("admin/settings.html", store=store, seen=seen, elsewhere=_elsewhere())


def _elsewhere() -> list[Elsewhere]:
    """Those that there are at the place where the page stands."""
    there = current_app.view_functions
    subjects = (
        Elsewhere(
            "settings_staff", _("Staff"), _("Who works in these pages, and what each of them may do here.")
        ),
        Elsewhere(
            "settings_data",
            _("Data in and out"),
            _("Everything of this store as files, and members or balances brought in from elsewhere."),
        ),
    )
    return [one for one in subjects if f"{request.blueprint}.{one.endpoint}" in there]
