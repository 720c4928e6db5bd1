"""What the demo's page asks a store: how it stands, and to do something now. JSON, for this machine alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest

from sandbox.demo.life import Life
from sandbox.demo.post import Record
from sandbox.demo.shop import ANA, Cart
from sandbox.demo.wallet import Held

RECORDS_TOLD = 24
CODES_TOLD = 6
YOURS_TOLD_FOR = timedelta(minutes=2)


def create_door(life: Life) -> Blueprint:
    """The addresses below `/demo` of one store."""
    door = Blueprint("state", __name__, url_prefix="/demo")

    @door.get("/state")
    def tell() -> Response:
        life.look()
        return jsonify(_state(life))

    @door.post("/pause")
    def pause() -> Response:
        life.is_paused = bool(_asked().get("paused"))
        return jsonify(paused=life.is_paused)

    @door.post("/order")
    def order() -> Response:
        life.look()
        said = life.order(offer(life))
        return jsonify(order_ref=said.order_ref, order_name=said.order_name)

    return door


def offer(life: Life) -> Cart:
    """What Ana orders at the press of one button."""
    ana = next(one for one in life.shop.shoppers if one.name == ANA)
    return Cart(ana, ((life.shop.goods[1].goods_ref, 1),))


def _asked() -> dict[str, Any]:
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict):
        raise BadRequest("a JSON object is asked for")
    return asked


def _state(life: Life) -> dict[str, Any]:
    shop, now = life.shop, life.shop_now()
    records, counts = life.post.last()
    in_post, worth = life.post.waiting_for(), shop.worth()
    return {
        "name": shop.name,
        "platform_name": shop.platform_name,
        "currency": shop.currency,
        "running_s": int((now - life.began_at).total_seconds()),
        "is_paused": life.is_paused,
        "offer_minor": life.shop.price(offer(life)).total_minor,
        "yours": _yours(life, now),
        "shoppers": {one.customer_ref: one.name for one in shop.shoppers if one.customer_ref},
        "counts": {
            "orders": shop.orders_placed,
            "delivered": counts.delivered,
            "again": counts.again,
            "late": counts.late,
            "overtaken": counts.overtaken,
        },
        "records": [_record(one) for one in records[:RECORDS_TOLD]],
        "codes": [_code(one) for one in life.wallet.held()[:CODES_TOLD]],
        "worth": {ref: points for ref, points in worth.items() if ref not in in_post},
    }


def _yours(life: Life, now: datetime) -> dict[str, Any] | None:
    """Ana's newest order, for a while: she is whoever looks, and wants to see it arrive."""
    newest = next(iter(life.of_ana()), None)
    if newest is None or now - newest.at > YOURS_TOLD_FOR:
        return None
    said = newest.happening
    return {
        "at": newest.at.isoformat(),
        "order_ref": said.order_ref,
        "order_name": said.order_name,
        "amount_minor": said.amount_minor,
    }


def _record(record: Record) -> dict[str, Any]:
    about = record.letter.about
    return {
        "at": record.at.isoformat(),
        "topic": record.letter.topic,
        "delivery_ref": record.letter.delivery_ref,
        "order_ref": about.order_ref,
        "order_name": about.order_name,
        "shopper": about.shopper,
        "what": about.what,
        "amount_minor": about.amount_minor,
        "trouble": record.trouble,
        "late_by_s": record.late_by_s,
        "took_ms": record.took_ms,
    }


def _code(held: Held) -> dict[str, Any]:
    redemption = held.redemption
    return {
        "at": held.made_at.isoformat(),
        "shopper": held.shopper.name,
        "state": redemption.state,
        "code": redemption.code,
        "title": redemption.title,
        "cost_points": redemption.cost_points,
    }
