"""How a person without an account is recognised."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.domain.people import email_key, normal_email


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("ana@example.com", "ana@example.com"),
        ("ANA@Example.COM", "ana@example.com"),
        ("\t ana@example.com \n", "ana@example.com"),
        ("ana+birch@example.com", "ana+birch@example.com"),
        ("an.a@gmail.com", "an.a@gmail.com"),
        ("ana@MÜNCHEN.example", "ana@xn--mnchen-3ya.example"),
        ("ana@xn--mnchen-3ya.example", "ana@xn--mnchen-3ya.example"),
        ("zoé@example.com", "zoé@example.com"),
        ("STRASSE@example.com", "strasse@example.com"),
        ("straße@example.com", "strasse@example.com"),
    ],
)
def test_one_person_is_recognised_however_they_type(typed: str, normal: str) -> None:
    assert normal_email(typed) == normal


@pytest.mark.parametrize(
    "typed",
    [
        None,
        5,
        [],
        "",
        "ana",
        "ana@",
        "@example.com",
        "ana@localhost",
        "a@b@c.de",
        "ana @example.com",
        "ana@example.com\r\nBcc: m@x.de",
        "ana\x00@example.com",
        "<ana@example.com>",
        "a@b.de,c@d.de",
        "ana@ex ample.com",
        "ana@a..com",
        "ana@" + "b" * 64 + ".com",
        "a" * 250 + "@b.de",
        "\ud800@b.de",
        "a@.de",
    ],
)
def test_what_is_no_usable_address_is_none(typed: object) -> None:
    assert normal_email(typed) is None


@given(st.text(st.characters(), max_size=40) | st.emails())
@example("a@" + "ǆ" * 100 + ".de")
@example("a@b.´")
def test_any_text_is_an_address_or_none_and_normal_for_good(typed: str) -> None:
    normal = normal_email(typed)

    assert normal is None or normal_email(normal) == normal


def test_an_address_is_hashed_with_the_installations_key_and_for_one_store() -> None:
    keys = {
        email_key(b"k" * 32, 1, "ana@example.com"),
        email_key(b"l" * 32, 1, "ana@example.com"),
        email_key(b"k" * 32, 2, "ana@example.com"),
        email_key(b"k" * 32, 1, "finn@example.com"),
    }

    assert len(keys) == 4
    assert {len(key) for key in keys} == {32}
    assert email_key(b"k" * 32, 1, "ana@example.com") in keys
