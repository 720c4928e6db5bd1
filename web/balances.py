"""A member's balance, for programs of the merchant's that hold a key of the store's. Reads, never writes."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, request
from sqlalchemy import Connection

from core.db import members
from core.domain.api_keys import claimed_store_id, key_in
from core.domain.ledger import Balance
from core.domain.stores import Store
from core.jobs.env import Env
from core.services.keys import store_opened_by
from web.responses import response_of
from webhooks.answers import problem

LONGEST_ID_DIGITS = 18
"""Larger numbers fit into no database; no member has one."""

blueprint = Blueprint("balances", __name__)


class BadKey(Exception):
    """No key, or one that opens nothing."""


class NoSuchMember(Exception):
    """There is no such member in the store the key opens."""


@blueprint.get("/api/stores/<store>/members/<member>", strict_slashes=False)
def balance(store: str, member: str) -> Response:
    """The balance of one member, by our id, of a store by name or id.

    One reading transaction that sees the rows of one store alone: the one the key says it is of.
    """
    env: Env = current_app.extensions["regulars"]
    key = key_in(request.headers.get("Authorization"))
    store_id = claimed_store_id(key) if key else None
    if key is None or store_id is None:
        raise BadKey
    with env.database.read(store_id) as db:
        opened = store_opened_by(db, store_id, key)
        if opened is None:
            raise BadKey
        if store not in {opened.name, str(opened.store_id)}:
            raise NoSuchMember
        member_id, found = _balance(db, opened, member)
    return _answer(member_id, found)


def _balance(db: Connection, store: Store, member: str) -> tuple[int, Balance]:
    if not (member.isascii() and member.isdigit() and len(member) <= LONGEST_ID_DIGITS):
        raise NoSuchMember
    row = members.by_id(db, store.store_id, int(member))
    if row is None:
        raise NoSuchMember
    return row.id, members.balance_of(row)


def _answer(member_id: int, found: Balance) -> Response:
    response = jsonify(
        {
            "member_id": member_id,
            "available_points": found.available_points,
            "pending_points": found.pending_points,
            "debt_points": found.debt_points,
        }
    )
    return _unkept(response)


@blueprint.errorhandler(BadKey)
def refuse(_error: BadKey) -> Response:
    """401, the same whether a key is missing, misspelt, unknown or revoked."""
    says = "Send a key of the store as Authorization: Bearer KEY."
    return _unkept(
        response_of(problem(401, "bad_key", says, ("WWW-Authenticate", 'Bearer realm="regulars"')))
    )


@blueprint.errorhandler(NoSuchMember)
def deny(_error: NoSuchMember) -> Response:
    """404, the same for a member who is not there, one of another store, and another store."""
    return _unkept(response_of(problem(404, "not_found", "The store this key opens has no such member.")))


def _unkept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
