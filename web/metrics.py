"""What a monitor reads: `GET /metrics` in Prometheus' text format, for who names the token."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime

from flask import Blueprint, Response, make_response, request
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from werkzeug.exceptions import NotFound, Unauthorized

from core.db.measures import Measures, measure
from web.opened import the_env

Values = Mapping[str, float] | Mapping[tuple[str, str], int]

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Gauges over all stores, and this process's memory and time. 404 where no token is set."""
    env = the_env()
    token = env.settings.metrics_token
    if token is None:
        raise NotFound
    if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode()):
        raise Unauthorized("Name the token: Authorization: Bearer REGULARS_METRICS_TOKEN.")
    with env.database.read_all() as db:
        seen = measure(db)
    registry = CollectorRegistry()
    registry.register(_Look(seen, env.now()))
    ProcessCollector(registry=registry)
    response = make_response(generate_latest(registry))
    response.headers["Content-Type"] = CONTENT_TYPE_LATEST
    return response


class _Look:
    """One look, as the library wants it."""

    def __init__(self, seen: Measures, now: datetime) -> None:
        self._seen, self._now = seen, now

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every gauge."""
        seen = self._seen
        yield _gauge("stores", "Stores by state.", ("state",), seen.stores)
        waiting = "Deliveries that are not settled, by state; new ones are on their way."
        yield _gauge("deliveries_waiting", waiting, ("state",), seen.deliveries)
        yield GaugeMetricFamily(
            "regulars_oldest_delivery_seconds",
            "Age of the delivery that waits longest; 0 when none does.",
            value=self._age_s(seen.oldest_waiting_at),
        )
        calls = "Calls to stores that are not made yet."
        yield _gauge("effects_waiting", calls, ("kind", "state"), seen.effects)
        yield _gauge("notices", "What merchants should know.", ("kind",), seen.notices)
        ages = {name: self._age_s(at) for name, at in seen.ticks.items()}
        yield _gauge("beat_age_seconds", "Since the beat did each thing last.", ("tick",), ages)

    def _age_s(self, moment: datetime | None) -> float:
        return 0.0 if moment is None else max(0.0, (self._now - moment).total_seconds())


def _gauge(name: str, says: str, labels: tuple[str, ...], values: Values) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(f"regulars_{name}", says, labels=labels)
    for key, value in values.items():
        gauge.add_metric([key] if isinstance(key, str) else list(key), value)
    return gauge
