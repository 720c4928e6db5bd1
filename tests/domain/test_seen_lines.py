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


def test_names_on_one_shelf_are_told_apart() -> None:
    """Some 300 names a shelf: digests lie side by side, and what begins within another is none."""
    seen = SeenLines()
    kept = b"".join(b"\0\0" + line.to_bytes(8) + line.to_bytes(4) for line in range(1, 300))
    seen.add_kept(kept)
    assert seen.line_of("somebody") is None
