"""Which store receives at an address, and with which secrets: looked up once, kept for a few seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.db import stores
from core.domain.platform import Field
from core.domain.stores import Store
from core.jobs.env import Env

KEPT = timedelta(seconds=10)
"""So long a removed store or replaced secret goes on being served."""

KEPT_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Known:
    """A receiving store."""

    store: Store
    secrets: tuple[str, ...]
    """Webhook secrets that may have signed, newest first."""


class Directory:
    """Stores by receiving address. Unknown addresses are asked for anew each time and never kept."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self._kept: dict[tuple[str, str], tuple[datetime, Known]] = {}

    def find(self, platform: str, path: str) -> Known | None:
        """The store at this address; None when there is none."""
        now = self._env.now()
        kept = self._kept.get((platform, path))
        if kept is not None and now - kept[0] < KEPT:
            return kept[1]
        known = self._look_up(platform, path)
        if known is not None:
            if len(self._kept) >= KEPT_MOST:
                self._kept.clear()
            self._kept[platform, path] = (now, known)
        return known

    def _look_up(self, platform: str, path: str) -> Known | None:
        if platform not in self._env.platforms or not path.isascii() or not path.isalnum():
            return None
        with self._env.database.read_all() as db:
            found = stores.store_by_webhook_path(db, platform, path)
        if found is None:
            return None
        store, sealed = found
        return Known(store, (self._env.secrets.unseal(sealed)[Field.WEBHOOK_SECRET],))
