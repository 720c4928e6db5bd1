"""Keys for programs of the merchant's: made once, shown once, chosen by nobody, revoked for good."""

from __future__ import annotations

import re

import pytest

from core.domain.staff import Role
from tests.admin.people import operator_browser, staff_browser
from tests.admin.test_settings import at, hidden, in_words, noted, save
from tests.payloads import an_order
from tests.world import World


def test_a_key_is_made_and_shown_once_however_often_the_form_is_sent_and_revoked(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    olive = staff_browser(world, Role.OWNER, birch)
    form = {**hidden(olive.get(at(birch, "/keys"))), "note": "till in the shop"}
    made = olive.send(at(birch, "/keys"), **form)
    (key,) = set(re.findall(r"regulars_1_[0-9a-f]{64}", made.text))
    reloaded = olive.send(at(birch, "/keys"), **form)
    assert reloaded.status_code == 303
    assert key not in reloaded.headers["Location"]
    page = olive.get(reloaded.headers["Location"])
    assert key not in page.text
    assert "Key 1 is made already and was shown once. Nothing was made now." in in_words(page)
    assert "till in the shop" in page.text
    assert "One key reads balances and redeems at Birch." in in_words(page)

    def balance() -> int:
        opening = {"Authorization": f"Bearer {key}"}
        return world.client.get("/api/stores/Birch/members/1", headers=opening).status_code

    assert balance() == 200
    for _ in range(2):
        olive.send(at(birch, "/keys/1/revoke"))
    assert balance() == 401
    assert noted(world, birch) == [("Olive", "key.revoked"), ("Olive", "key.made")]
    late = olive.send(at(birch, "/keys"), **form)
    assert late.status_code == 303
    assert "is made already" not in in_words(olive.get(late.headers["Location"]))
    assert balance() == 401


@pytest.mark.parametrize("drawn", ["", "0" * 64, "gAAAAA", "ü"])
def test_nobody_chooses_the_secret_of_a_key(world: World, drawn: str) -> None:
    birch = world.connect()
    assert save(operator_browser(world), at(birch, "/keys"), note="x", drawn=drawn).status_code == 422
    assert noted(world, birch) == []


def test_keys_of_another_store_are_neither_shown_nor_revoked_nor_made(world: World) -> None:
    acorn, birch = world.connect("Acorn"), world.connect()
    operator = operator_browser(world)
    save(operator, at(acorn, "/keys"), note="of Acorn")
    carried = hidden(operator.get(at(acorn, "/keys")))
    olive = staff_browser(world, Role.OWNER, birch)
    assert "of Acorn" not in olive.get(at(birch, "/keys")).text
    olive.send(at(birch, "/keys/1/revoke"))
    assert "One key reads" in in_words(operator.get(at(acorn, "/keys")))
    assert (
        olive.send(at(birch, "/keys"), **{**carried, "note": "x", "csrf_token": olive.token()}).status_code
        == 422
    )
