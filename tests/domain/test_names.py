"""Names as platforms tell them, and the words they are found by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.names import WORDS_MOST, Name, name_key, told_name, word_keys, words_of

KEY = b"k" * 32


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ana Lopez", ("ana", "lopez")),
        ("ANA  lópez", ("ana", "lopez")),
        ("Zoë Müller-Lüdenscheidt", ("zoe", "muller", "ludenscheidt")),
        ("Jürgen Groß", ("jurgen", "gross")),
        ("Finn O’Brien", ("finn", "obrien")),
        ("Søren Łukasz Þór Æsa", ("soren", "lukasz", "thor", "aesa")),
        ("花子 山田", ("花子", "山田")),
        ("राम कुमार", ("राम", "कुमार")),
        ("\u212bngström", ("angstrom",)),
        ("Ana ana ANA", ("ana",)),
        ("— % _ ;", ()),
        ("", ()),
        ("a b c d e f g h", ("a", "b", "c", "d", "e", "f")),
    ],
)
def test_a_name_is_found_by_its_words_without_case_and_accents(text: str, words: tuple[str, ...]) -> None:
    assert words_of(text) == words


@given(st.text(max_size=300))
def test_any_text_has_few_words_and_each_is_found_by_itself(text: str) -> None:
    words = words_of(text)
    assert len(words) <= WORDS_MOST
    for word in words:
        assert len(word_keys(KEY, 1, word)) >= 1
    assert word_keys(KEY, 1, " ".join(reversed(words))) == word_keys(KEY, 1, text)[::-1]


@given(st.text(max_size=300) | st.none() | st.integers(), st.text(max_size=300))
def test_whatever_is_told_becomes_a_name_on_one_line_or_none(given_name: object, family: str) -> None:
    name = told_name(given_name, family)
    assert name is None or (name.full == name.full.strip() != "" and "\n" not in name.full)
    if name is not None:
        assert told_name(name.given, name.family) == name


@pytest.mark.parametrize(
    ("given_name", "family", "full"),
    [
        (" Ana ", "Lopez\n", "Ana Lopez"),
        ("Ana", None, "Ana"),
        ("", "Lopez", "Lopez"),
        ("Ana\x00", "\u202eLopez", "Ana\ufffd Lopez"),
        ("علی\u200cرضا", "", "علی\u200cرضا"),
    ],
)
def test_a_name_is_tidied_and_nothing_unseen_stays_in_it(given_name: str, family: str, full: str) -> None:
    name = told_name(given_name, family)
    assert name is not None
    assert name.full == full


@pytest.mark.parametrize("nothing", [None, "", " ", 7, [], "\u202e"])
def test_who_tells_no_name_has_none(nothing: object) -> None:
    assert told_name(nothing, nothing) is None


def test_keys_say_nothing_of_another_store_and_tell_names_apart() -> None:
    ana = Name("Ana", "Lopez")
    assert name_key(KEY, 1, ana) != name_key(KEY, 2, ana)
    assert name_key(KEY, 1, ana) != name_key(KEY, 1, Name("Ana Lopez", ""))
    assert set(word_keys(KEY, 1, "Ana Lopez")).isdisjoint(word_keys(KEY, 2, "Ana Lopez"))
    assert {len(key) for key in (*word_keys(KEY, 1, "Ana Lopez"), name_key(KEY, 1, ana))} == {16}
