"""Who works in the invented company, and which customers each of them looks after."""

from templates_gallery.sample_crm.book import Book

ME = "@me"

DEPARTMENTS = (
    ("销售中心", "", "张建国"),
    ("华东销售部", "销售中心", "陈立"),
    ("华南销售部", "销售中心", "刘芳"),
    ("市场部", "", "许诺"),
    ("财务部", "", "何静"),
    ("客户服务部", "", "郑凯"),
    ("人力资源部", "", "林雪"),
)

MEMBERS = (
    ("张建国", "销售中心", "director"),
    ("陈立", "华东销售部", "manager"),
    ("李想", "华东销售部", "salesperson"),
    ("王敏", "华东销售部", "salesperson"),
    ("赵启明", "华东销售部", "salesperson"),
    ("刘芳", "华南销售部", "manager"),
    ("孙悦", "华南销售部", "salesperson"),
    ("周航", "华南销售部", "salesperson"),
    ("吴晓彤", "华南销售部", "salesperson"),
    ("许诺", "市场部", "salesperson"),
    ("何静", "财务部", "finance"),
    ("郑凯", "客户服务部", "support"),
    ("马晓雯", "客户服务部", "support"),
    ("林雪", "人力资源部", "hr"),
)

EAST = ("李想", "王敏", "赵启明", ME)
SOUTH = ("孙悦", "周航", "吴晓彤", ME)
EASTERN_REGIONS = {"江苏", "浙江", "上海", "安徽", "山东", "湖北", "福建"}
SUPPORT = ("郑凯", "马晓雯")


def add_people(book: Book) -> None:
    """Departments and members; the head of a department is named once everybody is there."""
    for name, parent, head in DEPARTMENTS:
        book.sheets.setdefault("departments", []).append({"name": name, "parent": parent, "head": head})
    for name, department, role in MEMBERS:
        book.sheets.setdefault("members", []).append({"name": name, "department": department, "role": role})


def salesperson_for(region: str, turn: int) -> str:
    """Who looks after a customer of `region`: they take turns."""
    team = EAST if region in EASTERN_REGIONS else SOUTH
    return team[turn % len(team)]
