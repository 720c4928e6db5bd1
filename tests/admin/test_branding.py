"""What points are called and look like: shown as typed, readable by everybody, pictures made anew."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import pytest
from PIL import Image, PngImagePlugin
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from core.domain.errors import Refused
from core.domain.staff import Role
from core.domain.stores import Store
from core.services.branding import Brand, brand_of
from core.services.colours import SHAPE_LEAST, TEXT_LEAST, WHITE, contrast, nearest_that_works, read_colour
from core.services.pictures import BYTES_MOST, made_anew
from tests.admin.people import Browser, operator_browser, staff_browser
from tests.admin.test_settings import at, hidden, in_words, last_change, noted, save
from tests.world import World

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
PDF = b"%PDF-1.7\n%\xe2\xe3"


def picture(
    width: int = 60, height: int = 40, kind: str = "PNG", colour: str = "#6d1d66", **saved: object
) -> bytes:
    """A file with a picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, kind, **saved)
    return out.getvalue()


def brand(world: World, store: Store) -> Brand:
    with world.database.read(store.store_id) as db:
        return brand_of(db, store.store_id)


def hand_in(who: Browser, store: Store, content: bytes, name: str = "logo.png") -> TestResponse:
    """Choose a file, and press the button."""
    carried = {**hidden(who.get(at(store, "/branding"))), "csrf_token": who.token()}
    data = {**carried, "logo": FileStorage(io.BytesIO(content), name, "logo", "image/png")}
    boundary, body = encode_multipart(data)
    sent_as = f"multipart/form-data; boundary={boundary}"
    return who.client.post(at(store, "/branding/logo"), data=body, content_type=sent_as)


# -- names


@dataclass(frozen=True)
class Name:
    """A name somebody gives to points."""

    one: str
    many: str


@pytest.mark.parametrize(
    "name",
    [
        Name("Bean", "Beans"),
        Name("{{7*7}}", "{{ config }}"),
        Name("<script>", "<b>x</b>"),
        Name("{% include %}", "%(many)s %s"),
        Name('"><svg onload=x>', "&amp;"),
        Name("点", "⭐"),
        Name("نقطة", "نقاط"),
    ],
)
def test_b75_a_name_is_shown_as_it_was_typed_and_is_never_a_template(world: World, name: Name) -> None:
    birch = world.connect()
    olive = staff_browser(world, Role.MANAGER, birch)
    typed = {"one": name.one, "many": name.many, "accent": "#6d1d66"}
    assert save(olive, at(birch, "/branding"), **typed).status_code == 303
    kept = brand(world, birch)
    assert (kept.one, kept.many) == (name.one, name.many)
    assert (kept.called(1), kept.called(-1), kept.called(0), kept.called(2)) == (
        *(name.one, name.one),
        *(name.many, name.many),
    )
    for answer in (
        olive.get(at(birch, "/branding")),
        olive.get(at(birch)),
        olive.send(at(birch, "/branding/preview"), **typed),
    ):
        assert name.many in in_words(answer)
        assert "49{" not in answer.text
        assert "<script>" not in answer.text.replace("<script ", "")
        assert not re.search(r"<b>x</b>|<svg onload", answer.text)


@pytest.mark.parametrize("name", ["", " ", "x" * 25, "a\nb", "a\x00b", "a\u202eb", "\x1b[1m"])
@pytest.mark.parametrize("field", ["one", "many"])
def test_a_name_that_will_not_do_is_explained_under_its_field(
    sqlite_world: World, field: str, name: str
) -> None:
    birch = sqlite_world.connect()
    typed = {"one": "Bean", "many": "Beans", "accent": "#6d1d66", field: name}
    answer = save(operator_browser(sqlite_world), at(birch, "/branding"), **typed)
    assert answer.status_code == 422
    assert f'id="{field}-problem">Enter 1 to 24 characters' in answer.text
    assert brand(sqlite_world, birch).revision == 0


def test_a_store_that_chose_nothing_has_our_name_and_colour(world: World) -> None:
    kept = brand(world, world.connect())
    assert (kept.called(1), kept.called(2), kept.accent, kept.on_accent) == (
        "point",
        "points",
        "#2a4bb5",
        WHITE,
    )


# -- colours


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("#2A4BB5", "#2a4bb5"),
        ("2a4bb5", "#2a4bb5"),
        (" #abc ", "#aabbcc"),
        ("red", None),
        ("#12345", None),
        ("#1234567", None),
        ("rgb(1,2,3)", None),
        ("#2a4bb5;}", None),
        ("٣٣٣", None),
        ("", None),
    ],
)
def test_a_colour_is_read_as_people_write_it(typed: str, read: str | None) -> None:
    assert read_colour(typed) == read


