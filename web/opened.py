"""A store opened by a key: what every route for programs of the merchant's begins with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, Response, current_app, request
from sqlalchemy import Connection, Row

from core.db import members
from core.domain.api_keys import claimed_store_id, key_in
from core.domain.payload import clean_text
from core.domain.stores import Store
from core.jobs.env import Env
from core.services.keys import store_opened_by
from web.responses import response_of
from webhooks.answers import problem

LONGEST_ID_DIGITS = 18
"""Larger numbers fit into no database."""

OF_THE_PLATFORM = "customer:"
"""How a member is named by the platform's customer id instead of ours."""


class BadKey(Exception):
    """No key, or one that opens nothing."""


class NotThere(Exception):
    """There is no such thing in the store the key opens."""


def the_env() -> Env:
    """The running process's surroundings."""
    env: Env = current_app.extensions["regulars"]
    return env


@contextmanager
def opened(named: str, *, write: bool = False) -> Iterator[tuple[Connection, Store]]:
    """A transaction in the store the request's key opens and the address names. Raises BadKey, NotThere.

    It sees the rows of one store alone: the one the key says it is of.
    """
    env, key = the_env(), key_in(request.headers.get("Authorization"))
    store_id = claimed_store_id(key) if key else None
    if key is None or store_id is None:
        raise BadKey
    with (env.database.write if write else env.database.read)(store_id) as db:
        store = store_opened_by(db, store_id, key)
        if store is None:
            raise BadKey
        if named not in {store.name, str(store.store_id)}:
            raise NotThere
        yield db, store


def the_member(db: Connection, store: Store, named: str) -> Row[Any]:
    """A member by our id, or as `customer:ID` by the platform's; merged, the survivor. Raises NotThere."""
    if named.startswith(OF_THE_PLATFORM):
        customer_ref = named.removeprefix(OF_THE_PLATFORM)
        if clean_text(customer_ref) != customer_ref:
            raise NotThere
        row = members.by_customer_ref(db, store.store_id, customer_ref)
    else:
        row = members.now_by_id(db, store.store_id, number(named))
    if row is None:
        raise NotThere
    return row


def number(text: str) -> int:
    """An id of ours out of an address. Raises NotThere for what can be none."""
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_ID_DIGITS):
        raise NotThere
    return int(text)


def unkept(response: Response) -> Response:
    """The same, to be kept by nobody on its way."""
    response.headers["Cache-Control"] = "no-store"
    return response


def refuse_strangers(blueprint: Blueprint) -> None:
    """Answer BadKey with 401 and NotThere with 404, the same whatever was missing."""

    @blueprint.errorhandler(BadKey)
    def refuse(_error: BadKey) -> Response:
        says = "Send a key of the store as Authorization: Bearer KEY."
        wants = ("WWW-Authenticate", 'Bearer realm="regulars"')
        return unkept(response_of(problem(401, "bad_key", says, wants)))

    @blueprint.errorhandler(NotThere)
    def deny(_error: NotThere) -> Response:
        return unkept(response_of(problem(404, "not_found", "The store this key opens has no such thing.")))
