"""Rewards and redemptions, for programs of the merchant's that hold a key of the store's."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request
from sqlalchemy import Row

from core.db import redemptions
from core.domain.errors import Refused
from core.domain.versions import in_force
from core.jobs.bell import EFFECTS
from core.services.cancelling import cancel
from core.services.redeeming import KeyTaken, Making, Wish, redeem
from core.services.terms import Sealing, load_terms
from web.opened import NotThere, number, opened, refuse_strangers, the_env, the_member, unkept
from web.responses import response_of
from webhooks.answers import problem

LARGEST_BODY_BYTES = 4096

blueprint = Blueprint("redemptions", __name__)
refuse_strangers(blueprint)


class Unusable(Exception):
    """The request is none of ours; `args[0]` says why."""


@blueprint.get("/api/stores/<store>/rewards", strict_slashes=False)
def rewards(store: str) -> Response:
    """What the program in force offers, in its order; what is paused nobody can have."""
    with opened(store) as (db, the_store):
        program = in_force(load_terms(db, the_store).versions, the_env().now()).program
    listed = [
        offer.to_json() | {"title": offer.title(the_store.currency), "cost_points": offer.reward.least_points}
        for offer in program.rewards
        if not offer.is_paused
    ]
    return unkept(jsonify({"rewards": listed}))


@blueprint.post("/api/stores/<store>/members/<member>/redemptions", strict_slashes=False)
def add(store: str, member: str) -> Response:
    """Redeem: 201 with the redemption, the same one for the same `Idempotency-Key`.

    409 with the reason when it cannot be had, 422 for a key used for something else or a body we cannot read.
    """
    env = the_env()
    reward_ref, points = _asked()
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        raise Unusable("Send a header Idempotency-Key of your choice: the same key redeems only once.")
    with opened(store, write=True) as (db, the_store):
        wish = Wish(the_member(db, the_store, member).id, reward_ref, points, key)
        making = Making(env.platforms[the_store.platform], Sealing(env.secrets), env.token())
        row = redeem(db, load_terms(db, the_store), wish, making, env.now())
    env.bell.ring(EFFECTS, row.store_id)
    return unkept(_answer(row, 201))


@blueprint.get("/api/stores/<store>/redemptions/<redemption>", strict_slashes=False)
def show(store: str, redemption: str) -> Response:
    """One redemption as it is now."""
    with opened(store) as (db, the_store):
        row = redemptions.by_id(db, the_store.store_id, number(redemption))
    if row is None:
        raise NotThere
    return unkept(_answer(row, 200))


@blueprint.post("/api/stores/<store>/redemptions/<redemption>/cancel", strict_slashes=False)
def take_back(store: str, redemption: str) -> Response:
    """Take a redemption back; 409 with the reason when it cannot be."""
    with opened(store, write=True) as (db, the_store):
        if redemptions.by_id(db, the_store.store_id, number(redemption)) is None:
            raise NotThere
        row = cancel(db, the_store, number(redemption), the_env().now())
    the_env().bell.ring(EFFECTS, row.store_id)
    return unkept(_answer(row, 200))


def _asked() -> tuple[str, int | None]:
    """(reward, points) out of the body. Raises Unusable."""
    if (request.content_length or 0) > LARGEST_BODY_BYTES:
        raise Unusable("The body is too large.")
    try:
        # Whatever the body calls itself: only who holds the key can send it.
        asked = request.get_json(force=True, silent=True)
    except RecursionError:
        # Brackets within brackets: a few thousand fit into the smallest body.
        asked = None
    if not isinstance(asked, dict) or not isinstance(asked.get("reward"), str):
        raise Unusable('Send a JSON body such as {"reward": "five-off"}.')
    if unknown := sorted(set(asked) - {"reward", "points"}):
        raise Unusable(f"“{unknown[0][:40]}” is not known here: a wish has “reward” and “points”.")
    points = asked.get("points")
    if points is not None and (isinstance(points, bool) or not isinstance(points, int) or points < 1):
        raise Unusable("“points” is a whole number above 0, or left out.")
    return asked["reward"], points


def _answer(row: Row[Any], status: int) -> Response:
    response = jsonify(
        {
            "id": row.id,
            "state": row.state,
            "code": row.code,
            "reward": row.reward_ref,
            "title": row.title,
            "cost_points": row.cost_points,
            "restored_points": row.restored_points,
            "order_ref": row.order_ref,
            "ends_at": row.ends_at.isoformat() if row.ends_at else None,
            "problem": row.problem,
        }
    )
    response.status_code = status
    return response


@blueprint.errorhandler(Refused)
def decline(error: Refused) -> Response:
    """409 with the sentence for the member; 422 for a key that stands for something else."""
    if isinstance(error, KeyTaken):
        return unkept(response_of(problem(422, "key_taken", str(error))))
    return unkept(response_of(problem(409, "refused", str(error))))


@blueprint.errorhandler(Unusable)
def misread(error: Unusable) -> Response:
    """422 with what would be right."""
    return unkept(response_of(problem(422, "unusable", str(error))))
