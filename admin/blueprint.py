"""The settings pages that are of no single store, as one Flask blueprint, and what holds for all of them."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from admin import account, connect, home, operations, password_signing, server_staff, signing
from admin.frame import tell_templates
from admin.guards import OperatorsOnly
from admin.policy import protect
from admin.signed_in import BadForm, NotSignedIn, is_from_elsewhere, renew_cookie

blueprint = Blueprint("admin", __name__, template_folder="templates")

for pages in (home, connect, operations, password_signing, signing, account, server_staff):
    pages.add_to(blueprint)


@blueprint.before_request
def refuse_forms_of_others() -> None:
    """Raise BadForm for a form that another site sent. Pages check its token besides."""
    if request.method not in {"GET", "HEAD"} and is_from_elsewhere():
        raise BadForm


blueprint.after_request(protect)
blueprint.after_request(renew_cookie)
tell_templates(blueprint)


@blueprint.errorhandler(NotSignedIn)
def ask_to_sign_in(_error: NotSignedIn) -> ResponseReturnValue:
    """To the page that says how to sign in."""
    return redirect(url_for("admin.sign_in_help"), 303)


@blueprint.errorhandler(NotFound)
def say_not_there(_error: NotFound) -> ResponseReturnValue:
    """404, as a page: the same for what is not there and for what is somebody else's."""
    return render_template("admin/not_there.html"), 404


@blueprint.errorhandler(OperatorsOnly)
def refuse_staff(_error: OperatorsOnly) -> ResponseReturnValue:
    """403: the page is for whoever runs this server."""
    return render_template("admin/operators_only.html"), 403


@blueprint.errorhandler(BadForm)
def refuse_form(_error: BadForm) -> ResponseReturnValue:
    """403, and what to do."""
    return render_template("admin/refused.html"), 403
