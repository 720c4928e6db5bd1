"""Pictures that people hand in, made anew: what is kept was drawn by us from their pixels, and nothing else.

What a file is, its content says: neither its name nor what the browser calls it. Sizes are read from the
header before a single pixel is unpacked.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from core.domain.errors import Refused

BYTES_MOST: Final = 1_048_576
SIDE_MOST: Final = 2000
SIDE_LEAST: Final = 16
PIXELS_MOST: Final = 4_000_000
ASPECT_MOST: Final = 8
"""The longer side is at most so many times the shorter one."""
SMALL: Final = (240, 120)
"""What fits into a page: twice as many pixels as it is shown with."""
FORMATS: Final = ("PNG", "JPEG", "WEBP")

NO_PICTURE: Final = "This is no PNG, JPEG or WebP picture. Save it as one of these; PNG is best for a logo."


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was made anew."""

    content: bytes
    content_type: str
    """`image/png`, or `image/webp` where a PNG would be too large."""
    width: int
    height: int
    small: bytes
    """The same as a PNG of at most `SMALL` pixels."""

    @property
    def digest(self) -> str:
        """By which one picture is told from another."""
        return hashlib.sha256(self.content).hexdigest()


def made_anew(given: bytes) -> Picture:
    """The picture in a file somebody handed in. Raises Refused, saying what would work."""
    if len(given) > BYTES_MOST:
        raise Refused("The file is larger than 1 MB. Save the picture smaller; 600 pixels are plenty.")
    if not given:
        raise Refused("The file is empty. Choose a PNG, JPEG or WebP picture.")
    drawn = _drawn(given)
    content, content_type = _written(drawn)
    small = drawn.copy()
    small.thumbnail(SMALL)
    return Picture(content, content_type, drawn.width, drawn.height, _png(small))


def _drawn(given: bytes) -> Image.Image:
    """Its pixels alone, the right way up."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(given), formats=FORMATS) as opened:
                _refuse_size(*opened.size)
                opened.load()
                upright = ImageOps.exif_transpose(opened)
                plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
                # A picture of nothing but pixels: comments, places and profiles stay behind.
                return Image.frombytes(plain.mode, plain.size, plain.tobytes())
    except Refused:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused(NO_PICTURE) from error
    except Exception as error:  # decoders raise what they like for files that are not what they say
        raise Refused("The picture is damaged. Save it anew and choose it again.") from error


def _refuse_size(width: int, height: int) -> None:
    if max(width, height) > SIDE_MOST or width * height > PIXELS_MOST:
        raise Refused(
            f"The picture has {width:,} × {height:,} pixels. It may have {SIDE_MOST:,} a side; "
            "600 are plenty."
        )
    if min(width, height) < SIDE_LEAST:
        raise Refused(f"The picture has {width} × {height} pixels. It needs {SIDE_LEAST} a side or more.")
    if max(width, height) > ASPECT_MOST * min(width, height):
        raise Refused(
            f"The picture is {width} × {height}: too long to be seen. "
            f"The longer side may be {ASPECT_MOST} times the shorter one."
        )


def _written(drawn: Image.Image) -> tuple[bytes, str]:
    content = _png(drawn)
    if len(content) <= BYTES_MOST:
        return content, "image/png"
    out = io.BytesIO()
    drawn.save(out, "WEBP", quality=85)
    if out.tell() > BYTES_MOST:
        raise Refused("The picture is too large even when packed. Save it with fewer pixels.")
    return out.getvalue(), "image/webp"


def _png(drawn: Image.Image) -> bytes:
    out = io.BytesIO()
    drawn.save(out, "PNG", optimize=True)
    return out.getvalue()
