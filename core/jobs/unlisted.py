"""Orders we hold and a store's list lacks: deleted, hidden from us, or modified since and told further on."""

from __future__ import annotations

from datetime import datetime

from core.db import catch_ups
from core.domain.catching_up import OVERLAP, Held, Kept, Mark, OrdersPage, Walk, is_as_kept
from core.domain.errors import BadDelivery
from core.domain.platform import FETCHED_ORDER, Irrelevant, OrderTold
from core.jobs.work import Work


def unlisted(work: Work, walk: Walk, page: OrdersPage, asked_at: datetime) -> list[Held]:
    """Those that should be on this page, in the order to ask for them; none that this walk asked for already.

    Raises PlatformTrouble.
    """
    if walk.list_at != 0:
        return []
    until = asked_at - OVERLAP
    if page.next_page and page.orders:
        until = min(until, page.orders[-1].modified_at)
    elsewhere = work.env.platforms[work.store.platform].order_lists[1:]
    with work.env.database.read(work.store_id) as db:
        held = catch_ups.alive_between(db, work.store_id, walk.mark.since, until, elsewhere, walk.asked)
    if not held:
        return []
    listed = {one.order_ref for one in page.orders} | _on_earlier_pages(work, walk, asked_at)
    return [one for one in held if one.order_ref not in listed]


def _on_earlier_pages(work: Work, walk: Walk, asked_at: datetime) -> set[str]:
    """What the store lists from the mark's moment on, before the mark's page: many of one second."""
    which = work.env.platforms[work.store.platform].order_lists[walk.list_at]
    listed, mark = set[str](), Mark(walk.mark.since)
    while mark.page != walk.mark.page:
        page = work.shop.list_orders(which, mark, asked_at)
        listed.update(one.order_ref for one in page.orders)
        if not page.next_page or any(one.modified_at > mark.since for one in page.orders):
            break
        mark = Mark(mark.since, page.next_page)
    return listed


def changes_nothing(work: Work, kept: Kept | None, body: bytes) -> bool:
    """Whether a fetched order is as we have it, or hidden from us: nothing to be settled."""
    try:
        platform = work.env.platforms[work.store.platform]
        message = platform.normalize(FETCHED_ORDER, body, work.env.now())
    except BadDelivery:
        return False
    if isinstance(message, Irrelevant):
        return True
    return isinstance(message, OrderTold) and kept is not None and is_as_kept(kept, message.snapshot)
