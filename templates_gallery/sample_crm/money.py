"""Contracts of the won deals, and the orders, invoices and payments that follow from them."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from templates_gallery.sample_crm.book import Book, day, offset_of
from templates_gallery.sample_crm.people import staff

PLANS = (
    (("deposit", 30, 7, "deposit"), ("acceptance", 60, 75, "progress"), ("warranty", 10, 365, "warranty")),
    (("deposit", 50, 7, "deposit"), ("acceptance", 50, 60, "final")),
    (("deposit", 30, 5, "deposit"), ("progress", 40, 45, "progress"), ("rest", 30, 90, "final")),
)
AT_ONCE = ((("all", 100, 15, "final"),),)
CENT = Decimal("0.01")


def add_contracts(book: Book) -> None:
    """Every won deal has one contract of the same amount, with its payments as they fell due."""
    for deal in list(book.rows("opportunity")):
        if deal["stage"] == "won":
            _add_contract(book, deal)


def _add_contract(book: Book, deal: dict[str, Any]) -> None:
    lines = [row for row in book.rows("opportunity.lines") if row["_parent"] == deal["_ref"]]
    amount: Decimal = deal["amount"]
    signed = min(offset_of(deal["closed_on"]) + book.between(0, 6), 0)
    list_price = sum((Decimal(_product(book, line)[4]) * line["quantity"] for line in lines), Decimal(0))
    service_only = all(_product(book, line)[2] == book.words.SERVICE for line in lines)
    earlier = any(row["customer"] == deal["customer"] for row in book.rows("contract"))
    months = 12 * max(int(lines[0]["quantity"]), 1) if service_only else 24
    contract = book.add(
        "contract",
        name=deal["name"],
        opportunity=deal["_ref"],
        customer=deal["customer"],
        quote=next((row["_ref"] for row in book.rows("quote") if row["opportunity"] == deal["_ref"]), None),
        kind="service" if service_only else "expansion" if earlier else "new",
        status="active",
        their_signer=deal["contact"],
        amount=amount,
        discount=(1 - amount / list_price).quantize(Decimal("0.0001")),
        cost=sum((Decimal(_product(book, line)[5]) * line["quantity"] for line in lines), Decimal(0)),
        signed_on=day(signed),
        starts_on=day(signed),
        ends_on=day(signed + months * 30),
        owner=deal["owner"],
        our_signer=staff(book, "director") if amount >= 500_000 else None,
        created_at=day(signed),
    )
    order = _add_order(book, deal, contract, lines, signed)
    plan = book.pick(AT_ONCE if amount < 80_000 else PLANS)
    left = amount
    for number, (name, share, after, kind) in enumerate(plan):
        due = left if number == len(plan) - 1 else (amount * share / 100).quantize(CENT, ROUND_HALF_UP)
        left -= due
        book.add_line(
            "contract.instalments",
            contract,
            name=book.words.INSTALMENTS[name],
            due_on=day(signed + after),
            share=Decimal(share) / 100,
            due=due,
        )
        _settle(book, contract, order, due, signed + after, kind)
    paid = sum((row["amount"] for row in book.rows("payment") if row["contract"] == contract), Decimal(0))
    if paid == amount and (order is None or book.row(order)["status"] == "completed"):
        book.row(contract)["status"] = "completed"


def _add_order(
    book: Book, deal: dict[str, Any], contract: str, lines: list[dict[str, Any]], signed: int
) -> str | None:
    ordered = min(signed + book.between(0, 10), 0)
    deliver = ordered + book.pick((30, 45, 60))
    delivered = deliver + book.between(-12, 9)
    if delivered < -20:
        status = "completed"
    elif delivered <= 0:
        status = "delivered"
    else:
        status = "pending" if ordered > -3 else "confirmed" if deliver > 12 else "shipped"
    customer = book.row(deal["customer"])
    contact = book.row(deal["contact"]) if deal["contact"] else {}
    order = book.add(
        "order",
        status=status,
        contract=contract,
        customer=deal["customer"],
        opportunity=deal["_ref"],
        ordered_on=day(ordered),
        deliver_on=day(deliver),
        delivered_on=day(delivered) if delivered <= 0 else None,
        receiver=contact.get("name"),
        receiver_phone=contact.get("phone"),
        address=customer["address"],
        tracking_no=f"SF{book.between(10**11, 10**12 - 1)}" if status in ("shipped", "delivered") else None,
        owner=deal["owner"],
        created_at=day(ordered),
    )
    for line in lines:
        book.add_line(
            "order.lines", order, product=line["product"], quantity=line["quantity"], price=line["price"]
        )
    return order


def _settle(book: Book, contract: str, order: str | None, due: Decimal, due_on: int, kind: str) -> None:
    """The invoice before the money, and the money if it came; most pay within two weeks, some don't."""
    terms = book.row(contract)
    signed = offset_of(terms["signed_on"])
    issued = max(due_on - book.between(3, 8), signed)
    if kind != "warranty" and issued <= 3:
        customer = book.row(terms["customer"])
        state = "requested" if issued > 0 else "issued" if issued > -7 else "delivered"
        book.add(
            "invoice",
            code=None if state == "requested" else _invoice_number(book),
            status=state,
            contract=contract,
            customer=terms["customer"],
            kind="special" if book.chance(0.85) else "general",
            issued_on=None if state == "requested" else day(issued),
            title=customer["name"],
            tax_no=customer["tax_no"],
            amount=due,
            tax_rate="0.06" if terms["kind"] == "service" else "0.13",
            owner=terms["owner"],
            created_at=day(min(issued, 0)),
        )
    received = max(due_on + book.between(-2, 14), signed)
    if received > 0 or (due_on > -120 and book.chance(0.16)):
        return
    for part, when in _parts(book, due, received):
        book.add(
            "payment",
            contract=contract,
            customer=terms["customer"],
            order=order,
            amount=part,
            received_on=day(when),
            kind=kind,
            method=book.pick(("transfer", "draft"), (8, 2)),
            bank_ref=f"{book.between(10**13, 10**14 - 1)}",
            confirmed=when < -4,
            owner=terms["owner"],
            created_at=day(when),
        )


def _parts(book: Book, due: Decimal, received: int) -> list[tuple[Decimal, int]]:
    """Now and then an instalment comes in two halves."""
    later = received + 20
    if due < 200_000 or later > 0 or not book.chance(0.12):
        return [(due, received)]
    half = (due / 2).quantize(CENT, ROUND_HALF_UP)
    return [(half, received), (due - half, later)]


def _product(book: Book, line: dict[str, Any]) -> Any:
    return book.words.PRODUCTS[int(line["product"].rsplit("-", 1)[1]) - 1]


def _invoice_number(book: Book) -> str:
    return f"2532{book.between(10**7, 10**8 - 1)}{len(book.rows('invoice')) + 1:04d}"
