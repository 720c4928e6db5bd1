"""What `regulars doctor` and the page of operations look at in each store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from core.config.secrets import Secrets
from core.db import effects, inbox, redemptions, stores
from core.db.engine import Database
from core.db.inbox import State
from core.db.redemptions import Overdue
from core.domain.errors import Refused
from core.domain.stores import Store, StoreState
from core.jobs.checks import Finding, ago, fine, wrong
from core.jobs.hook_checks import dead_hooks
from core.jobs.hooks import HOOKS_LOST
from core.services.disconnecting import LACKS_RIGHTS, NEEDS_REAUTH
from core.services.receiving import (
    CONNECTION_BROKEN,
    HOOKS_REFUSED,
    HOOKS_UNSEEN,
    QUARANTINED,
    REFUSED,
    UNKNOWN_SHOP,
)
from core.services.unheard import CODE_USED

WAIT_MOST = timedelta(minutes=2)
CODES_WAIT_MOST = timedelta(hours=1)
REFUSED_COUNTS = timedelta(days=1)
"""Deliveries that were refused longer ago are no news."""

TO_DO: Mapping[str, str] = {
    CONNECTION_BROKEN: "bin/regulars store set-keys --store {store}",
    QUARANTINED: (
        "decide under Activity on the store's page, or by bin/regulars inbox quarantined --store {store}"
    ),
    UNKNOWN_SHOP: "connect that shop, if it is yours: bin/regulars store add-shopify",
    NEEDS_REAUTH: "open the app once in the admin of store {store}",
    LACKS_RIGHTS: "open the app in the admin of store {store} and grant them",
    CODE_USED: "bin/regulars redemption list --store {store} --waiting",
    HOOKS_LOST: "see that the store reaches PUBLIC_URL, now and then it did not",
    HOOKS_REFUSED: "update WooCommerce in store {store}; what it does not tell is found by looking",
    HOOKS_UNSEEN: "see what turns us away in store {store}, such as a security plugin, and let us in",
    REFUSED: "if they are the store's own: bin/regulars store set-keys --store {store}",
}
"""By the kind of a notice."""

LOOKED_AT: Mapping[State, tuple[str, str]] = {
    State.DEAD: (
        "unreadable and not counted",
        "see why under Activity on the store's page, or by bin/regulars inbox dead --store {store}",
    ),
    State.QUARANTINED: ("set aside: another store told of the order first", TO_DO[QUARANTINED]),
    State.HELD: (
        "held for want of a currency's rate",
        "set it under Settings, Currencies, or by bin/regulars store set-rate --store {store}",
    ),
}
"""Deliveries that wait for somebody: what they are, and what to do."""


Problem = tuple[str, str]
"""What is wrong, and what to do with `{store}` for the store's number; empty: nothing."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is to see of a store."""

    oldest_waiting: datetime | None
    deliveries: Mapping[str, int]
    """By state."""
    calls: Mapping[str, int]
    """Effects by state."""
    refusal: str | None
    """Why the last failed call failed."""
    notices: list[Row[Any]]
    sealed: bytes | None
    codes: Overdue
    """That have waited for the store for too long."""
    hooks: list[Problem]


def check_store(
    database: Database, store: Store, secrets: Secrets | None, hook_topics: Sequence[str], now: datetime
) -> Iterator[Finding]:
    """Nothing waits too long or for somebody, calls succeed, no notice is open, the keys can be read.

    `hook_topics`: what our own webhooks at a WooCommerce store tell us of. By a fixed number of queries.
    """
    name = f"store {store.name}"
    if store.state is StoreState.UNINSTALLED:
        yield fine(name, _gone(store, now))
        return
    seen = _look(database, store, hook_topics, now)
    problems = [
        *_waiting(seen, now),
        *_looked_at(seen),
        *_calls(seen),
        *_codes(seen.codes),
        *_told(seen, now),
        *_sealed(seen, secrets),
        *seen.hooks,
    ]
    for says, to_do in problems:
        yield wrong(name, says, to_do.format(store=store.store_id))
    if not problems:
        yield fine(name, "nothing waits, all could be read, no warning is open" + _incomplete(store, seen))


