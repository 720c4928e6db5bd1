"""Processes that are killed come back, and none outlives the one that started it."""

from __future__ import annotations

import os
import signal

from tests.eventually import eventually
from tests.payloads import a_recent_order
from tests.start.installation import Installation


def kill(installation: Installation, words: str) -> None:
    """SIGKILL the child whose command holds these words, and wait for another in its place."""
    (dead,) = eventually(lambda: installation.supervised(words))
    os.kill(dead, signal.SIGKILL)
    eventually(lambda: installation.supervised(words) - {dead})


def test_killed_processes_come_back_and_go_on(installation: Installation) -> None:
    installation.start()
    with installation.inside() as world:
        birch = world.connect()
        for words in ("worker points", "worker beat", "valkey", "cli.serve"):
            kill(installation, words)
        eventually(installation.is_healthy)
        assert installation.deliver(birch, a_recent_order()) == 200
        eventually(lambda: world.points(birch) == [49])
    assert "died" in installation.log


def test_a_web_server_that_lost_its_working_process_is_replaced(installation: Installation) -> None:
    installation.start()
    (web,) = installation.supervised("cli.serve")
    (working,) = installation.children_of(web)
    os.kill(working, signal.SIGKILL)
    eventually(lambda: installation.supervised("cli.serve") - {web})
    eventually(installation.is_healthy)


def test_when_the_supervisor_is_killed_nothing_is_left_and_the_next_start_works(
    installation: Installation,
) -> None:
    installation.start()
    installation.ask(signal.SIGKILL)
    installation.wait()
    eventually(lambda: installation.processes() == {})

    installation.start()
    with installation.inside() as world:
        birch = world.connect()
        installation.deliver(birch, a_recent_order())
        eventually(lambda: world.points(birch) == [49])


def test_a_supervisor_killed_while_starting_leaves_nothing(installation: Installation) -> None:
    installation.begin()
    eventually(lambda: installation.supervised("cli.serve"))
    installation.ask(signal.SIGKILL)
    installation.wait()
    eventually(lambda: installation.processes() == {})
