"""The product's own work in a process that dies or waits at a named point.

`python -m tests.at_point drain.before_commit:3 die worker points` is a worker killed by SIGKILL, as by a
power cut, at its third visit of that point. With `wait` it leaves the file `reached` in the current folder
and goes on when a file `go` appears. Work: `worker ROLE`, `drain STORE_ID`, `mature STORE_ID`,
`effects STORE_ID`, `forget STORE_ID`, `reconcile STORE_ID`, `web PORT`, `beat -`.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from werkzeug.serving import make_server

from core.config.logs import configure_logs
from core.config.settings import Settings
from core.jobs.beat import run_beat
from core.jobs.drain import drain
from core.jobs.effects import run_effects
from core.jobs.env import Env
from core.jobs.forget import forget
from core.jobs.mature import mature
from core.jobs.reconcile import reconcile
from core.jobs.working import run_worker
from integrations.assembly import production_env, web_env
from web.app import create_app

REACHED = Path("reached")
GO = Path("go")


def die() -> None:
    """End this process at once."""
    os.kill(os.getpid(), signal.SIGKILL)


def wait() -> None:
    """Stay here until told to go on."""
    REACHED.touch()
    while not GO.exists():
        time.sleep(0.01)


ACTIONS = {"die": die, "wait": wait}


def at_visit(point_and_number: str, act: Callable[[], None]) -> Callable[[str], None]:
    """What calls `act` at the n-th visit of a point, given as `point:n`."""
    point, _, number = point_and_number.partition(":")
    visits = itertools.count(1)

    def reach(name: str) -> None:
        if name == point and next(visits) == int(number or 1):
            act()

    return reach


def work(env: Env, kind: str, subject: str) -> None:
    """Do one kind of work in this process."""
    match kind:
        case "worker":
            run_worker(env, subject, env.settings.redis_url or "")
        case "drain":
            drain(env, int(subject))
        case "mature":
            mature(env, int(subject))
        case "effects":
            run_effects(env, int(subject))
        case "forget":
            forget(env, int(subject))
        case "reconcile":
            reconcile(env, int(subject))
        case "beat":
            run_beat(env, threading.Event())
        case "web":
            make_server("127.0.0.1", int(subject), create_app(env)).serve_forever()
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    point, action, kind, subject = sys.argv[1:]
    configure_logs(kind)
    settings = Settings.load(os.environ)
    env = web_env(settings) if kind == "web" else production_env(settings)
    work(replace(env, reach=at_visit(point, ACTIONS[action])), kind, subject)
