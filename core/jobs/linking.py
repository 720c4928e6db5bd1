"""Offers our plugin in a store its link to us, and has it forget us at the end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import structlog

from core.db import stores
from core.domain.errors import PlatformTrouble
from core.domain.linking import Linkable
from core.domain.platform import Field
from core.jobs.work import Work

JUST_CONNECTED = timedelta(hours=1)

log = structlog.get_logger()


def offer_link(work: Work) -> None:
    """Tell the plugin who we are, where it is installed. What goes wrong is logged: we come again anyway.

    The secret is made once and stays the same from then on, also for a store that comes back. A plugin that
    signs for another server is left to it, unless the store has just been connected here: a copy of an
    installation has the keys of the stores, too.
    """
    server = work.env.settings.public_url
    if not isinstance(work.shop, Linkable) or not server.startswith("https://"):
        return
    try:
        linked_to = work.shop.linked_to()
        if linked_to is None or not _may_link(work, linked_to):
            log.info("plugin.absent" if linked_to is None else "plugin.of_others", store_id=work.store_id)
            return
        secret = _secret(work)
        if secret is not None and work.shop.link(server, secret):
            log.info("plugin.linked", store_id=work.store_id)
    except PlatformTrouble as trouble:
        log.warning("plugin.not_linked", store_id=work.store_id, problem=str(trouble)[:200])


def _may_link(work: Work, linked_to: str) -> bool:
    connected_at, now = work.store.connected_at, work.env.now()
    is_fresh = connected_at is not None and now - connected_at < JUST_CONNECTED
    return linked_to in {"", work.env.settings.public_url} or is_fresh


def drop_link(work: Work, held: Mapping[str, str]) -> None:
    """Have the plugin forget us, as far as the store answers. `held`: the store's keys.

    Calls no store that was never offered a link.
    """
    if not isinstance(work.shop, Linkable) or not held.get(Field.LINK_SECRET):
        return
    try:
        if work.shop.linked_to() == work.env.settings.public_url:
            work.shop.unlink()
    except PlatformTrouble as trouble:
        log.warning("plugin.not_unlinked", store_id=work.store_id, problem=str(trouble)[:200])


def _secret(work: Work) -> str | None:
    """None: somebody changes the store's keys this moment. Raises LeaseLost."""
    secrets = work.env.secrets
    with work.transaction() as db:
        sealed = stores.sealed_credentials(db, work.store_id)
        if sealed is None:
            return None
        held = secrets.unseal(sealed)
        if held.get(Field.LINK_SECRET):
            return held[Field.LINK_SECRET]
        # Two tokens of 160 bits: one is too short for what signs by SHA-256.
        made = (work.env.token() + work.env.token())[:64]
        after = held | {Field.LINK_SECRET.value: made}
        return made if stores.replace_credentials(db, work.store_id, sealed, secrets.seal(after)) else None
