"""Products, competitors, campaigns, customers, their contacts, and leads."""

from datetime import date
from typing import Any

from templates_gallery.sample_crm.book import Book, day, offset_of
from templates_gallery.sample_crm.people import ME, salesperson_for, staff

SOURCES = ("referral", "website", "exhibition", "search", "cold_call", "partner", "other")
SOURCE_WEIGHTS = (22, 16, 24, 14, 12, 9, 3)
LEAD_SOURCE_WEIGHTS = (12, 20, 34, 18, 9, 5, 2)
CODE_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
FAIR_DAYS_AGO = 540


def add_products(book: Book) -> None:
    """What the company sells."""
    for name, code, series, unit, price, cost in book.words.PRODUCTS:
        tax = "0.06" if series == book.words.SERVICE else "0.13"
        book.add(
            "product",
            name=name,
            code=code,
            series=series,
            status="on_sale",
            unit=unit,
            price=price,
            cost=cost,
            tax_rate=tax,
            owner=staff(book, "marketing"),
        )


def add_competitors(book: Book) -> None:
    """Whom it meets."""
    for name, threat, price_level, products, strengths, weaknesses, tactics in book.words.COMPETITORS:
        book.add(
            "competitor",
            name=name,
            threat=threat,
            price_level=price_level,
            products=products,
            strengths=strengths,
            weaknesses=weaknesses,
            tactics=tactics,
            owner=staff(book, "marketing"),
        )


def add_campaigns(book: Book) -> None:
    """How people hear of it."""
    for name, kind, place, starts, days, budget, cost, leads, audience, products in book.words.CAMPAIGNS:
        ends = starts + days - 1
        status = "planned" if starts > 0 else "running" if ends >= 0 else "finished"
        checklist = ("venue", "materials", "invitation") if kind == "exhibition" else ("materials", "speaker")
        book.add(
            "campaign",
            name=name,
            status=status,
            kind=kind,
            place=place,
            starts_on=day(starts),
            ends_on=day(ends),
            audience=audience,
            checklist=checklist,
            budget=budget,
            cost=cost or None,
            expected_leads=leads,
            products=[f"product-{index + 1:03d}" for index in products],
            owner=staff(book, "marketing"),
        )


def add_customers(book: Book) -> None:
    """Sixty companies, each looked after by somebody in its part of the country."""
    by_short_name: dict[str, str] = {}
    for (
        name,
        short,
        region,
        city,
        industry,
        level,
        employees,
        revenue,
        founded,
        parent,
    ) in book.words.CUSTOMERS:
        owner = (
            book.row(by_short_name[parent])["owner"]
            if parent
            else salesperson_for(book, region, len(by_short_name))
        )
        created = -book.between(30, FAIR_DAYS_AGO)
        team = (staff(book, "east_1"),) if owner == ME and book.chance(0.3) else ()
        by_short_name[short] = book.add(
            "customer",
            name=name,
            short_name=short,
            level=level,
            status="potential",
            industry=industry,
            region=region,
            source=book.pick(SOURCES, SOURCE_WEIGHTS),
            parent=by_short_name.get(parent),
            team=team,
            phone=_landline(book, city),
            website=f"https://www.customer{len(by_short_name) + 1:02d}.example.com",
            address=book.words.ADDRESS.format(
                province="" if region == city else book.words.PROVINCE.format(region=region),
                city=city,
                street=book.pick(book.words.STREETS),
                number=book.between(6, 688),
            ),
            employees=employees,
            revenue=revenue * 1_000_000,
            founded_on=date(founded, book.between(1, 12), book.between(1, 28)).isoformat(),
            last_followed_on=None,
            next_follow_on=None,
            tax_no=_tax_number(book),
            bank=book.words.BRANCH.format(bank=book.pick(book.words.BANKS), city=city),
            bank_account="6222" + _digits(book, 12),
            credit_limit={"A": 3_000_000, "B": 1_000_000, "C": 300_000}[level],
            remark=None,
            owner=owner,
            created_at=day(created),
        )


