"""How the whole server stands, for whoever runs it: what waits, what is stuck, whether everything runs."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import NotFound

from admin.guards import operator_only
from admin.signed_in import the_env
from core.config.versions import library_versions, product_version, python_version
from core.db import stores
from core.db.migrate import latest_revision
from core.domain.errors import Refused
from core.domain.staff import operator
from core.domain.stores import StoreState
from core.jobs.beat import TICKS, looks
from core.jobs.bell import EFFECTS
from core.jobs.checks import (
    Finding,
    check_beat,
    check_database,
    check_folder,
    check_secrets,
    said_of_queue,
)
from core.jobs.env import Env
from core.jobs.queue_seen import QueueSeen, look_at_queue
from core.jobs.store_checks import check_store
from core.services.operating import operations_seen, stop_task, try_calls_again
from integrations.woocommerce.hooks import TOPICS

WITHIN_S: Final = 0.24
"""So long the page waits for the queue server at most."""
LATE_AFTER: Final = timedelta(minutes=1)
"""A tick this much overdue is late: a beat looks every second what is due."""

TICK_WORDS: Final = {
    "sweep": _l("Deliveries that wait to be counted"),
    "effects": _l("Calls to stores that are due"),
    "mature": _l("Points that can be spent from now on, or expire"),
    "end codes": _l("Codes whose time is over"),
    "forget": _l("People who asked to be forgotten"),
    "connect": _l("Stores being connected"),
    "walks": _l("Lists of orders being read at stores"),
    "tasks": _l("Exports, imports and other long work"),
    "mature_all": _l("Points of every store, looked through once more"),
    "forget_old": _l("Old texts of deliveries, to be deleted"),
    "tokens": _l("Access to Shopify stores, to be renewed"),
    "orphans": _l("Discount codes that belong to no redemption"),
    "hooks": _l("Webhooks at the stores, whether they still stand"),
    "reread": _l("Orders to be read again, once a day"),
    "compare": _l("Paid orders to be compared with the store’s list"),
    "days": _l("Points to be added up by day"),
    "look:woocommerce": _l("New orders at WooCommerce stores"),
    "look:shopify": _l("New orders at Shopify stores"),
}
"""What each tick of the beat looks for."""

CALL_WORDS: Final = {
    "fetch_order": _l("Fetch an order"),
    "fetch_customer": _l("Fetch a customer"),
    "make_code": _l("Make a discount code"),
    "end_code": _l("Switch a code off"),
    "check_installed": _l("Ask whether the app is installed"),
    "keep_hooks": _l("Keep our webhooks"),
}

CHECK_WORDS: Final = {
    "queue": _l("Queue server (Redis or Valkey)"),
    "beat": _l("Beat, the process that looks for work that is due"),
    "ledger": _l("Ledger, where points are booked"),
    "secrets": _l("Secrets, the keys that data is sealed with"),
}
"""What some checks are called on this page: the command's word says too little there."""

TASK_WORDS: Final = {
    "export_store": _l("An export of everything"),
    "import_store": _l("A store taken in"),
    "import_balances": _l("Balances of a file"),
    "undo_balances": _l("Balances of a file taken back"),
    "update_codes": _l("Unused codes changed at the store"),
    "reissue_codes": _l("Unused codes made anew"),
}
"""What long work is called; a test holds it against the kinds there are."""


@dataclass(frozen=True, slots=True)
class TickSeen:
    """One thing the beat does again and again."""

    words: str
    every: timedelta
    last_at: datetime | None
    is_late: bool


def add_to(blueprint: Blueprint) -> None:
    """Its addresses."""
    at = "/admin/operations"
    blueprint.add_url_rule(at, "operations", look)
    blueprint.add_url_rule(f"{at}/stores/<int:of_store>", "operations_store", look_at_store)
    blueprint.add_url_rule(f"{at}/calls", "try_calls_again", again, methods=["POST"])
    task = f"{at}/stores/<int:of_store>/tasks/<int:task_id>/stop"
    blueprint.add_url_rule(task, "stop_task", stop, methods=["POST"])


@operator_only
def look() -> ResponseReturnValue:
    """Everything, at this moment. Changes nothing, and calls no store."""
    env = the_env()
    queue = _queue(env)
    with env.database.read_all() as db:
        seen = operations_seen(db, env.now())
    findings = _findings(env, queue)
    ticks = ticks_seen(env, seen.ticks)
    return render_template(
        "admin/operations.html",
        seen=seen,
        queue=queue,
        findings=findings,
        troubles=[one for one in findings if not one.is_fine],
        ticks=ticks,
        late=sum(one.is_late for one in ticks),
        call_words=CALL_WORDS,
        check_words=CHECK_WORDS,
        task_words=TASK_WORDS,
        store_page="activity" if "store.activity" in current_app.view_functions else "home",
        latest=latest_revision(),
        free_bytes=_free_bytes(env),
        product=product_version(),
        python=python_version(),
        libraries=library_versions(),
        tried=_number(request.args.get("tried", "")),
    )


@operator_only
def look_at_store(of_store: int) -> ResponseReturnValue:
    """What the doctor says of one store, but for what takes calls."""
    env = the_env()
    with env.database.read_all() as db:
        store = stores.store_by_id(db, of_store)
    if store is None or store.state is StoreState.WIPED:
        raise NotFound
    findings = list(check_store(env.database, store, env.secrets, TOPICS, env.now()))
    return render_template("admin/operations_store.html", store=store, findings=findings)


@operator_only
def again() -> ResponseReturnValue:
    """Make calls due that wait for rights or failed."""
    env, form = the_env(), request.form
    store_id = _number(form.get("store", ""))
    if store_id is None:
        raise NotFound
    try:
        with env.database.write(store_id) as db:
            tried = try_calls_again(
                db, store_id, form.get("kind", ""), form.get("state", ""), operator(), env.now()
            )
    except Refused as refusal:
        raise NotFound from refusal
    env.bell.ring(EFFECTS, store_id)
    return redirect(url_for("admin.operations", tried=tried, _anchor="calls"), 303)


@operator_only
def stop(of_store: int, task_id: int) -> ResponseReturnValue:
    """Have long work end where it is. Once more is as good as once."""
    env = the_env()
    with env.database.write(of_store) as db:
        stop_task(db, of_store, task_id, operator(), env.now())
    return redirect(url_for("admin.operations", _anchor="work"), 303)


def _queue(env: Env) -> QueueSeen | None:
    url = env.settings.redis_url
    return None if url is None else look_at_queue(url, WITHIN_S)


def _findings(env: Env, queue: QueueSeen | None) -> list[Finding]:
    """What the doctor checks and can be answered at once; what takes calls stays with the command."""
    about_secrets, _secrets = check_secrets(env.settings)
    return [
        check_folder(env.settings),
        about_secrets,
        said_of_queue(queue),
        *check_database(env.database, env.now()),
        check_beat(env.database, env.now()),
    ]


def ticks_seen(env: Env, last: Mapping[str, datetime]) -> list[TickSeen]:
    """Everything the beat does, the ones that are late first."""
    now, found = env.now(), []
    for one in (*TICKS, *map(looks, env.platforms.values())):
        at = last.get(one.name)
        is_late = at is None or now - at > one.every + LATE_AFTER
        found.append(TickSeen(str(TICK_WORDS.get(one.name, one.name)), one.every, at, is_late))
    return sorted(found, key=lambda tick: not tick.is_late)


def _free_bytes(env: Env) -> int | None:
    try:
        return shutil.disk_usage(env.settings.data_dir).free
    except OSError:
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
