"""Addresses that merchants type."""

from __future__ import annotations

import pytest

from core.domain.addresses import read_address, read_networks, refuse_uncallable
from core.domain.errors import Refused

HOME = read_networks("192.168.1.0/24, 127.0.0.1")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://shop.example", "https://shop.example"),
        ("  HTTPS://Shop.Example/  ", "https://shop.example"),
        ("https://shop.example:443/", "https://shop.example"),
        ("https://shop.example.:8443/shop/de/", "https://shop.example:8443/shop/de"),
        ("https://bücher.example/laden", "https://xn--bcher-kva.example/laden"),
        ("http://192.168.1.20:8080/shop", "http://192.168.1.20:8080/shop"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
    ],
)
def test_an_address_is_kept_in_one_spelling(written: str, read: str) -> None:
    assert str(read_address(written)) == read


@pytest.mark.parametrize(
    "written",
    [
        "",
        "shop.example",
        "ftp://shop.example",
        "https://",
        "https:///shop",
        "https://user:pw@shop.example",
        "https://shop.example@evil.example",
        "https://shop.example/#top",
        "https://shop.example/?page=2",
        "https://shop.example:0",
        "https://shop.example:65536",
        "https://shop.example:https",
        "https://shop..example",
        "https://-shop.example",
        "https://shop example",
        "https://shop.example\\@evil.example",
        "https://shop.example/a/../b",
        "https://shop.example//evil.example",
        "https://shop.example/\r\nX-Evil: 1",
        "https://0x7f.1",
        "https://0x7f000001",
        "https://2130706433",
        "https://127.1",
        "https://0177.0.0.1",
        "https://[::1",
        "https://[fe80::1%25eth0]",
        f"https://{'a' * 64}.example",
        f"https://{'a.' * 130}example",
    ],
)
def test_what_is_no_plain_address_of_a_store_is_refused(written: str) -> None:
    with pytest.raises(Refused):
        read_address(written)


@pytest.mark.parametrize(
    "written",
    [
        "http://shop.example",
        "https://shop.example:6379",
        "https://shop.example:80",
        "https://127.0.0.1",
        "https://[::1]",
        "https://[::ffff:127.0.0.1]",
        "https://[64:ff9b::7f00:1]",
        "https://[64:ff9b::a00:5]",
        "https://[64:ff9b:1::7f00:1]",
        "https://[2002:7f00:1::]",
        "https://[2002:c0a8:114::1]",
        "https://[2002:101:101::]",
        "https://[::7f00:1]",
        "https://[::ffff:0:7f00:1]",
        "https://[fec0::1]",
        "https://169.254.169.254",
        "https://100.64.0.1",
        "https://10.0.0.5",
        "https://0.0.0.0",
        "https://localhost",
        "https://localhost.",
        "https://shop.localhost",
        "https://shop.local",
        "https://shop",
    ],
)
def test_private_insecure_and_odd_addresses_are_never_called(written: str) -> None:
    with pytest.raises(Refused):
        refuse_uncallable(read_address(written), ())


@pytest.mark.parametrize(
    "written",
    [
        "https://shop.example/shop",
        "https://shop.example:8443",
        "https://1.1.1.1",
        "https://[64:ff9b::101:101]",
        "https://[2606:4700::1111]",
    ],
)
def test_public_addresses_may_be_called(written: str) -> None:
    refuse_uncallable(read_address(written), ())


@pytest.mark.parametrize(
    "written",
    [
        "http://192.168.1.20:8080",
        "http://127.0.0.1:4711",
        "https://[::ffff:192.168.1.20]",
        "http://shop.local",
    ],
)
def test_an_operators_own_network_may_be_called_in_any_way(written: str) -> None:
    refuse_uncallable(read_address(written), HOME)


@pytest.mark.parametrize("written", ["http://192.168.2.20", "http://127.0.0.2", "http://1.1.1.1"])
def test_allowing_one_network_allows_no_other(written: str) -> None:
    with pytest.raises(Refused):
        refuse_uncallable(read_address(written), HOME)


def test_a_network_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(Refused, match="REGULARS_ALLOW_NETWORKS"):
        read_networks("192.168.1.0/33")
