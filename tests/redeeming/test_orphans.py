"""Codes of ours that nobody here answers for are found and switched off; all others are left alone."""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from sqlalchemy import make_url

from core.config.secrets import ensure_secrets
from core.config.settings import Settings
from core.db import redemptions
from core.db.engine import Database
from core.domain.codes import mark_of, old_mark_of
from core.domain.discounts import AmountOff, CodePage, CodeShop, Discount
from core.domain.errors import Refused
from core.domain.redemptions import State
from core.jobs.beat import TICKS, stores_due
from core.jobs.bell import ORPHANS
from core.jobs.installation import installation_of
from core.jobs.orphans import switch_off_orphans
from tests.all_codes import all_codes
from tests.redeeming.counter import Counter
from tests.redeeming.stubborn import in_the_way
from tests.servers import Postgres
from tests.world import World


def sweep(at: Counter) -> int:
    return switch_off_orphans(at.world.env, at.store.store_id)


def our_mark(at: Counter, redemption_id: int) -> str:
    """What this installation would have its code marked with."""
    with at.world.database.read(at.store.store_id) as db:
        return mark_of(redemption_id, installation_of(at.world.env, db))


def a_code_at_the_store(at: Counter, code: str, mark: str) -> None:
    """Made past the product, as a call that arrived late would have."""
    benefit = AmountOff(500)
    made = Discount(code, mark, "A reward", benefit, at.rig.currency, at.rig.shoppers["ana"])
    at.rig.shop().create_code(made)


def test_a_live_code_is_left_alone(at: Counter) -> None:
    at.wish()
    at.work()

    assert sweep(at) == 0
    assert len(at.codes_of_ours()) == 1


def test_a_code_nobody_here_knows_of_is_switched_off(at: Counter) -> None:
    a_code_at_the_store(at, "POINTS-0000-0000-0000-0001", our_mark(at, 12))

    assert sweep(at) == 1
    assert at.codes_of_ours() == []


def test_a_code_that_comes_up_after_its_points_went_back_is_switched_off(at: Counter) -> None:
    made = at.wish()
    at.cancel(made.id)
    a_code_at_the_store(at, made.code, our_mark(at, made.id))

    assert sweep(at) == 1
    assert at.codes_of_ours() == []
    assert at.available() == 500


def test_the_merchants_own_codes_are_left_alone(at: Counter) -> None:
    at.rig.make_foreign_code("SUMMER")

    assert sweep(at) == 0
    assert "summer" in at.rig.codes()


def test_a_store_in_trouble_is_left_for_the_next_time(at: Counter) -> None:
    a_code_at_the_store(at, "POINTS-0000-0000-0000-0001", our_mark(at, 12))
    dead = at.rig.shop(dead=True)
    at.world.env, alive = replace(at.world.env, shop=lambda _store, _keys: dead), at.world.env

    assert sweep(at) == 0
    at.world.env = alive
    assert sweep(at) == 1


def test_our_own_code_is_left_alone_when_the_store_gave_it_another_number(at: Counter) -> None:
    made = at.wish()
    at.work()
    with at.world.database.write(at.store.store_id) as db:
        redemptions.change(db, at.store.store_id, made.id, code_ref="1")

    assert sweep(at) == 0
    assert len(at.codes_of_ours()) == 1


def test_a_code_with_another_installations_mark_is_left_alone_whatever_we_know(at: Counter) -> None:
    made = at.wish()
    at.cancel(made.id)
    a_code_at_the_store(at, made.code, mark_of(made.id, "another"))
    a_code_at_the_store(at, "POINTS-0000-0000-0000-0001", mark_of(12, "another"))

    assert sweep(at) == 0
    assert len(at.codes_of_ours()) == 2


def test_an_old_mark_is_ours_only_where_the_code_is_in_our_own_tables(at: Counter) -> None:
    made = at.wish()
    at.cancel(made.id)
    a_code_at_the_store(at, made.code, old_mark_of(made.id))
    a_code_at_the_store(at, "POINTS-0000-0000-0000-0001", old_mark_of(made.id))

    assert sweep(at) == 1
    assert [code.code.upper() for code in at.codes_of_ours()] == ["POINTS-0000-0000-0000-0001"]


