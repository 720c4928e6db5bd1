"""bin/start ends cleanly and continues."""

from __future__ import annotations

import signal

from tests.eventually import eventually
from tests.payloads import a_recent_order
from tests.start.installation import Installation


def test_sigterm_leaves_nothing_running_and_the_next_start_continues(installation: Installation) -> None:
    installation.start()
    with installation.inside() as world:
        birch = world.connect()
        installation.deliver(birch, a_recent_order())
        eventually(lambda: world.points(birch, "1042") == [49])
        before = world.balance(birch)
    installation.ask(signal.SIGTERM)
    assert installation.wait() == 0
    assert installation.processes() == {}

    installation.start()
    with installation.inside() as world:
        assert world.balance(birch) == before
        installation.deliver(birch, a_recent_order(1043))
        eventually(lambda: world.points(birch) == [49, 49])


def test_an_impatient_second_ctrl_c_does_not_disturb_the_end(installation: Installation) -> None:
    installation.start()
    installation.ask(signal.SIGINT)
    installation.ask(signal.SIGINT)
    assert installation.wait() == 0
    assert installation.processes() == {}
    assert "Traceback" not in installation.log


def test_sigterm_while_it_is_still_starting_leaves_nothing_running(installation: Installation) -> None:
    installation.begin()
    eventually(lambda: installation.supervised("cli.serve"))
    installation.ask(signal.SIGTERM)
    assert installation.wait() == 0
    assert installation.processes() == {}
