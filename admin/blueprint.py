"""The settings pages as one Flask blueprint, and what holds for all of them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from admin import connect, home, signing, stores
from admin.policy import protect
from admin.signed_in import BadForm, NotSignedIn, csrf_token, is_from_elsewhere, renew_cookie, the_session

blueprint = Blueprint("admin", __name__, template_folder="templates")

for pages in (home, stores, connect, signing):
    pages.add_to(blueprint)


@blueprint.before_request
def refuse_forms_of_others() -> None:
    """Raise BadForm for a form that another site sent. Pages check its token besides."""
    if request.method != "GET" and is_from_elsewhere():
        raise BadForm


blueprint.after_request(protect)
blueprint.after_request(renew_cookie)


@blueprint.context_processor
def offered() -> dict[str, object]:
    """What every template may use: the token its forms carry, and whether somebody is signed in."""
    session = the_session()
    token = csrf_token(session) if session else ""
    return {"csrf_token": token, "is_signed_in": session is not None, "moment": written_moment}


def written_moment(at: datetime, zone: ZoneInfo) -> str:
    """A moment by a store's own clock: `22 November 2026, 14:32 (Europe/Berlin)`."""
    return f"{at.astimezone(zone):%-d %B %Y, %H:%M} ({zone.key})"


@blueprint.errorhandler(NotSignedIn)
def ask_to_sign_in(_error: NotSignedIn) -> ResponseReturnValue:
    """To the page that says how to sign in."""
    return redirect(url_for("admin.sign_in_help"), 303)


@blueprint.errorhandler(NotFound)
def say_not_there(_error: NotFound) -> ResponseReturnValue:
    """404, as a page: the same for what is not there and for what is somebody else's."""
    return render_template("admin/not_there.html"), 404


@blueprint.errorhandler(BadForm)
def refuse_form(_error: BadForm) -> ResponseReturnValue:
    """403, and what to do."""
    return render_template("admin/refused.html"), 403
