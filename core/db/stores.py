"""Rows of stores, their rates and their notices."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.db.bulk import among
from core.db.tables import leases, notices, store_rates, stores
from core.domain.stores import Store, StoreState

DRAIN = "drain"
OUTSIDE = "outside"
LEASE_NAMES = (DRAIN, OUTSIDE)
FULL_CLAIM = 500
MAY_BE_CALLED = (stores.c.is_offline.is_(False), stores.c.state == StoreState.CONNECTED)


def insert_ignoring(db: Connection, table: Any) -> Any:
    """An INSERT that passes over rows whose unique key is taken, in the words of either database."""
    dialect = sqlite if db.dialect.name == "sqlite" else postgresql
    return dialect.insert(table).on_conflict_do_nothing()


def add_store(db: Connection, values: Mapping[str, Any]) -> int:
    """Insert a store with its leases; returns its id. Raises IntegrityError when the name is taken."""
    store_id: int = db.execute(stores.insert().returning(stores.c.id), values).scalar_one()
    db.execute(
        leases.insert(),
        [{"store_id": store_id, "name": name, "claim_size": FULL_CLAIM} for name in LEASE_NAMES],
    )
    return store_id


def all_stores(db: Connection) -> list[Store]:
    """Every store that was not wiped, by id."""
    found = db.execute(select(stores).where(stores.c.state != StoreState.WIPED).order_by(stores.c.id))
    return [_store(row) for row in found]


def first_by_name(db: Connection, limit: int, among_ids: Collection[int] | None = None) -> list[Row[Any]]:
    """{id, name, currency} of some stores, by name; None: out of all of them."""
    chosen = select(stores.c.id, stores.c.name, stores.c.currency).where(stores.c.state != StoreState.WIPED)
    if among_ids is not None:
        chosen = chosen.where(among(db, stores.c.id, among_ids))
    return list(db.execute(chosen.order_by(stores.c.name).limit(limit)))


def store_by_id(db: Connection, store_id: int) -> Store | None:
    """The store with this id of ours."""
    row = db.execute(select(stores).where(stores.c.id == store_id)).first()
    return None if row is None else _store(row)


def of_ids(db: Connection, store_ids: Collection[int]) -> list[Store]:
    """These stores, by id."""
    return [_store(row) for row in db.execute(select(stores).where(among(db, stores.c.id, store_ids)))]


def first_connected_at(db: Connection, store_id: int) -> datetime:
    """When the store was connected first."""
    moment: datetime = db.execute(select(stores.c.created_at).where(stores.c.id == store_id)).scalar_one()
    return moment


def callable_of(db: Connection, platform: str) -> list[int]:
    """The stores of a platform that may be called."""
    found = db.execute(select(stores.c.id).where(stores.c.platform == platform, *MAY_BE_CALLED))
    return list(found.scalars())


def store_by_name(db: Connection, name: str) -> Store | None:
    """The store of exactly this name."""
    row = db.execute(select(stores).where(stores.c.name == name)).first()
    return None if row is None else _store(row)


def store_by_webhook_path(db: Connection, platform: str, path: str) -> tuple[Store, bytes] | None:
    """The store a webhook address belongs to, with its sealed credentials."""
    row = db.execute(
        select(stores).where(stores.c.webhook_path == path, stores.c.platform == platform)
    ).first()
    return None if row is None else (_store(row), row.credentials)


def is_at(db: Connection, platform: str, path: str) -> bool:
    """Whether any store has this receiving address."""
    found = db.execute(
        select(stores.c.id).where(stores.c.webhook_path == path, stores.c.platform == platform)
    )
    return found.first() is not None


def store_at(db: Connection, platform: str, url: str) -> Store | None:
    """The store of a platform at an address, however its letters are cased."""
    row = db.execute(
        select(stores).where(stores.c.platform == platform, func.lower(stores.c.url) == url.lower())
    ).first()
    return None if row is None else _store(row)


def sealed_by_store(db: Connection, platform: str) -> list[tuple[int, bytes]]:
    """Every store of a platform with its sealed credentials, the oldest first."""
    found = db.execute(
        select(stores.c.id, stores.c.credentials).where(stores.c.platform == platform).order_by(stores.c.id)
    )
    return [(row.id, row.credentials) for row in found]


def credentials_by_store(
    db: Connection, platform: str, store_ids: Collection[int]
) -> list[tuple[int, bytes]]:
    """Those of these stores that are of the platform, with their sealed credentials."""
    found = db.execute(
        select(stores.c.id, stores.c.credentials).where(
            among(db, stores.c.id, store_ids), stores.c.platform == platform
        )
    )
    return [(row.id, row.credentials) for row in found]


def sealed_credentials(db: Connection, store_id: int) -> bytes | None:
    """One store's sealed credentials; None when the store is gone."""
    return db.execute(select(stores.c.credentials).where(stores.c.id == store_id)).scalar()


def replace_credentials(db: Connection, store_id: int, seen: bytes, sealed: bytes) -> bool:
    """Store sealed credentials in place of those that were seen; False when they are others by now."""
    replaced = db.execute(
        update(stores).where(stores.c.id == store_id, stores.c.credentials == seen).values(credentials=sealed)
    )
    return replaced.rowcount == 1


def _store(row: Row[Any]) -> Store:
    return Store(
        store_id=row.id,
        name=row.name,
        platform=row.platform,
        url=row.url,
        currency=row.currency,
        zone=ZoneInfo(row.timezone),
        is_offline=row.is_offline,
        webhook_path=row.webhook_path,
        state=StoreState(row.state),
        connected_at=row.connected_at,
        disconnected_at=row.disconnected_at,
        bodies_kept_days=row.bodies_kept_days,
    )


