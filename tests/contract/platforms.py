"""The platforms under the contract: one entry each."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from tests.contract import shopify
from tests.contract.rig import Rig

RIGS: dict[str, Callable[[], AbstractContextManager[Rig]]] = {
    "shopify": shopify.opened,
}
