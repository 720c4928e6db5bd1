"""What `bin/start` says once everything runs, and how it knows."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from contextlib import closing
from urllib.parse import urlsplit

import click
from sqlalchemy import URL, make_url

from cli.plan import Plan
from core.config.settings import DEFAULT_HOST, Settings

HEALTH_TIMEOUT_S = 2.0

ANY_ADDRESS = {"0.0.0.0": DEFAULT_HOST, "::": "::1", "": DEFAULT_HOST}  # noqa: S104  # looked up, not bound


def reachable(host: str) -> str:
    """The host under which this machine reaches what listens on `host`."""
    return ANY_ADDRESS.get(host, host)


def url_of(host: str, port: int) -> str:
    """The address to open on this machine."""
    name = reachable(host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def is_healthy(host: str, port: int) -> bool:
    """True when GET /healthz is answered with 200."""
    return _is_answered(reachable(host), port, "/healthz")


def is_open(url: str) -> bool:
    """True when a store's first page is answered with 200."""
    parts = urlsplit(url)
    return _is_answered(parts.hostname or "", parts.port or http.client.HTTP_PORT, "/")


def _is_answered(host: str, port: int, path: str) -> bool:
    with closing(http.client.HTTPConnection(host, port, timeout=HEALTH_TIMEOUT_S)) as connection:
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False


def welcome(settings: Settings, address: str, plan: Plan, *, bundled_queue: bool) -> None:
    """Says on stderr where everything is, what to do next and how to stop."""
    database = "SQLite in the data folder"
    if not settings.is_embedded:
        database = f"PostgreSQL at {_host_of(make_url(settings.database_url))}"
    click.echo(
        f"""
  Regulars is running.

    Address    {address}
    Data       {settings.data_dir}
    Database   {database}
    Queue      {"bundled Valkey" if bundled_queue else "the server of REDIS_URL"}
{_shown(address, plan.stores) if plan.stores else _CONNECT}
""",
        err=True,
    )


_CONNECT = """
  Next, in another terminal, make a link that signs you in, and connect a store there:

    bin/regulars login-link

  Ctrl-C stops everything; bin/start continues where it was."""


def _shown(address: str, stores: Mapping[str, str]) -> str:
    lines = "\n".join(f"    {name:10} {url}" for name, url in stores.items())
    return f"""
  This is the demo. Open {address}/ and watch two made-up stores; or order there yourself, as Ana:

{lines}

  From here on only trouble is told; with REGULARS_LOG_LEVEL=info you see everything that happens.
  Ctrl-C stops everything; the next demo begins anew."""


def _host_of(database: URL) -> str:
    """The server's name, or its socket's folder. Never the whole address, which may hold a password."""
    in_query = database.query.get("host", "localhost")
    return database.host or (in_query if isinstance(in_query, str) else ", ".join(in_query))
