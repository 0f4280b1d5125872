"""What members are told."""

from engine.platform.database import Database
from engine.platform.i18n import Text
from engine.platform.notices import mark_read, notices, tell, unread


def test_a_member_is_told_something_in_both_languages_and_reads_it(empty_database: Database) -> None:
    with empty_database.begin() as connection:
        tell(connection, 1, Text("已导入 {n} 条", "{n} imported", n=3), "/jobs/1")
        tell(connection, 1, Text("完成", "Done"))
        tell(connection, 2, Text("别人的", "Somebody else's"))
        assert unread(connection, 1) == 2
        latest, first = notices(connection, 1)
        assert (first.text.render("zh-CN"), first.text.render("en"), first.url) == (
            "已导入 3 条",
            "3 imported",
            "/jobs/1",
        )
        mark_read(connection, 1, [latest.id])
        assert unread(connection, 1) == 1
        mark_read(connection, 1)
        assert (unread(connection, 1), unread(connection, 2)) == (0, 1)
        assert [notice.id for notice in notices(connection, 1, before=latest.id)] == [first.id]
