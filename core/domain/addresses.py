"""Addresses that merchants type: how they are written, and which of them may be called at all.

Pure, so only what is written is judged. The same rules are applied again to the address a name resolves to,
at the moment of connecting.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from core.domain.errors import Refused

IpAddress = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

HTTPS_PORTS = (443, 8443)
RECEIVED_AT_PORTS = (443, 8080, 80)
"""The only ones WordPress sends to."""
_DEFAULT_PORTS = {"https": 443, "http": 80}

_URL = re.compile(r"(https?)://([^/?#\\]+)(/[^?#\\]*)?([?#].*)?", re.IGNORECASE)
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::(\d{1,5}))?", re.IGNORECASE)
_ENDS_IN_IPV4 = tuple(map(IPv6Network, ("64:ff9b::/96", "::/96", "::ffff:0:0:0/96")))
"""NAT64, IPv4 within IPv6 as it was once written, and what stateless translators use."""
_LOCAL = tuple(map(IPv6Network, ("64:ff9b:1::/48", "fec0::/10", "2002::/16")))
"""Local by their definition; and 6to4, which nobody carries any more. Pythons differ about them."""
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PATH = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%/-]*")


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """Where a store is, in one spelling."""

    scheme: str
    host: str
    """Lower case, in punycode, without a dot at the end; an IPv6 address without brackets."""
    port: int
    path: str
    """Empty, or beginning with a slash and not ending with one."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"


def read_address(text: str) -> StoreAddress:
    """The address of a store as somebody wrote it. Raises Refused; does not say whether it may be called."""
    found = _URL.fullmatch(text.strip())
    if found is None or not text.strip().isprintable():
        raise Refused(f"“{text[:80]}” is not the address of a store; write one such as https://shop.example.")
    scheme, authority, path, rest = found[1].lower(), found[2], found[3] or "", found[4]
    if "@" in authority:
        raise Refused("A store's address holds no user name or password: leave them out.")
    if rest:
        raise Refused(f"A store's address ends with its path: leave out “{rest[:40]}”.")
    where = _AUTHORITY.fullmatch(authority)
    port = int(where[2]) if where and where[2] else _DEFAULT_PORTS[scheme]
    if where is None or not 0 < port < 65_536:
        raise Refused(f"“{authority[:80]}” is not a host name.")
    return StoreAddress(scheme, _host(where[1]), port, _path(path))


def _host(written: str) -> str:
    if written.startswith("["):
        return str(_literal(written.strip("[]")))
    try:
        name = written.lower().removesuffix(".").encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise Refused(f"“{written[:80]}” is not a host name.") from error
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        # 0x7f.1, 2130706433 and 127.1 are addresses to some resolvers: only the plain spelling is taken.
        return str(_literal(name))
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise Refused(f"“{written[:80]}” is not a host name.")
    return name


def _literal(written: str) -> IpAddress:
    try:
        return ip_address(written)
    except ValueError as error:
        raise Refused(f"“{written[:80]}” is not a host name or IP address.") from error


def _path(written: str) -> str:
    path = written.rstrip("/")
    if not _PATH.fullmatch(path) or "//" in path or {".", ".."} & set(path.split("/")):
        raise Refused(f"“{written[:80]}” is not the path of a store.")
    return path


def read_networks(text: str) -> tuple[Network, ...]:
    """Networks written as `10.0.0.0/8, 192.168.1.20`. Raises Refused."""
    try:
        return tuple(ip_network(part, strict=False) for part in re.split(r"[,\s]+", text.strip()) if part)
    except ValueError as error:
        raise Refused(f"REGULARS_ALLOW_NETWORKS names no network we can read: {error}.") from error


def refuse_uncallable(address: StoreAddress, allowed: Sequence[Network]) -> None:
    """Raise Refused for an address that is never called, whatever its name resolves to.

    `allowed`: networks of the operator's own. While there are any, names pass: where they lead is
    looked at when they are called.
    """
    literal = _ip_of(address)
    if literal is None and allowed:
        return
    if literal is not None and is_within(literal, allowed):
        return
    if not is_public(address):
        raise Refused(f"{address} is not on the internet, and such addresses are not called; {_HOW_TO_ALLOW}")
    if not is_usual(is_https=address.scheme == "https", port=address.port):
        raise Refused(f"Stores are called over https, at port 443 or 8443; {address} is something else.")


def refuse_undeliverable(public_url: str, allowed: Sequence[Network]) -> None:
    """Raise Refused for an address of ours at which no store could deliver, with what to do.

    Stores send only over https, to public addresses, and to few ports. Within `allowed` all but https is up
    to the operator: the store there has to be told to send to such addresses.
    """
    address = read_address(public_url)
    mend = "Set PUBLIC_URL to an https address that stores on the internet reach, and start again."
    if address.scheme != "https":
        raise Refused(f"Stores send keys and orders over https only, and this server is at {address}. {mend}")
    literal = _ip_of(address)
    if literal is not None and is_within(literal, allowed):
        return
    if not is_public(address):
        raise Refused(f"Only machines near this one reach {address}, and the store is none. {mend}")
    if address.port not in RECEIVED_AT_PORTS:
        ports = " or ".join(map(str, RECEIVED_AT_PORTS))
        raise Refused(f"Stores deliver to port {ports} alone, and this server is at {address}. {mend}")


def is_public(address: StoreAddress) -> bool:
    """Whether it can be on the Internet, going by how it is written: no private address, no local name."""
    literal = _ip_of(address)
    if literal is not None:
        return is_public_ip(literal)
    return "." in address.host and not address.host.endswith((".localhost", ".local"))


def is_public_ip(ip: IpAddress) -> bool:
    """Whether it can be on the Internet. An IPv6 address that leads to an IPv4 one is judged by that."""
    if isinstance(ip, IPv4Address):
        return ip.is_global
    carried = _carried(ip)
    if carried is not None and ip.is_global:
        return carried.is_global
    return ip.is_global and not any(ip in network for network in _LOCAL)


def _carried(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to, through whatever translates there."""
    if any(ip in network for network in _ENDS_IN_IPV4):
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped


_HOW_TO_ALLOW = "set REGULARS_ALLOW_NETWORKS to the store's network, such as 192.168.1.0/24, if it is yours."


def _ip_of(address: StoreAddress) -> IpAddress | None:
    try:
        return ip_address(address.host)
    except ValueError:
        return None


def is_usual(*, is_https: bool, port: int | None) -> bool:
    """Whether a public address may be called in this way; None is the scheme's own port."""
    return is_https and (port is None or port in HTTPS_PORTS)


def is_within(ip: IpAddress, networks: Sequence[Network]) -> bool:
    """Whether the address lies in one of these networks; an IPv4 address dressed as IPv6 counts as IPv4."""
    plain = (ip.ipv4_mapped or ip) if isinstance(ip, IPv6Address) else ip
    return any(plain in network for network in networks)