def test_a_code_made_before_marks_said_whose_they_are_is_known_for_ours_when_looked_up(at: Counter) -> None:
    made = at.wish()
    a_code_at_the_store(at, made.code, old_mark_of(made.id))
    with at.world.database.write(at.store.store_id) as db:
        redemptions.change(db, at.store.store_id, made.id, tries=1, tried_at=at.world.now)
    at.work()

    # Ours, but without the end that was asked for: taken for a stranger's, another name would be drawn.
    assert at.redemption(made.id).code == made.code
    assert at.redemption(made.id).refused_at is not None


@contextmanager
def a_copy(at: Counter, folder: Path) -> Iterator[Counter]:
    """The installation restored elsewhere, with its secrets and the store's live keys."""
    folder.mkdir(0o700)
    shutil.copy(at.world.env.settings.secrets_file, folder)
    file = make_url(at.world.env.settings.database_url).database
    with sqlite3.connect(str(file)) as here, sqlite3.connect(folder / "regulars.db") as there:
        here.backup(there)
    settings = Settings.load({}, folder)
    env = replace(at.world.env, settings=settings, secrets=ensure_secrets(settings))
    database = Database(settings.database_url)
    try:
        yield replace(at, world=replace(at.world, env=replace(env, database=database)))
    finally:
        database.close()


def test_a_copy_with_live_keys_and_its_original_leave_each_others_codes_alone(
    acorn: Counter, tmp_path: Path
) -> None:
    acorn.grant(500)
    with a_copy(acorn, tmp_path / "copy") as copy:
        for one in (acorn, copy):
            one.wish()
            one.work()
        assert [sweep(copy), sweep(acorn)] == [0, 0]
        assert len(acorn.codes_of_ours()) == 2


def test_a_database_put_back_to_an_earlier_day_is_no_copy(acorn: Counter, tmp_path: Path) -> None:
    file = Path(str(make_url(acorn.world.env.settings.database_url).database))
    with sqlite3.connect(file) as here, sqlite3.connect(tmp_path / "backup.db") as backup:
        here.backup(backup)
    acorn.wish()
    acorn.work()
    acorn.world.database.close()
    with sqlite3.connect(tmp_path / "backup.db") as backup, sqlite3.connect(file) as here:
        backup.backup(here)

    assert sweep(acorn) == 1
    assert acorn.codes_of_ours() == []


def test_an_installation_can_be_given_a_name(acorn: Counter) -> None:
    env = acorn.world.env
    named = Settings.load({"REGULARS_INSTALLATION": "staging-2"}, env.settings.data_dir)
    with acorn.world.database.read_all() as db:
        assert installation_of(replace(env, settings=named), db) == "staging-2"
    with pytest.raises(Refused, match="1 to 20"):
        Settings.load({"REGULARS_INSTALLATION": "Staging No. 2"}, env.settings.data_dir)


def test_on_postgresql_another_database_is_another_installation(
    postgres_url: str, postgres_server: Postgres, tmp_path: Path
) -> None:
    name = f"copy_{uuid.uuid4().hex}"
    postgres_server.sql(f"CREATE DATABASE {name}")
    names = []
    for url in (postgres_url, postgres_url, postgres_server.url(name)):
        with World.open(url, tmp_path / "data") as world, world.database.read_all() as db:
            names.append(installation_of(world.env, db))
    here, again, elsewhere = names

    assert here == again != elsewhere


@dataclass
class Paged:
    """A store whose list has one code a page, and where every call takes some time."""

    shop: CodeShop
    pass_time: Callable[[], None]
    asked: list[str | None] = field(default_factory=list)

    def our_codes(self, cursor: str | None = None) -> CodePage:
        self.asked.append(cursor)
        self.pass_time()
        codes = sorted(all_codes(self.shop), key=lambda code: int(code.code_ref))
        at = int(cursor or 0)
        return CodePage(tuple(codes[at : at + 1]), str(at + 1) if at + 1 < len(codes) else None)

    def disable_code(self, code_ref: str) -> None:
        self.shop.disable_code(code_ref)


