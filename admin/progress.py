"""How far an attempt to connect a store is, step by step, for whoever waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Row

from core.db import effects, hooks, stores
from core.domain.money import exponent, plain
from core.domain.stores import Store
from core.jobs.env import Env


@dataclass(frozen=True, slots=True)
class Progress:
    """What is done, of what, and what comes next."""

    done: int
    steps: tuple[str, ...]
    """The first `done` of them are over, the next one is under way."""
    store: Store | None
    hook_count: int
    """Webhooks of ours that the store has."""
    starts_with: str
    """For which amount a new store's orders earn a point."""
    problem: str
    """Why the step under way takes longer; empty: it does not."""

    @property
    def is_over(self) -> bool:
        """Nothing is left to wait for."""
        return self.done == len(self.steps)


def progress_of(env: Env, row: Row[Any]) -> Progress:
    """Where an attempt stands now."""
    steps = _("You approve the connection in your store"), _("The keys are tried"), _("The webhooks are made")
    if row.stage != "connected":
        return Progress(0 if row.stage == "asked" else 1, steps, None, 0, "", row.problem or "")
    with env.database.read(row.became_id) as db:
        store = stores.store_by_id(db, row.became_id)
        made = hooks.of_store(db, row.became_id)
        waiting = effects.newest(db, row.became_id, effects.KEEP_HOOKS)
    is_done = waiting is None or waiting.state in {"done", "failed"}
    problem = (waiting.problem or "") if waiting is not None and waiting.state != "done" else ""
    return Progress(3 if is_done else 2, steps, store, len(made), _starts_with(store), problem)


def _starts_with(store: Store | None) -> str:
    if store is None:
        return ""
    whole = plain(10 ** max(2, exponent(store.currency)), store.currency)
    return f"{whole} {store.currency}"
