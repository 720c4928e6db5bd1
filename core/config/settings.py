"""Where this installation keeps its data and how it reaches its database, queue and stores."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.domain.addresses import Network, read_networks
from core.domain.errors import Refused

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
DEFAULT_DATA_DIR = "var"

PROXIES_MOST = 5
SHORTEST_TOKEN = 16

RUNNING_FILE = "running.json"
"""Written by `bin/start` while it runs: {"url": …, "redis_url": …}."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that the processes need to know. Built once per process, never read from globals."""

    data_dir: Path
    """Private folder of this installation: secrets, the embedded database, the queue's files."""
    database_url: str
    """SQLAlchemy address: `sqlite:///…` (embedded) or `postgresql+psycopg://…`."""
    redis_url: str | None
    """`unix://…` or `redis://…`; None: no queue server is known, nobody is rung."""
    public_url: str
    """The address stores reach us at, without a slash at the end."""
    secrets_text: str | None = None
    """The secrets' JSON handed in by the environment; None: the file in `data_dir`."""
    allowed_networks: tuple[Network, ...] = ()
    """Private networks in which stores may be called, over http too; empty: none."""
    ca_file: Path | None = None
    """Certificates to trust in place of the public ones, for stores with an own authority."""
    installation: str | None = None
    """What our codes are marked with at stores; None: worked out (`core.jobs.installation`)."""
    proxy_count: int = 0
    """Proxies of ours in front: so many addresses at the end of X-Forwarded-For are believed."""
    metrics_token: str | None = None
    """Who names it may read /metrics; None: nobody may."""

    @property
    def is_embedded(self) -> bool:
        """True with the embedded SQLite database."""
        return self.database_url.startswith("sqlite")

    @property
    def secrets_file(self) -> Path:
        """Where the installation's keys are kept, unless the environment hands them in."""
        return self.data_dir / "secrets.json"

    @classmethod
    def load(cls, environ: Mapping[str, str], data_dir: str | Path | None = None) -> Settings:
        """Settings from the environment, with the embedded defaults for everything unset.

        Reads `REGULARS_DATA`, `DATABASE_URL`, `REDIS_URL`, `PUBLIC_URL`, `REGULARS_SECRETS`,
        `REGULARS_ALLOW_NETWORKS`, `REGULARS_CA_FILE`, `REGULARS_INSTALLATION`, `REGULARS_PROXIES`,
        `REGULARS_METRICS_TOKEN`, and the address a running `bin/start` left in the data folder. Creates
        nothing. Raises Refused for values that cannot be meant.
        """
        folder = Path(data_dir or environ.get("REGULARS_DATA") or DEFAULT_DATA_DIR).expanduser().absolute()
        running = read_running(folder)
        return cls(
            data_dir=folder,
            database_url=_database_url(environ.get("DATABASE_URL") or f"sqlite:///{folder / 'regulars.db'}"),
            redis_url=_redis_url(environ.get("REDIS_URL") or running.get("redis_url")),
            public_url=(
                environ.get("PUBLIC_URL") or running.get("url") or f"http://{DEFAULT_HOST}:{DEFAULT_PORT}"
            ).rstrip("/"),
            secrets_text=environ.get("REGULARS_SECRETS") or None,
            allowed_networks=read_networks(environ.get("REGULARS_ALLOW_NETWORKS") or ""),
            ca_file=Path(environ["REGULARS_CA_FILE"]) if environ.get("REGULARS_CA_FILE") else None,
            proxy_count=_proxy_count(environ.get("REGULARS_PROXIES") or "0"),
            metrics_token=_metrics_token(environ.get("REGULARS_METRICS_TOKEN")),
            installation=_installation(environ.get("REGULARS_INSTALLATION") or None),
        )


def read_running(data_dir: Path) -> dict[str, str]:
    """What a running `bin/start` wrote down about itself; empty when none does, or the note is unreadable."""
    try:
        noted = json.loads((data_dir / RUNNING_FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return (
        {key: value for key, value in noted.items() if isinstance(value, str)}
        if isinstance(noted, dict)
        else {}
    )


def _database_url(url: str) -> str:
    """Hosting providers hand out `postgres://` and `postgresql://`; SQLAlchemy wants the driver named."""
    for prefix in ("postgres://", "postgresql://", "postgresql+psycopg://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    if not url.startswith("sqlite://"):
        raise Refused("DATABASE_URL must begin with postgresql:// (or sqlite:/// and a path).")
    return url


def _proxy_count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= PROXIES_MOST):
        raise Refused(f"REGULARS_PROXIES is how many proxies of yours stand in front, 0 to {PROXIES_MOST}.")
    return int(text)


def _metrics_token(text: str | None) -> str | None:
    if text and len(text) < SHORTEST_TOKEN:
        raise Refused(
            f"REGULARS_METRICS_TOKEN has at least {SHORTEST_TOKEN} characters: openssl rand -hex 16"
        )
    return text or None


def _redis_url(url: str | None) -> str | None:
    if url is not None and not url.startswith(("redis://", "rediss://", "unix://")):
        raise Refused("REDIS_URL must begin with redis://, rediss:// or unix://.")
    return url


def _installation(name: str | None) -> str | None:
    if name is not None and not re.fullmatch(r"[a-z0-9-]{1,20}", name, re.ASCII):
        raise Refused("REGULARS_INSTALLATION is 1 to 20 of: small letters, digits, hyphens.")
    return name
