"""People who work in the settings pages, each in a browser of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.db.staff_tables import staff, staff_roles
from core.domain.people import email_key
from core.domain.staff import Role
from core.domain.stores import Store
from core.services.signing_in import open_session
from tests.world import World

_NO_STORE = 0


@dataclass
class Browser:
    """One signed-in browser. Forms are sent with the token its pages carry."""

    client: FlaskClient

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers=headers)

    def send(self, path: str, **fields: str) -> TestResponse:
        """Press a button of a form."""
        return self.client.post(path, data={"csrf_token": self.token(), **fields})

    def token(self) -> str:
        found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', self.client.get("/admin").text)
        assert found
        return found[1]


def operator_browser(world: World) -> Browser:
    """Whoever runs the server."""
    return _browser(world, None)


def staff_browser(
    world: World, role: Role, *stores: Store, name: str = "Olive", most_points: int | None = None
) -> Browser:
    """Somebody with this role in these stores."""
    email = f"{name.lower()}@example.com"
    person = {
        "email_key": email_key(world.env.secrets.identity_key, _NO_STORE, email),
        "person": world.env.secrets.seal({"name": name, "email": email}),
        "made_at": world.now,
    }
    with world.database.write_all() as db:
        staff_id = db.execute(staff.insert().returning(staff.c.id), person).scalar_one()
        for store in stores:
            given = {"staff_id": staff_id, "role": role, "most_points": most_points, "given_at": world.now}
            db.execute(staff_roles.insert().values({"store_id": store.store_id, **given}))
    return _browser(world, staff_id)


def _browser(world: World, staff_id: int | None) -> Browser:
    client, session = world.client.application.test_client(), world.env.token()
    with world.database.write_all() as db:
        open_session(db, session, staff_id, world.now)
    client.set_cookie("regulars", session)
    return Browser(client)
