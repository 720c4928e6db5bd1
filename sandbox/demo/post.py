"""The post between stores and Regulars, as bad as it gets: twice, late, in the wrong order, never lost."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

import requests

from sandbox.demo.shop import Letter

AGAIN_SHARE = 0.16
LATE_SHARE = 0.22
AGAIN_AFTER_S = (0.3, 4.0)
LATE_BY_S = (3.0, 9.0)
TRY_AGAIN_AFTER = timedelta(seconds=2)
PATIENCE_S = 5.0
KEPT_RECORDS = 40


class Trouble(StrEnum):
    """What the post did to a letter."""

    NONE = ""
    AGAIN = "again"
    """It had been delivered before."""
    LATE = "late"
    """It was held back for some seconds."""
    OVERTAKEN = "overtaken"
    """It was held back until something newer about the same order had been delivered."""


@dataclass(frozen=True, slots=True)
class Record:
    """A letter that was delivered."""

    at: datetime
    letter: Letter
    trouble: Trouble
    late_by_s: int
    took_ms: int
    """From the first byte sent to the answer."""


@dataclass(frozen=True, slots=True)
class _Due:
    at: datetime
    since: datetime
    letter: Letter
    trouble: Trouble


@dataclass(slots=True)
class Counts:
    """What the post has done so far."""

    delivered: int = 0
    again: int = 0
    late: int = 0
    overtaken: int = 0


@dataclass
class Post:
    """Carries letters. One thread hands over and carries; any thread may read."""

    chance: Random
    is_bad: bool = True
    """False: everything goes once, at once and in order."""
    counts: Counts = field(default_factory=Counts)
    records: deque[Record] = field(default_factory=lambda: deque(maxlen=KEPT_RECORDS))
    _waiting: list[_Due] = field(default_factory=list)
    _newest: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _session: requests.Session = field(default_factory=requests.Session)

    def hand_over(self, letters: Iterable[Letter], now: datetime) -> None:
        """Take letters, and decide what will go wrong with each."""
        for letter in letters:
            is_late = self._happens(LATE_SHARE)
            leaves_at = now + self._between(*LATE_BY_S) if is_late else now
            self._add(_Due(leaves_at, now, letter, Trouble.LATE if is_late else Trouble.NONE))
            if self._happens(AGAIN_SHARE):
                self._add(_Due(leaves_at + self._between(*AGAIN_AFTER_S), now, letter, Trouble.AGAIN))

    def carry(self, now: datetime) -> None:
        """Deliver what is due. What is not taken stays and is tried again until it is."""
        for due in sorted((one for one in self._waiting if one.at <= now), key=lambda one: one.at):
            began_s = time.monotonic()
            if self._deliver(due.letter):
                self._note(due, now, round(1000 * (time.monotonic() - began_s)))
                self._waiting.remove(due)
            else:
                later = replace(due, at=now + TRY_AGAIN_AFTER)
                self._waiting[self._waiting.index(due)] = later

    def waiting_for(self) -> set[str]:
        """Orders of which something is still in the post."""
        with self._lock:
            return {due.letter.about.order_ref for due in self._waiting}

    def last(self) -> tuple[list[Record], Counts]:
        """What was delivered last, newest first, and how much in all."""
        with self._lock:
            return list(reversed(self.records)), replace(self.counts)

    def _add(self, due: _Due) -> None:
        with self._lock:
            self._waiting.append(due)

    def _note(self, due: _Due, now: datetime, took_ms: int) -> None:
        about, trouble = due.letter.about, due.trouble
        if trouble is Trouble.LATE and self._newest.get(about.order_ref, 0) > about.sequence:
            trouble = Trouble.OVERTAKEN
        self._newest[about.order_ref] = max(self._newest.pop(about.order_ref, 0), about.sequence)
        late_by_s = 0 if trouble is Trouble.NONE else round((now - due.since).total_seconds())
        with self._lock:
            self.records.append(Record(now, due.letter, trouble, late_by_s, took_ms))
            self.counts.delivered += 1
            self.counts.again += trouble is Trouble.AGAIN
            self.counts.late += trouble in {Trouble.LATE, Trouble.OVERTAKEN}
            self.counts.overtaken += trouble is Trouble.OVERTAKEN
            if len(self._newest) > 10 * KEPT_RECORDS:
                del self._newest[next(iter(self._newest))]

    def _deliver(self, letter: Letter) -> bool:
        try:
            answer = self._session.post(
                letter.url,
                data=letter.body,
                headers=dict(letter.headers),
                timeout=PATIENCE_S,
                allow_redirects=False,
            )
        except requests.RequestException:
            return False
        return answer.ok

    def _happens(self, share: float) -> bool:
        return self.is_bad and self.chance.random() < share

    def _between(self, least_s: float, most_s: float) -> timedelta:
        return timedelta(seconds=self.chance.uniform(least_s, most_s))
