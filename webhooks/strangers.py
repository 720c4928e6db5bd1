"""Tells of deliveries that our secret signed in the name of a shop that is not connected here.

Most likely the shop's domain was mistyped when it was connected: then every order of it is lost behind 200s.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from core.db import stores
from core.domain.errors import BadSignature
from core.domain.platform import Delivery, Platform
from core.jobs.env import Env
from core.services.receiving import UNKNOWN_SHOP
from webhooks.directory import Directory

TOLD_EVERY = timedelta(minutes=10)
TOLD_MOST = 1000
"""So many names are remembered; then they are told of anew."""

log = structlog.get_logger()


class Strangers:
    """The shops nobody connected, as this process met them."""

    def __init__(self, env: Env, directory: Directory) -> None:
        self._env = env
        self._directory = directory
        self._told_at: dict[str, datetime] = {}

    def tell(self, adapter: Platform, address: str, delivery: Delivery) -> None:
        """Log it, and tell a store whose secret signed. Never raises for a database out of reach."""
        log.warning("delivery.of_unknown_store", platform=adapter.name, store=address)
        if not self._is_news(address):
            return
        try:
            self._raise_notice(adapter, address, delivery)
        except SQLAlchemyError as error:
            log.warning("stranger.untold", store=address, error=str(error)[:200])

    def _raise_notice(self, adapter: Platform, address: str, delivery: Delivery) -> None:
        def signed(secrets: tuple[str, ...]) -> bool:
            try:
                adapter.verify(delivery, secrets)
            except BadSignature:
                return False
            return True

        store_id = self._directory.signer(adapter.name, signed)
        if store_id is None:
            return
        sentence = f"Its secret signed deliveries of {address}, which is not connected here: none is kept."
        with self._env.database.write(store_id) as db:
            stores.raise_notice(db, store_id, UNKNOWN_SHOP, address, sentence, self._env.now())

    def _is_news(self, address: str) -> bool:
        now = self._env.now()
        told_at = self._told_at.get(address)
        if told_at is not None and now - told_at < TOLD_EVERY:
            return False
        if len(self._told_at) >= TOLD_MOST:
            self._told_at.clear()
        self._told_at[address] = now
        return True
