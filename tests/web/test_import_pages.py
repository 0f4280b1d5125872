"""The import wizard's addresses: what they offer to whom, and what they say to what makes no sense."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from engine.access.viewer import viewer_for
from engine.platform import performing
from engine.platform.database import Database
from engine.platform.settings import Settings
from run import create_app
from tests.builders.office import CUSTOMER, ORDER, Browser, give, hire
from tests.exchange.sheets import csv, imported, sheet
from tests.records.making import make_app

WHOLE = {"customer": {"read": True, "create": True, "import": True}}
ROLES = (
    *(
        {"key": key, "name": key, "design": key == "designer", "grants": WHOLE}
        for key in ("clerk", "designer")
    ),
    {
        "key": "dispatcher",
        "name": "派单",
        "grants": {"order": {"read": True, "create": True, "import": True}},
    },
    {
        "key": "blind",
        "name": "不见名称",
        "grants": {
            "order": {"read": True, "create": True, "import": True},
            "customer": {"read": True, "fields": {"name": "hidden"}},
        },
    },
)
FILE = "名称,级别\n甲,重点\n乙,要紧\n丙,要紧\n丁,随便\n"


@dataclass
class Office:
    """An app with one form."""

    database: Database
    app: str
    product: Flask

    def browser(self, role: str) -> Browser:
        """Somebody with this role."""
        member = hire(self.database, role).member_id
        give(self.database, self.app, role, member)
        return Browser(self.product, self.database, member)

    @property
    def place(self) -> str:
        """Where the form's imports are."""
        return f"/a/{self.app}/customer/import"

    def upload(self, who: Browser) -> str:
        """The address of the second step."""
        answer = who.send(self.place, data={"file": (io.BytesIO(FILE.encode()), "客户.csv")})
        assert answer.status_code == 302, answer.text
        return str(answer.headers["Location"])

    def checked(self, who: Browser, place: str, sent: dict[str, Any]) -> Any:
        """The table after a dry run."""
        checking = who.send(f"{place}/check", sent)
        assert checking.status_code == 200, checking.text
        performing.run_due(self.database)
        answer = who.get(f"{place}/checked/{checking.json['id']}")
        assert answer.status_code == 200, answer.text
        return answer.json


@pytest.fixture(scope="module")
def office(database: Database, data_folder: Path) -> Iterator[Office]:
    url = database.engine.url.render_as_string(hide_password=False)
    product = create_app(
        Settings(data=data_folder, secret_key="for tests only, long enough", database_url=url)
    )
    yield Office(database, make_app(database, CUSTOMER, ORDER, roles=ROLES), product)
    product.extensions["jianflow.database"].close()


@pytest.mark.parametrize(("role", "may"), [("designer", True), ("clerk", False)])
def test_options_are_offered_to_be_made_only_to_those_who_may_design(
    office: Office, role: str, may: bool
) -> None:
    who = office.browser(role)
    place = office.upload(who)
    table = office.checked(who, place, {"mapping": {}})
    for word in ("data-other", "data-empty", "data-skip"):
        assert word in table["html"], word
    assert '<option value="A">重点</option>' in table["html"], "what it may be changed to is a list"
    assert ("data-create" in table["html"]) is may
    assert ('<option value="create">没有则新建' in table["html"]) is may
    refused = who.send(f"{place}/check", {"mapping": {"choices": {"level": {"missing": "create"}}}})
    assert refused.status_code == (200 if may else 403)


def test_the_table_counts_the_options_that_would_be_made(office: Office) -> None:
    who = office.browser("designer")
    place = office.upload(who)
    table = office.checked(who, place, {"mapping": {"choices": {"level": {"missing": "create"}}}})
    assert "新建 2 个选项" in table["html"] and table["ready"] == 4


@pytest.mark.parametrize("role", ["dispatcher", "blind"])
def test_a_link_to_what_one_may_not_read_is_not_proposed_and_the_page_says_why(
    office: Office, role: str
) -> None:
    who = office.browser(role)
    start = f"/a/{office.app}/order/import"
    sent = {"file": (io.BytesIO("编号,客户,金额\nA1,甲,5\nA2,乙,6\n".encode()), "订单.csv")}
    place = str(who.send(start, data=sent).headers["Location"])
    page = who.page(place)
    assert "您看不到“客户”所关联的数据" in page and '<option value="customer">' not in page
    found = office.checked(who, place, {"mapping": {}})
    assert (found["ready"], found["mapping"]["columns"]) == (
        2,
        {"编号": "code", "客户": None, "金额": "amount"},
    )
    refused = who.send(f"{place}/check", {"mapping": {"columns": {"客户": "customer"}}})
    assert refused.status_code == 422
    faults = {one["pointer"]: one["code"] for one in refused.json["errors"]}
    assert faults == {"/mapping/columns/客户": "cannot_look_up"}


def test_what_makes_no_sense_is_refused_in_words(office: Office, tmp_path: Path) -> None:
    who = office.browser("designer")
    place = office.upload(who)
    for sent in ([], "x", 7):
        for address in ("check", "start"):
            assert who.send(f"{place}/{address}", sent).status_code == 422, (address, sent)
    wrong = who.send(f"{place}/check", {"mapping": {}, "mode": "update", "match_on": ["nothing"]})
    assert wrong.status_code == 422 and "nothing" in wrong.text
    assert who.get(f"{place}/checked/{uuid4()}").status_code == 404
    with office.database.connect() as connection:
        viewer = viewer_for(connection, who.member)
    done = imported(office.database, viewer, office.app, "customer", csv(tmp_path, "名称\n戊\n"))
    assert who.get(f"{place}/checked/{done.id}").status_code == 404, "an import is no check"
    other = office.upload(who)
    checking = who.send(f"{other}/check", {"mapping": {}}).json
    performing.run_due(office.database)
    assert who.get(f"{place}/checked/{checking['id']}").status_code == 404, "a check of another file"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("报告.pdf", b"%PDF-1.7\nabc", "请选择 .xlsx 或 .csv"),
        ("坏.xlsx", "不是工作簿\n".encode(), "不是有效的 Excel 工作簿"),
        ("坏.csv", b"\xef\xbb\xbfname\nA\n\xff\n", "第 3 行"),
    ],
)
def test_a_file_that_is_no_table_is_refused_on_the_page(
    office: Office, name: str, content: bytes, said: str
) -> None:
    answer = office.browser("clerk").send(office.place, data={"file": (io.BytesIO(content), name)})
    assert answer.status_code == 422 and said in answer.text


def test_the_wizard_opens_a_file_with_a_column_of_percentages(office: Office, tmp_path: Path) -> None:
    share = {"key": "share", "type": "percent", "label": "占比"}
    rate = {"key": "rate", "name": "占比", "title": "{share}", "fields": [share]}
    place = f"/a/{make_app(office.database, rate)}/rate/import"
    boss = Browser(office.product, office.database, hire(office.database, administrator=True).member_id)
    for kind, path in (
        ("csv", csv(tmp_path, "占比\n0.5\n1\n")),
        ("xlsx", sheet(tmp_path, [("占比",), (0.5,)])),
    ):
        answer = boss.send(place, data={"file": (io.BytesIO(path.read_bytes()), f"a.{kind}")})
        assert answer.status_code == 302, answer.text
        assert "占比" in boss.page(answer.headers["Location"])
