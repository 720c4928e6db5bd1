"""Starts the processes of one installation in order, keeps them running, and ends them in order."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import structlog

from cli.output import fail
from cli.plan import Plan
from cli.processes import Child, wait_for_end
from cli.running import forget_running, note_running
from cli.welcome import is_healthy, is_open, url_of, welcome
from core.config import valkey
from core.config.settings import Settings

READY_TIMEOUT_S = 60.0
QUEUE_TIMEOUT_S = 15.0
WATCH_INTERVAL_S = 0.2

WEB_STOP_S = 0.7
"""What the web process has to itself before the others are asked to stop too."""
JOBS_STOP_S = 8.9
"""From the first signal on: by then jobs had their 8 s, and whatever still runs is killed."""
QUEUE_STOP_S = 9.6

STOP_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT})

log = structlog.get_logger()


class Stopped(Exception):
    """Somebody asked us to stop while we were starting."""


def _child(name: str, module: tuple[str, ...], environ: dict[str, str], *, restarted: bool = True) -> Child:
    return Child(name, (sys.executable, "-m", *module), environ, restarted=restarted)


class Supervisor:
    """One installation's processes. One thread; children die with it, however it ends."""

    def __init__(self, settings: Settings, host: str, port: int, plan: Plan) -> None:
        self._settings = settings
        self._address = url_of(host, port)
        self._host = host
        self._port = port
        self._plan = plan
        self._queue: Child | None = None
        self._queue_socket: Path | None = None
        self._web: list[Child] = []
        self._others: list[Child] = []

    def run(self) -> int:
        """Runs until SIGTERM or SIGINT; returns the exit code: 0 after a clean stop."""
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS | {signal.SIGCHLD})
        try:
            self._start()
            while True:
                self._watch()
        except Stopped:
            return 0
        finally:
            self._stop()

    def _start(self) -> None:
        redis_url = self._settings.redis_url or self._start_queue()
        environ = self._environ(redis_url)
        self._web = [_child("web", ("cli.serve", self._host, str(self._port), self._plan.app), environ)]
        self._others = [
            _child("points", ("worker", "points"), environ),
            _child("outside", self._plan.outside, environ),
            _child("beat", ("worker", "beat"), environ),
        ]
        for child in self._children():
            if not child.is_running:
                child.start()
        self._wait_for(
            partial(is_healthy, self._host, self._port),
            f"Regulars did not become ready within {READY_TIMEOUT_S:.0f} s; the lines above say why.",
        )
        note_running(self._settings.data_dir, self._settings.public_url, redis_url)
        self._open_stores(environ)
        welcome(self._settings, self._address, self._plan, bundled_queue=self._queue is not None)

    def _start_queue(self) -> str:
        """Starts the bundled queue server and returns its address. Files it cannot read are put aside."""
        data_dir = self._settings.data_dir / "valkey"
        data_dir.mkdir(mode=0o700, exist_ok=True)
        self._queue_socket = valkey.socket_folder(self._settings.data_dir, os.environ) / valkey.SOCKET_NAME
        binary = valkey.find_binary()
        if binary is None:
            fail("No queue server was found for this machine: install valkey or redis, or set REDIS_URL.")
        url = f"unix://{self._queue_socket}"
        self._queue = Child("queue", valkey.command_line(binary, self._queue_socket, data_dir), os.environ)
        self._queue.start()
        if not self._queue_is_up(url):
            aside = data_dir.with_name(f"valkey-unreadable-{int(time.time())}")
            log.warning(
                "the queue's files could not be read, starting with an empty queue", kept_in=str(aside)
            )
            self._queue.kill()
            data_dir.rename(aside)
            data_dir.mkdir(mode=0o700)
            self._queue.start()
            if not self._queue_is_up(url):
                fail(f"The queue server does not start; {data_dir / valkey.LOG_NAME} says why.")
        return url

    def _queue_is_up(self, url: str) -> bool:
        deadline_s = time.monotonic() + QUEUE_TIMEOUT_S
        while self._queue is not None and self._queue.is_running and time.monotonic() < deadline_s:
            if valkey.answers(url):
                return True
            self._pause(0.03)
        return False

    def _environ(self, redis_url: str) -> dict[str, str]:
        """What the children are told. Our own modules come first on their path, wherever they are started."""
        spec = find_spec("cli")
        root = Path(spec.origin).parents[1] if spec and spec.origin else Path.cwd()
        return {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, (str(root), os.environ.get("PYTHONPATH", "")))),
            "REGULARS_DATA": str(self._settings.data_dir),
            "REDIS_URL": redis_url,
            "PUBLIC_URL": self._settings.public_url,
            **self._plan.environ,
        }

    def _open_stores(self, environ: dict[str, str]) -> None:
        """Starts the demo's stores, if there are any; returns when each shows its pages."""
        for name, command in self._plan.beside.items():
            # What a made-up store knew dies with it: started again it would be another store.
            self._others.append(_child(name, command, environ, restarted=False))
            self._others[-1].start()
        for name, url in self._plan.stores.items():
            self._wait_for(partial(is_open, url), f"The made-up store {name} did not open at {url}.")

    def _wait_for(self, is_there: Callable[[], bool], otherwise: str) -> None:
        """Ends the program with the sentence `otherwise` when it takes too long, or a store has died."""
        deadline_s = time.monotonic() + READY_TIMEOUT_S
        while not is_there():
            if time.monotonic() > deadline_s or any(child.is_gone for child in self._others):
                fail(otherwise)
            self._watch()

    def _watch(self) -> None:
        """Starts again what died; waits a moment. Raises Stopped when we are asked to stop."""
        for child in self._children():
            child.watch()
        self._pause(WATCH_INTERVAL_S)

    def _pause(self, seconds: float) -> None:
        came = signal.sigtimedwait(STOP_SIGNALS | {signal.SIGCHLD}, seconds)
        if came is not None and came.si_signo in STOP_SIGNALS:
            raise Stopped

    def _children(self) -> list[Child]:
        return [*([self._queue] if self._queue else []), *self._web, *self._others]

    def _stop(self) -> None:
        """Web first, so that nothing new comes in; then workers, beat and stand-in stores; the queue last."""
        began_s = time.monotonic()
        log.info("stopping")
        forget_running(self._settings.data_dir)
        for child in self._web:
            child.ask_to_stop()
        wait_for_end(self._web, began_s + WEB_STOP_S)
        for child in self._others:
            child.ask_to_stop()
        wait_for_end([*self._web, *self._others], began_s + JOBS_STOP_S)
        for child in [*self._web, *self._others]:
            child.kill()
        self._stop_queue(began_s + QUEUE_STOP_S)
        log.info("stopped", seconds=round(time.monotonic() - began_s, 1))

    def _stop_queue(self, deadline_s: float) -> None:
        if self._queue is not None and self._queue_socket is not None:
            self._queue.ask_to_stop()
            wait_for_end([self._queue], deadline_s)
            self._queue.kill()
            shutil.rmtree(self._queue_socket.parent, ignore_errors=True)
