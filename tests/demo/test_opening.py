"""Only the demo's own processes are led to stores on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.config.clock import utc_now
from core.config.settings import Settings
from core.domain.errors import PlatformUnavailable
from core.domain.platform import Field
from core.domain.stores import Store, time_zone
from integrations.assembly import shop_opener
from integrations.shopify.shop import ShopifyShop
from sandbox.demo.addresses import Addresses
from sandbox.demo.opening import stand_in_opener
from sandbox.shopify.admin import Admin
from sandbox.shopify.http import Skin, create_app
from tests.contract.rig import served
from tests.contract.shopify import a_store

ACORN = Store(
    1,
    "Acorn",
    "shopify",
    "https://acorn.myshopify.com",
    "EUR",
    time_zone("UTC"),
    False,
    "acorn.myshopify.com",
)


def a_birch(url: str) -> Store:
    return Store(2, "Birch", "woocommerce", url, "JPY", time_zone("UTC"), False, "path")


def settings_of(folder: Path, environ: dict[str, str]) -> Settings:
    return Settings.load(environ, folder)


def test_the_demo_reaches_its_shopify_through_the_real_adapter(tmp_path: Path) -> None:
    admin = Admin(a_store())
    with served(create_app(Skin(admin, utc_now))) as url:
        opened = stand_in_opener(settings_of(tmp_path, {}), Addresses(url, url, url))
        shop = opened(ACORN, {Field.ACCESS_TOKEN: admin.token})
        assert isinstance(shop, ShopifyShop)
        shop.prove()


def test_an_installation_is_led_nowhere_by_the_demos_variables(tmp_path: Path) -> None:
    admin = Admin(a_store())
    with served(create_app(Skin(admin, utc_now))) as url:
        settings = settings_of(tmp_path, Addresses(url, url, url).environ())
        assert settings.allowed_networks == ()
        keys: dict[str, str] = {Field.CONSUMER_KEY: "ck_x", Field.CONSUMER_SECRET: "cs_x"}
        with pytest.raises(PlatformUnavailable, match="only public addresses over https"):
            shop_opener(settings)(a_birch(url), keys).fetch_order("1", utc_now())
        opened = shop_opener(settings)(ACORN, {Field.ACCESS_TOKEN: admin.token})
        assert isinstance(opened, ShopifyShop)
        assert opened._api._url.startswith("https://acorn.myshopify.com/")
