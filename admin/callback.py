"""Where a store's server brings the keys its admin approved. Nobody signs them, so nothing is believed here.

The store wants exactly 200, else it takes the keys back; it waits with the admin's page open, so they are
kept and proven afterwards.
"""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from admin.guards import everybody
from admin.signed_in import the_env
from core.domain.connecting import HandsOverKeys
from core.domain.errors import BadDelivery
from core.jobs.bell import CONNECT
from core.services.attempts import is_expected, take_keys
from webhooks.requests import Unreadable, read_body

LARGEST_BODY_BYTES = 8192

blueprint = Blueprint("callbacks", __name__)


@blueprint.post("/connect/<platform>/callback")
@everybody
def callback(platform: str) -> ResponseReturnValue:
    """200 for keys with a good state, whatever they are worth; 404 for all else, of which nothing is kept.

    413 for more than keys can be: it is not read.
    """
    env = the_env()
    if platform not in env.platforms:
        return Response(status=404)
    adapter = env.platforms[platform]
    if not isinstance(adapter, HandsOverKeys):
        return Response(status=404)
    try:
        came = adapter.handed_over(read_body(request.environ, LARGEST_BODY_BYTES))
    except Unreadable as unreadable:
        return Response(status=unreadable.answer.status)
    except BadDelivery:
        return Response(status=404)
    with env.database.read_all() as db:
        # Strangers' keys must not take the lock that deliveries wait for.
        if not is_expected(db, platform, came.state, env.now()):
            return Response(status=404)
    with env.database.write_all() as db:
        taken = take_keys(db, platform, came, env.secrets, env.now())
    if taken.to_try is not None:
        env.bell.ring(CONNECT, taken.to_try)
    return Response(status=200 if taken.is_good else 404)
