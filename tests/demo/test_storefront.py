"""The basket that a browser keeps may have been written by anybody."""

from __future__ import annotations

import pytest

from sandbox.demo.storefront import Basket

KNOWN = {"7001", "7002"}


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