@dataclass
class Slow:
    """A store that takes its time to switch a code off."""

    shop: CodeShop
    pass_time: Callable[[], None]

    def our_codes(self, cursor: str | None = None) -> CodePage:
        return self.shop.our_codes(cursor)

    def disable_code(self, code_ref: str) -> None:
        self.pass_time()
        self.shop.disable_code(code_ref)


def a_slow_store(at: Counter, codes: int) -> Paged:
    """With so many codes nobody here knows of; a page of its list takes eight seconds."""
    for number in range(codes):
        a_code_at_the_store(at, f"POINTS-0000-0000-0000-000{number}", our_mark(at, 9_000_000 + number))
    slow = Paged(at.rig.shop(), lambda: at.wait(seconds=8))
    at.mood = lambda _shop: slow
    return slow


def test_many_codes_are_looked_through_in_portions_that_ring_for_the_rest(acorn: Counter) -> None:
    slow = a_slow_store(acorn, 5)
    rung = (ORPHANS, acorn.store.store_id)

    assert (sweep(acorn), acorn.world.bells.rung.count(rung)) == (2, 1)
    assert (sweep(acorn), acorn.world.bells.rung.count(rung)) == (2, 2)
    assert (sweep(acorn), acorn.world.bells.rung.count(rung)) == (1, 2)
    # A page that came when the time was over is asked for again.
    assert slow.asked == [None, "1", "2", "2", "3", "4", "4"]


def test_between_two_portions_the_store_is_free_for_others(acorn: Counter) -> None:
    slow = a_slow_store(acorn, 5)
    sweep(acorn)
    acorn.mood = in_the_way()
    made = acorn.wish()
    acorn.work()
    assert acorn.state(made.id) == State.LIVE
    acorn.mood = lambda _shop: slow

    assert sweep(acorn) == 2


def test_a_page_full_of_codes_to_switch_off_is_left_in_the_middle_and_taken_up_again(at: Counter) -> None:
    for number in range(4):
        a_code_at_the_store(at, f"POINTS-0000-0000-0000-000{number}", our_mark(at, 90 + number))
    at.mood = lambda shop: Slow(shop, lambda: at.wait(seconds=12))

    assert [sweep(at), sweep(at), sweep(at)] == [2, 2, 0]
    assert at.codes_of_ours() == []


def stores_rung(at: Counter) -> list[int]:
    [one] = [tick for tick in TICKS if tick.job == ORPHANS]
    return stores_due(at.world.env, one)


def test_a_store_is_looked_through_every_six_hours_and_a_rest_soon(acorn: Counter) -> None:
    acorn.wish()
    acorn.work()
    assert stores_rung(acorn) == [acorn.store.store_id]
    sweep(acorn)
    assert stores_rung(acorn) == []
    acorn.wait(hours=6)
    assert stores_rung(acorn) == [acorn.store.store_id]

    a_slow_store(acorn, 2)
    sweep(acorn)
    assert stores_rung(acorn) == [acorn.store.store_id]
    sweep(acorn)
    assert stores_rung(acorn) == []


def test_one_code_the_store_will_not_switch_off_keeps_no_other_on(at: Counter) -> None:
    for number in range(2):
        a_code_at_the_store(at, f"POINTS-0000-0000-0000-000{number}", our_mark(at, 90 + number))
    at.mood = in_the_way("refuse disable")

    assert sweep(at) == 1
    assert len(at.codes_of_ours()) == 1


def test_a_place_in_the_list_that_the_store_no_longer_knows_is_forgotten(acorn: Counter) -> None:
    a_slow_store(acorn, 5)
    assert sweep(acorn) == 2
    acorn.mood = in_the_way("refuse list")
    assert sweep(acorn) == 0
    acorn.mood = in_the_way()

    assert sweep(acorn) == 3
