"""Tables of long work that somebody asked for in the settings pages, done by workers portion by portion."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from core.db.schema import SEALED, metadata, of_a_store
from core.db.types import Id, Moment

IS_UNDER_WAY = text("state = 'running'")

tasks = Table(
    "tasks",
    metadata,
    Column("id", Id, primary_key=True),
    of_a_store(),
    # Which of core.jobs.task_kinds.STEPS works on it.
    Column("kind", String(40), nullable=False),
    # running | paused | done | failed | stopped
    Column("state", String(8), nullable=False),
    Column("done", Integer, nullable=False),
    # Of how many; NULL: not known yet.
    Column("total", Integer),
    # What was asked for, as JSON. Names no member but by our id.
    Column("wish", Text, nullable=False),
    # Where to go on, in the words of its kind; NULL: at the beginning.
    Column("place", Text),
    # What came of it, as JSON.
    Column("result", Text),
    # Why it ended, or waits.
    Column("problem", Text),
    Column("asked_by", String(120), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("ended_at", Moment),
    # How often in a row a portion failed.
    Column("failures", Integer, nullable=False),
    # How often in a row a portion was begun and nobody told how it ended: whoever did it was gone.
    Column("starts", Integer, nullable=False, server_default="0"),
    # Who works on it, and from when on another one may.
    Column("token", String(40)),
    Column("next_at", Moment, nullable=False),
    UniqueConstraint("store_id", "id"),
    Index("ix_tasks_running", "next_at", sqlite_where=IS_UNDER_WAY, postgresql_where=IS_UNDER_WAY),
    CheckConstraint("state IN ('running','paused','done','failed','stopped')", name="state"),
)

# What people uploaded for a task, or what it made for them: files, in parts small enough for one row.
task_parts = Table(
    "task_parts",
    metadata,
    Column("id", Id, primary_key=True),
    of_a_store(),
    Column("task_id", Id, nullable=False),
    Column("number", Integer, nullable=False),
    # Encrypted.
    Column("part", LargeBinary, nullable=False, info=SEALED),
    UniqueConstraint("store_id", "task_id", "number"),
    ForeignKeyConstraint(
        ["store_id", "task_id"], ["tasks.store_id", "tasks.id"], name="fk_task_parts_task", ondelete="CASCADE"
    ),
)

# Codes that a task has not simply changed: a row each, so that the task's own stays small.
task_codes = Table(
    "task_codes",
    metadata,
    Column("store_id", Id, ForeignKey("stores.id"), primary_key=True),
    Column("task_id", Id, primary_key=True),
    Column("redemption_id", Id, primary_key=True),
    # Why it stayed as it was; NULL: it was taken back, and is to be made anew.
    Column("why", Text),
    ForeignKeyConstraint(
        ["store_id", "task_id"], ["tasks.store_id", "tasks.id"], name="fk_task_codes_task", ondelete="CASCADE"
    ),
)
