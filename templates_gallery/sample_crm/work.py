"""The daily work: follow-ups, visits, tasks and tickets."""

from typing import Any

from templates_gallery.sample_crm.book import Book, day, moment, offset_of
from templates_gallery.sample_crm.people import SUPPORT, staff

ORDER = ("prospecting", "engaging", "proposal", "negotiation")
METHODS = (("phone", 8), ("wechat", 7), ("visit", 4), ("meeting", 3), ("email", 2))
PURPOSES = {
    "prospecting": "introduce",
    "engaging": "requirement",
    "proposal": "demo",
    "negotiation": "negotiate",
    "won": "care",
    "lost": "care",
}


def add_follow_ups(book: Book) -> None:
    """Two to four for a deal, along the stages that it went through."""
    for deal in book.rows("opportunity"):
        opened = offset_of(deal["opened_on"])
        last = offset_of(deal["closed_on"]) if deal["closed_on"] else 0
        path = _path(deal["stage"])
        count = min(book.between(2, 4), max(1, last - opened))
        days = sorted(book.between(opened, last) for _ in range(count))
        for number, when in enumerate(days):
            stage = path[min(number * len(path) // count, len(path) - 1)]
            _add_follow_up(book, deal, stage, when, is_last=number == count - 1)
    for customer in book.rows("customer"):
        mine = [row for row in book.rows("follow_up") if row["customer"] == customer["_ref"]]
        if mine:
            customer["last_followed_on"] = day(max(offset_of(row["followed_on"]) for row in mine))
        planned = [offset_of(row["next_follow_on"]) for row in mine if row["next_follow_on"]]
        if planned and max(planned) >= -3:
            customer["next_follow_on"] = day(max(planned))


def _path(stage: str) -> tuple[str, ...]:
    if stage == "won":
        return (*ORDER, "won")
    if stage == "lost":
        return ("prospecting", "engaging", "proposal", "lost")
    return ORDER[: ORDER.index(stage) + 1]


def _add_follow_up(book: Book, deal: dict[str, Any], stage: str, when: int, is_last: bool) -> None:
    sentence, result, plan = book.pick(book.words.FOLLOW_UPS[stage])
    contact = book.row(deal["contact"])["name"] if deal["contact"] else book.words.SOMEBODY
    content = _capital(sentence.format(contact=contact))
    still_open = deal["closed_on"] is None
    ahead = max(when + book.between(3, 14), book.between(-2, 12)) if is_last and still_open else when + 7
    method = book.pick([name for name, _ in METHODS], [weight for _, weight in METHODS])
    book.add(
        "follow_up",
        customer=deal["customer"],
        contact=deal["contact"],
        opportunity=deal["_ref"],
        method=method,
        followed_on=day(when),
        subject=content.split(book.words.COMMA)[0].rstrip(book.words.FULL_STOP),
        content=content,
        result=result,
        minutes=book.pick((5, 10, 15, 20, 30)) if method == "phone" else None,
        next_follow_on=day(ahead) if is_last and still_open else None,
        next_plan=plan if is_last and still_open else None,
        owner=deal["owner"],
        created_at=day(when),
    )


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def add_visits(book: Book) -> None:
    """Visits that were, and those of the coming days."""
    deals = [row for row in book.rows("opportunity") if row["stage"] != "lost"]
    for number in range(56):
        deal = book.pick(deals)
        customer = book.row(deal["customer"])
        last = offset_of(deal["closed_on"]) if deal["closed_on"] else 0
        ahead = deal["closed_on"] is None and number % 4 == 0
        when = book.between(0, 12) if ahead else min(book.between(offset_of(deal["opened_on"]), last), -1)
        status = "planned" if ahead else "cancelled" if book.chance(0.06) else "done"
        content, _, plan = book.pick(
            book.words.FOLLOW_UPS["engaging" if status == "planned" else deal["stage"]]
        )
        book.add(
            "visit",
            subject=book.words.VISIT.format(customer=customer["short_name"]),
            status=status,
            customer=deal["customer"],
            contact=deal["contact"],
            opportunity=deal["_ref"],
            purpose=PURPOSES[deal["stage"]],
            planned_at=moment(when, book.time()),
            place=customer["address"],
            companions=(staff(book, "service_manager"),) if book.chance(0.2) else (),
            visited_on=day(when) if status == "done" else None,
            summary=_capital(content.format(contact=book.words.SOMEBODY_VISITED))
            if status == "done"
            else None,
            next_step=plan if status == "done" else None,
            owner=deal["owner"],
            created_at=day(min(when, 0)),
        )


def add_tasks(book: Book) -> None:
    """What is on people's lists."""
    deals = [row for row in book.rows("opportunity") if row["stage"] not in ("won", "lost")]
    for _ in range(50):
        deal = book.pick(deals)
        customer = book.row(deal["customer"])
        status = book.pick(("todo", "doing", "done"), (20, 10, 20))
        due = -book.between(2, 60) if status == "done" else book.between(-4, 16)
        book.add(
            "task",
            name=book.pick(book.words.TASKS).format(customer=customer["short_name"]),
            status=status,
            priority=book.pick(("high", "normal", "low"), (3, 6, 2)),
            due_on=day(due),
            done_on=day(min(due + book.between(-2, 3), 0)) if status == "done" else None,
            customer=deal["customer"],
            opportunity=deal["_ref"],
            participants=(staff(book, book.pick(SUPPORT)),) if book.chance(0.15) else (),
            owner=deal["owner"],
            created_at=day(min(due - 5, 0)),
        )


def add_tickets(book: Book) -> None:
    """What customers who bought something call about."""
    orders = [row for row in book.rows("order") if row["status"] in ("delivered", "completed")]
    for number in range(46):
        order = book.pick(orders)
        kind, subject, description, solution, product = book.pick(book.words.TICKETS)
        customer = order["customer"]
        delivered = offset_of(order["delivered_on"])
        reported = (
            book.between(max(delivered, -300), 0) if number % 3 else book.between(max(delivered, -9), 0)
        )
        age = -reported
        status = (
            book.pick(("closed", "solved"), (4, 1))
            if age > 14
            else book.pick(("open", "processing", "waiting", "solved"), (3, 4, 2, 4))
        )
        done = status in ("solved", "closed")
        hour = book.between(9, 16)
        took = min(book.between(0, 4), age)
        book.add(
            "ticket",
            subject=subject,
            customer=customer,
            contact=next((row["_ref"] for row in book.rows("contact") if row["customer"] == customer), None),
            product=f"product-{product + 1:03d}",
            order=order["_ref"],
            kind=kind,
            channel=book.pick(("phone", "wechat", "email", "onsite"), (6, 5, 2, 1)),
            priority="urgent" if kind == "complaint" else book.pick(("high", "normal", "low"), (2, 5, 2)),
            description=description,
            status=status,
            reported_at=moment(reported, f"{hour:02d}:{book.pick(('05', '20', '40'))}"),
            due_on=day(reported + 3),
            solved_at=moment(reported + took, f"{hour + 1:02d}:30") if done else None,
            team=book.words.DEPARTMENTS["service"],
            solution=solution if done else None,
            satisfaction=book.pick(("5", "4", "3", "2"), (5, 6, 2, 1)) if status == "closed" else None,
            owner=staff(book, book.pick(SUPPORT)),
            created_at=day(reported),
        )
