"""The settings within Shopify's admin: the same pages, each request with a proof of its own, no cookies."""

from __future__ import annotations

import io
import re

import pytest
from werkzeug.test import TestResponse

from core.domain.personal import Person
from core.services.branding import brand_of
from core.services.exporting import keep_export
from core.services.terms import Sealing
from tests.admin.test_branding import picture
from tests.admin.test_settings import hidden, in_words, noted
from tests.shopify_install import Acorn

AT = "/shopify/settings"


def get(shop: Acorn, path: str = "") -> TestResponse:
    """A link is followed: scripts fetch it."""
    return shop.world.client.get(f"{AT}{path}", headers={"Authorization": f"Bearer {shop.id_token()}"})


def send(shop: Acorn, path: str, **fields: object) -> TestResponse:
    """A form is sent, the way scripts send it."""
    carried = hidden(get(shop, "/branding"))
    headers = {"Authorization": f"Bearer {shop.id_token()}", "HX-Request": "true"}
    return shop.world.client.post(f"{AT}{path}", data={**carried, **fields}, headers=headers)


@pytest.mark.parametrize("page", ["", "/store", "/rates", "/branding", "/retention", "/privacy", "/keys"])
def test_each_page_stands_there_and_its_links_stay_there(installed: Acorn, page: str) -> None:
    answer = get(installed, page)
    assert answer.status_code == 200
    links = re.findall(r'(?:href|action|hx-post)="(/[^"]*)"', answer.text)
    assert {link for link in links if not link.startswith(("/shopify", "/static"))} == set()
    assert "csrf_token" not in answer.text


def test_names_colour_and_logo_are_changed_there_and_the_logo_stands_within_the_page(
    installed: Acorn,
) -> None:
    typed = {"one": "Leaf", "many": "Leaves", "accent": "#1d673a"}
    assert send(installed, "/branding", **typed).status_code == 303
    assert send(installed, "/branding/logo", logo=(io.BytesIO(picture()), "logo.png")).status_code == 303
    store = installed.store
    with installed.world.database.read(store.store_id) as db:
        brand = brand_of(db, store.store_id)
    assert (brand.many, brand.logo is not None) == ("Leaves", True)
    page = get(installed, "/branding")
    # A picture's own request could prove nothing.
    assert re.findall(r'<img src="([^"]{22})', page.text) == ["data:image/png;base64,"]
    assert all(who.startswith("Shopify staff") for who, _ in noted(installed.world, store))


def test_a_document_is_shown_there_to_be_copied(installed: Acorn) -> None:
    store = installed.store
    with installed.world.database.write(store.store_id) as db:
        sealing = Sealing(installed.env.secrets)
        keep_export(db, store, Person("7", None), "17", sealing, installed.world.now)
    answer = send(installed, "/privacy/1/document")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/html")
    assert '"store": "acorn"' in in_words(answer)


def test_a_key_is_made_there(installed: Acorn) -> None:
    carried = hidden(get(installed, "/keys"))
    answer = send(installed, "/keys", **{**carried, "note": "till"})
    assert answer.status_code == 200
    assert re.search(r"regulars_1_[0-9a-f]{64}", answer.text)
