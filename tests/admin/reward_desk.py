"""Olive at the rewards of Birch: what the tests of these pages share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert
from werkzeug.test import TestResponse

from core.db.redemption_tables import redemptions
from core.db.tables import members
from core.domain.program import Program
from core.domain.redemptions import State
from core.domain.staff import Role, Who
from core.domain.stores import Store
from core.domain.versions import in_force
from core.services.drafting import draft_of, save_draft
from core.services.terms import load_terms
from tests.admin.people import Browser, staff_browser
from tests.redeeming.counter import a_program
from tests.world import World

TYPED = {"cost_points": "500", "amount_minor": "5.00", "valid_days": "30", "then": "draft"}
MARA = Who("Mara", Role.MANAGER)


@dataclass
class Desk:
    """Olive at the rewards of Birch."""

    world: World
    store: Store
    olive: Browser

    @property
    def at(self) -> str:
        return f"/admin/stores/{self.store.store_id}/rewards"

    def get(self, path: str = "") -> TestResponse:
        page = self.olive.get(self.at + path)
        assert page.status_code == 200, (path, page.status_code)
        return page

    def send(self, path: str, **fields: str) -> TestResponse:
        return self.olive.send(self.at + path, **fields)

    def change(self, ref: str = "five", **fields: str) -> TestResponse:
        """Change a reward; what is not named is as in TYPED."""
        return self.send(f"/edit/{ref}", **{**TYPED, **self.seen(), **fields})

    def live(self) -> Program:
        with self.world.database.read(self.store.store_id) as db:
            return in_force(load_terms(db, self.store).versions, self.world.now).program

    def drafted(self) -> Program:
        with self.world.database.read(self.store.store_id) as db:
            return draft_of(db, load_terms(db, self.store), self.world.now).program

    def revision(self) -> int:
        with self.world.database.read(self.store.store_id) as db:
            return draft_of(db, load_terms(db, self.store), self.world.now).revision

    def seen(self, revision: int | None = None) -> dict[str, str]:
        """What a form that is opened now carries; as of this revision of the draft."""
        with self.world.database.read(self.store.store_id) as db:
            version = in_force(load_terms(db, self.store).versions, self.world.now).version
        of = self.revision() if revision is None else revision
        return {"revision": str(of), "version": str(version)}

    def mara_saves(self, program: str, seen: int = 0) -> None:
        with self.world.database.write(self.store.store_id) as db:
            save_draft(db, load_terms(db, self.store), program, seen, MARA, self.world.now)

    def member(self, points: int, number: int = 1, **columns: Any) -> None:
        """Members with so many points."""
        blank = {
            "pending_points": 0,
            "debt_points": 0,
            "joined_at": self.world.now,
            "available_points": points,
        }
        rows = [{"store_id": self.store.store_id, **blank, **columns} for _ in range(number)]
        with self.world.database.write(self.store.store_id) as db:
            db.execute(members.insert(), rows)

    def code(self, state: State = State.LIVE, number: int = 1, version: int = 2, **columns: Any) -> None:
        """Codes that were made."""
        with self.world.database.write(self.store.store_id) as db:
            for _ in range(number):
                db.execute(insert(redemptions).values(**self._code(state, version, columns)))

    def _code(self, state: State, version: int, columns: dict[str, Any]) -> dict[str, Any]:
        at, name = self.world.now, f"C{next(self.world.numbers)}"
        return {
            "store_id": self.store.store_id,
            "member_id": 1,
            "reward_ref": "five",
            "title": "5.00 EUR off",
            "program_version": version,
            "cost_points": 500,
            "restored_points": 0,
            "is_from_stock": False,
            "entry_count": 1,
            "state": state,
            "code": name,
            "code_key": name.casefold(),
            "discount": "{}",
            "worth_minor": 500,
            "idempotency_key": name,
            "wish": "five:",
            "tries": 1,
            "requested_at": at,
            "changed_at": at,
            **columns,
        }


def desk_at(world: World, program: str | None = None, role: Role = Role.MANAGER) -> Desk:
    store = world.connect(program=program or a_program())
    return Desk(world, store, staff_browser(world, role, store))
