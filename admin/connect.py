"""Connecting a store: the address is typed here, the connection approved at the store, its progress shown."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from admin.checking import BadAddress, checked_address
from admin.guards import everybody, operator_only
from admin.past_orders import seen_past_orders
from admin.policy import SomeResponse, leaving
from admin.progress import progress_of
from admin.retelling import told
from admin.signed_in import the_env, the_session
from core.domain.addresses import refuse_undeliverable
from core.domain.connecting import Asking, HandsOverKeys
from core.domain.errors import Refused
from core.jobs.bell import CONNECT
from core.services.attempts import attempt_of, begin

WOOCOMMERCE = "woocommerce"


def add_to(blueprint: Blueprint) -> None:
    """Its addresses."""
    blueprint.add_url_rule("/admin/connect", "connect", choose)
    blueprint.add_url_rule("/connect/woocommerce", "from_store", from_store)
    blueprint.add_url_rule("/admin/connect/woocommerce", "ask_store", ask_store, methods=["POST"])
    blueprint.add_url_rule("/admin/connect/woocommerce/back", "back", back)
    blueprint.add_url_rule("/admin/connect/attempts/<int:attempt_id>", "attempt", attempt)


@operator_only
def choose() -> ResponseReturnValue:
    """The kinds of stores there are, and what each takes."""
    return _form(url=request.args.get("url", ""))


@everybody
def from_store() -> ResponseReturnValue:
    """Where our plugin sends a merchant who pressed Connect in her store: to the form, filled in."""
    return redirect(url_for("admin.connect", url=request.args.get("store", "")), 303)


@operator_only
def ask_store() -> ResponseReturnValue:
    """Off to the store's own page, if there is a store and it can answer us; else, what to do about it."""
    env, typed = the_env(), request.form.get("url", "")
    adapter = env.platforms[WOOCOMMERCE]
    session = the_session()
    if not isinstance(adapter, HandsOverKeys) or session is None:
        abort(404)
    try:
        refuse_undeliverable(env.settings.public_url, env.settings.allowed_networks)
        url = checked_address(env, WOOCOMMERCE, typed)
    except BadAddress as error:
        return _form(url=typed, problem=str(error), better=error.better), 422
    except Refused as error:
        return _form(url=typed, unreachable=told(str(error))), 422
    state, now = env.token(), env.now()
    with env.database.write_all() as db:
        begin(db, platform=WOOCOMMERCE, url=url, state=state, session=session, now=now)
    here = env.settings.public_url
    asking = Asking(
        state=state,
        callback_url=f"{here}{url_for('callbacks.callback', platform=WOOCOMMERCE)}",
        return_url=f"{here}{url_for('admin.back')}",
    )
    return _leaving(redirect(adapter.asking_url(url, asking), 303))


@operator_only
def back() -> ResponseReturnValue:
    """Where the store sends its admin after the question. What it says here is proof of nothing."""
    state = request.args.get("user_id", "")
    row = _mine(state=state)
    if request.args.get("success") == "0" and row.stage == "asked":
        return _leaving(make_response(render_template("admin/declined.html", attempt=row)))
    return redirect(url_for("admin.attempt", attempt_id=row.id), 303)


@operator_only
def attempt(attempt_id: int) -> ResponseReturnValue:
    """How far it is. Asks for nothing, so it can be looked at as often as wanted."""
    env = the_env()
    row = _mine(attempt_id=attempt_id)
    if row.stage == "proving" and row.next_at <= env.now():
        env.bell.ring(CONNECT, row.id)
    progress = progress_of(env, row)
    past = seen_past_orders(env, progress.store) if progress.store is not None else None
    page = render_template("admin/attempt.html", attempt=row, progress=progress, past=past)
    return _leaving(make_response(page))


def _mine(*, state: str = "", attempt_id: int = 0) -> Row[Any]:
    """An attempt that this session began; 404 for anybody else's."""
    session = the_session()
    with the_env().database.read_all() as db:
        row = attempt_of(db, session, state=state, attempt_id=attempt_id) if session else None
    if row is None:
        abort(404)
    return row


def _form(url: str, problem: str = "", better: str = "", unreachable: str = "") -> Response:
    env = the_env()
    if not unreachable:
        try:
            refuse_undeliverable(env.settings.public_url, env.settings.allowed_networks)
        except Refused as error:
            unreachable = told(str(error))
    page = render_template(
        "admin/connect.html", url=url, problem=problem, better=better, unreachable=unreachable
    )
    return _leaving(make_response(page))


def _leaving(response: SomeResponse) -> SomeResponse:
    return leaving(response, over_http=bool(the_env().settings.allowed_networks))
