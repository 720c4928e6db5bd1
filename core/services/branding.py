"""What a store's points are called and look like: read by everything that shoppers meet.

A brand has a revision. Whoever saves says which one they saw; when somebody else saved meanwhile nothing is
done, and they are shown both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row

from core.db import brands
from core.domain.errors import Refused
from core.domain.staff import Who
from core.services.colours import for_text, nearest_that_works, read_colour, text_on
from core.services.noting import note_change
from core.services.pictures import Picture

LONGEST_NAME: Final = 24
ACCENT: Final = "#2a4bb5"
NOT_CHOSEN: Final = 0
"""The revision where a store chose nothing yet."""


class BrandChanged(Exception):
    """Somebody else saved since; `theirs` is what stands now."""

    def __init__(self, theirs: Brand) -> None:
        self.theirs = theirs
        super().__init__(f"{theirs.changed_by} saved since")


@dataclass(frozen=True, slots=True)
class Logo:
    """The store's picture; `logo_content` has it in full."""

    digest: str
    content_type: str
    width: int
    height: int
    small: bytes
    """A PNG of at most 240 × 120 pixels, to stand within a page."""


@dataclass(frozen=True, slots=True)
class Brand:
    """How a store shows its points."""

    revision: int
    one: str
    """What one point is called. Text as somebody typed it: escape it wherever it is shown."""
    many: str
    """What several are called, and none."""
    accent: str
    """As #rrggbb. Text on it can be read, and it stands out from a white page."""
    logo: Logo | None
    changed_at: datetime | None
    changed_by: str

    @property
    def on_accent(self) -> str:
        """The colour of text on the accent: 4.5:1 at least."""
        return text_on(self.accent)

    @property
    def accent_text(self) -> str:
        """The accent, as dark as it has to be for text on white: 4.5:1 at least."""
        return for_text(self.accent)

    def called(self, points: int) -> str:
        """What so many points are called."""
        return self.one if abs(points) == 1 else self.many


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants points to be called and to look like."""

    one: str
    many: str
    accent: str


def brand_of(db: Connection, store_id: int) -> Brand:
    """The store's brand; ours where it chose none."""
    row = brands.of_store(db, store_id)
    if row is None:
        return Brand(NOT_CHOSEN, "point", "points", ACCENT, None, None, "")
    return Brand(row.revision, row.one, row.many, row.accent, _logo(row), row.changed_at, row.changed_by)


def logo_content(db: Connection, store_id: int, digest: str) -> tuple[bytes, str] | None:
    """The picture with this digest and its content type; None: the store's is another, or there is none."""
    row = brands.logo(db, store_id, digest)
    return None if row is None or row.logo is None else (row.logo, row.logo_type)


def checked_brand(wanted: Wanted) -> Wanted:
    """The same as it is kept. Raises Refused."""
    one, many = _name(wanted.one), _name(wanted.many)
    accent = read_colour(wanted.accent)
    if accent is None:
        raise Refused("A colour is six digits or letters behind a #, such as #2a4bb5.")
    if accent != nearest_that_works(accent):
        raise Refused(f"Text in {accent} or on it could not be read. {nearest_that_works(accent)} works.")
    return Wanted(one, many, accent)


def save_brand(
    db: Connection, store_id: int, wanted: Wanted, seen_revision: int, who: Who, now: datetime
) -> Brand:
    """Keep the names and the colour. Raises Refused, BrandChanged."""
    kept = checked_brand(wanted)
    before = brand_of(db, store_id)
    values = {"one": kept.one, "many": kept.many, "accent": kept.accent}
    return _save(db, store_id, before, values, seen_revision, "brand.changed", who, now)


def put_logo(
    db: Connection, store_id: int, picture: Picture, seen_revision: int, who: Who, now: datetime
) -> Brand:
    """Show this picture from now on. Raises BrandChanged."""
    before = brand_of(db, store_id)
    values = logo_values(picture)
    return _save(db, store_id, before, values, seen_revision, "brand.logo_changed", who, now)


def logo_values(picture: Picture | None) -> dict[str, Any]:
    """The columns that keep a picture; None: that there is none."""
    return {
        "logo": picture and picture.content,
        "logo_type": picture and picture.content_type,
        "logo_width": picture and picture.width,
        "logo_height": picture and picture.height,
        "logo_digest": picture and picture.digest,
        "logo_small": picture and picture.small,
    }


def drop_logo(db: Connection, store_id: int, seen_revision: int, who: Who, now: datetime) -> Brand:
    """Show no picture any more. Raises BrandChanged."""
    before = brand_of(db, store_id)
    values = logo_values(None)
    return _save(db, store_id, before, values, seen_revision, "brand.logo_removed", who, now)


def _save(  # noqa: PLR0913, PLR0917  (each is a part of one change)
    db: Connection,
    store_id: int,
    before: Brand,
    values: dict[str, Any],
    seen_revision: int,
    action: str,
    who: Who,
    now: datetime,
) -> Brand:
    told = {**values, "changed_at": now, "changed_by": who.name[:120]}
    if seen_revision == NOT_CHOSEN:
        first = {"one": before.one, "many": before.many, "accent": before.accent, "revision": NOT_CHOSEN}
        brands.begin(db, {"store_id": store_id, **first, "changed_at": now, "changed_by": ""})
    if not brands.change(db, store_id, seen_revision, **told):
        raise BrandChanged(brand_of(db, store_id))
    after = brand_of(db, store_id)
    note_change(db, store_id, who, action, "brand", now, before=_told(before), after=_told(after))
    return after


def _told(brand: Brand) -> dict[str, Any]:
    logo = brand.logo
    picture = None if logo is None else f"{logo.width} × {logo.height} {logo.digest[:12]}"
    return {"one": brand.one, "many": brand.many, "accent": brand.accent, "logo": picture}


def _name(text: str) -> str:
    name = re.sub(r" +", " ", text.strip())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Refused(f"A name for points has 1 to {LONGEST_NAME} characters on one line.")
    return name


def _logo(row: Row[Any]) -> Logo | None:
    if row.logo_digest is None:
        return None
    return Logo(row.logo_digest, row.logo_type, row.logo_width, row.logo_height, row.logo_small)
