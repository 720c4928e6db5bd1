"""A store's own pages: anybody may have written what a browser keeps, or typed any address."""

from __future__ import annotations

from random import Random

import pytest
from flask.testing import FlaskClient

from sandbox.demo.acorn import Acorn
from sandbox.demo.addresses import Addresses
from sandbox.demo.life import Life
from sandbox.demo.post import Post
from sandbox.demo.regulars import Regulars
from sandbox.demo.storefront import Basket, create_app
from sandbox.demo.wallet import Wallet
from tests.world import NOW

KNOWN = {"7001", "7002"}
NOWHERE = "http://127.0.0.1:1"


@pytest.fixture
def acorn() -> FlaskClient:
    """Acorn's pages while Regulars does not answer."""
    shop = Acorn(NOWHERE, lambda: NOW)
    wallet = Wallet(Regulars(NOWHERE, "Acorn", ""), shop.now)
    life = Life(shop, Post(Random(1)), wallet, Random(1), NOW, NOW, tidy=lambda _now: None)
    return create_app(life, Addresses(NOWHERE, NOWHERE, NOWHERE)).test_client()


def test_a_basket_is_read_back_as_it_was_written() -> None:
    basket = Basket().with_one_more("7001").with_one_more("7002").with_one_more("7001")
    basket = Basket(basket.pieces, "ACORN-1234")
    assert basket.count == 3
    assert Basket.read(basket.write(), KNOWN) == basket
    assert basket.without("7001").pieces == (("7002", 1),)


@pytest.mark.parametrize(
    "told", ["", "|", "7001", "7001*0", "7001*-1", "7001*99", "9*1", "*.*.*", "7001*1e3", "\x00"]
)
def test_what_makes_no_sense_in_a_basket_is_passed_over(told: str) -> None:
    assert Basket.read(told, KNOWN).pieces == ()


@pytest.mark.parametrize("path", ["/nowhere", "/thanks/9999", "/basket"])
def test_an_address_that_leads_nowhere_keeps_the_stores_frame(acorn: FlaskClient, path: str) -> None:
    answer = acorn.get(path)
    assert answer.status_code in {404, 405}
    assert "There is nothing here" in answer.text
    assert "Go to the shop" in answer.text
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_an_order_of_ones_own_is_thanked_for(acorn: FlaskClient) -> None:
    acorn.post("/basket", data={"goods": "7001"})
    thanks = acorn.post("/orders").headers["Location"]
    assert "Thank you, Ana" in acorn.get(thanks).text


def test_a_code_put_into_an_empty_cart_waits_there_and_the_page_says_so(acorn: FlaskClient) -> None:
    shown = acorn.post("/code", data={"code": "ACORN-1"}, follow_redirects=True).text
    assert "Your cart is empty" in shown
    assert "ACORN-1" in shown
    acorn.post("/basket", data={"goods": "7001"})
    assert "ACORN-1" in acorn.get("/checkout").text
