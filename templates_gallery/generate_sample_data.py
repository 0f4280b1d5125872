"""Writes the CRM's sample data: `python -m templates_gallery.generate_sample_data`; the same sheets each time."""

import sys
from pathlib import Path

from templates_gallery.sample_crm.book import WORDS, Book
from templates_gallery.sample_crm.customers import (
    add_campaigns,
    add_competitors,
    add_contacts,
    add_customers,
    add_leads,
    add_products,
)
from templates_gallery.sample_crm.deals import add_deals, add_quotes
from templates_gallery.sample_crm.money import add_contracts
from templates_gallery.sample_crm.people import add_people
from templates_gallery.sample_crm.pool import fill_pool
from templates_gallery.sample_crm.work import add_follow_ups, add_tasks, add_tickets, add_visits

FOLDER = Path(__file__).parent.parent / "crm_template" / "sample_data"
FIRST = "zh-CN"
"""The language of the sheets that stand in the folder itself; those of others stand in one by their name."""
STEPS = (
    add_people,
    add_products,
    add_competitors,
    add_campaigns,
    add_customers,
    add_contacts,
    add_deals,
    add_leads,
    add_quotes,
    add_contracts,
    add_follow_ups,
    add_visits,
    add_tasks,
    add_tickets,
    fill_pool,
)


def sheets(language: str = FIRST) -> dict[str, str]:
    """File name → CSV text."""
    book = Book(WORDS[language])
    for step in STEPS:
        step(book)
    return {f"{sheet}.csv": book.csv(sheet) for sheet in book.sheets}


def write(folder: Path = FOLDER) -> None:
    """Bring the files in `folder` to what the generator gives."""
    for language in WORDS:
        place = folder if language == FIRST else folder / language
        place.mkdir(parents=True, exist_ok=True)
        made = sheets(language)
        for old in place.glob("*.csv"):
            if old.name not in made:
                old.unlink()
        for name, text in made.items():
            (place / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
