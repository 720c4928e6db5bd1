"""The demo's post doubles, delays and reorders letters, and loses none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import pytest
from flask import Flask, request

from sandbox.demo.post import LATE_BY_S, Post, Trouble
from sandbox.demo.shop import Happening, Letter
from tests.contract.rig import served
from tests.world import NOW


@dataclass
class Receiver:
    """Takes letters, unless told to fail."""

    url: str = ""
    taken: list[str] = field(default_factory=list)
    failures: int = 0

    def take(self) -> tuple[str, int]:
        if self.failures:
            self.failures -= 1
            return "", 503
        self.taken.append(request.headers["X-Letter"])
        return "", 200


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made, app = Receiver(), Flask("receiver")
    app.add_url_rule("/", "take", made.take, methods=["POST"])
    with served(app) as url:
        made.url = f"{url}/"
        yield made


def letter(receiver: Receiver, number: int, order_ref: str = "1") -> Letter:
    about = Happening(order_ref, order_ref, "Finn", "Paid", 100, sequence=number)
    return Letter(receiver.url, {"X-Letter": str(number)}, b"{}", "orders/create", str(number), about)


def carry_all(post: Post, seconds: int = 20) -> None:
    for passed_s in range(seconds):
        post.carry(NOW + timedelta(seconds=passed_s))


def test_every_letter_arrives_some_twice_and_some_late(receiver: Receiver) -> None:
    post = Post(Random(1))
    post.hand_over([letter(receiver, number, str(number)) for number in range(60)], NOW)
    carry_all(post)
    taken = Counter(receiver.taken)
    assert taken.keys() == {str(number) for number in range(60)}
    records, counts = post.last()
    assert counts.delivered == sum(taken.values()) == 60 + counts.again
    assert 0 < counts.again < 30
    assert 0 < counts.late < 30
    assert max(record.late_by_s for record in records if record.trouble is Trouble.LATE) <= LATE_BY_S[1] + 1
    assert post.waiting_for() == set()


def test_a_letter_that_is_not_taken_is_brought_again_until_it_is(receiver: Receiver) -> None:
    post = Post(Random(1), is_bad=False)
    receiver.failures = 2
    post.hand_over([letter(receiver, 1)], NOW)
    post.carry(NOW)
    assert (receiver.taken, post.waiting_for()) == ([], {"1"})
    carry_all(post)
    assert receiver.taken == ["1"]
    assert post.last()[1].again == 0


def test_a_late_letter_that_a_newer_one_passed_is_told_as_overtaken(receiver: Receiver) -> None:
    post = Post(Random(1))
    numbers = range(1, 40)
    for number in numbers:
        post.hand_over([letter(receiver, number)], NOW + timedelta(seconds=number))
        post.carry(NOW + timedelta(seconds=number))
    for passed_s in range(40, 60):
        post.carry(NOW + timedelta(seconds=passed_s))
    first_times = list(dict.fromkeys(receiver.taken))
    assert first_times != sorted(first_times, key=int)
    assert post.last()[1].overtaken > 0
