"""The receiver of the naive pipeline: verify, parse, enqueue one job, answer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os

from flask import Flask, abort, request
from redis import Redis
from rq import Queue

from benchmarks.naive.award import award
from benchmarks.naive.worker import QUEUE
from benchmarks.stream import secret_of

app = Flask("naive")
queue = Queue(QUEUE, connection=Redis.from_url(os.environ["REDIS_URL"]))


@app.post("/webhooks/woocommerce/bench-<int:store>")
def receive(store: int) -> str:
    """Take one delivery."""
    body = request.get_data()
    signature = base64.b64encode(hmac.digest(secret_of(store).encode(), body, hashlib.sha256)).decode()
    if not hmac.compare_digest(signature, request.headers["X-WC-Webhook-Signature"]):
        abort(401)
    queue.enqueue(award, store, json.loads(body))
    return ""
