"""bin/start, each of its processes killed while orders flow: all that was accepted counts, exactly once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.config.clock import utc_now
from sandbox.woocommerce.amounts import minor
from sandbox.woocommerce.serving import Serving
from sandbox.woocommerce.store import Line, Order, Refund
from tests.eventually import eventually
from tests.robust.fetching import LOOPBACK_SETTING, a_served_store, connection_of
from tests.robust.sending import sending
from tests.robust.shops import Shop, assert_exact, bodies_kept, let_time_pass, nothing_waits, open_shop
from tests.start.conftest import built, ended
from tests.start.installation import Installation

__all__ = ["built"]

CHILDREN = ("worker points", "worker outside", "valkey", "worker beat", "cli.serve")


@pytest.fixture
def installation(built: None, tmp_path: Path) -> Iterator[Installation]:
    """One that may call stores on this machine."""
    with ended(Installation(tmp_path / "data", LOOPBACK_SETTING)) as made:
        made.start()
        yield made


def kill(installation: Installation, words: str) -> None:
    """SIGKILL the child whose command holds these words."""
    (dead,) = eventually(lambda: installation.supervised(words))
    os.kill(dead, signal.SIGKILL)
    eventually(lambda: dead not in installation.supervised(words))


def put_on_shelf(running: Serving, shop: Shop) -> None:
    """The store answers what it holds, refunds by amount."""
    running.door.store.orders = {number: held(order) for number, order in shop.orders.items()}


def held(order: Mapping[str, Any]) -> Order:
    """An order of the made-up store as the stand-in holds it."""
    return Order(
        order_id=order["id"],
        key="",
        status=order["status"],
        customer_id=order["customer_id"],
        first_name=order["billing"]["first_name"],
        email=order["billing"]["email"],
        payment_method="card",
        created_at=moment(order["date_created_gmt"]),
        modified_at=moment(order["date_modified_gmt"]),
        lines=[held_line(line) for line in order["line_items"]],
        coupon_lines=[],
        shipping_minor=0,
        shipping_tax_minor=0,
        created_via=order["created_via"],
        paid_at=moment(order["date_paid_gmt"]),
        refunds=[
            Refund(refund["id"], -minor(Decimal(refund["total"]), 2), "", moment(order["date_modified_gmt"]))
            for refund in order["refunds"]
        ],
    )


def held_line(line: Mapping[str, Any]) -> Line:
    net = minor(Decimal(line["total"]), 2)
    return Line(line["id"], line["product_id"], line["name"], line["sku"], line["quantity"], net, 0, net, 0)


def moment(gmt: str) -> datetime:
    return datetime.fromisoformat(gmt).replace(tzinfo=UTC)


def test_every_kind_of_process_is_killed_while_orders_flow_and_every_point_is_right(
    installation: Installation,
) -> None:
    with installation.inside() as world, a_served_store() as fake:
        world.moment[0] = utc_now()
        shops = [
            open_shop(world, "Birch", 250, seed=7),
            open_shop(world, "Acorn", 150, seed=8, **connection_of(fake)),
        ]
        put_on_shelf(fake, shops[1])
        with sending(installation.port, shops, pause_s=0.02) as sender:
            for words in CHILDREN:
                sent = len(sender.accepted())
                kill(installation, words)
                eventually(lambda: len(sender.accepted()) > sent + 20)  # noqa: B023
        assert set(sender.accepted()) == set[bytes]().union(
            *({delivery.body for delivery in shop.deliveries} for shop in shops)
        )
        assert set(sender.accepted()) <= set[bytes]().union(
            *(bodies_kept(world, shop.store) for shop in shops)
        )

        let_time_pass(world)
        eventually(lambda: nothing_waits(world, shops))
        for shop in shops:
            assert_exact(world, shop)
    for name in ("points", "outside", "queue", "beat", "web"):
        assert f"child={name}" in installation.log
