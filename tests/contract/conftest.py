"""One rig per platform, for every test of the contract."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.platforms import RIGS
from tests.contract.rig import Rig


@pytest.fixture(params=sorted(RIGS))
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Adapter and stand-in store of one platform."""
    with RIGS[request.param]() as opened:
        yield opened
