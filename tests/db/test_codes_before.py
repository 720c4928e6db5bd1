"""Codes that were made before their worth was kept."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from core.db.migrate import upgrade
from tests.servers import Postgres
from tests.test_migrations import A_STORE, empty_database, owner_of
from tests.workplace import ROOT

A_CODE = (
    "INSERT INTO redemptions (store_id, member_id, reward_ref, title, program_version, cost_points, "
    "restored_points, is_from_stock, entry_count, state, code, code_key, discount, idempotency_key, wish, "
    "tries, requested_at, changed_at) VALUES (1, 1, 'five', '5.00', 1, 500, 0, false, 1, 'live', :code, "
    ":code, :discount, :code, 'five:', 1, '2026-11-20', '2026-11-20')"
)


def test_codes_from_before_an_update_know_what_they_are_worth(
    postgres_server: Postgres, tmp_path: Path
) -> None:
    for url in (f"sqlite:///{tmp_path / 'codes.db'}", empty_database(postgres_server)):
        with owner_of(url).begin() as db:
            config = Config()
            config.set_main_option("script_location", str(ROOT / "core/db/migrations"))
            config.attributes["connection"] = db
            command.upgrade(config, "0002")
            db.execute(text(A_STORE))
            command.upgrade(config, "0018")
            for number, benefit in enumerate(
                ('{"kind": "amount_off", "amount_minor": 500}', '{"kind": "x"}')
            ):
                told = {"code": f"C{number}", "discount": f'{{"benefit": {benefit}}}'}
                db.execute(text(A_CODE), told)
        upgrade(url)
        with owner_of(url).connect() as db:
            rows = db.execute(text("SELECT worth_minor, carries_version FROM redemptions ORDER BY code"))
            assert [tuple(row) for row in rows] == [(500, None), (None, None)]