def test_contrast_is_what_the_web_content_guidelines_say() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#2a4bb5", "#2a4bb5") == 1


@pytest.mark.parametrize("step", range(0, 256, 17))
def test_the_nearest_colour_can_be_read_and_seen_whatever_was_wished_for(step: int) -> None:
    for wished in (f"#{step:02x}{255 - step:02x}80", f"#ff{step:02x}00", f"#{step:02x}{step:02x}{step:02x}"):
        found = nearest_that_works(wished)
        assert max(contrast(found, WHITE), contrast(found, "#1c1b19")) >= TEXT_LEAST
        assert contrast(found, WHITE) >= SHAPE_LEAST
        assert nearest_that_works(found) == found


@pytest.mark.parametrize("colour", ["#ffff00", "#ffffff", "#f4c2c2"])
def test_a_colour_nobody_could_read_is_refused_with_the_nearest_that_works(world: World, colour: str) -> None:
    birch = world.connect()
    olive = staff_browser(world, Role.MANAGER, birch)
    answer = save(olive, at(birch, "/branding"), one="Bean", many="Beans", accent=colour)
    assert answer.status_code == 422
    better = nearest_that_works(colour)
    assert f"{better} works." in in_words(answer)
    assert brand(world, birch).revision == 0
    typed = {"one": "Bean", "many": "Beans", "accent": colour, "better": better}
    assert olive.send(at(birch, "/branding"), **{**hidden(answer), **typed}).status_code == 303
    assert brand(world, birch).accent == better
    assert contrast(brand(world, birch).accent_text, WHITE) >= TEXT_LEAST


@pytest.mark.parametrize("colour", ["red", '#2a4bb5"/><script>', "javascript:", ""])
def test_what_is_no_colour_is_refused_and_never_gets_into_the_preview(world: World, colour: str) -> None:
    birch = world.connect()
    operator = operator_browser(world)
    typed = {"one": "Bean", "many": "Beans", "accent": colour}
    assert save(operator, at(birch, "/branding"), **typed).status_code == 422
    shown = operator.send(at(birch, "/branding/preview"), **typed)
    assert shown.status_code == 200
    assert 'fill="#2a4bb5"' in shown.text
    assert "<script>" not in shown.text


# -- pictures


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (SVG, "logo.svg", "no PNG, JPEG or WebP"),
        (SVG, "logo.png", "no PNG, JPEG or WebP"),
        (HTML, "logo.png", "no PNG, JPEG or WebP"),
        (PDF, "logo.png", "no PNG, JPEG or WebP"),
        (picture(kind="GIF"), "logo.gif", "no PNG, JPEG or WebP"),
        (picture(kind="BMP"), "logo.png", "no PNG, JPEG or WebP"),
        (picture(kind="TIFF"), "logo.png", "no PNG, JPEG or WebP"),
        (picture(1, 50_000), "logo.png", "The picture has 1 × 50,000 pixels."),
        (picture(2001, 100), "logo.png", "The picture has 2,001 × 100 pixels."),
        (picture(15, 100), "logo.png", "It needs 16 a side or more."),
        (picture(400, 40), "logo.png", "too long to be seen"),
        (picture()[:60], "logo.png", "damaged"),
        (picture(kind="JPEG")[:200], "logo.jpg", "The picture is damaged|no PNG"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "logo.png", "damaged|no PNG"),
        (b"x" * (BYTES_MOST + 1), "logo.png", "larger than 1 MB"),
        (b"", "logo.png", "The file is empty."),
        (b"", "", "Choose a picture first"),
    ],
)
def test_b76_a_file_that_is_no_picture_of_ours_is_refused_in_its_place(
    sqlite_world: World, content: bytes, name: str, says: str
) -> None:
    birch = sqlite_world.connect()
    answer = hand_in(operator_browser(sqlite_world), birch, content, name)
    assert answer.status_code == 422
    assert re.search(says, in_words(answer))
    assert brand(sqlite_world, birch).logo is None


@pytest.mark.parametrize(("kind", "name"), [("PNG", "logo.exe"), ("JPEG", "logo.png"), ("WEBP", "")])
def test_b76_what_a_file_is_its_content_says_and_it_is_shown_as_what_we_made_of_it(
    world: World, kind: str, name: str
) -> None:
    birch = world.connect()
    olive = staff_browser(world, Role.MANAGER, birch)
    given = picture(kind=kind)
    assert hand_in(olive, birch, given, name or "blob").status_code == 303
    logo = brand(world, birch).logo
    assert logo is not None
    assert (logo.content_type, logo.width, logo.height) == ("image/png", 60, 40)
    page = olive.get(at(birch, "/branding"))
    (address,) = re.findall(r'<img src="([^"]+)"', page.text)
    assert logo.digest in address
    shown = olive.get(address)
    assert shown.data != given
    assert shown.data.startswith(b"\x89PNG")
    assert shown.headers["Content-Type"] == "image/png"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert olive.get(address.replace(logo.digest[:8], "00000000")).status_code == 404


