"""Who works in the invented company, and which customers each of them looks after."""

from templates_gallery.sample_crm.book import Book

ME = "@me"

# department, the one above, who heads it
DEPARTMENTS = (
    ("sales", "", "director"),
    ("east", "sales", "east_manager"),
    ("south", "sales", "south_manager"),
    ("marketing", "", "marketing"),
    ("finance", "", "finance"),
    ("service", "", "service_manager"),
    ("hr", "", "hr"),
)

# who, department, role
MEMBERS = (
    ("director", "sales", "director"),
    ("east_manager", "east", "manager"),
    ("east_1", "east", "salesperson"),
    ("east_2", "east", "salesperson"),
    ("east_3", "east", "salesperson"),
    ("south_manager", "south", "manager"),
    ("south_1", "south", "salesperson"),
    ("south_2", "south", "salesperson"),
    ("south_3", "south", "salesperson"),
    ("marketing", "marketing", "salesperson"),
    ("finance", "finance", "finance"),
    ("service_manager", "service", "support"),
    ("service", "service", "support"),
    ("hr", "hr", "hr"),
)

EAST = ("east_1", "east_2", "east_3", ME)
SOUTH = ("south_1", "south_2", "south_3", ME)
SUPPORT = ("service_manager", "service")


def add_people(book: Book) -> None:
    """Departments and members; the head of a department is named once everybody is there."""
    departments = book.words.DEPARTMENTS
    for name, parent, head in DEPARTMENTS:
        above = departments[parent] if parent else ""
        row = {"name": departments[name], "parent": above, "head": staff(book, head)}
        book.sheets.setdefault("departments", []).append(row)
    for name, department, role in MEMBERS:
        row = {"name": staff(book, name), "department": departments[department], "role": role}
        book.sheets.setdefault("members", []).append(row)


def staff(book: Book, who: str) -> str:
    """The name of somebody who works there; who tries the product out is called as the sheets call them."""
    return who if who == ME else str(book.words.STAFF[who])


def salesperson_for(book: Book, region: str, turn: int) -> str:
    """Who looks after a customer of `region`: they take turns."""
    team = EAST if region in book.words.EASTERN_REGIONS else SOUTH
    return staff(book, team[turn % len(team)])
