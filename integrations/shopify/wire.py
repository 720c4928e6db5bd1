"""One HTTP call to Shopify: pooled, timed out, capped. Credentials come with each call; none is kept."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter

from core.domain.errors import PlatformRefused, PlatformUnavailable
from integrations.outgoing.deadline import bounded_pools, is_too_late

_CHUNK_BYTES = 64 * 1024
_STORES_KEPT = 32
_CONNECTIONS_PER_STORE = 4
_LONGEST_WAIT_S = 900


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may take."""

    connect_s: float = 3.0
    read_s: float = 20.0
    """Between two pieces of the answer."""
    total_s: float = 30.0
    answer_bytes: int = 10 * 1024 * 1024
    """Decoded."""
    refusal_bytes: int = 64 * 1024
    """Of an answer other than 200 and 206, where only the reason matters; what is more is cut off."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    content: bytes
    retry_after_s: int | None
    """How long we are asked to wait; None: not said."""
    content_range: str = ""
    """Which piece of a file it is, as HTTP says it."""


class Wire:
    """The connections of one process, shared by all stores and threads."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._session = _bare_session(self._limits.total_s)

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send `body`; whatever status comes back. Nothing is tried twice, no redirect is followed.

        Raises PlatformUnavailable when no whole answer came in time, PlatformRefused when it is too big.
        """
        return self._ask("POST", url, headers, body)

    def get_part(self, url: str, at_byte: int, most_bytes: int) -> Answer:
        """A piece of a file, as it lies there. Raises as `post`."""
        wanted = f"bytes={at_byte}-{at_byte + most_bytes - 1}"
        return self._ask("GET", url, {"Range": wanted, "Accept-Encoding": "identity"}, None)

    def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        limits = self._limits
        try:
            with self._session.request(
                method,
                url,
                data=body,
                headers=dict(headers),
                timeout=(limits.connect_s, limits.read_s),
                allow_redirects=False,
                stream=True,
            ) as response:
                return _read(response, limits)
        except requests.RequestException as error:
            # `from None`: the library's errors carry the request, and with it the token.
            raise PlatformUnavailable(_what_failed(error)) from None

    def close(self) -> None:
        """Lets the connections go."""
        self._session.close()


def _bare_session(total_s: float) -> requests.Session:
    """A session that takes nothing from the environment and keeps no cookies: it serves many stores.

    Every answer is complete in `total_s` or fails.
    """
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    session.headers.update(
        {"User-Agent": "Regulars", "Accept": "application/json", "Accept-Encoding": "gzip"}
    )
    adapter = HTTPAdapter(pool_connections=_STORES_KEPT, pool_maxsize=_CONNECTIONS_PER_STORE, max_retries=0)
    adapter.poolmanager.pool_classes_by_scheme = bounded_pools(total_s)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _read(response: requests.Response, limits: Limits) -> Answer:
    is_answer = response.status_code in {requests.codes.ok, requests.codes.partial_content}
    most_bytes = limits.answer_bytes if is_answer else limits.refusal_bytes
    content = bytearray()
    for chunk in response.iter_content(_CHUNK_BYTES):
        content += chunk
        if len(content) > most_bytes:
            if is_answer:
                raise PlatformRefused(f"Shopify's answer is larger than {most_bytes:,} bytes")
            break
    return Answer(
        status=response.status_code,
        content=bytes(content[:most_bytes]),
        retry_after_s=_seconds(response.headers.get("Retry-After")),
        content_range=response.headers.get("Content-Range", ""),
    )


def _seconds(retry_after: str | None) -> int | None:
    """Shopify sends seconds, such as 2.0; a date or nonsense counts as not said."""
    try:
        seconds = float(retry_after or "")
    except ValueError:
        return None
    return math.ceil(min(seconds, _LONGEST_WAIT_S)) if seconds >= 0 else None


_TOO_LATE = "Shopify did not finish its answer in time"
_FAILURES: tuple[tuple[type[requests.RequestException], str], ...] = (
    (requests.exceptions.ConnectTimeout, "Shopify could not be reached in time"),
    (requests.exceptions.Timeout, "Shopify did not answer in time"),
    (requests.exceptions.SSLError, "the connection to Shopify cannot be trusted"),
    (requests.exceptions.ChunkedEncodingError, "Shopify's answer broke off"),
    (requests.exceptions.ContentDecodingError, "Shopify's answer cannot be unpacked"),
    (requests.exceptions.ConnectionError, "Shopify could not be reached"),
)


def _what_failed(error: requests.RequestException) -> str:
    if is_too_late(error):
        return _TOO_LATE
    told = (what for kind, what in _FAILURES if isinstance(error, kind))
    return next(told, f"the call to Shopify failed: {type(error).__name__}")