def _look(database: Database, store: Store, hook_topics: Sequence[str], now: datetime) -> Seen:
    with database.read(store.store_id) as db:
        return Seen(
            oldest_waiting=inbox.oldest_waiting(db, store.store_id),
            deliveries=inbox.counts(db, store.store_id),
            calls=effects.counts(db, store.store_id),
            refusal=effects.newest_problem(db, store.store_id, "failed"),
            notices=stores.open_notices(db, store.store_id),
            sealed=stores.sealed_credentials(db, store.store_id),
            codes=redemptions.overdue(db, store.store_id, now - CODES_WAIT_MOST),
            hooks=list(dead_hooks(db, store, hook_topics, now)),
        )


def _waiting(seen: Seen, now: datetime) -> Iterator[Problem]:
    oldest = seen.oldest_waiting
    if oldest is not None and now - oldest > WAIT_MOST:
        yield (
            f"a delivery of {ago(now - oldest)} still waits",
            "see that the beat and the workers run: bin/start runs them all",
        )


def _looked_at(seen: Seen) -> Iterator[Problem]:
    for state, (what, to_do) in LOOKED_AT.items():
        if number := seen.deliveries[state]:
            yield f"{_so_many(number, 'delivery is', 'deliveries are')} {what}", to_do


def _calls(seen: Seen) -> Iterator[Problem]:
    if number := seen.calls.get("parked", 0):
        yield f"{_so_many(number, 'call waits', 'calls wait')} for keys that work", TO_DO[CONNECTION_BROKEN]
    if number := seen.calls.get("failed", 0):
        why = (seen.refusal or "it does not say why").rstrip(".").replace("{", "(").replace("}", ")")
        yield (
            f"{_so_many(number, 'call was', 'calls were')} refused for good, the last because: {why}",
            "mend that, and replay the deliveries that need a fetch: bin/regulars inbox --store {store}",
        )


def _codes(codes: Overdue) -> Iterator[Problem]:
    for number, what in (
        (codes.unasked, "not been asked for yet"),
        (codes.unclear, "been asked for without a clear answer"),
        (codes.cancelling, "been on the way off"),
    ):
        if number:
            yield (
                f"{_so_many(number, 'code has', 'codes have')} {what} for more than an hour",
                "bin/regulars redemption list --store {store} --waiting",
            )


def _told(seen: Seen, now: datetime) -> Iterator[Problem]:
    for notice in seen.notices:
        if notice.kind in {REFUSED, UNKNOWN_SHOP} and now - notice.last_at > REFUSED_COUNTS:
            continue
        often = f" ({notice.times:,} times, last {ago(now - notice.last_at)})" if notice.times > 1 else ""
        yield notice.sentence.rstrip(".") + often, TO_DO.get(notice.kind, "")


def _sealed(seen: Seen, secrets: Secrets | None) -> Iterator[Problem]:
    if secrets is None or seen.sealed is None:
        return
    try:
        secrets.unseal(seen.sealed)
    except Refused:
        yield "its keys were encrypted with other secrets", "restore the secrets of this database"


def _incomplete(store: Store, seen: Seen) -> str:
    """What is no trouble and yet good to know."""
    number = seen.deliveries[State.NEEDS_FETCH]
    if not number:
        return ""
    why = "it is never called" if store.is_offline else "it is being asked"
    return f"; {_so_many(number, 'delivery needs', 'deliveries need')} what only the store can tell: {why}"


def _gone(store: Store, now: datetime) -> str:
    """All there is to say of a store that is not ours any more."""
    since = f" {ago(now - store.disconnected_at)}" if store.disconnected_at else ""
    return f"disconnected{since}; it is not called and nothing new counts, members keep their points"


def _so_many(number: int, one: str, many: str) -> str:
    return f"1 {one}" if number == 1 else f"{number:,} {many}"
