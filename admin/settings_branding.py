"""What shoppers see of a store's points: their name, a colour, a logo."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, replace

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from admin.guards import least
from admin.here import here
from admin.retelling import told
from admin.signed_in import the_env
from core.domain.errors import Refused
from core.domain.staff import Role
from core.services.branding import (
    LONGEST_NAME,
    Brand,
    BrandChanged,
    Wanted,
    brand_of,
    checked_brand,
    drop_logo,
    logo_content,
    put_logo,
    save_brand,
)
from core.services.colours import nearest_that_works, read_colour, works
from core.services.pictures import BYTES_MOST, SIDE_MOST, made_anew

LOGO_POLICY = "default-src 'none'; sandbox"


def add_to(blueprint: Blueprint) -> None:
    """Its addresses."""
    at = "/settings/branding"
    blueprint.add_url_rule(at, "settings_branding", look)
    blueprint.add_url_rule(at, "settings_branding_save", save, methods=["POST"])
    blueprint.add_url_rule(f"{at}/preview", "settings_branding_preview", preview, methods=["POST"])
    blueprint.add_url_rule(f"{at}/logo", "settings_logo_put", put, methods=["POST"])
    blueprint.add_url_rule(f"{at}/logo/remove", "settings_logo_drop", drop, methods=["POST"])
    blueprint.add_url_rule("/settings/logo/<digest>", "settings_logo", logo)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows, which may not be what is kept."""

    wanted: Wanted
    problems: dict[str, str]
    better: str = ""
    """A colour that works, near the one that was typed."""
    theirs: Brand | None = None
    """Somebody saved this meanwhile."""


@least(Role.VIEWER)
def look() -> ResponseReturnValue:
    """How it is now."""
    kept = _kept()
    return _page(kept, Shown(_wanted_of(kept), {}))


@least(Role.MANAGER)
def save() -> ResponseReturnValue:
    """Other names, another colour."""
    env, where = the_env(), here()
    shown = _read()
    if shown.problems:
        return make_response(_page(_kept(), shown), 422)
    try:
        with env.database.write(where.store.store_id) as db:
            save_brand(db, where.store.store_id, shown.wanted, _seen(), where.who, env.now())
    except BrandChanged as changed:
        return make_response(_page(changed.theirs, replace(shown, theirs=changed.theirs)), 409)
    return redirect(url_for(".settings_branding", saved=1), 303)


@least(Role.MANAGER)
def preview() -> ResponseReturnValue:
    """What shoppers would see of what stands in the form. Changes nothing."""
    return render_template("admin/brand_preview.html", **_preview(_kept(), _read()))


@least(Role.MANAGER)
def put() -> ResponseReturnValue:
    """Another logo, made anew from the one that was handed in."""
    env, where, kept = the_env(), here(), _kept()
    try:
        with_file = request.files.get("logo")
        if with_file is None or not with_file.filename:
            raise Refused("Choose a picture first: PNG, JPEG or WebP.")
        picture = made_anew(with_file.stream.read(BYTES_MOST + 1))
    except Refused as refusal:
        return make_response(_page(kept, Shown(_wanted_of(kept), {"logo": told(str(refusal))})), 422)
    finally:
        # What was sent lies in files of its own where it is large.
        request.close()
    try:
        with env.database.write(where.store.store_id) as db:
            put_logo(db, where.store.store_id, picture, _seen(), where.who, env.now())
    except BrandChanged as changed:
        return _logo_conflict(changed.theirs)
    return redirect(url_for(".settings_branding", saved=1, _anchor="logo"), 303)


@least(Role.MANAGER)
def drop() -> ResponseReturnValue:
    """No logo any more."""
    env, where = the_env(), here()
    try:
        with env.database.write(where.store.store_id) as db:
            drop_logo(db, where.store.store_id, _seen(), where.who, env.now())
    except BrandChanged as changed:
        return _logo_conflict(changed.theirs)
    return redirect(url_for(".settings_branding", saved=1, _anchor="logo"), 303)


@least(Role.VIEWER)
def logo(digest: str) -> ResponseReturnValue:
    """The picture, as itself and nothing else. Its address changes when it does."""
    with the_env().database.read(here().store.store_id) as db:
        found = logo_content(db, here().store.store_id, digest)
    if found is None:
        raise NotFound
    answer = Response(found[0], content_type=found[1])
    answer.headers["Content-Security-Policy"] = LOGO_POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["ETag"] = f'"{digest}"'
    return answer


def _kept() -> Brand:
    store_id = here().store.store_id
    with the_env().database.read(store_id) as db:
        return brand_of(db, store_id)


def _wanted_of(brand: Brand) -> Wanted:
    return Wanted(brand.one, brand.many, brand.accent)


def _seen() -> int:
    text = request.form.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


def _read() -> Shown:
    """What stands in the form, with what is wrong about it."""
    form, problems, better = request.form, {}, ""
    names = {name: form.get(name, "").strip() for name in ("one", "many")}
    for field, name in names.items():
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            problems[field] = _("Enter 1 to %(count)s characters, on one line.", count=LONGEST_NAME)
    typed = form.get("better") or form.get("accent", "")
    colour = read_colour(typed)
    if colour is None:
        problems["accent"] = _("Enter a colour such as #2a4bb5: six digits or letters behind a #.")
    elif not works(colour):
        better = nearest_that_works(colour)
        problems["accent"] = _(
            "Text in %(colour)s, or on it, could not be read by everybody. %(better)s works.",
            colour=colour,
            better=better,
        )
    wanted = Wanted(names["one"], names["many"], colour or typed[:20])
    return Shown(wanted if problems else checked_brand(wanted), problems, better)


def _logo_conflict(theirs: Brand) -> ResponseReturnValue:
    sentence = _(
        "%(name)s changed the branding since you opened this page. Nothing was done: look at what stands "
        "now, and choose once more.",
        name=theirs.changed_by,
    )
    return make_response(_page(theirs, Shown(_wanted_of(theirs), {"logo": sentence})), 409)


def _preview(kept: Brand, shown: Shown) -> dict[str, object]:
    """What the preview shows: as typed, as far as that can be shown."""
    accent = read_colour(shown.wanted.accent) or kept.accent
    looks = replace(kept, one=shown.wanted.one, many=shown.wanted.many, accent=accent)
    return {"store": here().store, "looks": looks, "logo_source": _logo_source(kept)}


def _logo_source(brand: Brand) -> str:
    """Where the page takes the picture from: within Shopify's admin nothing but pages can prove who asks."""
    if brand.logo is None:
        return ""
    if here().is_embedded:
        return f"data:image/png;base64,{b64encode(brand.logo.small).decode()}"
    return url_for(".settings_logo", digest=brand.logo.digest)


def _page(kept: Brand, shown: Shown) -> str:
    where = here()
    return render_template(
        "admin/settings_branding.html",
        kept=kept,
        shown=shown,
        problems=shown.problems,
        longest=LONGEST_NAME,
        side_most=SIDE_MOST,
        can_change=where.who.may(Role.MANAGER),
        is_saved="saved" in request.args,
        **_preview(kept, shown),
    )
