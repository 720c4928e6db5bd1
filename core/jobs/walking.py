"""One portion of a walk through a store's orders: list, tell what is news, read it whole. Writes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
from rq.timeouts import JobTimeoutException

from core.db import catch_ups, inbox
from core.domain.catching_up import Glimpse, Held, Kept, Walk, is_from_before, is_news, question
from core.domain.errors import PlatformTrouble, PlatformUnavailable, StoreUnauthorized
from core.jobs.unlisted import changes_nothing, unlisted
from core.jobs.work import Work

FETCHES_MOST = 20
"""So many orders are asked for one by one before what they said is stored."""
LONGEST_PORTION = timedelta(seconds=15)
"""After this nothing more is asked for before what was read is stored: a slow store must not cost it all."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Round:
    """What one run is to do with the store's orders."""

    kind: str
    connected_at: datetime
    """The first time: unknown orders placed before are taken in by an import or not at all."""
    placed_since: datetime | None = None
    """Of an import: orders placed before are passed over; None: none are."""

    @property
    def looks_for_missing(self) -> bool:
        """Whether orders we hold and the store does not list are asked for."""
        return self.kind == catch_ups.REREAD

    def wants(self, kept: Kept | None, glimpse: Glimpse) -> bool:
        """Whether an order is to be read whole."""
        if self.placed_since is not None and glimpse.ordered_at < self.placed_since:
            return False
        is_imports = kept is None and is_from_before(glimpse, self.connected_at)
        return is_news(kept, glimpse) and (self.kind == catch_ups.IMPORT or not is_imports)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of asking for one order."""

    order_ref: str
    key: bytes
    """Of its row in the inbox: nothing is stored twice under one."""
    body: bytes | None
    """For the inbox; None: it could not be read, and is left to an effect of its own."""


@dataclass(slots=True)
class Portion:
    """What was read, and where the walk stands once that is stored."""

    walk: Walk
    asked_at: datetime
    answers: list[Answer] = field(default_factory=list)
    seen: int = 0
    """How many orders it passed, those not counted that were passed before."""
    left: int | None = None
    """How many orders the store had from here on; None: it did not say."""
    trouble: PlatformTrouble | None = None
    """What ended the portion early; what was read before counts."""
    fetches: int = 0

    @property
    def refused(self) -> list[str]:
        """Orders that could not be read."""
        return [one.order_ref for one in self.answers if one.body is None]

    def key_of(self, order_ref: str) -> bytes:
        """For an answer that may tell of a new state however often the same was told before."""
        return hashlib.sha256(f"walked|{self.asked_at.isoformat()}|{order_ref}".encode()).digest()

    def is_full(self, now: datetime) -> bool:
        """Whether it is time to store what was read: never before one order was asked for."""
        is_spent = self.fetches > 0 and now >= self.asked_at + LONGEST_PORTION
        return is_spent or self.trouble is not None or self.fetches >= FETCHES_MOST


def read_portion(work: Work, what: Round, walk: Walk) -> Portion:
    """Read from the walk's place on. Raises PlatformTrouble when the store does not even list its orders."""
    asked_at = work.env.now()
    lists = work.env.platforms[work.store.platform].order_lists
    shop = work.shop
    list_orders = shop.list_past_orders if what.kind == catch_ups.IMPORT else shop.list_orders
    page = list_orders(lists[walk.list_at], walk.mark, asked_at)
    portion = Portion(walk, asked_at, left=page.left)
    held = unlisted(work, walk, page, asked_at) if what.looks_for_missing else []
    if not _ask_for(work, portion, held):
        return portion
    done = list(_read_news(work, portion, page.orders, _wanted(work, portion, what, page.orders)))
    portion.seen = sum(walk.is_ahead(one) for one in done)
    is_whole = len(done) == len(page.orders) and portion.trouble is None
    walk = portion.walk
    portion.walk = walk.beyond(page, len(lists)) if is_whole else walk.past(done)
    return portion


def _ask_for(work: Work, portion: Portion, held: Sequence[Held]) -> bool:
    """Fetch orders that were not listed; False when some are left. The walk remembers the last one asked."""
    with work.env.database.read(work.store_id) as db:
        kept = catch_ups.kept(db, work.store_id, [one.order_ref for one in held])
    for one in held:
        if portion.is_full(work.env.now()):
            return False
        answer = _fetch(work, portion, one.order_ref, portion.key_of(one.order_ref))
        body = answer.body if answer is not None else None
        if answer is not None and not (body and changes_nothing(work, kept.get(one.order_ref), body)):
            portion.answers.append(answer)
        if portion.trouble is None:
            portion.walk = replace(portion.walk, asked=one)
    return portion.trouble is None


def _wanted(work: Work, portion: Portion, what: Round, orders: Sequence[Glimpse]) -> dict[str, bytes]:
    """Which of the orders are to be read whole, and the keys for what they say.

    An order that stays news after it was read, such as one whose status means nothing to us, is not read
    again before anything moves, here or there. Only an import reads it all the same.
    """
    with work.env.database.read(work.store_id) as db:
        kept = catch_ups.kept(db, work.store_id, [one.order_ref for one in orders])
        news = [one for one in orders if what.wants(kept.get(one.order_ref), one)]
        if what.kind == catch_ups.IMPORT:
            return {one.order_ref: portion.key_of(one.order_ref) for one in news}
        keys = {one.order_ref: question(kept.get(one.order_ref), one) for one in news}
        answered = inbox.states(db, work.store_id, list(keys.values()))
    return {order_ref: key for order_ref, key in keys.items() if key not in answered}


def _read_news(
    work: Work, portion: Portion, orders: Sequence[Glimpse], wanted: Mapping[str, bytes]
) -> Iterator[Glimpse]:
    """Those of the orders, from the first on, that are done with."""
    for glimpse in orders:
        key = wanted.get(glimpse.order_ref)
        if key is not None:
            if glimpse.body is not None:
                portion.answers.append(Answer(glimpse.order_ref, key, glimpse.body))
            elif portion.is_full(work.env.now()):
                return
            elif (answer := _fetch(work, portion, glimpse.order_ref, key)) is not None:
                portion.answers.append(answer)
        if portion.trouble is not None:
            return
        yield glimpse


def _fetch(work: Work, portion: Portion, order_ref: str, key: bytes) -> Answer | None:
    """The answer; None when the store is in trouble, which is noted in the portion."""
    portion.fetches += 1
    try:
        return Answer(order_ref, key, work.shop.fetch_order(order_ref, work.env.now()))
    except (PlatformUnavailable, StoreUnauthorized) as trouble:
        portion.trouble = trouble
        return None
    except JobTimeoutException:
        raise
    except Exception as error:  # noqa: BLE001  # one order, refused or a mistake of ours, holds up no other
        log.warning("order.unread", store_id=work.store_id, order_ref=order_ref, error=repr(error)[:200])
        return Answer(order_ref, key, None)
