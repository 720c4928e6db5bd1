"""One Env out of the settings and the platforms found here: what every process starts with."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, cast

from core.config.clock import utc_now
from core.config.secrets import ensure_secrets
from core.config.settings import Settings
from core.db.engine import Database
from core.domain.discovery import declared
from core.domain.grants import GrantDesk, Tokens
from core.domain.platform import Field, Platform, Shop
from core.domain.stores import Store
from core.jobs.aside import AsideBell
from core.jobs.bell import Bell, SilentBell
from core.jobs.env import Env

if TYPE_CHECKING:
    from integrations.outgoing.calling import Outgoing, ShopOpener, TokensOf


def platforms() -> dict[str, Platform]:
    """Every platform adapter by its name: one package in this folder is one platform."""
    found = cast("dict[str, Platform]", declared("integrations", "PLATFORM"))
    return {platform.name: platform for platform in found.values()}


def production_env(settings: Settings, *, with_bell: bool = True) -> Env:
    """The surroundings of a real process. Opens no connection yet."""
    env = Env(
        settings=settings,
        secrets=ensure_secrets(settings),
        database=Database(settings.database_url),
        platforms=platforms(),
        bell=_bell(settings.redis_url) if with_bell else SilentBell(),
        now=utc_now,
        token=fresh_token,
        shop=shop_opener(settings),
        grants=cache(lambda: grant_desk(settings)),
    )
    return replace(env, shop=shop_opener(settings, lambda store, keys: kept_tokens(env, store, keys)))


def kept_tokens(env: Env, store: Store, credentials: Mapping[str, str]) -> Tokens:
    """The tokens a connected store is called with, or the one among the credentials."""
    from core.jobs.tokens import KeptTokens  # noqa: PLC0415

    return KeptTokens(env, store, credentials.get(Field.ACCESS_TOKEN, ""))


def grant_desk(settings: Settings) -> GrantDesk:
    """Where the one platform that has apps gives out tokens for them."""
    desk: GrantDesk = import_module("integrations.shopify.opening").grants(settings)
    return desk


def web_env(settings: Settings) -> Env:
    """The same for a web process: no request of it ever waits for the queue server."""
    env = production_env(settings)
    return replace(env, bell=AsideBell(env.bell))


def fresh_token() -> str:
    """160 bits, fit for a web address."""
    return secrets.token_hex(20)


def shop_opener(
    settings: Settings, tokens: TokensOf | None = None
) -> Callable[[Store, Mapping[str, str]], Shop]:
    """Opens stores of any platform for calls. What calls need is loaded and opened with the first one."""

    @cache
    def outgoing() -> Outgoing:
        from integrations.outgoing.calling import Outgoing  # noqa: PLC0415

        return Outgoing.open(settings, tokens)

    def open_shop(store: Store, credentials: Mapping[str, str]) -> Shop:
        module, _, name = _shop_names()[store.platform].partition(":")
        opener: ShopOpener = getattr(import_module(module), name)
        return opener(store, credentials, outgoing())

    return open_shop


def _shop_names() -> Mapping[str, str]:
    return cast("Mapping[str, str]", declared("integrations", "SHOP"))


def _bell(redis_url: str | None) -> Bell:
    if redis_url is None:
        return SilentBell()
    # The queue library takes a fifth of a second to import; commands that ring nobody do without.
    from core.jobs.queue import RedisBell  # noqa: PLC0415

    return RedisBell(redis_url)
