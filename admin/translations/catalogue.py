"""Catalogues of translations: read out of the sources, brought up to date, compiled.

Nothing in them tells of the machine or the moment they were made on, so the same sources make the same bytes.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from babel.util import pathmatch

from admin.translations.extracting import core_sentences

ROOT: Final = Path(__file__).parents[2]
LANGUAGES: Final = ("de",)
"""Those beside English, which is the source itself."""

_FOLDERS: Final = ("admin", "web")
_KEYWORDS: Final = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None, "lazy_ngettext": (1, 2)}
_LONGEST_LINE: Final = 110
_NAMES: Final = {"de": "German"}


class _Timeless(Catalog):
    """A catalogue that does not say when it was made, by whom, and with what."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """What gettext has to know."""
        return [
            ("Language", str(self.locale_identifier)),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]

    @mime_headers.setter
    def mime_headers(self, _headers: object) -> None:
        """Nothing else can be said."""


def path_of(language: str, ending: str) -> Path:
    """Where a language's catalogue lies: `po` for people, `mo` for the pages."""
    return Path(__file__).parent / language / "LC_MESSAGES" / f"messages.{ending}"


def extracted() -> Catalog:
    """Every message of today's sources."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        mapping, options = parse_mapping_cfg(file, "babel.cfg")  # type: ignore[no-untyped-call]
    found = Catalog(fuzzy=False)
    for path in sorted(one for folder in _FOLDERS for one in (ROOT / folder).rglob("*")):
        name = path.relative_to(ROOT).as_posix()
        pattern, method = next(
            ((pattern, method) for pattern, method in mapping if pathmatch(pattern, name)), (None, "")
        )
        if pattern is None or not path.is_file():
            continue
        reader: Any = core_sentences if "core_sentences" in method else method
        for _line, message, comments, context in extract_from_file(
            reader, path, keywords=_KEYWORDS, options=options.get(pattern, {})
        ):
            found.add(message, context=context, auto_comments=comments)
    return found


def read(language: str) -> Catalog:
    """A language's catalogue as it lies there."""
    path = path_of(language, "po")
    if not path.exists():
        return Catalog(locale=language, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def brought_up_to_date(language: str, sources: Catalog) -> Catalog:
    """The catalogue with today's messages: new ones untranslated, and without those nobody says any more."""
    catalogue = read(language)
    catalogue.update(sources, no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    return catalogue


def as_po(language: str, catalogue: Catalog) -> bytes:
    """The catalogue for people, sorted, without a moment or a place."""
    written = io.BytesIO()
    comment = f"# {_NAMES[language]} for the pages of Regulars. Kept up to date by bin/translate."
    write_po(
        written,
        _timeless(language, catalogue, comment),
        width=_LONGEST_LINE,
        sort_output=True,
        no_location=True,
    )
    return written.getvalue()


def as_mo(language: str, catalogue: Catalog) -> bytes:
    """The catalogue for the pages."""
    written = io.BytesIO()
    write_mo(written, _timeless(language, catalogue))
    return written.getvalue()


def _timeless(language: str, catalogue: Catalog, comment: str = "") -> Catalog:
    plain = _Timeless(locale=language, fuzzy=False, header_comment=comment)
    for message in catalogue:
        if message.id:
            plain.add(message.id, message.string, flags=message.flags, context=message.context)
    return plain


def missing(catalogue: Catalog) -> list[str]:
    """The messages without a translation."""
    return [
        str(message.id)
        for message in catalogue
        if message.id and not (all(message.string) if isinstance(message.string, tuple) else message.string)
    ]


def main() -> None:
    """Bring every language up to date, compile it, and say what has no translation yet."""
    sources = extracted()
    for language in LANGUAGES:
        catalogue = brought_up_to_date(language, sources)
        path_of(language, "po").parent.mkdir(parents=True, exist_ok=True)
        path_of(language, "po").write_bytes(as_po(language, catalogue))
        path_of(language, "mo").write_bytes(as_mo(language, read(language)))
        untold = missing(catalogue)
        print(f"{language}: {len(catalogue)} messages, {len(untold)} without a translation")  # noqa: T201
        for message in untold:
            print(f"  {message}")  # noqa: T201


if __name__ == "__main__":
    main()
