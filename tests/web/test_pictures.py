"""Pictures on pages are small ones, for exactly those who may see the whole."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image

from engine.access.viewer import viewer_for
from engine.platform import clock
from engine.platform.database import Database
from engine.platform.files import FileStore
from engine.platform.settings import Settings
from run import create_app
from tests.builders.office import Browser, hire
from tests.records.making import add, change, field, form, make_app, text


@pytest.fixture(scope="module")
def product(database: Database, data_folder: Path) -> Iterator[Flask]:
    url = database.engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data=data_folder, secret_key="for tests only, long enough", database_url=url))
    yield app
    app.extensions["jianflow.database"].close()


def test_lists_cards_boards_and_records_ask_for_the_small_picture_under_the_files_own_rights(
    product: Flask, database: Database, data_folder: Path
) -> None:
    trip = form(
        "trip",
        text(),
        field("kind", "select", options=[{"value": "a"}]),
        field("photo", "image"),
        field("month", "date", format="month"),
        title="{name}",
        views=[{"key": "board", "name": "看板", "kind": "kanban", "group_by": "kind"}],
    )
    app = make_app(database, trip)
    boss = Browser(product, database, hire(database, "陈", administrator=True).member_id)
    other = Browser(product, database, hire(database, "旁人").member_id)
    kept = io.BytesIO()
    Image.effect_noise((1200, 800), 60).save(kept, "JPEG")
    with database.begin() as connection:
        me = viewer_for(connection, boss.member)
        files = FileStore(data_folder)
        whole = files.store(connection, io.BytesIO(kept.getvalue()), "a.jpg", owner=me.member_id)
        half = files.store(connection, io.BytesIO(kept.getvalue()[:5000]), "b.jpg", owner=me.member_id)
    record = add(
        database,
        app,
        "trip",
        me,
        name="无锡",
        kind="a",
        photo=[whole.id, half.id],
        month=f"{clock.now():%Y-%m}",
    )

    small = f"/files/{whole.id}?size=medium"
    for page in (f"/a/{app}/trip/{record}", f"/a/{app}/trip?view=board", f"/a/{app}/trip/cards"):
        assert small in boss.page(page), page
    assert f"{clock.now():%Y-%m}" in boss.page(f"/a/{app}/trip/cards"), "a month keeps its year on a card"
    answer = boss.client.get(small)
    assert answer.mimetype == "image/webp" and len(answer.data) < len(kept.getvalue()) / 4
    assert "private" in answer.headers["Cache-Control"]
    assert boss.client.get(small, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert boss.client.get(f"/files/{whole.id}").data == kept.getvalue()
    sign = boss.client.get(f"/files/{half.id}?size=small")
    assert (sign.status_code, sign.mimetype) == (200, "image/svg+xml")
    change(database, app, "trip", record, me, photo=[whole.id])
    [step] = [
        one
        for one in boss.page(f"/a/{app}/trip/{record}").split("<li")
        if "photo" in one.lower() and "改为" in one
    ]
    assert "a.jpg、b.jpg" in step, "the history tells files by their names"
    assert other.client.get(small).status_code == other.client.get(f"/files/{whole.id}").status_code == 404


def test_a_picture_that_has_to_be_taken_on_the_spot_is_asked_of_the_camera(
    product: Flask, database: Database
) -> None:
    proof = form(
        "proof", text(), field("photo", "image", camera_only=True), field("other", "image"), title="{name}"
    )
    app = make_app(database, proof)
    page = Browser(product, database, hire(database, administrator=True).member_id).page(
        f"/a/{app}/proof/new"
    )
    asked, free = page.split('name="photo"')[1].split('name="other"')
    assert 'capture="environment"' in asked and "multiple" not in asked.split("</jf-files>")[0]
    assert "capture" not in free
