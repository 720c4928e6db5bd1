"""What `regulars doctor` sees of this installation from outside: as a store does that delivers to it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

import requests

from core.config.settings import Settings
from core.domain.addresses import RECEIVED_AT_PORTS, StoreAddress, is_public, read_address
from core.domain.stores import Store
from core.jobs.checks import Finding, fine, wrong

TIMEOUT_S = 5.0
RENEWAL_DUE = timedelta(days=14)


def check_from_outside(settings: Settings, called: Sequence[Store], now: datetime) -> Iterator[Finding]:
    """The address stores deliver to: that it can be theirs, answers, and has a certificate that lasts.

    `called`: the stores that are not offline. Without any, an address of this machine alone is fine.
    Raises Refused for an address that cannot be read.
    """
    address = read_address(settings.public_url)
    if not is_public(address) and not settings.allowed_networks:
        if called:
            yield wrong(
                "address",
                f"no store can deliver to {settings.public_url}",
                "set PUBLIC_URL to the https address this server has on the Internet (docs/deploy.md)",
            )
        else:
            yield fine("address", f"{settings.public_url} is for this machine alone")
        return
    yield _form(address, called) or _answer(settings)
    if address.scheme == "https":
        yield _certificate(address, settings, now)


def _form(address: StoreAddress, called: Sequence[Store]) -> Finding | None:
    """What is wrong with the address itself."""
    if address.scheme != "https":
        return wrong("address", f"{address} is not https", "put TLS in front (docs/deploy.md)")
    names = [store.name for store in called if store.platform == "woocommerce"]
    if names and address.port not in RECEIVED_AT_PORTS:
        return wrong(
            "address",
            f"WooCommerce ({', '.join(names[:3])}) does not deliver to port {address.port}",
            "serve on 443 (docs/deploy.md)",
        )
    return None


def _answer(settings: Settings) -> Finding:
    url = f"{settings.public_url}/healthz"
    verify = str(settings.ca_file) if settings.ca_file else True
    try:
        answer = requests.get(url, timeout=TIMEOUT_S, allow_redirects=False, verify=verify)
    except requests.exceptions.SSLError:
        return wrong("address", f"the certificate of {settings.public_url} is not trusted", "renew it")
    except requests.exceptions.RequestException as error:
        return wrong(
            "address", f"{url} cannot be reached ({type(error).__name__})", "look at DNS and the proxy"
        )
    if answer.is_redirect:
        target = answer.headers.get("Location", "")[:120]
        return wrong(
            "address",
            f"{url} redirects to {target}: stores take that for delivered, and the order is lost",
            "set PUBLIC_URL to where it redirects to",
        )
    if answer.status_code != 200:
        return wrong(
            "address", f"{url} answers {answer.status_code}", "look at the proxy and the web process"
        )
    return fine("address", f"{settings.public_url} answers")


def _certificate(address: StoreAddress, settings: Settings, now: datetime) -> Finding:
    try:
        ends_at = _ends_at(address, settings)
    except (OSError, ValueError) as error:
        return wrong("certificate", f"cannot be read ({type(error).__name__})", "renew it")
    days = (ends_at - now).days
    if ends_at - now < RENEWAL_DUE:
        return wrong(
            "certificate", f"ends in {days} days, on {ends_at:%Y-%m-%d}", "see why it is not renewed"
        )
    return fine("certificate", f"is trusted until {ends_at:%Y-%m-%d}")


def _ends_at(address: StoreAddress, settings: Settings) -> datetime:
    context = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
    with (
        closing(socket.create_connection((address.host, address.port), TIMEOUT_S)) as plain,
        context.wrap_socket(plain, server_hostname=address.host) as secured,
    ):
        told = secured.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(told["notAfter"])), UTC)
