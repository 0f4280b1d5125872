"""Deals on every stage over the last eighteen months, and the quotes that went out for them."""

from decimal import Decimal
from typing import Any

from templates_gallery.sample_crm.book import Book, day, offset_of
from templates_gallery.sample_crm.customers import SOURCE_WEIGHTS, SOURCES, campaign_behind

STAGES = (
    ("won", 56),
    ("lost", 34),
    ("negotiation", 14),
    ("proposal", 18),
    ("engaging", 20),
    ("prospecting", 18),
)
PROBABILITY = {
    "prospecting": "0.1",
    "engaging": "0.25",
    "proposal": "0.5",
    "negotiation": "0.75",
    "won": "1",
    "lost": "0",
}
LOSS_REASONS = ("price", "competitor", "no_budget", "product", "delayed", "relationship")
MAIN_PRODUCTS = tuple(range(11))
MAIN_WEIGHTS = (12, 11, 4, 6, 11, 13, 6, 10, 7, 8, 9)


def add_deals(book: Book) -> None:
    """A hundred and sixty deals; A customers have more of them."""
    customers = book.rows("customer")
    weights = [{"A": 6, "B": 3, "C": 1}[row["level"]] for row in customers]
    number = 0
    for stage, count in STAGES:
        for turn in range(count):
            number += 1
            _add_deal(book, stage, book.pick(customers, weights), turn, number)
    _set_customer_state(book)


def _add_deal(book: Book, stage: str, customer: dict[str, Any], turn: int, number: int) -> None:
    opened, expected, closed = _dates(book, stage, turn)
    main = int(
        book.pick(book.words.NEEDS[customer["industry"]])
        if customer["industry"] in book.words.NEEDS
        else book.pick(MAIN_PRODUCTS, MAIN_WEIGHTS)
    )
    source = book.pick(SOURCES, SOURCE_WEIGHTS)
    lines = _lines(book, main)
    reached = ("prospecting", "engaging", "proposal", "negotiation", "won", "lost").index(stage)
    cells: dict[str, Any] = {
        "name": f"{customer['short_name']} · {book.pick(book.words.PROJECTS[main])}",
        "customer": customer["_ref"],
        "stage": stage,
        "code": f"SJ{number:04d}",
        "product": f"product-{main + 1:03d}",
        "contact": _contact(book, customer["_ref"]),
        "source": source,
        "campaign": campaign_behind(book, source, opened),
        "amount": sum((quantity * price for _, quantity, price in lines), Decimal(0)),
        "probability": PROBABILITY[stage],
        "opened_on": day(opened),
        "expected_on": day(expected),
        "closed_on": None if closed is None else day(closed),
        "competitor": f"competitor-{book.between(1, 6):03d}" if reached > 1 and book.chance(0.6) else None,
        "loss_reason": book.pick(LOSS_REASONS, (30, 24, 14, 12, 12, 8)) if stage == "lost" else None,
        "next_step": book.pick(book.words.NEXT_STEPS[stage]) if stage in book.words.NEXT_STEPS else None,
        "owner": customer["owner"],
        "created_at": day(opened),
    }
    deal = book.add("opportunity", **cells)
    for product, quantity, price in lines:
        book.add_line(
            "opportunity.lines", deal, product=f"product-{product + 1:03d}", quantity=quantity, price=price
        )
    if offset_of(customer["created_at"]) > opened:
        customer["created_at"] = day(opened - book.between(0, 20))


def _dates(book: Book, stage: str, turn: int) -> tuple[int, int, int | None]:
    """Day of opening, of expected close, and of close."""
    if stage in ("won", "lost"):
        # The first few fall into the last days, so that a month that has just begun isn't empty.
        closed = -turn if stage == "won" and turn < 3 else -int(2 + 518 * book.random.random() ** 1.5)
        opened = closed - book.between(18, 130)
        return opened, closed + book.between(-15, 20), closed
    age = {"prospecting": (0, 30), "engaging": (10, 60), "proposal": (25, 90), "negotiation": (40, 130)}[
        stage
    ]
    ahead = {"prospecting": (45, 150), "engaging": (30, 100), "proposal": (10, 70), "negotiation": (3, 35)}[
        stage
    ]
    expected = -book.between(1, 18) if book.chance(0.1) else book.between(*ahead)
    return -book.between(*age), expected, None


def _lines(book: Book, main: int) -> list[tuple[int, int, Decimal]]:
    """Product, quantity and unit price, the main product first; services go with systems."""
    quantity = {0: (1, 2), 1: (1, 3), 2: (1, 1), 3: (6, 40), 4: (1, 4), 10: (1, 3)}.get(main, (1, 1))
    lines = [(main, book.between(*quantity), _price(book, main))]
    if main in (5, 6, 7, 8, 9):
        lines.append((11, book.between(10, 60), _price(book, 11)))
    if main in (0, 1, 2, 5, 6) and book.chance(0.45):
        lines.append((10, book.between(1, 3), _price(book, 10)))
    if main in (4, 5) and book.chance(0.5):
        lines.append((3, book.between(3, 15), _price(book, 3)))
    return lines


def _price(book: Book, product: int) -> Decimal:
    discount = book.pick((0, 2, 3, 5, 8, 10, 12), (30, 12, 12, 20, 14, 8, 4))
    return Decimal(book.words.PRODUCTS[product][4]) * (100 - discount) / 100


def _contact(book: Book, customer: str) -> str | None:
    people = [row["_ref"] for row in book.rows("contact") if row["customer"] == customer]
    return people[0] if people and book.chance(0.8) else None


def _set_customer_state(book: Book) -> None:
    deals = book.rows("opportunity")
    for customer in book.rows("customer"):
        mine = [row for row in deals if row["customer"] == customer["_ref"]]
        won = [offset_of(row["closed_on"]) for row in mine if row["stage"] == "won"]
        alive = any(row["stage"] not in ("won", "lost") for row in mine)
        if won:
            customer["status"] = "active" if alive or max(won) > -270 else "dormant"
        elif mine and not alive:
            customer["status"] = "churned" if len(mine) > 1 else "dormant"


def add_quotes(book: Book) -> None:
    """Whoever got as far as an offer has one; a lost or haggled deal may have two."""
    for deal in book.rows("opportunity"):
        stage, opened = deal["stage"], offset_of(deal["opened_on"])
        if stage not in ("proposal", "negotiation", "won") and not (stage == "lost" and book.chance(0.5)):
            continue
        last = offset_of(deal["closed_on"]) if deal["closed_on"] else 0
        quoted = book.between(opened + max(3, (last - opened) // 3), max(opened + 3, last - 5))
        quoted = min(quoted, last)
        valid = quoted + 30
        status = {"won": "accepted", "lost": "declined", "negotiation": "sent"}.get(stage) or (
            "sent" if book.chance(0.75) else "draft"
        )
        if status == "sent" and valid < 0:
            status = "expired"
        quote = book.add(
            "quote",
            status=status,
            opportunity=deal["_ref"],
            customer=deal["customer"],
            contact=deal["contact"],
            quoted_on=day(quoted),
            valid_until=day(valid),
            tax_rate="0.13",
            delivery=book.pick(book.words.DELIVERY),
            payment_terms=book.pick(book.words.PAYMENT_TERMS),
            owner=deal["owner"],
            created_at=day(quoted),
        )
        for line in book.rows("opportunity.lines"):
            if line["_parent"] == deal["_ref"]:
                book.add_line(
                    "quote.lines",
                    quote,
                    product=line["product"],
                    quantity=line["quantity"],
                    price=line["price"],
                )
