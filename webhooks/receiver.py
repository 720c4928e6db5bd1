"""The door stores deliver at: verify the raw bytes, store them, ring, answer. Nothing is parsed here.

Answers 2xx only after COMMIT. Signed bytes are taken whatever they hold: what cannot be understood becomes a
dead letter the merchant can see, since platforms switch off webhooks that keep failing.

A WSGI application of its own that stands before the others: deliveries come in bursts, and a third of what
one costs here would go into choosing the view and wrapping request and response.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from core.domain.errors import BadSignature
from core.domain.platform import Delivery, Platform
from core.jobs.env import Env
from webhooks.answers import WELL, Answer, problem, trouble
from webhooks.directory import Directory, Known
from webhooks.intake import Intake
from webhooks.refusals import Refusals
from webhooks.requests import Unreadable, read_delivery
from webhooks.strangers import Strangers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/webhooks/"

NOT_FOUND = (404, "not_found", "There is nothing at this address.")

log = structlog.get_logger()


class Receiver:
    """Takes deliveries below `/webhooks/` and leaves every other request to another application.

    No answer is ever a redirect: both platforms take one for success and send the delivery nowhere else.
    """

    def __init__(self, env: Env, otherwise: WSGIApplication) -> None:
        self._env = env
        self._otherwise = otherwise
        self._directory = Directory(env)
        self._intake = Intake(env)
        self._refusals = Refusals(env)
        self._strangers = Strangers(env, self._directory)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ["PATH_INFO"]
        if not path.startswith(PREFIX):
            return self._otherwise(environ, start_response)
        try:
            answer = self._receive(environ, path)
        except BadSignature as error:
            # The log says where: a mistyped secret is the commonest mistake.
            log.warning("delivery.refused", path=path, reason=str(error))
            answer = problem(401, "bad_signature", "The signature does not fit the body.")
        except Unreadable as error:
            answer = error.answer
        except Exception as error:  # noqa: BLE001  # what breaks here is logged and answered like anywhere else
            answer = trouble(error)
        return answer.send(start_response)

    def _receive(self, environ: WSGIEnvironment, path: str) -> Answer:
        """By the shape of the address: `/webhooks/<platform>` is for all stores, one more part for one."""
        parts = path.removeprefix(PREFIX).removesuffix("/").split("/")
        adapter = self._env.platforms.get(parts[0])
        if len(parts) > 2 or not all(parts):
            return problem(*NOT_FOUND)
        if environ["REQUEST_METHOD"] != "POST":
            return problem(405, "method_not_allowed", "Deliveries are sent by POST.", ("Allow", "POST"))
        delivery = read_delivery(environ)
        if len(parts) == 2:
            return self._take(adapter, parts[1], delivery)
        return self._take_from_any(adapter, delivery)

    def _take(self, adapter: Platform | None, address: str, delivery: Delivery) -> Answer:
        """One delivery at a store's own address; 401 for a wrong address, like for a wrong signature."""
        known = self._directory.find(adapter.name, address) if adapter else None
        if adapter is not None and known is None and self._directory.was_wiped(adapter.name, address):
            # Its secret is gone with it, and nobody is to go on sending what is kept no more.
            return WELL
        if known is None or adapter is None or adapter.has_shared_address:
            return problem(401, "unknown_address", "No store receives deliveries at this address.")
        if adapter.is_ping(delivery):
            return WELL
        self._verify(adapter, known, delivery)
        return self._keep(adapter, known, delivery)

    def _take_from_any(self, adapter: Platform | None, delivery: Delivery) -> Answer:
        """One delivery where all stores of a platform deliver to one address and name themselves.

        The name is a claim: it only picks the secret. A store we do not know is answered 200 and nothing is
        kept, if any of our secrets signed; else the platform would go on sending what nobody waits for.
        """
        if adapter is None or not adapter.has_shared_address:
            return problem(*NOT_FOUND)
        address = adapter.address(delivery)
        if address is None:
            return problem(401, "unknown_store", "The delivery does not name a store.")
        known = self._directory.find(adapter.name, address)
        if known is None and self._directory.was_wiped(adapter.name, address):
            return WELL
        if known is None:
            adapter.verify(delivery, self._directory.all_secrets(adapter.name))
            self._strangers.tell(adapter, address, delivery)
            return WELL
        self._verify(adapter, known, delivery)
        return self._keep(adapter, known, delivery)

    def _verify(self, adapter: Platform, known: Known, delivery: Delivery) -> None:
        try:
            adapter.verify(delivery, known.secrets)
        except BadSignature:
            self._refusals.count(known.store)
            raise

    def _keep(self, adapter: Platform, known: Known, delivery: Delivery) -> Answer:
        self._intake.keep(known.store.store_id, adapter.label(delivery), delivery.body)
        return WELL
