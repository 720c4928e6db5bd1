"""Sees to our webhooks at a store: makes what is missing, and makes anew what the store switched off."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import Connection, Row

from core.db import hooks, stores
from core.domain.errors import PlatformRefused
from core.domain.hooks import Hooked, HookPlan, KeptHook, plan_hooks
from core.domain.platform import Field, webhook_url
from core.jobs.linking import offer_link
from core.jobs.work import Work
from core.services.reconciling import soon

HOOKS_LOST: Final = "hooks_lost"
HOOKS_REFUSED: Final = "hooks_refused"

log = structlog.get_logger()


def keep_hooks(work: Work, effect: Row[Any]) -> None:
    """Have the store tell us what we want to know; every step may be taken again. Raises PlatformTrouble."""
    shop = work.shop
    if not isinstance(shop, Hooked):
        with work.transaction() as db:
            work.done(db, effect)
        return
    url, secret = _address_and_secret(work)
    listed = shop.hooks()
    with work.transaction() as db:
        kept = kept_hooks(db, work.store_id)
    plan = plan_hooks(shop.hook_topics, url, listed, kept, work.store.connected_at)
    work.env.reach("hooks.before_remove")
    for hook_ref in plan.remove:
        shop.remove_hook(hook_ref)
    with work.transaction() as db:
        _note(db, work, plan)
    refused = [topic for topic in plan.make if not _make(work, shop, topic, url, secret)]
    offer_link(work)
    with work.transaction() as db:
        work.done(db, effect)
        _tell_refused(db, work, refused)
    log.info("hooks.kept", store_id=work.store_id, good=len(plan.good), made=len(plan.make) - len(refused))


def kept_hooks(db: Connection, store_id: int) -> list[KeptHook]:
    """Our webhooks at a store as we remember them."""
    found = hooks.of_store(db, store_id)
    return [KeptHook(row.hook_ref, row.topic, row.made_at, row.active_at) for row in found]


def _address_and_secret(work: Work) -> tuple[str, str]:
    env = work.env
    with work.transaction() as db:
        sealed = stores.sealed_credentials(db, work.store_id)
    held = env.secrets.unseal(sealed) if sealed else {}
    address = webhook_url(env.platforms[work.store.platform], work.store, env.settings.public_url)
    return address, held.get(Field.WEBHOOK_SECRET, "")


def _make(work: Work, shop: Hooked, topic: str, url: str, secret: str) -> bool:
    """False when the store does not have such webhooks."""
    try:
        hook_ref = shop.add_hook(topic, url, secret)
    except PlatformRefused as refusal:
        log.warning("hook.refused", store_id=work.store_id, topic=topic, problem=str(refusal)[:200])
        return False
    work.env.reach("hooks.made")
    with work.transaction() as db:
        hooks.add(db, work.store_id, hook_ref, topic, work.env.now())
    return True


def _note(db: Connection, work: Work, plan: HookPlan) -> None:
    """Before anything is made anew, so that what was missed is looked for whatever happens next."""
    now = work.env.now()
    hooks.forget(db, work.store_id, plan.forget)
    hooks.seen_active(db, work.store_id, plan.good, now)
    if plan.quiet_since is None:
        stores.clear_notice(db, work.store_id, HOOKS_LOST, "")
        return
    missed_since(db, work, plan.quiet_since)


def missed_since(db: Connection, work: Work, since: datetime) -> None:
    """The store kept something from us, some time after this moment."""
    when = f"{since.astimezone(work.store.zone):%-d %B, %H:%M}"
    sentence = (
        f"{work.store.name} switched off webhooks of ours, some time after {when}. They are made anew, and "
        "what became of orders since then is looked for."
    )
    soon(db, work.store_id, since, work.env.now())
    stores.raise_notice(db, work.store_id, HOOKS_LOST, "", sentence, work.env.now())


def _tell_refused(db: Connection, work: Work, topics: list[str]) -> None:
    if not topics:
        stores.clear_notice(db, work.store_id, HOOKS_REFUSED, "")
        return
    sentence = f"{work.store.name} does not tell us of: {', '.join(topics)}. It refuses webhooks for that."
    stores.raise_notice(db, work.store_id, HOOKS_REFUSED, "", sentence, work.env.now())