def test_b76_nothing_but_pixels_is_kept_of_a_picture() -> None:
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", "<script>alert(1)</script>")
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    secret = b"<?php system('x') ?>"
    for given in (
        picture(pnginfo=told) + secret,
        picture(kind="JPEG", exif=exif) + secret,
        picture(kind="WEBP", exif=exif) + secret,
    ):
        made = made_anew(given)
        for trace in (b"script", b"home", b"php", b"Exif", b"tEXt"):
            assert trace not in made.content
            assert trace not in made.small


def test_a_picture_stands_the_way_the_camera_was_held() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    made = made_anew(picture(60, 40, "JPEG", exif=exif))
    assert (made.width, made.height) == (40, 60)


def test_a_photograph_too_large_as_png_is_packed_as_webp() -> None:
    noise = Image.effect_noise((1000, 1000), 90).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=80)
    made = made_anew(out.getvalue())
    assert made.content_type == "image/webp"
    assert len(made.content) <= BYTES_MOST


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    header = picture(16, 16)
    bomb = header[:16] + (60_000).to_bytes(4, "big") * 2 + header[24:]
    with pytest.raises(Refused):
        made_anew(bomb)


def test_a_logo_is_put_in_the_place_of_another_and_removed_and_the_history_has_it(world: World) -> None:
    birch = world.connect()
    olive = staff_browser(world, Role.MANAGER, birch)
    hand_in(olive, birch, picture())
    first = brand(world, birch).logo
    hand_in(olive, birch, picture(colour="#1d673a"))
    assert brand(world, birch).logo != first
    assert save(olive, at(birch, "/branding/logo/remove".replace("/logo/remove", ""))).status_code == 422
    carried = hidden(olive.get(at(birch, "/branding")))
    assert olive.send(at(birch, "/branding/logo/remove"), **carried).status_code == 303
    assert brand(world, birch).logo is None
    assert [action for _, action in noted(world, birch)] == [
        "brand.logo_removed",
        "brand.logo_changed",
        "brand.logo_changed",
    ]
    assert last_change(world, birch)[1] == {
        "one": "point",
        "many": "points",
        "accent": "#2a4bb5",
        "logo": None,
    }


def test_a_logo_of_another_store_is_not_shown(world: World) -> None:
    acorn, birch = world.connect("Acorn"), world.connect()
    operator = operator_browser(world)
    hand_in(operator, acorn, picture())
    logo = brand(world, acorn).logo
    assert logo is not None
    olive = staff_browser(world, Role.OWNER, birch)
    assert olive.get(at(birch, f"/logo/{logo.digest}")).status_code == 404
    assert operator.get(at(acorn, f"/logo/{logo.digest}")).status_code == 200


# -- two people


def test_b83_saving_over_somebody_elses_branding_shows_both(world: World) -> None:
    birch = world.connect()
    olive, max_ = (
        staff_browser(world, Role.MANAGER, birch),
        staff_browser(world, Role.OWNER, birch, name="Max"),
    )
    carried = hidden(olive.get(at(birch, "/branding")))
    save(max_, at(birch, "/branding"), one="Leaf", many="Leaves", accent="#1d673a")
    typed = {"one": "Bean", "many": "Beans", "accent": "#6d1d66"}
    answer = olive.send(at(birch, "/branding"), **{**carried, **typed})
    assert answer.status_code == 409
    page = in_words(answer)
    assert "Max saved this while you had it open" in page
    assert "One Leaf Bean Several Leaves Beans Colour #1d673a #6d1d66" in page
    assert brand(world, birch).many == "Leaves"
    assert olive.send(at(birch, "/branding"), **{**hidden(answer), **typed}).status_code == 303
    assert brand(world, birch).many == "Beans"


def test_b83_a_logo_over_somebody_elses_change_is_not_put(world: World) -> None:
    birch = world.connect()
    olive = staff_browser(world, Role.MANAGER, birch)
    carried = {**hidden(olive.get(at(birch, "/branding"))), "csrf_token": olive.token()}
    save(
        staff_browser(world, Role.OWNER, birch, name="Max"),
        at(birch, "/branding"),
        one="a",
        many="b",
        accent="#000",
    )
    data = {**carried, "logo": (io.BytesIO(picture()), "logo.png")}
    answer = olive.client.post(at(birch, "/branding/logo"), data=data)
    assert answer.status_code == 409
    assert "Max changed the branding since you opened this page." in in_words(answer)
    assert olive.send(at(birch, "/branding/logo/remove"), **carried).status_code == 409
    assert brand(world, birch).logo is None
