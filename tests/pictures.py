"""Takes the pictures of the settings pages: `python -m tests.pictures [FOLDER] [--all]`.

A made-up store with half a year of orders, looked at in a real Chromium. Without `--all`, the three pictures
that the README shows; with it, every page on a phone and on a desk, by day and by night, to be looked at.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, Page, sync_playwright

from core.db import members, redemptions
from core.db.migrate import upgrade
from core.domain.redemptions import State
from core.domain.staff import Role
from core.domain.stores import Store
from core.services.redeeming import Making, Wish, redeem
from core.services.terms import Sealing, load_terms
from integrations.woocommerce import PLATFORM
from tests.admin.people import staff_browser
from tests.browser.conftest import serving
from tests.payloads import a_line, a_refund, an_order, gmt
from tests.workplace import ROOT
from tests.world import World

PROGRAM = json.dumps(
    {
        "earning": [{"kind": "points_per_unit", "points": 1, "per_minor": 100, "rounding": "floor"}],
        "pending_days": 14,
        "expiry": {"kind": "fixed", "days": 365},
        "code_prefix": "ACORN",
        "rewards": [
            {"id": "five-off", "kind": "amount_off", "cost_points": 100, "amount_minor": 500}
            | {"minimum_spend_minor": 2500, "valid_days": 90}
            | {"combines_with": ["order", "product", "shipping"]},
            {"id": "free-shipping", "kind": "free_shipping", "cost_points": 80, "minimum_spend_minor": 2500},
            {"id": "ten-percent", "kind": "percent_off", "cost_points": 180, "percent": 10},
        ],
    }
)
PEOPLE = (
    *(("Ana", "Oak"), ("Finn", "Reed"), ("Gus", "Pine"), ("Mara", "Holm"), ("Noor", "Lind")),
    *(("Ivo", "Berg"), ("Lena", "Wald"), ("Tom", "Fern"), ("Ruth", "Moss"), ("Emil", "Heide")),
)
SHOWN = {"home": "", "program": "/program", "member": "/members/2"}
PAGES = {
    **SHOWN,
    "rewards": "/rewards",
    "reward": "/rewards/edit/five-off",
    "members": "/members",
    "adjust": "/members/1/adjust",
    "activity": "/activity",
    "history": "/activity/history",
    "delivery": "/activity/deliveries/1",
    "order": "/activity/orders/1001",
    "settings": "/settings",
    "branding": "/settings/branding",
    "staff": "/settings/staff",
    "data": "/settings/data",
    "rates": "/settings/rates",
    "privacy": "/settings/privacy",
    "retention": "/settings/retention",
    "keys": "/settings/keys",
}


@dataclass(frozen=True)
class Look:
    """One way of looking at pages."""

    width: int
    scheme: Literal["light", "dark"]


LOOKS = tuple(Look(width, scheme) for width in (320, 1440) for scheme in ("light", "dark"))
README = Look(1280, "light")


def main(folder: Path, *, everything: bool) -> None:
    """Take them."""
    folder.mkdir(parents=True, exist_ok=True)
    with opened_acorn() as (world, store), serving(world.client.application) as url:
        cookie = staff_browser(world, Role.OWNER, store).client.get_cookie("regulars")
        assert cookie
        at = f"{url}/admin/stores/{store.store_id}"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            for look in LOOKS if everything else (README,):
                with looking(browser, look, at, cookie.value) as page:
                    for name, path in (PAGES if everything else SHOWN).items():
                        take(page, at + path, folder / file_name(name, look), look)
            browser.close()


def file_name(name: str, look: Look) -> str:
    """Where a picture is kept."""
    return f"{name}.png" if look is README else f"{name}-{look.width}-{look.scheme}.png"


@contextmanager
def looking(browser: Browser, look: Look, at: str, session: str) -> Iterator[Page]:
    """Somebody signed in, at a screen of this width, by day or by night."""
    window = {"viewport": {"width": look.width, "height": 900}, "color_scheme": look.scheme}
    with browser.new_context(**window) as context:  # type: ignore[arg-type]
        context.add_cookies([{"name": "regulars", "value": session, "url": at}])
        yield context.new_page()


def take(page: Page, url: str, target: Path, look: Look) -> None:
    """One picture; says so of a page that is not there, or does not fit."""
    answer = page.goto(url)
    wide = page.evaluate("document.documentElement.scrollWidth")
    if answer is None or answer.status != 200 or wide > look.width:
        sys.stdout.write(f"{url}: {answer and answer.status}, {wide} wide at {look.width}\n")
    page.screenshot(path=target, full_page=look is not README)


@contextmanager
def opened_acorn() -> Iterator[tuple[World, Store]]:
    """Acorn, with half a year behind it."""
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{name}/regulars.db"
        upgrade(url)
        with World.open(url, Path(name) / "data") as world:
            now = world.now
            world.moment[0] = now - timedelta(days=190)
            store = world.connect("Acorn", program=PROGRAM, is_offline=False)
            live(world, store, now)
            yield world, store


def live(world: World, store: Store, until: datetime) -> None:
    """Half a year of orders, refunds and codes."""
    chance, number = random.Random(7), 1000
    while (at := world.now + timedelta(hours=chance.randint(5, 14))) < until:
        world.moment[0] = at
        number += 1
        tell_order(world, store, number, chance)
        if number % 9 == 0:
            world.mature(store)
            spend(world, store, 1 + number // 9 % 6)
    world.moment[0] = until
    world.mature(store)
    world.post(store, b'{"id": 5099, "status": "processing", "total": "12,50"}')
    world.drain(store)


def tell_order(world: World, store: Store, number: int, chance: random.Random) -> None:
    """Somebody buys; now and then a part goes back."""
    who = min(int(chance.expovariate(0.35)), len(PEOPLE) - 1)
    given, family = PEOPLE[who]
    net = f"{chance.randint(900, 9900) / 100:.2f}"
    at = gmt(world.now)
    changes: dict[str, Any] = {
        "customer_id": 7 + who,
        "billing": {"email": f"{given.lower()}@example.com", "first_name": given, "last_name": family},
        "line_items": [a_line(net)],
        **dict.fromkeys(("date_created_gmt", "date_modified_gmt", "date_paid_gmt"), at),
    }
    world.tell(store, an_order(number, net, **changes))
    if number % 13 == 0:
        later = {**changes, "date_modified_gmt": gmt(world.now + timedelta(minutes=5))}
        world.tell(store, an_order(number, net, **later, refunds=[a_refund(str(round(Decimal(net) / 2, 2)))]))


def spend(world: World, store: Store, member_id: int) -> None:
    """One of them takes a code, if she can."""
    with world.database.write(store.store_id) as db:
        row = members.by_id(db, store.store_id, member_id)
        if row is None or row.available_points < 100:
            return
        making = Making(PLATFORM, Sealing(world.env.secrets), world.env.token())
        wish = Wish(member_id, "five-off", None, world.env.token())
        made = redeem(db, load_terms(db, store), wish, making, world.now)
        # As if the store had made it: there is none.
        redemptions.change(db, store.store_id, made.id, state=State.LIVE, changed_at=world.now)


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    main(Path(words[0]) if words else ROOT / "docs" / "pictures", everything="--all" in sys.argv)
