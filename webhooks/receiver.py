"""The one receiving route: verify the raw bytes, store them, ring, answer. Nothing is parsed here.

Answers 2xx only after COMMIT. Signed bytes are taken whatever they hold: what cannot be understood becomes a
dead letter the merchant can see, since platforms switch off webhooks that keep failing.
"""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from core.domain.errors import BadSignature
from core.domain.platform import Delivery
from core.jobs.env import Env
from webhooks.answers import answer, problem
from webhooks.directory import Directory
from webhooks.intake import Intake

LARGEST_BODY_BYTES = 5 * 1024 * 1024

blueprint = Blueprint("webhooks", __name__)
log = structlog.get_logger()


class Compressed(Exception):
    """The body is compressed."""


@blueprint.route(
    "/webhooks/<platform>/<path>", methods=["POST"], provide_automatic_options=False, strict_slashes=False
)
def receive(platform: str, path: str) -> Response:
    """Take one delivery at a store's own address. 401 for a wrong address or signature, 413, 415."""
    env, delivery = _env(), _delivery()
    known = _directory().find(platform, path)
    adapter = env.platforms.get(platform)
    if known is None or adapter is None or adapter.has_shared_address:
        return problem(401, "unknown_address", "No store receives deliveries at this address.")
    if adapter.is_ping(delivery):
        return answer()
    adapter.verify(delivery, known.secrets)
    _intake().keep(known.store.store_id, adapter.label(delivery), delivery.body)
    return answer()


@blueprint.route(
    "/webhooks/<platform>", methods=["POST"], provide_automatic_options=False, strict_slashes=False
)
def receive_for_all(platform: str) -> Response:
    """Take one delivery where all stores of a platform deliver to one address and name themselves.

    The name is a claim: it only picks the secret. A store we do not know is answered 200 and nothing is
    kept, if any of our secrets signed; else the platform would go on sending what nobody waits for.
    """
    env, delivery = _env(), _delivery()
    adapter = env.platforms.get(platform)
    if adapter is None or not adapter.has_shared_address:
        return problem(404, "not_found", "There is nothing at this address.")
    address = adapter.address(delivery)
    if address is None:
        return problem(401, "unknown_store", "The delivery does not name a store.")
    known = _directory().find(platform, address)
    adapter.verify(delivery, known.secrets if known else _directory().all_secrets(platform))
    if known is None:
        log.warning("delivery.of_unknown_store", platform=platform, store=address)
        return answer()
    _intake().keep(known.store.store_id, adapter.label(delivery), delivery.body)
    return answer()


@blueprint.errorhandler(BadSignature)
def refuse(error: BadSignature) -> Response:
    """401, saying no more than that. The log says where: a mistyped secret is the commonest mistake."""
    log.warning("delivery.refused", path=request.path, reason=str(error))
    return problem(401, "bad_signature", "The signature does not fit the body.")


@blueprint.errorhandler(Compressed)
def refuse_compressed(_error: Compressed) -> Response:
    """415: a small body may unpack to a huge one, so none is ever unpacked."""
    return problem(415, "compressed", "Send the body as it is, not compressed.")


def _env() -> Env:
    env: Env = current_app.extensions["regulars"]
    return env


def _intake() -> Intake:
    intake: Intake = current_app.extensions["regulars.intake"]
    return intake


def _directory() -> Directory:
    directory: Directory = current_app.extensions["regulars.directory"]
    return directory


def _delivery() -> Delivery:
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Compressed
    return Delivery(_body(), {name.lower(): value for name, value in request.headers.items()})


def _body() -> bytes:
    """The raw bytes. Raises RequestEntityTooLarge before reading more than the cap."""
    if (request.content_length or 0) > LARGEST_BODY_BYTES:
        raise RequestEntityTooLarge
    if request.content_length is not None:
        return request.get_data(cache=False)
    # No length given: the body comes in chunks, whose end the server marks.
    body: bytes = request.environ["wsgi.input"].read(LARGEST_BODY_BYTES + 1)
    if len(body) > LARGEST_BODY_BYTES:
        raise RequestEntityTooLarge
    return body
