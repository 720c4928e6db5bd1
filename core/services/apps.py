"""The apps this installation is known by on a platform: added, given a new secret, removed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row

from core.config.secrets import Secrets
from core.db import apps, stores
from core.domain.errors import Refused
from core.domain.grants import App, opened_app
from core.domain.keys import changed_keys
from core.domain.platform import Field

SECRET: Final = "client_secret"  # noqa: S105
PREVIOUS_SECRET: Final = "previous_client_secret"  # noqa: S105

_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,80}", re.ASCII)
_HANDLE = re.compile(r"[a-z0-9-]{0,80}", re.ASCII)


def known_apps(db: Connection, secrets: Secrets, platform: str) -> list[App]:
    """Every app of a platform, opened, the oldest first. `db` serves all stores."""
    return [opened(row, secrets) for row in apps.all_apps(db, platform)]


def app_of(db: Connection, secrets: Secrets, app_id: int) -> App:
    """One app, opened. Raises LookupError for one that is gone."""
    row = apps.app_by_id(db, app_id)
    if row is None:
        raise LookupError(f"app {app_id} is gone")
    return opened(row, secrets)


def opened(row: Row[Any], secrets: Secrets) -> App:
    """An app out of its row."""
    return opened_app(row.id, row.platform, row.client_id, row.handle, secrets.unseal(row.credentials))


def add_app(
    db: Connection, platform: str, keys: tuple[str, str], handle: str, secrets: Secrets, now: datetime
) -> App:
    """Add an app by its client id and secret. Raises Refused."""
    client_id, secret = keys
    if not _CLIENT_ID.fullmatch(client_id):
        raise Refused("A client id has letters and digits; copy it from the app's page in the Dev Dashboard.")
    if not _HANDLE.fullmatch(handle):
        raise Refused("A handle has small letters, digits and hyphens, as in the app's own address.")
    _refuse_weak(secret)
    if apps.app_by_client_id(db, platform, client_id) is not None:
        raise Refused(
            f"The app {client_id} is here already. A new secret for it: "
            f"bin/regulars shopify-app set-secret --client-id {client_id}"
        )
    app_id = apps.add_app(db, platform, client_id, handle, secrets.seal({SECRET: secret}), now)
    return App(app_id, platform, client_id, handle, (secret,))


def named(db: Connection, secrets: Secrets, platform: str, client_id: str) -> App:
    """The app an operator names. Raises Refused naming those there are."""
    row = apps.app_by_client_id(db, platform, client_id)
    if row is not None:
        return opened(row, secrets)
    there_are = ", ".join(one.client_id for one in apps.all_apps(db, platform)) or "none"
    raise Refused(f"No app has the client id “{client_id[:80]}”. There are: {there_are}.")


def set_secret(db: Connection, app: App, secret: str, secrets: Secrets) -> int:
    """Give an app a new secret, and with it all of its stores; how many these are.

    The one of before may sign on, until it is forgotten or replaced in its turn. Raises Refused.
    """
    _refuse_weak(secret)
    if secret == app.secrets[0]:
        raise Refused("This is the secret the app has already.")
    _replace(db, app, {SECRET: secret, PREVIOUS_SECRET: app.secrets[0]}, secrets)
    return _tell_stores(db, app, secrets, {Field.WEBHOOK_SECRET: secret}, forget_previous=False)


def forget_previous(db: Connection, app: App, secrets: Secrets) -> int:
    """Accept the secret of before no longer, in none of the app's stores; how many these are."""
    _replace(db, app, {SECRET: app.secrets[0]}, secrets)
    return _tell_stores(db, app, secrets, {}, forget_previous=True)


def remove_app(db: Connection, app: App) -> None:
    """Remove an app. Raises Refused while stores are connected by it."""
    of_it = [name for _, name, _ in apps.stores_of(db, app.app_id)]
    if of_it:
        listed = ", ".join(of_it[:5]) + (" …" if len(of_it) > 5 else "")
        raise Refused(f"Stores are connected by this app: {listed}. Their deliveries could not be proven.")
    apps.remove_app(db, app.app_id)


def _refuse_weak(secret: str) -> None:
    if len(secret) < 16 or not (secret.isascii() and secret.isprintable()) or " " in secret:
        raise Refused("This is no app's secret: it has at least 16 letters and digits, and no spaces.")


def _replace(db: Connection, app: App, credentials: dict[str, str], secrets: Secrets) -> None:
    row = apps.app_by_id(db, app.app_id)
    seen = None if row is None else row.credentials
    if seen is None or not apps.replace_secret(db, app.app_id, seen, secrets.seal(credentials)):
        raise Refused("Somebody else changed this app just now. Look at it and try again.")


def _tell_stores(
    db: Connection, app: App, secrets: Secrets, given: Mapping[Field, str], *, forget_previous: bool
) -> int:
    of_it = apps.stores_of(db, app.app_id)
    for store_id, name, sealed in of_it:
        after = changed_keys(secrets.unseal(sealed), given, forget_previous=forget_previous)
        if not stores.replace_credentials(db, store_id, sealed, secrets.seal(after)):
            raise Refused(f"Somebody else changed the keys of {name} just now. Try again.")
    return len(of_it)