def rates(db: Connection, store_id: int) -> dict[str, str]:
    """Decimal text by foreign currency: units of the store's currency for one unit of it."""
    found = db.execute(
        select(store_rates.c.currency, store_rates.c.rate).where(store_rates.c.store_id == store_id)
    )
    return {row.currency: row.rate for row in found}


def set_rate(db: Connection, store_id: int, currency: str, rate: str, now: datetime) -> None:
    """Replace the rate of one foreign currency. Orders settled already keep theirs."""
    drop_rate(db, store_id, currency)
    db.execute(store_rates.insert().values(store_id=store_id, currency=currency, rate=rate, set_at=now))


def drop_rate(db: Connection, store_id: int, currency: str) -> None:
    """Take one foreign currency's rate away. Orders settled already keep theirs."""
    db.execute(
        delete(store_rates).where(store_rates.c.store_id == store_id, store_rates.c.currency == currency)
    )


def change_seen(db: Connection, store_id: int, seen: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Change columns of the store's row, if these still hold what was seen; False when they do not."""
    as_seen = (stores.c[name] == value for name, value in seen.items())
    changed = db.execute(update(stores).where(stores.c.id == store_id, *as_seen).values(**values))
    return changed.rowcount == 1


def bodies_kept_days(db: Connection, store_id: int) -> int:
    """For how many days the store keeps bodies of closed deliveries."""
    chosen = select(stores.c.bodies_kept_days).where(stores.c.id == store_id)
    return int(db.execute(chosen).scalar_one())


def set_state(db: Connection, store_id: int, state: StoreState) -> None:
    """Say where the store's connection stands now."""
    db.execute(update(stores).where(stores.c.id == store_id).values(state=state))


def let_in_again(db: Connection, store_id: int) -> None:
    """The store's keys are good again; one that took us out stays as it is."""
    db.execute(
        update(stores)
        .where(stores.c.id == store_id, stores.c.state == StoreState.NEEDS_REAUTH)
        .values(state=StoreState.CONNECTED)
    )


def shut_out(db: Connection, store_id: int) -> None:
    """The store's keys are dead; one that took us out stays as it is."""
    db.execute(
        update(stores)
        .where(stores.c.id == store_id, stores.c.state == StoreState.CONNECTED)
        .values(state=StoreState.NEEDS_REAUTH)
    )


def connected_anew(db: Connection, store_id: int, now: datetime) -> None:
    """The store is connected, from now on: what is told of an earlier connection no longer counts."""
    db.execute(
        update(stores).where(stores.c.id == store_id).values(state=StoreState.CONNECTED, connected_at=now)
    )


def disconnected(db: Connection, store_id: int, now: datetime) -> None:
    """The merchant took us out, as of now: what is told from here on no longer counts."""
    db.execute(
        update(stores)
        .where(stores.c.id == store_id)
        .values(state=StoreState.UNINSTALLED, disconnected_at=now)
    )


def keep_app(db: Connection, store_id: int, app_id: int) -> None:
    """The store is connected by this app."""
    db.execute(update(stores).where(stores.c.id == store_id).values(app_id=app_id))


def call_from_now_on(db: Connection, store_id: int) -> None:
    """The store is no longer one that is never called."""
    db.execute(update(stores).where(stores.c.id == store_id).values(is_offline=False))


def raise_notice(
    db: Connection, store_id: int, kind: str, subject: str, sentence: str, now: datetime, *, times: int = 1
) -> None:
    """Tell the merchant something once; later times only count. `times`: how often it happened."""
    values = {
        "store_id": store_id,
        "kind": kind,
        "subject": subject[:120],
        "sentence": sentence,
        "first_at": now,
        "last_at": now,
        "times": times,
    }
    dialect = sqlite if db.dialect.name == "sqlite" else postgresql
    db.execute(
        dialect.insert(notices)
        .values(values)
        .on_conflict_do_update(
            index_elements=["store_id", "kind", "subject"],
            set_={"last_at": now, "times": notices.c.times + times, "sentence": sentence},
        )
    )


def clear_notice(db: Connection, store_id: int, kind: str, *subjects: str) -> bool:
    """Take back what is no longer true of these subjects; whether any of it had been said."""
    cleared = db.execute(
        delete(notices).where(
            notices.c.store_id == store_id, notices.c.kind == kind, notices.c.subject.in_(subjects)
        )
    )
    return cleared.rowcount > 0


def notice(db: Connection, store_id: int, kind: str, subject: str) -> str | None:
    """What the merchant is told of one subject; None: nothing."""
    found: str | None = db.execute(
        select(notices.c.sentence).where(
            notices.c.store_id == store_id, notices.c.kind == kind, notices.c.subject == subject
        )
    ).scalar()
    return found


def notice_subjects(db: Connection, store_id: int, kind: str) -> set[str]:
    """What the merchant is told of this kind is about these."""
    found = db.execute(
        select(notices.c.subject).where(notices.c.store_id == store_id, notices.c.kind == kind)
    )
    return set(found.scalars())


def open_notices(db: Connection, store_id: int) -> list[Row[Any]]:
    """What the merchant should know, newest first."""
    found = db.execute(
        select(notices).where(notices.c.store_id == store_id).order_by(notices.c.last_at.desc())
    )
    return list(found)
