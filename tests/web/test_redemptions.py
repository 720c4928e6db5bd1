"""Rewards and redemptions over HTTP: for whoever holds a key of the store's, once for each key of a wish."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from core.db import members
from core.domain.stores import Store
from tests.payloads import an_order
from tests.web.conftest import Answer, Site

PROGRAM = json.dumps(
    {
        "pending_days": 0,
        "rewards": [
            {"id": "four", "kind": "amount_off", "cost_points": 40, "amount_minor": 400, "valid_days": 30},
            {"id": "any", "kind": "any_amount", "name": "As you like", "step_points": 10},
        ],
    }
)


@dataclass(frozen=True)
class Desk:
    """Where a program of the merchant's redeems for Ana, who has 49 points."""

    site: Site
    store: Store
    ana: int
    key: str

    def redeem(self, body: object, wish: str = "w", member: object = "", key: str = "") -> Answer:
        path = f"/api/stores/{self.store.store_id}/members/{member or self.ana}/redemptions"
        return self.site.post(path, body, key or self.key, Idempotency_Key=wish)

    def get(self, path: str, key: str = "") -> Answer:
        return self.site.get(f"/api/stores/{self.store.store_id}/{path}", key or self.key)

    def available(self) -> int:
        return int(self.get(f"members/{self.ana}").json["available_points"])


@pytest.fixture
def desk(site: Site) -> Desk:
    store = site.world.birch(program=PROGRAM, is_offline=False)
    site.world.tell(store, an_order())
    with site.world.database.read(store.store_id) as db:
        row = members.by_customer_ref(db, store.store_id, "7")
    assert row is not None
    return Desk(site, store, row.id, site.key(store).key)


def test_what_there_is_to_have(desk: Desk) -> None:
    told = desk.get("rewards")

    assert (told.status, told.headers["Cache-Control"]) == (200, "no-store")
    assert [(one["id"], one["title"], one["kind"], one["cost_points"]) for one in told.json["rewards"]] == [
        ("four", "4.00 EUR off", "amount_off", 40),
        ("any", "As you like", "any_amount", 10),
    ]


def test_points_become_a_redemption_that_is_then_shown_as_it_is(desk: Desk) -> None:
    made = desk.redeem({"reward": "four"})

    assert (made.status, made.headers["Cache-Control"]) == (201, "no-store")
    code = made.json.pop("code")
    assert re.fullmatch(r"POINTS(-[0-9A-HJKMNP-TV-Z]{4}){4}", code)
    ends_at = made.json.pop("ends_at")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT2[23]:00:00\+00:00", ends_at)
    assert made.json == {
        "id": made.json["id"],
        "state": "pending",
        "reward": "four",
        "title": "4.00 EUR off",
        "cost_points": 40,
        "restored_points": 0,
        "order_ref": None,
        "problem": None,
    }
    shown = desk.get(f"redemptions/{made.json['id']}")
    assert (shown.status, shown.json) == (200, made.json | {"code": code, "ends_at": ends_at})
    assert desk.available() == 9


def test_a_member_goes_by_the_platforms_id_too(desk: Desk) -> None:
    assert desk.redeem({"reward": "any", "points": 20}, member="customer:7").json["cost_points"] == 20
    assert desk.get("members/customer:7").json["available_points"] == 29
    for nobody in ("customer:8", "customer:", "customer:%00", "customer:%ff", "customer:" + "7" * 300):
        assert desk.get(f"members/{nobody}").status == 404, nobody


def test_the_same_key_is_the_same_redemption_also_at_once(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: desk.redeem({"reward": "any", "points": 20}), range(8)))

    assert {answer.status for answer in answers} == {201}
    assert len({json.dumps(answer.json) for answer in answers}) == 1
    assert desk.available() == 29


def test_another_wish_under_the_key_is_refused(desk: Desk) -> None:
    desk.redeem({"reward": "any", "points": 10})

    for other in ({"reward": "any", "points": 20}, {"reward": "four"}):
        answer = desk.redeem(other)
        assert (answer.status, answer.json["error"]["code"]) == (422, "key_taken")
    assert desk.available() == 39


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"reward": "six"}, "There is no reward “six”; the program has: four, any."),
        ({"reward": "any", "points": 50}, "This costs 50 points; the member has 49."),
        ({"reward": "any"}, "Say how many points: from 10 in steps of 10."),
        ({"reward": "four", "points": 41}, "This reward costs 40 points, not 41."),
    ],
)
def test_what_cannot_be_had_is_said_in_words(desk: Desk, body: object, says: str) -> None:
    answer = desk.redeem(body)

    assert (answer.status, answer.json["error"]["code"]) == (409, "refused")
    assert answer.json["error"]["message"] == says
    assert desk.available() == 49


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[]", b"null", b'"four"', b"\xff\xfe", b"[" * 4000, b'{"a":' * 600),
        *({}, {"reward": 4}, {"reward": None}, {"reward": ["four"]}),
        *({"reward": "any", "points": wrong} for wrong in (0, -10, 1.5, "10", True)),
        {"reward": "four", "more": "x" * 4096},
    ],
)
def test_what_is_no_wish_is_422(desk: Desk, body: object) -> None:
    answer = desk.redeem(body)

    assert (answer.status, answer.json["error"]["code"]) == (422, "unusable")
    assert desk.available() == 49


@pytest.mark.parametrize(
    "body",
    [
        b'{"reward": "any", "points": 1' + b"0" * 4000 + b"}",
        b'{"reward": "\\ud800"}',
        b'{"reward": "\\u0000"}',
        {"reward": "x" * 4000},
    ],
)
def test_a_strange_wish_is_refused_and_breaks_nothing(desk: Desk, body: object) -> None:
    assert desk.redeem(body).status == 409


@pytest.mark.parametrize(
    ("wish", "says"), [("", "Send a header Idempotency-Key"), ("k" * 121, "1 to 120 printable characters")]
)
def test_without_a_key_that_can_be_kept_nothing_is_redeemed(desk: Desk, wish: str, says: str) -> None:
    assert says in desk.redeem({"reward": "four"}, wish).json["error"]["message"]
    assert desk.available() == 49


def test_a_body_without_a_length_is_bounded_too(desk: Desk) -> None:
    path = f"/api/stores/{desk.store.store_id}/members/{desk.ana}/redemptions"
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    body = chunk * 4 + b"0\r\n\r\n"
    answer = desk.site.post(path, body, desk.key, Idempotency_Key="w", Transfer_Encoding="chunked")

    assert answer.status in {411, 413, 422}


def test_without_a_key_of_the_store_there_is_nothing(desk: Desk) -> None:
    made = desk.redeem({"reward": "four"}).json["id"]
    other = desk.site.world.birch(program=PROGRAM, is_offline=False)
    others_key = desk.site.key(other).key

    for key, status in (("nonsense", 401), (others_key, 404)):
        assert desk.redeem({"reward": "four"}, "w2", key=key).status == status
        assert desk.get("rewards", key).status == status
        assert desk.get(f"redemptions/{made}", key).status == status
    strange = desk.site.get(f"/api/stores/{other.store_id}/redemptions/{made}", others_key)
    assert strange.status == 404
    theirs = f"/api/stores/{other.store_id}/members/{desk.ana}/redemptions"
    assert desk.site.post(theirs, {"reward": "four"}, others_key, Idempotency_Key="w").status == 404


@pytest.mark.parametrize("named", ["0", "-1", "1.0", "x", "9" * 19, "%00", "\u0661".encode().hex()])
def test_a_redemption_that_is_none_is_404(desk: Desk, named: str) -> None:
    assert desk.get(f"redemptions/{named}").status == 404
