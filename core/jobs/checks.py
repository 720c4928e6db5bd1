"""What `regulars doctor` and the page of operations look at. Each check looks, says, and changes nothing."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from core.config.secrets import Secrets, ensure_secrets
from core.config.settings import Settings
from core.db import health, ticks
from core.db.engine import Database
from core.domain.errors import Refused
from core.jobs.queue_seen import QueueSeen, look_at_queue

OLDEST_REDIS = (6, 2)
TICK_MOST = timedelta(minutes=1)
CLOCKS_APART_MOST = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    name: str
    is_fine: bool
    says: str
    to_do: str = ""
    """Empty when nothing is to be done."""


def fine(name: str, says: str) -> Finding:
    """Nothing to do."""
    return Finding(name, is_fine=True, says=says)


def wrong(name: str, says: str, to_do: str) -> Finding:
    """Something to do."""
    return Finding(name, is_fine=False, says=says, to_do=to_do)


def check_folder(settings: Settings) -> Finding:
    """The data folder is there, ours, and nobody else's."""
    folder = settings.data_dir
    if not folder.is_dir():
        return wrong("data folder", f"{folder} does not exist", "run bin/start, or look at --data")
    if trouble := _exposed(folder):
        return wrong("data folder", f"{folder} {trouble}", f"chmod 700 {folder}")
    return fine("data folder", f"{folder} is private")


def check_secrets(settings: Settings) -> tuple[Finding, Secrets | None]:
    """The secrets are there, strong and private; and the secrets, if they can be used."""
    file = settings.secrets_file
    where = "REGULARS_SECRETS" if settings.secrets_text is not None else str(file)
    if settings.secrets_text is None and not file.exists():
        return wrong("secrets", f"{file} does not exist", "run bin/start, or restore it from a backup"), None
    try:
        secrets = ensure_secrets(settings)
    except (Refused, OSError) as error:
        return wrong("secrets", str(error).rstrip("."), "restore them from a backup"), None
    if settings.secrets_text is None and (trouble := _exposed(file)):
        return wrong("secrets", f"{file} {trouble}", f"chmod 600 {file}"), secrets
    return fine("secrets", f"{where} holds strong keys"), secrets


def _exposed(path: Path) -> str | None:
    state = path.stat()
    if state.st_uid != os.geteuid():
        return "belongs to another user"
    return "can be read by others" if stat.S_IMODE(state.st_mode) & 0o077 else None


def check_database(database: Database, now: datetime) -> Iterator[Finding]:
    """The second wall stands, the ledger is append-only, the clocks agree. Needs a current schema."""
    with database.read_all() as db:
        problems = health.role_problems(db)
        if problems:
            yield wrong(
                "database role",
                "; ".join(problems),
                "make it as the first migration does: it neither owns tables nor passes row security",
            )
        elif not database.is_sqlite:
            yield fine("database role", "row security holds for it")
        if health.is_append_only(db):
            yield fine("ledger", "the database refuses to change entries")
        else:
            yield wrong("ledger", "the database would let entries be changed", "restore its triggers")
        yield _clock(health.clock(db) or now, max(ticks.last_ticks(db).values(), default=now), now)


def _clock(database_now: datetime, ticked_at: datetime, now: datetime) -> Finding:
    apart = abs(database_now - now)
    if apart > CLOCKS_APART_MOST:
        seconds = apart.total_seconds()
        return wrong("clock", f"this machine and the database are {seconds:.0f} s apart", "set both by NTP")
    if ticked_at > now + CLOCKS_APART_MOST:
        return wrong(
            "clock", f"the beat ticked at {ticked_at:%Y-%m-%d %H:%M}Z, which is to come", "set it by NTP"
        )
    return fine("clock", "is right as far as can be seen from here")


def check_queue(redis_url: str | None) -> Finding:
    """The queue server answers, is new enough, never drops keys, and a worker listens."""
    return said_of_queue(None if redis_url is None else look_at_queue(redis_url))


def said_of_queue(seen: QueueSeen | None) -> Finding:
    """What is to be said of a queue server that was looked at; None: there is none."""
    if seen is None:
        return wrong(
            "queue", "no queue server is known: nothing runs here", "run bin/start, or set REDIS_URL"
        )
    if not seen.answers:
        return wrong("queue", f"does not answer ({seen.problem})", "start it; until then points come late")
    if tuple(int(part) for part in seen.version.split(".")[:2]) < OLDEST_REDIS:
        return wrong("queue", f"Redis {seen.version} is too old", "use Redis 6.2 or Valkey, or newer")
    if seen.policy != "noeviction":
        return wrong(
            "queue", f"it drops keys when full ({seen.policy})", "set its maxmemory-policy to noeviction"
        )
    listening = seen.listening["points"]
    if not listening:
        return wrong("queue", "no worker listens", "start one: python -m worker points")
    return fine(
        "queue", f"{seen.name} answers, {listening} worker{'s'[: listening - 1]} for points listening"
    )


def check_beat(database: Database, now: datetime) -> Finding:
    """Somebody rings for what was missed."""
    with database.read_all() as db:
        last_at = ticks.last_ticks(db).get("sweep")
    if last_at is None:
        return wrong("beat", "never ticked", "run bin/start, or python -m worker beat")
    if now - last_at > TICK_MOST:
        return wrong("beat", f"ticked last {ago(now - last_at)}", "run bin/start, or python -m worker beat")
    return fine("beat", f"ticked {ago(now - last_at)}")


def ago(span: timedelta) -> str:
    """How long ago something was, in words."""
    seconds = max(0, int(span.total_seconds()))
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}s ago"
    return f"{seconds} s ago"
