"""The web process of the demo: the product's application, with the demo's page at `/`."""

from __future__ import annotations

import os
from dataclasses import replace

from flask import Flask

from core.config.logs import configure_logs
from core.jobs.aside import AsideBell
from sandbox.demo.addresses import Addresses
from sandbox.demo.opening import demo_env
from sandbox.demo.page import create_page
from sandbox.demo.watching import Watching
from web.app import create_app


def create_demo() -> Flask:
    """For any WSGI server; the environment says where the stores are."""
    configure_logs("web")
    env = demo_env()
    env = replace(env, bell=AsideBell(env.bell))
    return create_app(env, create_page(Watching(env, Addresses.load(os.environ))))