def add_contacts(book: Book) -> None:
    """One to three people in each customer; the first is the one we talk to."""
    for customer in book.rows("customer"):
        count = {"A": 2, "B": book.pick((1, 2)), "C": 1}[customer["level"]]
        if book.chance(0.08):
            count += 1
        for number, (position, department, role) in enumerate(
            book.random.sample(book.words.POSITIONS, count)
        ):
            book.add(
                "contact",
                name=person(book),
                customer=customer["_ref"],
                position=position,
                department=department,
                decision_role=role,
                key_contact=number == 0,
                phone=mobile(book),
                email=f"contact{len(book.rows('contact')) + 1:03d}@example.com" if book.chance(0.7) else None,
                birthday=f"19{book.between(68, 96)}-{book.between(1, 12):02d}-{book.between(1, 28):02d}"
                if book.chance(0.3)
                else None,
                owner=customer["owner"],
                created_at=customer["created_at"],
            )


def add_leads(book: Book) -> None:
    """Forty leads; the qualified ones became customers and deals that are in the book already."""
    won = [row for row in book.rows("opportunity") if row["stage"] in ("won", "proposal", "negotiation")]
    for number in range(40):
        status = book.pick(("new", "contacting", "qualified", "invalid"), (11, 13, 9, 7))
        received = -book.between(0, 21) if status == "new" else -book.between(5, 200)
        _, _, region, city, *_ = book.pick(book.words.CUSTOMERS)
        opening, industry = book.pick(book.words.TRADES)
        source = book.pick(SOURCES, LEAD_SOURCE_WEIGHTS)
        cells: dict[str, Any] = {
            "name": book.words.LEAD.format(
                city=city,
                first=book.pick(book.words.LEAD_FIRST),
                second=book.pick(book.words.LEAD_SECOND),
                trade=opening,
            ),
            "status": status,
            "rating": book.pick(("hot", "warm", "cold"), (3, 5, 4)),
            "source": source,
            "campaign": campaign_behind(book, source, received),
            "received_on": day(received),
            "industry": industry,
            "region": region,
            "expected_amount": book.between(4, 90) * 10_000,
            "requirement": book.pick(book.words.LEAD_NEEDS),
            "contact_name": person(book),
            "position": book.pick(book.words.POSITIONS)[0],
            "phone": mobile(book),
            "email": f"lead{number + 1:02d}@example.com" if book.chance(0.5) else None,
            "next_follow_on": day(book.between(0, 10)) if status in ("new", "contacting") else None,
            "owner": salesperson_for(book, region, number),
            "created_at": day(received),
        }
        if status == "qualified":
            deal = won.pop(book.between(0, len(won) - 1))
            opened = offset_of(deal["opened_on"])
            customer = book.row(deal["customer"])
            cells |= {
                "name": customer["name"],
                "region": customer["region"],
                "industry": customer["industry"],
                "rating": book.pick(("hot", "warm")),
                "received_on": day(opened - 9),
                "created_at": day(opened - 9),
                "converted_on": day(opened),
                "campaign": campaign_behind(book, source, opened - 9),
                "customer": deal["customer"],
                "opportunity": deal["_ref"],
                "owner": deal["owner"],
                "expected_amount": deal["amount"],
            }
        if status == "invalid":
            cells["invalid_reason"] = book.pick(book.words.INVALID_REASONS)
        book.add("lead", **cells)


def campaign_behind(book: Book, source: str, opened: int) -> str | None:
    """The campaign that brought somebody who came by `source`, if one had taken place by then."""
    kinds = {
        "exhibition": ("exhibition", "seminar"),
        "search": ("ads",),
        "website": ("webinar",),
        "referral": ("email",),
    }.get(source, ())
    fitting = [
        row["_ref"]
        for row in book.rows("campaign")
        if row["kind"] in kinds and offset_of(row["starts_on"]) <= opened
    ]
    return str(book.pick(fitting)) if fitting else None


def person(book: Book) -> str:
    """Somebody's name."""
    surname, given = book.pick(book.words.SURNAMES), book.pick(book.words.GIVEN)
    return str(book.words.PERSON.format(surname=surname, given=given))


def mobile(book: Book) -> str:
    """A mobile number."""
    return str(book.pick(("138", "139", "136", "158", "186", "177", "189"))) + "0000" + _digits(book, 4)


def _landline(book: Book, city: str) -> str:
    code = book.words.DIALLING_CODES.get(city)
    return f"{code}-{book.pick('568')}{_digits(book, 7)}" if code else mobile(book)


def _tax_number(book: Book) -> str:
    return "91" + _digits(book, 6) + "".join(book.pick(CODE_SIGNS) for _ in range(10))


def _digits(book: Book, count: int) -> str:
    return "".join(str(book.between(0, 9)) for _ in range(count))
