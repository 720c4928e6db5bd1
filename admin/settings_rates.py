"""What foreign currencies are worth in a store, and which orders wait to hear it."""

from __future__ import annotations

from decimal import Decimal

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin.alone import alone
from admin.guards import least
from admin.here import here
from admin.retelling import told
from admin.signed_in import the_env
from admin.typed import Typed
from core.db import stores
from core.domain.errors import Refused
from core.domain.staff import Role
from core.domain.stores import checked_rate, known_currency
from core.services.noting import note_change
from core.services.rates import ForeignCurrency, foreign_currencies, remove_store_rate, set_store_rate


def add_to(blueprint: Blueprint) -> None:
    """Its addresses."""
    blueprint.add_url_rule("/settings/rates", "settings_rates", look)
    blueprint.add_url_rule("/settings/rates", "settings_rates_set", set_rate, methods=["POST"])
    remove = "/settings/rates/remove"
    blueprint.add_url_rule(remove, "settings_rates_remove", remove_rate, methods=["POST"])


@least(Role.VIEWER)
def look() -> ResponseReturnValue:
    """The rates there are, and the currencies that wait for one."""
    return _page(Typed({}))


@least(Role.MANAGER)
def set_rate() -> ResponseReturnValue:
    """One currency's rate. What waited for it goes back in line."""
    env, where, typed = the_env(), here(), Typed(request.form)
    currency = _currency(typed)
    rate = _rate(typed)
    if typed.problems:
        return make_response(_page(typed), 422)
    try:
        with alone(env, where.store) as db:
            was = stores.rates(db, where.store.store_id).get(currency)
            back = set_store_rate(db, where.store, currency, rate, env.now())
            before, after = {"rate": was}, {"rate": rate, "deliveries_back_in_line": back}
            note_change(
                db,
                where.store.store_id,
                where.who,
                "rate.set",
                currency,
                env.now(),
                before=before,
                after=after,
            )
    except Refused as refusal:
        typed.problems["currency"] = told(str(refusal))
        return make_response(_page(typed), 422)
    return redirect(url_for(".settings_rates", set=currency, back=back), 303)


@least(Role.MANAGER)
def remove_rate() -> ResponseReturnValue:
    """One currency has no rate from now on. Once more is as good as once."""
    env, where = the_env(), here()
    try:
        currency = known_currency(request.form.get("currency", ""))
        with alone(env, where.store) as db:
            was = remove_store_rate(db, where.store, currency)
            if was is not None:
                noting, before = (db, where.store.store_id, where.who), {"rate": was}
                note_change(*noting, "rate.removed", currency, env.now(), before=before, after={"rate": None})
    except Refused as refusal:
        return make_response(_page(Typed({}, {"removing": told(str(refusal))})), 422)
    return redirect(url_for(".settings_rates", removed=currency), 303)


def _currency(typed: Typed) -> str:
    store = here().store
    try:
        currency = known_currency(typed.values.get("currency", "").strip())
    except Refused as refusal:
        typed.problems["currency"] = told(str(refusal))
        return ""
    if currency == store.currency:
        typed.problems["currency"] = _(
            "This store counts in %(currency)s itself. Enter another currency, such as USD.",
            currency=currency,
        )
    return currency


def _rate(typed: Typed) -> str:
    """As it is kept: a plain number with a point."""
    try:
        return checked_rate(typed.values.get("rate", "").strip().replace(",", "."))
    except Refused:
        typed.problems["rate"] = _("Enter a plain number above 0, such as 0.92, with at most 9 decimals.")
        return ""


def _page(typed: Typed) -> str:
    store = here().store
    with the_env().database.read(store.store_id) as db:
        found = foreign_currencies(db, store.store_id)
    code, back = request.args.get("set", ""), request.args.get("back", "")
    removed = request.args.get("removed", "")
    just_set = next((one for one in found if one.currency == code and one.rate is not None), None)
    return render_template(
        "admin/settings_rates.html",
        store=store,
        foreign=found,
        waiting=sum(one.waiting for one in found),
        worth={one.currency: Decimal(one.rate) * 100 for one in found if one.rate is not None},
        just_set=just_set,
        removed=removed if _is_without_rate(removed, found) else "",
        back=int(back) if back.isascii() and back.isdigit() and len(back) < 9 else 0,
        typed=typed.values,
        problems=typed.problems,
        can_change=here().who.may(Role.MANAGER),
    )


def _is_without_rate(code: str, found: list[ForeignCurrency]) -> bool:
    """Whether it is a currency, and has no rate: what an address says is not believed."""
    try:
        known_currency(code)
    except Refused:
        return False
    return not any(one.currency == code and one.rate is not None for one in found)
