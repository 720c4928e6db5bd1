"""Keys with which the merchant's own programs read balances and redeem over HTTP."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from admin.guards import least
from admin.here import here
from admin.signed_in import the_env
from admin.typed import Typed
from core.db import api_keys
from core.domain.api_keys import SECRET_DIGITS, key_digest, written_key
from core.domain.errors import Refused
from core.domain.staff import Role
from core.services.keys import NOTE_LENGTH_MOST, make_key, revoke_key
from core.services.noting import note_change

_DRAWN = "key"


def add_to(blueprint: Blueprint) -> None:
    """Its addresses."""
    blueprint.add_url_rule("/settings/keys", "settings_keys", look)
    blueprint.add_url_rule("/settings/keys", "settings_keys_make", make, methods=["POST"])
    blueprint.add_url_rule(
        "/settings/keys/<int:key_id>/revoke", "settings_keys_revoke", revoke, methods=["POST"]
    )


@least(Role.OWNER)
def look() -> ResponseReturnValue:
    """The keys there are."""
    return _page(Typed({}))


@least(Role.OWNER)
def make() -> ResponseReturnValue:
    """A new key, shown in this answer and in no other.

    Its secret was drawn with the page and is sealed in the form. A form makes one key: sent again, by
    a second press or a reload, it makes none and shows none, and the list says what became of it.
    """
    env, where, typed = the_env(), here(), Typed(request.form)
    store_id = where.store.store_id
    note = typed.text("note", NOTE_LENGTH_MOST, least=1)
    secret = _unsealed(store_id, request.form.get("drawn", ""))
    if secret is None:
        typed.problems["note"] = _("This form is out of date. Press the button once more.")
    if typed.problems or secret is None:
        return make_response(_page(typed), 422)
    try:
        with env.database.write(store_id) as db:
            made = make_key(db, where.store, note, secret, env.now())
            note_change(
                db, store_id, where.who, "key.made", f"key {made.key_id}", env.now(), after={"note": note}
            )
    except IntegrityError:  # a key of this secret is there: the form was sent before
        digest = key_digest(written_key(store_id, secret))
        with env.database.read(store_id) as db:
            known = api_keys.by_digest(db, store_id, digest)
        return redirect(url_for(".settings_keys", already=known.id if known else None), 303)
    return _page(Typed({}), made=made.key)


@least(Role.OWNER)
def revoke(key_id: int) -> ResponseReturnValue:
    """The key opens nothing from now on. Once more is as good as once."""
    env, where = the_env(), here()
    store_id = where.store.store_id
    with env.database.write(store_id) as db:
        row = api_keys.by_id(db, key_id)
        if row is not None and row.store_id == store_id and row.revoked_at is None:
            revoke_key(db, key_id, env.now())
            note_change(
                db, store_id, where.who, "key.revoked", f"key {key_id}", env.now(), before={"note": row.note}
            )
    return redirect(url_for(".settings_keys"), 303)


def _drawn(store_id: int) -> str:
    """A secret nobody has seen, sealed: the page carries it, and only we can make a key of it."""
    env = the_env()
    digits = (env.token() + env.token())[:SECRET_DIGITS]
    return env.secrets.seal({_DRAWN: digits, "store": str(store_id)}).decode()


def _unsealed(store_id: int, drawn: str) -> str | None:
    try:
        opened = the_env().secrets.unseal(drawn.encode("utf-8", "replace"))
    except Refused:
        return None
    return opened.get(_DRAWN) if opened.get("store") == str(store_id) else None


def _page(typed: Typed, made: str = "") -> str:
    """The list and the form; `made`: a key to be shown this once."""
    env, store, already = the_env(), here().store, request.args.get("already", "")
    with env.database.read(store.store_id) as db:
        rows = api_keys.of_store(db, store.store_id)
    return render_template(
        "admin/settings_keys.html",
        store=store,
        keys=rows,
        open_count=sum(row.revoked_at is None for row in rows),
        drawn=_drawn(store.store_id),
        typed=typed.values,
        problems=typed.problems,
        made=made,
        already=next((row for row in rows if str(row.id) == already and row.revoked_at is None), None),
        url=f"{env.settings.public_url}/api/stores/{quote(store.name, safe='')}/members/MEMBER_ID",
    )
