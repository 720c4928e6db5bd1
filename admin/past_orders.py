"""The choice what becomes of orders from before a store was connected, as a form sends it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from datetime import time as time_of_day

from flask_babel import gettext as _

from admin.alone import alone
from core.domain.errors import Refused
from core.domain.staff import Who
from core.domain.stores import Store
from core.jobs.bell import WALK_ON
from core.jobs.env import Env
from core.services.importing import ALL_ORDERS, begin_import, leave_out
from core.services.noting import note_change
from core.services.past_orders import PastOrders, past_orders
from core.services.terms import load_terms

OUT, KNOWN, AWARD = "out", "known", "award"


def seen_past_orders(env: Env, store: Store) -> PastOrders:
    """How it stands with a store's past orders now."""
    with env.database.read(store.store_id) as db:
        return past_orders(db, store, env.now())


def choose(env: Env, store: Store, form: Mapping[str, str], who: Who) -> None:
    """Do as chosen: leave past orders out, or begin to take them in. Once more is as good as once.

    Raises Refused, in words for the merchant, when nothing was changed.
    """
    choice, since = form.get("past_orders", ""), ALL_ORDERS
    if choice not in {OUT, KNOWN, AWARD}:
        raise Refused(_("Say what becomes of the orders from before."))
    if choice != OUT and form.get("since"):
        since = _day(form["since"], store, env.now())
    if choice != OUT and not seen_past_orders(env, store).can_be_asked_for:
        raise Refused(_("%(store)s is not called at the moment. Connect it again first.", store=store.name))
    _change(env, store, choice, since, who)
    env.bell.ring(WALK_ON, store.store_id)


def _day(text: str, store: Store, now: datetime) -> datetime:
    try:
        begin = datetime.combine(date.fromisoformat(text), time_of_day(), store.zone)
    except ValueError as error:
        raise Refused(_("Say since which day, such as 2026-01-31.")) from error
    if not ALL_ORDERS <= begin <= now:
        raise Refused(_("That day is not one in the past."))
    return begin


def _change(env: Env, store: Store, choice: str, since: datetime, who: Who) -> None:
    """Nobody settles orders meanwhile: what they earn may change. Raises Refused."""
    with alone(env, store) as db:
        chosen = {"choice": choice, "since": since.date().isoformat()}
        note_change(db, store.store_id, who, "past_orders.chosen", store.name, env.now(), after=chosen)
        if choice == OUT:
            leave_out(db, store.store_id, env.now())
        else:
            begin_import(db, load_terms(db, store), since, env.now(), awards=choice == AWARD)
