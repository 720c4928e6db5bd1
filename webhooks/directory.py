"""Which store receives at an address, and with which secrets: looked up once, kept for a few seconds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.db import stores
from core.domain.platform import Field
from core.domain.stores import Store
from core.jobs.env import Env
from core.services.apps import known_apps
from core.services.wiping import gone_path

KEPT = timedelta(seconds=10)
"""So long a removed store or a replaced secret goes on being served."""

KEPT_MOST = 10_000

_ADDRESS = re.compile(r"[A-Za-z0-9.-]{1,64}", re.ASCII)


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
        self._signers: dict[str, tuple[datetime, tuple[str, ...]]] = {}

    def find(self, platform: str, address: str) -> Known | None:
        """The store at this address; None when there is none."""
        now = self._env.now()
        kept = self._kept.get((platform, address))
        if kept is not None and now - kept[0] < KEPT:
            return kept[1]
        known = self._look_up(platform, address)
        if known is not None:
            if len(self._kept) >= KEPT_MOST:
                self._kept.clear()
            self._kept[platform, address] = (now, known)
        return known

    def was_wiped(self, platform: str, address: str) -> bool:
        """Whether the address was that of a store of which nothing is left."""
        if platform not in self._env.platforms or not _ADDRESS.fullmatch(address):
            return False
        with self._env.database.read_all() as db:
            return stores.is_at(db, platform, gone_path(self._env.secrets, platform, address))

    def all_secrets(self, platform: str) -> tuple[str, ...]:
        """Every secret any app or store of the platform signs with: tells a stranger from a store we lost."""
        now = self._env.now()
        kept = self._signers.get(platform)
        if kept is not None and now - kept[0] < KEPT:
            return kept[1]
        with self._env.database.read_all() as db:
            held = stores.sealed_by_store(db, platform)
            of_apps = [
                secret for app in known_apps(db, self._env.secrets, platform) for secret in app.secrets
            ]
        of_stores = (secret for _, sealed in held for secret in self._secrets(sealed))
        secrets = tuple(dict.fromkeys((*of_apps, *of_stores)))
        self._signers[platform] = (now, secrets)
        return secrets

    def signer(self, platform: str, signed: Callable[[tuple[str, ...]], bool]) -> int | None:
        """The first store of the platform of which `signed` says that one of its secrets did; None: none."""
        with self._env.database.read_all() as db:
            held = stores.sealed_by_store(db, platform)
        return next((store_id for store_id, sealed in held if signed(self._secrets(sealed))), None)

    def _look_up(self, platform: str, address: str) -> Known | None:
        if platform not in self._env.platforms or not _ADDRESS.fullmatch(address):
            return None
        with self._env.database.read_all() as db:
            found = stores.store_by_webhook_path(db, platform, address)
        if found is None:
            return None
        store, sealed = found
        return Known(store, self._secrets(sealed))

    def _secrets(self, sealed: bytes) -> tuple[str, ...]:
        opened = self._env.secrets.unseal(sealed)
        both = (opened.get(Field.WEBHOOK_SECRET), opened.get(Field.PREVIOUS_WEBHOOK_SECRET))
        return tuple(secret for secret in both if secret)
