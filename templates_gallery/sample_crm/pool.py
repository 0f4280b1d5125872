"""What nobody looks after: customers without any business and new leads that wait to be claimed."""

from templates_gallery.sample_crm.book import Book

BUSINESS = (
    "opportunity",
    "quote",
    "contract",
    "order",
    "payment",
    "invoice",
    "visit",
    "follow_up",
    "task",
    "ticket",
)


def fill_pool(book: Book) -> None:
    """Take the owner away from prospects without business, and from every third of the new leads."""
    busy = {row.get("customer") for sheet in BUSINESS for row in book.rows(sheet)}
    busy |= {row.get("parent") for row in book.rows("customer")}
    for row in book.rows("customer"):
        if row["_ref"] not in busy and row["status"] == "potential":
            row["owner"] = None
    new = [row for row in book.rows("lead") if row["status"] == "new"]
    for row in new[::3]:
        row["owner"] = None
