"""How a worker process ends: asked by SIGTERM or Ctrl-C, it finishes what is under way, but not for ever."""

from __future__ import annotations

import os
import signal
import threading
import time

GRACE_S = 8.0
"""What a job under way gets after SIGTERM. One cut off here has crashed: its lease ends, it is redone."""

ASKING = frozenset({signal.SIGTERM, signal.SIGINT})
NUDGE = signal.SIGUSR1
EXIT_CUT_OFF = 75


def stop_when_asked(*, nudge: bool = False) -> threading.Event:
    """An event that is set once the process is asked to end; GRACE_S later the process is gone in any case.

    To be called once, early, in the main thread. With `nudge` the main thread then gets SIGUSR1, for work
    that sits in a blocking call; whoever asks for that installs a handler first.
    The signals are taken by a thread, never by a handler: `Event.set` inside a handler can meet its own lock.
    """
    stop = threading.Event()
    signal.pthread_sigmask(signal.SIG_BLOCK, ASKING)
    threading.Thread(target=_await_signal, args=(stop, nudge), name="stopping", daemon=True).start()
    return stop


def _await_signal(stop: threading.Event, nudge: bool) -> None:
    signal.sigwait(ASKING)
    stop.set()
    if nudge:
        signal.pthread_kill(threading.main_thread().ident or 0, NUDGE)
    time.sleep(GRACE_S)
    os._exit(EXIT_CUT_OFF)
