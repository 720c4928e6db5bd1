"""The stand-in store's own pages, for Ana: choose, check out with a code, see points come, spend them.

Server-rendered; nothing needs script. A shopper never sees the key that Regulars is asked with.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Flask, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.wrappers import Response

from sandbox.demo.addresses import Addresses
from sandbox.demo.life import Life
from sandbox.demo.money import money
from sandbox.demo.regulars import OutOfReach, Refusal
from sandbox.demo.shop import ANA, Cart, Shopper
from sandbox.demo.state import create_door

STATIC = Path(__file__).parents[2] / "web" / "static"
SEE_OTHER = 303
MOST_PIECES = 20
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Basket:
    """What Ana has chosen so far: kept in her browser."""

    pieces: tuple[tuple[str, int], ...] = ()
    code: str = ""

    @classmethod
    def read(cls, told: str, known: set[str]) -> Basket:
        """From a cookie, which anybody may have written: `ref*quantity.ref*quantity|CODE`."""
        listed, _, code = told[:400].partition("|")
        counted: Counter[str] = Counter()
        for part in listed.split("."):
            ref, _, quantity = part.partition("*")
            if ref in known and quantity.isdecimal() and 0 < int(quantity) <= MOST_PIECES:
                counted[ref] += int(quantity)
        return cls(tuple(counted.items()), code if code.isprintable() else "")

    def write(self) -> str:
        """What `read` reads back."""
        return f"{'.'.join(f'{ref}*{quantity}' for ref, quantity in self.pieces)}|{self.code}"

    def with_one_more(self, ref: str) -> Basket:
        """One piece of something is added."""
        counted = Counter(dict(self.pieces))
        counted[ref] = min(MOST_PIECES, counted[ref] + 1)
        return Basket(tuple(counted.items()), self.code)

    def without(self, ref: str) -> Basket:
        """All pieces of something are taken out."""
        return Basket(tuple(piece for piece in self.pieces if piece[0] != ref), self.code)

    @property
    def count(self) -> int:
        """How many pieces there are."""
        return sum(quantity for _, quantity in self.pieces)


def create_app(life: Life, addresses: Addresses) -> Flask:
    """The pages of one store, and its door for the demo's own page."""
    app = Flask(__name__, static_folder=str(STATIC), static_url_path="/static")
    app.register_blueprint(create_door(life))
    front = Front(life, addresses)
    app.register_blueprint(_pages(front))
    app.jinja_env.filters["money"] = partial(money, currency=life.shop.currency)
    for missing in (NotFound, MethodNotAllowed):
        app.register_error_handler(missing, partial(_missing, front))
    app.after_request(_harden)
    return app


@dataclass(frozen=True, slots=True)
class Front:
    """What the pages are made from."""

    life: Life
    addresses: Addresses

    @property
    def ana(self) -> Shopper:
        """Whoever looks."""
        return next(one for one in self.life.shop.shoppers if one.name == ANA)

    @property
    def cookie(self) -> str:
        """Ports of one machine share their cookies, so each store has a name of its own for its basket."""
        return f"{self.life.shop.platform}_basket"

    def basket(self) -> Basket:
        """What the request's browser keeps."""
        known = {one.goods_ref for one in self.life.shop.goods}
        return Basket.read(request.cookies.get(self.cookie, ""), known)

    def page(self, template: str, **values: object) -> str:
        """A page with what every page shows."""
        self.life.look()
        basket = self.basket()
        return render_template(
            template,
            shop=self.life.shop,
            goods={one.goods_ref: one for one in self.life.shop.goods},
            basket=basket,
            cart=Cart(self.ana, basket.pieces, basket.code),
            demo_url=self.addresses.regulars,
            **values,
        )

    def points(self) -> dict[str, object]:
        """Ana's points, what they buy, and the codes she has.

        `once` is the same until she has redeemed something: a form sent twice spends once.
        """
        regulars = self.life.wallet.regulars
        codes = self.life.wallet.held(self.ana)[:5]
        try:
            member = regulars.member(self.ana.customer_ref or "")
            return {
                "available": member.available_points if member else 0,
                "rewards": regulars.rewards(),
                "codes": codes,
                "once": f"{self.life.began_at:%H%M%S}-{codes[0].redemption.redemption_id if codes else 0}",
            }
        except (OutOfReach, Refusal):
            return {"available": None, "rewards": [], "codes": codes, "once": ""}

    def keep(self, basket: Basket, to: str) -> Response:
        """Go on to another page with this basket."""
        answer = redirect(to, SEE_OTHER)
        answer.set_cookie(self.cookie, basket.write(), samesite="Lax", httponly=True)
        return answer


