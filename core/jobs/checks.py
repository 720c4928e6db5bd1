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
        return wrong(
            "data folder",
            f"{folder} does not exist",
            "start Regulars with bin/start, or name its data folder with --data",
        )
    if trouble := _exposed(folder):
        return wrong("data folder", f"{folder} {trouble}", f"chmod 700 {folder}")
    return fine("data folder", f"{folder} is private")


def check_secrets(settings: Settings) -> tuple[Finding, Secrets | None]:
    """The secrets are there, strong and private; and the secrets, if they can be used."""
    file = settings.secrets_file
    where = "REGULARS_SECRETS" if settings.secrets_text is not None else str(file)
    if settings.secrets_text is None and not file.exists():
        return wrong(
            "secrets",
            f"{file} does not exist",
            "restore it from a backup; on a new server bin/start makes it",
        ), None
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
                "let DATABASE_URL name a role that owns no table and has neither SUPERUSER nor BYPASSRLS",
            )
        elif not database.is_sqlite:
            yield fine("database role", "it sees one store at a time: row security holds")
        if health.is_append_only(db):
            yield fine("ledger", "what was booked cannot be changed or deleted: the database refuses")
        else:
            yield wrong(
                "ledger",
                "the database would let booked points be changed",
                "run bin/regulars verify-ledger, and make the triggers of the migrations again",
            )
        yield _clock(health.clock(db) or now, max(ticks.last_ticks(db).values(), default=now), now)


def _clock(database_now: datetime, ticked_at: datetime, now: datetime) -> Finding:
    apart = abs(database_now - now)
    if apart > CLOCKS_APART_MOST:
        seconds = apart.total_seconds()
        return wrong(
            "clock",
            f"this machine and the database are {seconds:.0f} s apart",
            "let both machines take their time from the network (NTP)",
        )
    if ticked_at > now + CLOCKS_APART_MOST:
        return wrong(
            "clock",
            f"the beat ran at {ticked_at:%Y-%m-%d %H:%M}Z, which is still to come",
            "let this machine take its time from the network (NTP)",
        )
    return fine("clock", "is right as far as can be seen from here")


def check_queue(redis_url: str | None) -> Finding:
    """The queue server answers, is new enough, never drops keys, and a worker listens."""
    return said_of_queue(None if redis_url is None else look_at_queue(redis_url))


def said_of_queue(seen: QueueSeen | None) -> Finding:
    """What is to be said of a queue server that was looked at; None: there is none."""
    if seen is None:
        return wrong(
            "queue",
            "no queue server is set, so no worker can be rung from here",
            "set REDIS_URL to the one your workers use; bin/start brings its own",
        )
    if not seen.answers:
        return wrong(
            "queue",
            f"does not answer ({seen.problem})",
            "start it again; nothing is lost, but points come up to 15 seconds late",
        )
    if tuple(int(part) for part in seen.version.split(".")[:2]) < OLDEST_REDIS:
        return wrong("queue", f"Redis {seen.version} is too old", "use Redis 6.2 or Valkey, or newer")
    if seen.policy != "noeviction":
        return wrong(
            "queue",
            f"it deletes what it holds when its memory is full ({seen.policy})",
            "set its maxmemory-policy to noeviction",
        )
    listening = seen.listening["points"]
    if not listening:
        return wrong(
            "queue", "no worker listens", "start one: python -m worker points (bin/start does it too)"
        )
    return fine(
        "queue", f"{seen.name} answers, {listening} worker{'s'[: listening - 1]} for points listening"
    )


def check_beat(database: Database, now: datetime) -> Finding:
    """Somebody rings for what was missed."""
    with database.read_all() as db:
        last_at = ticks.last_ticks(db).get("sweep")
    if last_at is None:
        return wrong("beat", "it has never run", "start it: bin/start, or python -m worker beat")
    if now - last_at > TICK_MOST:
        return wrong(
            "beat", f"it ran last {ago(now - last_at)}", "start it: bin/start, or python -m worker beat"
        )
    return fine("beat", f"it ran {ago(now - last_at)}")


def ago(span: timedelta) -> str:
    """How long ago something was, in words."""
    seconds = max(0, int(span.total_seconds()))
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}s ago"
    return f"{seconds} s ago"
