"""The web server: granian around `wsgi:app`. Run by `bin/start`; by itself: `python -m cli.serve HOST PORT`.

Tried on granian 2.8.7: a chunked body can be read piecewise from `wsgi.input` (a read waits until it is
filled or the body ends; a body cut off by its sender ends like a complete one), `//` in a path arrives as
sent, an HTTP/2 preface is not answered, SIGTERM ends it within 1.5 s.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from multiprocessing import parent_process
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from cli.processes import die_with_parent
from core.config.logs import configure_logs

THREADS = 64
"""Requests at work at once. A sender that dribbles its body holds one, so there are many; idle ones end."""
HEADER_TIMEOUT_MS = 10_000
STOP_TIMEOUT_S = 5


def serve(host: str, port: int, module: str = "wsgi") -> None:
    """Serves `app` of a module, or what `module:function` makes, until SIGTERM or SIGINT.

    Ends when its server process dies: who started it starts it anew.
    """
    configure_logs("web")
    Server(
        module,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT_MS),
        websockets=False,
        blocking_threads=THREADS,
        workers_kill_timeout=STOP_TIMEOUT_S,
        log_level=LogLevels.error,
        log_dictconfig={"loggers": {}, "handlers": {}},  # its lines go the way of ours
    ).serve(target_loader=load_app)


def load_app(module: str) -> Callable[..., Any]:
    """The WSGI application, in granian's server process, which is not to outlive the one that started it."""
    starter = parent_process()
    if starter and starter.pid:
        die_with_parent(starter.pid)
    name, _, maker = module.partition(":")
    loaded = import_module(name)
    app: Callable[..., Any] = getattr(loaded, maker)() if maker else loaded.app
    return app


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), *sys.argv[3:4])
