"""Earning rules: how an order becomes points. One file is one rule; `RULE` in it is how it is found."""

from __future__ import annotations

from functools import cache
from typing import cast

from core.domain.discovery import declared
from core.domain.earning.rule import EarningRule


@cache
def earning_rules() -> dict[str, type[EarningRule]]:
    """Every rule by the `kind` that programs name it with."""
    rules = cast("dict[str, type[EarningRule]]", declared(__name__, "RULE"))
    return {rule.kind: rule for rule in rules.values()}
