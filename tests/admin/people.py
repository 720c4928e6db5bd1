"""People who work in the settings pages, each in a browser of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.db import staff
from core.domain.staff import Role
from core.domain.stores import Store
from core.services.signing_in import open_session
from core.services.staffing import key_of, person_by_email
from tests.world import World


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
    """Somebody with this role in these stores; no history tells that they came."""
    secrets, email = world.env.secrets, f"{name.lower()}@example.com"
    with world.database.write_all() as db:
        found = person_by_email(db, email, secrets)
        sealed = secrets.seal({"name": name, "email": email})
        staff_id = found[0].staff_id if found else staff.add(db, key_of(secrets, email), sealed, world.now)
        for store in stores:
            staff.give_role(db, store.store_id, staff_id, role, most_points, world.now)
    return _browser(world, staff_id)


def _browser(world: World, staff_id: int | None) -> Browser:
    client, session = world.client.application.test_client(), world.env.token()
    with world.database.write_all() as db:
        open_session(db, session, staff_id, world.now)
    client.set_cookie("regulars", session)
    return Browser(client)
