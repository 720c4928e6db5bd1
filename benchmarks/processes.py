"""The processes under test: started, ended, and asked the kernel what they cost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
TICK_US = 1_000_000 // os.sysconf("SC_CLK_TCK")
LOOK_EVERY_S = 0.25
STOP_WITHIN_S = 12


class Trouble(Exception):
    """A process under test did not do what it should; `str()` says what and where to look."""


def start(words: Sequence[str], environ: Mapping[str, str], log_file: Path) -> subprocess.Popen[bytes]:
    """Start a command that dies with us; what it says goes to the end of `log_file`."""
    with log_file.open("ab") as log:
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", *words],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ},
            cwd=log_file.parent,
            stdout=log,
            stderr=log,
        )


def python(*words: str) -> tuple[str, ...]:
    """The command that runs one of our modules."""
    return (sys.executable, "-m", *words)


def stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ask them to end, all together; kill what does not."""
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        try:
            process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def trees(roots: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    """The processes of each part: its roots and everything they started."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children[int(fields[1])].append(int(entry.name))
    return {part: [pid for root in pids for pid in _below(root, children)] for part, pids in roots.items()}


def _below(root: int, children: Mapping[int, list[int]]) -> Iterator[int]:
    yield root
    for child in children.get(root, ()):
        yield from _below(child, children)


def cpu_us(roots: Mapping[str, Sequence[int]]) -> dict[str, int]:
    """Processor time of each part so far, that of children who have ended included."""
    return {
        part: sum(sum(map(int, fields[11:15])) for pid in pids if (fields := _stat(pid))) * TICK_US
        for part, pids in trees(roots).items()
    }


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name, beginning with the state; none for a gone process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except OSError:
        return []
    return text.rpartition(") ")[2].split()


@dataclass(slots=True)
class Memory:
    """The most memory any one process of each part ever held, looked at four times a second."""

    roots: Mapping[str, Sequence[int]]
    peak_bytes: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look while the block runs, and once more at its end."""
        ended = threading.Event()
        thread = threading.Thread(target=self._watch, args=(ended,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _watch(self, ended: threading.Event) -> None:
        while True:
            is_last = ended.wait(LOOK_EVERY_S)
            for part, pids in trees(self.roots).items():
                self.peak_bytes[part] = max(self.peak_bytes.get(part, 0), *map(_peak_bytes, pids))
            if is_last:
                return


def _peak_bytes(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii", "replace")
    except OSError:
        return 0
    line = next((line for line in status.splitlines() if line.startswith("VmHWM:")), "VmHWM: 0 kB")
    return int(line.split()[1]) * 1024
