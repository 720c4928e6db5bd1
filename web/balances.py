"""A member's balance, for programs of the merchant's that hold a key of the store's. Reads, never writes."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from core.db import members
from web.opened import opened, refuse_strangers, the_member, unkept

blueprint = Blueprint("balances", __name__)
refuse_strangers(blueprint)


@blueprint.get("/api/stores/<store>/members/<member>", strict_slashes=False)
def balance(store: str, member: str) -> Response:
    """The balance of one member of a store by name or id, in one reading transaction."""
    with opened(store) as (db, the_store):
        row = the_member(db, the_store, member)
    found = members.balance_of(row)
    return unkept(
        jsonify(
            {
                "member_id": row.id,
                "available_points": found.available_points,
                "pending_points": found.pending_points,
                "debt_points": found.debt_points,
            }
        )
    )
