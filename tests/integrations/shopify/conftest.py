"""A Shopify store to call, and the calling."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from integrations.shopify.admin import AdminApi, FixedToken
from integrations.shopify.bucket import LocalBucket
from integrations.shopify.shop import ShopifyShop
from integrations.shopify.wire import Wire
from tests.fakes.shopify_admin import ShopifyAdmin, running
from tests.world import NOW


@pytest.fixture
def acorn() -> Iterator[ShopifyAdmin]:
    """Acorn's Admin API."""
    with running(ShopifyAdmin(now=NOW)) as admin:
        yield admin


@pytest.fixture
def wire() -> Iterator[Wire]:
    """Connections as in production."""
    opened = Wire()
    yield opened
    opened.close()


@pytest.fixture
def bucket() -> LocalBucket:
    """Acorn's points, as we reckon them."""
    filled = LocalBucket()
    filled.learn(2000, 2000, 100)
    return filled


@pytest.fixture
def api(acorn: ShopifyAdmin, wire: Wire, bucket: LocalBucket) -> AdminApi:
    """Acorn, called with the right token."""
    return AdminApi(acorn.url, FixedToken(acorn.token), bucket, wire)


@pytest.fixture
def shop(api: AdminApi) -> ShopifyShop:
    """Acorn as something to call."""
    return ShopifyShop(api)
