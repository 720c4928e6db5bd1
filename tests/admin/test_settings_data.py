"""Data in and out, as owners meet it: upload, look, confirm, undo, download."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from admin import uploads
from core.db import changes, tasks
from core.domain.staff import Role
from core.domain.stores import Store
from core.jobs.tasks import work_on_tasks
from core.services.data_tasks import KINDS
from tests.admin.people import Browser, staff_browser
from tests.data_files import csv_of, differences, exported, upload
from tests.payloads import an_order
from tests.shopify_install import Acorn
from tests.statements import count_of
from tests.world import World


def path(store: Store, rest: str = "") -> str:
    return f"/admin/stores/{store.store_id}/settings/data{rest}"


def send_file(olive: Browser, store: Store, data: bytes, **fields: str) -> TestResponse:
    """Choose a file and press the button."""
    form: dict[str, Any] = {"csrf_token": olive.token(), "kind": "import_balances", "mode": "add", **fields}
    form["file"] = (io.BytesIO(data), "balances.csv")
    answer = olive.client.post(path(store, "/upload"), data=form, content_type="multipart/form-data")
    # The client keeps what it sent in a temporary file.
    answer.request.environ["wsgi.input"].close()
    return answer


def newest(world: World, store: Store) -> Any:
    with world.database.read(store.store_id) as db:
        return tasks.newest(db, store.store_id, *KINDS)[0]


def test_balances_are_uploaded_looked_at_booked_and_undone(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    olive = staff_browser(world, Role.OWNER, birch)
    assert "Nothing yet" in olive.get(path(birch)).text
    sent = send_file(olive, birch, csv_of(["ana@example.com,1000", "gus@example.com,234", "x,1"]))
    assert sent.status_code == 303
    page = sent.headers["Location"]
    assert "Being checked" in olive.get(page).text
    work_on_tasks(world.env, birch.store_id)
    looked_at = olive.get(page).text
    for says in ("2 lines can be booked", "One line is left out", "+1,234", "1,283", "no e-mail address"):
        assert says in looked_at
    assert world.total(birch) == 49

    assert olive.send(page, do="confirm").status_code == 303
    work_on_tasks(world.env, birch.store_id)
    assert "File 1,234 = booked 1,234 points, 2 lines." in olive.get(page).text
    assert world.balance(birch) == (1049, 0, 0)

    undone = olive.send(page, do="undo")
    assert undone.status_code == 303
    work_on_tasks(world.env, birch.store_id)
    assert "2 lines were taken back" in olive.get(undone.headers["Location"]).text
    assert world.balance(birch) == (49, 0, 0)
    assert olive.send(page, do="undo").status_code == 409
    listed = olive.get(path(birch)).text
    assert "Undone" in listed
    assert "−1,234" in listed
    with world.database.read(birch.store_id) as db:
        noted = [row.action for row in changes.newest(db, birch.store_id, 10)]
    assert noted == ["data.undone", "data.confirmed", "data.uploaded"]


def test_b80_the_same_file_again_asks_for_the_stores_name(world: World) -> None:
    birch = world.connect()
    olive = staff_browser(world, Role.OWNER, birch)
    first, page = (send_file(olive, birch, csv_of(["gus@example.com,5"])).headers["Location"] for _ in "12")
    work_on_tasks(world.env, birch.store_id)
    assert "was booked already" not in olive.get(page).text
    assert olive.send(first, do="confirm").status_code == 303
    work_on_tasks(world.env, birch.store_id)
    assert "Exactly this file was booked already" in olive.get(page).text
    assert olive.send(page, do="confirm").status_code == 409
    work_on_tasks(world.env, birch.store_id)
    assert world.total(birch) == 5
    assert olive.send(page, do="confirm", name="Birch").status_code == 303
    work_on_tasks(world.env, birch.store_id)
    assert world.total(birch) == 10


@pytest.mark.parametrize(
    ("data", "fields", "status", "says"),
    [
        (b"PK\x03\x04zip", {}, 415, "a spreadsheet or a zip archive, not a text file"),
        (b"\x1f\x8b\x08", {"kind": "import_store"}, 415, "a compressed file"),
        (b"email,points\n", {"mode": "multiply"}, 422, "Say whether points are added"),
    ],
)
def test_b82_what_cannot_be_read_is_refused_where_it_was_chosen(
    sqlite_world: World, data: bytes, fields: dict[str, str], status: int, says: str
) -> None:
    birch = sqlite_world.connect()
    olive = staff_browser(sqlite_world, Role.OWNER, birch)
    answer = send_file(olive, birch, data, **fields)
    assert (answer.status_code, says in answer.text) == (status, True)
    with sqlite_world.database.read(birch.store_id) as db:
        assert tasks.newest(db, birch.store_id, *KINDS) == []


def test_a_form_without_a_file_says_so(sqlite_world: World) -> None:
    birch = sqlite_world.connect()
    olive = staff_browser(sqlite_world, Role.OWNER, birch)
    answer = olive.send(path(birch, "/upload"), kind="import_balances", mode="add")
    assert (answer.status_code, "Choose a file first" in answer.text) == (422, True)


def test_more_than_may_be_uploaded_is_answered_before_it_is_read(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    birch = sqlite_world.connect()
    olive = staff_browser(sqlite_world, Role.OWNER, birch)
    monkeypatch.setattr(uploads, "LARGEST_FORM", 1000)
    view = sqlite_world.client.application.view_functions["store.settings_data_upload"]
    monkeypatch.setattr(view, uploads.LARGEST, 5000)
    assert send_file(olive, birch, csv_of([])).status_code == 303
    answer = send_file(olive, birch, b"x" * 6000)
    assert (answer.status_code, "too large to be uploaded" in answer.text) == (413, True)
    assert olive.send(path(birch, "/export"), more="x" * 2000).status_code == 413


def test_a_large_upload_is_kept_in_parts(world: World) -> None:
    birch = world.connect()
    olive = staff_browser(world, Role.OWNER, birch)
    data = csv_of([f"gus{n}@example.com,1,{'x' * 150}" for n in range(6000)], "email,points,note")
    page = send_file(olive, birch, data).headers["Location"]
    with world.database.read(birch.store_id) as db:
        numbers = range(10)
        sizes = [len(tasks.part(db, birch.store_id, newest(world, birch).id, n) or b"") for n in numbers]
    assert 2 < sum(map(bool, sizes)) < 9
    assert max(sizes) < 262_144
    work_on_tasks(world.env, birch.store_id)
    assert "6,000 lines can be booked" in olive.get(page).text


def test_everything_is_exported_downloaded_and_taken_in_by_another_store(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    oak = world.connect("Oak")
    olive = staff_browser(world, Role.OWNER, birch, oak)
    assert olive.send(path(birch, "/export")).status_code == 303
    assert olive.send(path(birch, "/export")).status_code == 409
    assert "The file is being written" in olive.get(path(birch)).text
    work_on_tasks(world.env, birch.store_id)
    shown = olive.get(path(birch)).text
    link = re.search(r'href="([^"]+)" download[^>]*>Download the export', shown)
    assert link
    got = olive.get(link[1])
    assert got.headers["Content-Disposition"] == 'attachment; filename="regulars-2026-12-01.jsonl"'
    assert got.headers["Cache-Control"] == "no-store"
    assert json.loads(got.data.splitlines()[0])["name"] == "Birch"

    assert "works only while a store is empty" in shown
    page = send_file(olive, oak, got.data, kind="import_store").headers["Location"]
    work_on_tasks(world.env, oak.store_id)
    assert "The file is whole and adds up" in olive.get(page).text
    assert olive.send(page, do="confirm", is_same_store="no").status_code == 303
    work_on_tasks(world.env, oak.store_id)
    assert "1 members with 1 entries are here" in olive.get(page).text
    assert differences(world, oak) == []
    assert world.total(oak) == 49


def test_a_download_is_gone_after_a_week(sqlite_world: World) -> None:
    birch = sqlite_world.connect()
    olive = staff_browser(sqlite_world, Role.OWNER, birch)
    exported(sqlite_world, birch)
    at = path(birch, f"/{newest(sqlite_world, birch).id}/export")
    assert olive.get(at).status_code == 200
    with sqlite_world.database.write(birch.store_id) as db:
        tasks.drop_parts(db, birch.store_id, newest(sqlite_world, birch).id)
    assert olive.get(at).status_code == 404
    assert olive.get(path(birch, "/1/secrets")).status_code == 404


def test_b81_balances_for_the_books_open_in_a_spreadsheet_and_run_nothing(world: World) -> None:
    birch = world.connect()
    world.tell(birch, an_order())
    world.tell(birch, an_order(2, "8.00", customer_id=0, billing={"email": "=cmd@example.com"}))
    upload(world, birch, csv_of([]))
    olive = staff_browser(world, Role.OWNER, birch)
    got = olive.get(path(birch, "/0/balances"))
    assert got.mimetype == "text/csv"
    header, *rows = csv.reader(io.StringIO(got.get_data(as_text=True), newline=""))
    assert header == ["email", "customer_id", "available", "pending", "debt", "next_end"]
    assert rows == [
        ["ana@example.com", "7", "49", "0", "0", ""],
        ["'=cmd@example.com", "", "8", "0", "0", ""],
    ]


def test_two_stores_never_meet(world: World) -> None:
    acorn, birch = world.connect("Acorn"), world.connect("Birch")
    exported(world, acorn)
    task_id = newest(world, acorn).id
    olive = staff_browser(world, Role.OWNER, birch)
    for at in (f"/{task_id}", f"/{task_id}/export", f"/{task_id}/problems"):
        assert olive.get(path(birch, at)).status_code == 404
    for do in ("confirm", "leave", "go_on", "undo"):
        assert olive.send(path(birch, f"/{task_id}"), do=do).status_code == 404


def test_the_page_takes_as_many_queries_however_much_was_done(sqlite_world: World) -> None:
    birch = sqlite_world.connect()
    olive = staff_browser(sqlite_world, Role.OWNER, birch)
    counts = []
    for number in (3, 15):
        for _ in range(number):
            upload(sqlite_world, birch, csv_of(["gus@example.com,1"]))
        counts.append(count_of(lambda: olive.get(path(birch))))
    assert counts[0] == counts[1]


def embedded(shop: Acorn, at: str = "", data: dict[str, Any] | None = None) -> TestResponse:
    """A script within Shopify's admin asks."""
    headers = {"Authorization": f"Bearer {shop.id_token()}", "HX-Request": "true"}
    where = f"/shopify/settings/data{at}"
    if data is None:
        return shop.world.client.get(where, headers=headers)
    return shop.world.client.post(where, data=data, headers=headers, content_type="multipart/form-data")


def test_within_shopifys_admin_files_go_in_as_forms_and_come_out_by_tickets(installed: Acorn) -> None:
    world, store = installed.world, installed.store
    sent = embedded(
        installed,
        "/upload",
        {
            "kind": "import_balances",
            "mode": "add",
            "file": (io.BytesIO(csv_of(["gus@example.com,5"])), "b.csv"),
        },
    )
    assert sent.status_code == 303
    exported(world, store)
    shown = embedded(installed).text
    ticket = re.search(r'href="(/downloads/[^"]+)" download[^>]*>Download the export', shown)
    assert ticket
    for _ in range(2):
        assert world.client.get(ticket[1]).status_code == 200
    assert world.client.get(ticket[1][:-4] + "AAAA").status_code == 404
    with world.database.read(store.store_id) as db:
        noted = [row for row in changes.newest(db, store.store_id, 9) if row.action == "data.downloaded"]
    assert [row.who.startswith("Shopify staff ") for row in noted] == [True, True]
    world.wait(minutes=11)
    assert world.client.get(ticket[1]).status_code == 404
