"""Child processes that never outlive their parent: started, watched, started again, ended as groups."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

BACK_OFF_FIRST_S = 0.5
BACK_OFF_MAX_S = 15.0
STEADY_AFTER_S = 30.0
"""A child that lived this long starts again without a pause that earlier deaths had earned."""

PR_SET_PDEATHSIG = 1

log = structlog.get_logger()


def die_with_parent(parent_pid: int) -> None:
    """From here on the kernel kills this process when the thread that started it is gone (Linux alone).

    Ends it at once when the parent died before it could ask for that.
    """
    with contextlib.suppress(AttributeError):
        _libc().prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os.kill(os.getpid(), signal.SIGKILL)


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)


def _in_child(parent_pid: int) -> None:
    """Between fork and exec: undoes what the supervisor blocked, and ties the child's life to it."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    die_with_parent(parent_pid)


@dataclass(slots=True)
class Child:
    """One child: what to run, and how it has fared. To be used from the main thread alone."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str]
    restarted: bool = True
    process: subprocess.Popen[bytes] | None = None
    _started_s: float = 0.0
    _back_off_s: float = BACK_OFF_FIRST_S
    _due_s: float = field(default=0.0)

    def start(self) -> None:
        """Starts it in a process group of its own, its output going where ours goes."""
        self._started_s = time.monotonic()
        _libc()  # loaded here: between fork and exec nothing may be
        self.process = subprocess.Popen(  # noqa: S603  # our own commands
            self.command,
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            process_group=0,
            preexec_fn=functools.partial(_in_child, os.getpid()),  # noqa: PLW1509  # the supervisor has one thread
        )

    @property
    def is_running(self) -> bool:
        """False once it has ended. The dead are left to `kill`, which alone frees the number of its group."""
        if self.process is None or self.process.returncode is not None:
            return False
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    @property
    def is_gone(self) -> bool:
        """True once it has ended for good."""
        return self.process is None and not self.restarted

    def watch(self) -> None:
        """Notices a death and says so; starts the child again once its pause is over."""
        if self.process is not None and not self.is_running:
            self._note_death()
        if self.process is None and self.restarted and time.monotonic() >= self._due_s:
            log.info("starting again", child=self.name)
            self.start()

    def _note_death(self) -> None:
        code = self.kill()
        self.process = None
        if not self.restarted:
            log.info("ended", child=self.name, code=code)
            return
        now_s = time.monotonic()
        if now_s - self._started_s > STEADY_AFTER_S:
            self._back_off_s = BACK_OFF_FIRST_S
        log.warning("died", child=self.name, how=how_it_ended(code), restart_in_s=self._back_off_s)
        self._due_s = now_s + self._back_off_s
        self._back_off_s = min(self._back_off_s * 2, BACK_OFF_MAX_S)

    def ask_to_stop(self) -> None:
        """Sends SIGTERM to the child itself, which knows how to end what it started."""
        if self.is_running and self.process is not None:
            os.kill(self.process.pid, signal.SIGTERM)

    def kill(self) -> int:
        """Ends what is left of the child's group at once; the exit code as `subprocess` tells it."""
        if self.process is None:
            return 0
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        return self.process.wait()


def wait_for_end(children: list[Child], deadline_s: float) -> None:
    """Returns once all have ended, or at the deadline (on the monotonic clock)."""
    while any(child.is_running for child in children) and time.monotonic() < deadline_s:
        time.sleep(0.02)


def how_it_ended(code: int) -> str:
    """`exit 3`, or the name of the signal that ended it."""
    if code >= 0:
        return f"exit {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"
