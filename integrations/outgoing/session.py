"""The one kind of HTTP session that calls stores.

A name is resolved once and the connection goes to that very address, so no later answer of a name server can
lead elsewhere; the certificate is still checked against the name. Shared by threads: nothing of one request
(keys, cookies) stays for the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter

from core.domain.addresses import Network, is_public_ip, is_usual, is_within
from integrations.outgoing.deadline import bounded_pools

USER_AGENT = "Regulars"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a store may take."""

    connect_s: float = 3
    read_s: float = 20
    """Without a single byte."""
    total_s: float = 30
    """From the first byte sent to the last one read."""


def open_session(
    allowed: Sequence[Network] = (), ca_file: Path | None = None, patience: Patience | None = None
) -> HTTPSession:
    """A session for any number of stores and threads. Close it at the end.

    Public addresses are called over https at its usual ports only. `allowed`: private networks that may be
    called too, in any way. `ca_file`: the authorities to trust in place of the public ones.
    """
    waits = patience or Patience()
    session = StoreSession(
        Config(
            ip_filter_enable=True,
            ip_filter_allow_loopback_ips=False,
            never_redirect=True,
            default_timeout=(waits.connect_s, waits.read_s),
            user_agent_override=USER_AGENT,
        )
    )
    for scheme in ("http", "https"):
        session.mount(f"{scheme}://", StoreAdapter(scheme == "https", allowed, waits.total_s))
    # No proxy, .netrc or certificates out of the environment: they would be for other things than stores.
    session.trust_env = False
    session.verify = str(ca_file) if ca_file else True
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


class StoreSession(HTTPSession):  # type: ignore[misc]  # the library has no types
    """requests-hardened's session, blind to redirects."""

    def get_redirect_target(self, _response: Response) -> None:
        """Nowhere. Even where redirects are not followed, requests would read all of their bodies first."""
        return


class StoreAdapter(IPFilterAdapter):  # type: ignore[misc]  # the library has no types
    """requests-hardened's filter and pinning, with the operator's own networks let through."""

    def __init__(self, is_https: bool, allowed: Sequence[Network], total_s: float) -> None:
        super().__init__(is_https_proto=is_https)
        self._is_https = is_https
        self._allowed = tuple(allowed)
        self.poolmanager.pool_classes_by_scheme = bounded_pools(total_s)

    def build_connection_pool_key_attributes(
        self, request: PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Where to connect, the name resolved. Raises InvalidIPAddress for what must not be called."""
        try:
            host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        except InvalidIPAddress as refused:
            if not is_within(ip_address(str(refused)), self._allowed):
                raise
            return self._pinned(request, verify, str(refused))
        ip = ip_address(host["host"].strip("[]"))
        is_callable = is_public_ip(ip) and is_usual(is_https=self._is_https, port=host["port"])
        if not is_callable and not is_within(ip, self._allowed):
            raise InvalidIPAddress(str(ip))
        return host, pool

    def _pinned(
        self, request: PreparedRequest, verify: Any, ip: str
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the filter would have answered for a public address. It set the Host header already."""
        host, pool = HTTPAdapter.build_connection_pool_key_attributes(self, request, verify)
        name = host["host"]
        checked = {"assert_hostname": name, "server_hostname": name} if self._is_https else {}
        return {**host, "host": f"[{ip}]" if ":" in ip else ip}, {**pool, **checked}
