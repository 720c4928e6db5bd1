"""What changed between two documents."""

from __future__ import annotations

from core.domain.differences import Difference, differences


def test_only_what_is_another_now_is_named_by_where_it_stands() -> None:
    before = '{"earning": [{"points": 1, "per": 100}], "pending_days": 14, "code_prefix": "ACORN"}'
    after = '{"earning": [{"points": 2, "per": 100}, {"points": 50}], "pending_days": 14}'
    assert differences(before, after) == [
        Difference("earning[0].points", "1", "2"),
        Difference("code_prefix", "ACORN", None),
        Difference("earning[1].points", None, "50"),
    ]


def test_a_document_that_was_not_there_is_all_new() -> None:
    assert differences(None, '{"deliveries": 3}') == [Difference("deliveries", None, "3")]
    assert differences('{"state": "dead"}', None) == [Difference("state", "dead", None)]
    assert differences(None, None) == []


def test_empty_lists_and_nothing_are_values() -> None:
    assert differences('{"rewards": []}', '{"rewards": null}') == [Difference("rewards", "[]", "null")]


def test_a_document_of_any_depth_is_read() -> None:
    deep = '{"a": ' * 40 + "1" + "}" * 40
    assert len(differences(None, deep)) == 1
