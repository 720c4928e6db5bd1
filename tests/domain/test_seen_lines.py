"""Names of a file and their lines, in a few bytes each."""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from core.domain.seen_lines import SeenLines

MANY = 100_000
BYTES_A_NAME = 60
"""A dictionary of digests takes some 180; the empty shelves count in this, too."""


@given(st.dictionaries(st.text(max_size=3), st.integers(1, 2**32 - 1), max_size=60))
def test_each_name_is_found_on_its_line_and_no_other_is(lines: dict[str, int]) -> None:
    seen, again = SeenLines(), SeenLines()
    for name, line in lines.items():
        again.add_kept(seen.add([name], line))
    for held in (seen, again):
        assert {name: held.line_of(name) for name in lines} == lines
        assert held.line_of("nobody's name") is None


def test_many_names_take_little_memory() -> None:
    tracemalloc.start()
    seen = SeenLines()
    empty, _ = tracemalloc.get_traced_memory()
    for line in range(MANY):
        seen.add([f"guest {line}@example.com"], line)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken - empty < MANY * BYTES_A_NAME
    assert (seen.line_of(f"guest {MANY - 1}@example.com"), seen.line_of("guest")) == (MANY - 1, None)


def test_a_digest_that_begins_within_another_is_none() -> None:
    kept = SeenLines().add(["somebody"], 7)
    shelf, rest = kept[:2], kept[2:10]
    seen = SeenLines()
    # The end of one record and the beginning of the next read like somebody's digest.
    seen.add_kept(shelf + b"\xff" * 8 + rest[:4] + shelf + rest[4:] + b"\xff" * 4 + b"\0\0\0\1")
    assert seen.line_of("somebody") is None
    seen.add_kept(kept)
    assert seen.line_of("somebody") == 7
