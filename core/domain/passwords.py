"""Which passwords are taken: long ones, whatever they are made of, but for those that are tried first."""

from __future__ import annotations

import unicodedata
from typing import Final

from core.domain.errors import Refused

SHORTEST: Final = 12
LONGEST: Final = 200

_FEWEST_DIFFERENT: Final = 5
_SHORTEST_PIECE: Final = 4

_COMMONEST: Final = frozenset(
    """
    123456789012 1234567890123 12345678901234 123456789123 123456789abc 1234567890ab 012345678910
    123123123123 123412341234 112233445566 111222333444 121212121212 987654321098 098765432109
    abcdefghijkl abcdefghijklm abcd12345678 abc123456789 abc123abc123 aaaabbbbcccc
    qwertyuiop12 qwertyuiop123 qwertyuiopas qwertyuiopasdf qwerty123456 qwerty1234567 qwerty12345678
    qwertyqwerty qwertz123456 qwertzuiop12 qwertzuiop123 qwertzuiopas asdfghjkl123 asdfghjklqwe
    1q2w3e4r5t6y 1q2w3e4r5t6y7u 1qaz2wsx3edc 1qazxsw23edc zaq12wsxcde3 q1w2e3r4t5y6 qazwsxedcrfv
    password1234 password12345 password123456 password2024 password2025 password2026 passwordpassword
    password123! passw0rd1234 p@ssw0rd1234 p@ssword1234 mypassword123 mypassword1234 newpassword123
    changeme1234 changeme12345 letmein12345 letmein123456 welcome12345 welcome123456 welcome2026!
    adminadminadmin admin1234567 admin12345678 administrator administrator1 administrator123
    iloveyou1234 iloveyou12345 iloveyouforever trustno1trustno1 superman1234 football1234 baseball1234
    sunshine1234 princess1234 dragon123456 monkey123456 michael12345 charlie12345
    passwort1234 passwort12345 passwort123456 passwortpasswort meinpasswort meinpasswort1 meinpasswort123
    hallohallo12 hallohallohallo hallo1234567 willkommen12 willkommen123 willkommen1234 geheim123456
    schalke04schalke04 ichliebedich ichliebedich1 ichliebedich123 sommer2026!! sommer202600
    correcthorsebatterystaple correct horse battery staple
    loyalty12345 regulars1234 regularsregulars shopify12345 woocommerce1 woocommerce123 wordpress123
    """.split()
) | {"correct horse battery staple"}


def normal_password(password: str) -> str:
    """One spelling for what keyboards write in several ways."""
    return unicodedata.normalize("NFKC", password)


def refuse_weak(password: str, email: str, name: str) -> None:
    """Raise Refused for a password that is too short, too long, or among the first that anybody tries."""
    written = normal_password(password)
    if len(written) < SHORTEST:
        raise Refused(
            f"A password has at least {SHORTEST} characters. Four words that do not go together do well."
        )
    if len(written) > LONGEST:
        raise Refused(f"A password has at most {LONGEST} characters.")
    if _is_easy(written.casefold(), email.casefold(), name.casefold()):
        raise Refused(
            "This password is among the first that are tried. Choose another, such as four words that do not "
            "go together."
        )


def _is_easy(written: str, email: str, name: str) -> bool:
    if written in _COMMONEST or len(set(written)) < _FEWEST_DIFFERENT:
        return True
    if written in "01234567890123456789abcdefghijklmnopqrstuvwxyz" or written == written[:4] * (
        len(written) // 4
    ):
        return True
    own = [
        piece for piece in (email, email.partition("@")[0], *name.split()) if len(piece) >= _SHORTEST_PIECE
    ]
    return any(piece in written and _is_little(written.replace(piece, "")) for piece in own)


def _is_little(rest: str) -> bool:
    """Whether next to nothing was added to a name or an address."""
    return len(rest.strip("0123456789!.-_ ")) < _SHORTEST_PIECE
