"""An HTTP answer, read whole within bounds; whatever goes wrong on the way is one of our errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from requests import Response
from requests.exceptions import RequestException, SSLError, Timeout
from requests_hardened.ip_filter import InvalidIPAddress
from urllib3.exceptions import HTTPError

from core.domain.errors import PlatformRefused, PlatformUnavailable, Unreachable

LARGEST_ANSWER_BYTES = 10 * 1024 * 1024
"""After decompression."""
_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. A redirect is without a body: nobody looks at it."""

    status: int
    headers: Mapping[str, str]
    """Their names in any case."""
    body: bytes


def ask(host: str, send: Callable[[], Response]) -> Answer:
    """The answer to what `send` sends, which must ask for a stream.

    Raises Unreachable when there is none or half of one, PlatformUnavailable for a private address, and
    PlatformRefused for an answer over the size cap. `host` is named in the sentences.
    """
    try:
        with send() as response:
            return Answer(response.status_code, response.headers, _body(host, response))
    except InvalidIPAddress as error:
        raise PlatformUnavailable(
            f"{host} leads to {error}, which is not called: only public addresses over https are."
        ) from error
    except SSLError as error:
        raise Unreachable(f"{host} has no certificate to trust: {_words(_cause(error))}.") from error
    except (RequestException, HTTPError, OSError) as error:
        cause = _cause(error)
        if isinstance(error, Timeout) or isinstance(cause, TimeoutError):
            raise Unreachable(f"{host} did not answer in time.") from error
        raise Unreachable(f"{host} cannot be reached: {_words(cause)}.") from error
    except ValueError as error:
        raise PlatformRefused(f"{host} cannot be called: {error}.") from error


def _body(host: str, response: Response) -> bytes:
    if 300 <= response.status_code < 400:
        return b""
    parts, size = [], 0
    for part in response.iter_content(_CHUNK_BYTES):
        size += len(part)
        if size > LARGEST_ANSWER_BYTES:
            raise PlatformRefused(f"{host} answered with more than {LARGEST_ANSWER_BYTES // 2**20} MB.")
        parts.append(part)
    return b"".join(parts)


def _cause(error: BaseException) -> BaseException:
    """The innermost reason."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    return error


def _words(error: BaseException) -> str:
    """What an error says, on one line, without a full stop."""
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(words).split())[:160].rstrip(".")