def _pages(front: Front) -> Blueprint:
    pages = Blueprint("storefront", __name__, static_folder="static", static_url_path="/look")
    for path, view, method in (
        ("/", _home, "GET"),
        ("/checkout", _checkout, "GET"),
        ("/thanks/<order_name>", _thanks, "GET"),
        ("/points", _points, "GET"),
        ("/basket", _change_basket, "POST"),
        ("/code", _enter_code, "POST"),
        ("/orders", _order, "POST"),
        ("/redeem", _redeem, "POST"),
    ):
        pages.add_url_rule(path, view.__name__, partial(view, front), methods=[method])
    return pages


def _home(front: Front) -> str:
    return front.page("store.html", points=front.points(), said=request.args.get("said", ""))


def _points(front: Front) -> str:
    """The part of a page that shows Ana's points, to be put in its place when it changed."""
    return front.page("points.html", points=front.points())


def _checkout(front: Front) -> str:
    basket = front.basket()
    if not basket.pieces:
        return front.page("empty.html")
    priced = front.life.shop.price(Cart(front.ana, basket.pieces, basket.code))
    return front.page("checkout.html", priced=priced, codes=front.life.wallet.live(front.ana))


def _thanks(front: Front, order_name: str) -> str:
    order_name = f"#{order_name}"
    if all(one.happening.order_name != order_name for one in front.life.of_ana()):
        raise NotFound
    told = request.args.get("had", "")
    had = int(told) if told.isdecimal() and len(told) < 12 else 0
    return front.page("thanks.html", order_name=order_name, had=had, points=front.points())


def _change_basket(front: Front) -> Response:
    basket, ref = front.basket(), request.form.get("goods", "")
    if request.form.get("do") == "remove":
        return front.keep(basket.without(ref), "/checkout")
    known = {one.goods_ref for one in front.life.shop.goods}
    return front.keep(basket.with_one_more(ref) if ref in known else basket, "/checkout")


def _enter_code(front: Front) -> Response:
    code = request.form.get("code", "").strip()[:60]
    return front.keep(Basket(front.basket().pieces, code if code.isprintable() else ""), "/checkout")


def _order(front: Front) -> Response:
    basket = front.basket()
    if not basket.pieces:
        return redirect("/", SEE_OTHER)
    had = front.points()["available"] or 0
    said = front.life.order(Cart(front.ana, basket.pieces, basket.code))
    return front.keep(Basket(), f"/thanks/{said.order_name.removeprefix('#')}?had={had}")


def _redeem(front: Front) -> Response:
    reward, once = request.form.get("reward", ""), request.form.get("once", "")
    try:
        front.life.wallet.redeem(front.ana, reward, once)
    except Refusal as refusal:
        return redirect(f"/?said={_quoted(str(refusal))}#points", SEE_OTHER)
    except OutOfReach:
        said = "Regulars does not answer just now. Your points are safe; try again in a moment."
        return redirect(f"/?said={_quoted(said)}#points", SEE_OTHER)
    return redirect("/#points", SEE_OTHER)


def _missing(front: Front, error: NotFound | MethodNotAllowed) -> ResponseReturnValue:
    """An address that leads nowhere keeps the store's frame, and its status."""
    return front.page("missing.html"), error.code


def _quoted(text: str) -> str:
    return quote(text[:200], safe="")


def _harden(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
