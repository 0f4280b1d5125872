"""The English sample data's words; the figures beside them are those of `chinese`, and so is the order."""

from templates_gallery.sample_crm import chinese, english_companies
from templates_gallery.sample_crm.english_companies import CITIES, INDUSTRIES, REGIONS

CUSTOMERS = english_companies.CUSTOMERS

# name, series
_GOODS = (
    ("AOI-300 inline optical inspection", "Inspection"),
    ("AOI-200 offline optical inspection", "Inspection"),
    ("AXI-100 X-ray inspection", "Inspection"),
    ("IoT gateway G5", "IoT"),
    ("Machine connection kit L2", "IoT"),
    ("MES Standard", "Software"),
    ("MES Enterprise", "Software"),
    ("WMS warehouse system", "Software"),
    ("Manufacturing data hub", "Software"),
    ("Energy management system", "Software"),
    ("Yearly maintenance", "Services"),
    ("Implementation", "Services"),
)
SERVICE = "Services"
PRODUCTS = tuple(
    (name, row[1], series, *row[3:]) for row, (name, series) in zip(chinese.PRODUCTS, _GOODS, strict=True)
)
PROJECTS = (
    ("Inline inspection", "Line inspection upgrade", "AOI phase 2"),
    ("Sampling station", "Offline inspection", "Incoming inspection"),
    ("X-ray inspection", "Solder inspection"),
    ("More gateways", "Workshop network", "Machine data collection"),
    ("Machine connection", "Line connection upgrade", "Digital workshop phase 1"),
    ("MES phase 1", "Manufacturing execution", "MES pilot workshop"),
    ("MES phase 2", "Group MES", "Multi-plant MES"),
    ("Smart warehouse", "Automated warehouse", "Finished goods WMS"),
    ("Data hub", "Manufacturing data platform", "Management cockpit"),
    ("Energy management", "Carbon and energy platform"),
    ("Yearly maintenance", "Maintenance renewal"),
    ("Upgrade work", "Special implementation"),
)
NEEDS = {INDUSTRIES[industry]: products for industry, products in chinese.NEEDS.items()}

# name, products, strengths, weaknesses, how to win
_RIVALS = (
    (
        "RuiVision",
        "AOI and AXI machines",
        "Mature algorithms, many large references",
        "Long delivery times, closed software",
        "Stress open interfaces and local delivery; take them to a reference plant",
    ),
    (
        "Huazhi Software",
        "MES, WMS",
        "Low price, large implementation team",
        "Weak at connecting machines, dear customisation",
        "Show the three-year cost; win with machine connection",
    ),
    (
        "Derui Industrial",
        "MES, data hub",
        "Strong brand, trusted by groups",
        "High price, slow local service",
        "Bring out the two-hour response and the value for money",
    ),
    (
        "Lianchuang IoT",
        "Industrial gateways, connection kits",
        "Cheap hardware, quick supply",
        "Middling stability, no applications on top",
        "Begin with a small pilot and let the data speak",
    ),
    (
        "Tiangong Digital",
        "Data hub, energy management",
        "Shows its solutions well",
        "Few live installations",
        "Take the customer to a plant that is live",
    ),
    (
        "Kepu Instruments",
        "Offline inspection",
        "Low unit price",
        "No inline machines",
        "Lead the customer to think of the whole line",
    ),
)
COMPETITORS = tuple(
    (name, *row[1:3], *words) for row, (name, *words) in zip(chinese.COMPETITORS, _RIVALS, strict=True)
)

# name, place
_EVENTS = (
    ("Shanghai International Semiconductor Fair", "Shanghai New International Expo Centre"),
    ("Shenzhen Electronics Equipment Fair", "Shenzhen Convention Centre"),
    ("South China Industrial Internet Forum", "Guangzhou"),
    ("MES in practice, live", "Online"),
    ("Quality in automotive parts", "Changzhou"),
    ("Search advertising", "Online"),
    ("Season of customer care", "Online"),
    ("New energy plant day", "Luneng Storage plant, Hefei"),
    ("Going digital in food, live", "Online"),
    ("Suzhou Smart Manufacturing Fair", "Suzhou International Expo Centre"),
)
CAMPAIGNS = tuple(
    (name, row[1], place, *row[3:]) for row, (name, place) in zip(chinese.CAMPAIGNS, _EVENTS, strict=True)
)

SURNAMES = (
    "Wang", "Li", "Zhang", "Liu", "Chen", "Yang", "Huang", "Zhao", "Wu", "Zhou", "Xu", "Sun", "Ma", "Zhu", "Hu",
    "Guo", "He", "Gao", "Lin", "Luo", "Zheng", "Liang", "Xie", "Song", "Tang", "Xu", "Han", "Feng", "Deng",
    "Cao", "Peng", "Zeng", "Xiao", "Tian", "Dong", "Yuan", "Pan", "Yu", "Jiang", "Cai", "Yu", "Du", "Ye",
    "Cheng", "Su", "Wei", "Lyu", "Ding", "Ren", "Shen", "Yao", "Lu", "Jiang", "Cui", "Zhong", "Tan", "Lu",
    "Wang", "Fan", "Jin", "Shi", "Liao", "Jia", "Xia", "Wei", "Fu", "Fang", "Bai", "Zou", "Meng", "Xiong",
    "Qin", "Qiu", "Jiang", "Yin", "Xue", "Yan", "Duan", "Lei", "Hou", "Long", "Shi", "Tao", "Li", "He", "Gu",
    "Mao", "Hao", "Gong", "Shao", "Wan", "Qian", "Yan", "Wu", "Dai",
)  # fmt: skip
GIVEN = (
    "William", "Grace", "Lena", "Cherry", "Mindy", "Joyce", "John", "Leo", "James", "Owen", "Victor", "Yvonne",
    "Jay", "Julia", "Tom", "Ming", "Charles", "Sharon", "Sheila", "Penny", "Gary", "Gwen", "Jason", "Benson",
    "Kevin", "Helen", "Eastman", "Lily", "George", "Tina", "Frank", "Stanley", "Jenny", "Howard", "Rainy",
    "Zack", "Harry", "Jonathan", "Leon", "Kent", "Vivian", "Spring", "Jasper", "Sean", "Felix", "Hugh",
    "Yolanda", "Kelvin", "Stella", "Rosie",
)  # fmt: skip
POSITIONS = (
    ("General manager", "Management", "decider"),
    ("Head of production", "Production", "decider"),
    ("IT manager", "IT", "influencer"),
    ("CIO", "IT", "decider"),
    ("Equipment supervisor", "Equipment", "user"),
    ("Quality manager", "Quality", "influencer"),
    ("Process engineer", "Process", "user"),
    ("Purchasing manager", "Purchasing", "purchasing"),
    ("Buyer", "Purchasing", "purchasing"),
    ("Finance manager", "Finance", "finance"),
    ("Warehouse supervisor", "Logistics", "user"),
)
STREETS = (
    "Innovation Avenue",
    "Science Road",
    "Industrial Park First Road",
    "Riverside East Road",
    "Zhenxing Road",
    "Changjiang Road",
    "Renmin South Road",
    "New District Avenue",
    "Guangming Road",
    "High-Tech Third Road",
)
BANKS = ("ICBC", "China Construction Bank", "Agricultural Bank", "Bank of China", "Merchants Bank", "Bocom")

FOLLOW_UPS = {
    "prospecting": (
        (
            "Reached {contact} by phone, who is looking at similar solutions; a call is set for next week.",
            "neutral",
            "Send our profile and references of the trade",
        ),
        (
            "Connected with {contact} on WeChat, sent the brochures; they go on to production.",
            "neutral",
            "Ask for feedback in two days",
        ),
        (
            "They still keep records by hand, the data comes late and the management wants a change.",
            "positive",
            "Arrange a site survey",
        ),
        (
            "Was put through twice before reaching the right person, this year's budget is still open.",
            "negative",
            "Call again next quarter",
        ),
    ),
    "engaging": (
        (
            "Went through the present process with {contact}, the pains are reporting and tracing.",
            "positive",
            "Send the list of needs for confirmation",
        ),
        (
            "Walked along the line, 8 of 12 machines can be connected at once.",
            "positive",
            "Write the connection plan",
        ),
        (
            "They want it tied to their ERP, IT will name the contact.",
            "neutral",
            "Arrange an interface meeting with IT",
        ),
        (
            "The list of needs is confirmed, they hope for a first plan by the end of the month.",
            "positive",
            "Prepare plan and quote",
        ),
    ),
    "proposal": (
        (
            "Presented the plan to {contact}, production and quality were there and liked it.",
            "positive",
            "Work the remarks into the plan",
        ),
        (
            "The quote is out, they find it higher than expected and discuss it internally.",
            "neutral",
            "Prepare a plan in stages",
        ),
        (
            "They ask for a visit, to see how it works in their trade.",
            "positive",
            "Arrange a visit to a customer",
        ),
        (
            "Learnt that a rival has quoted, about ten percent below us.",
            "negative",
            "Talk over the answer with the manager",
        ),
    ),
    "negotiation": (
        (
            "Talked about payment with purchasing, they want 30% in advance and 60% after acceptance.",
            "neutral",
            "Ask for approval of the terms",
        ),
        (
            "The technical agreement is confirmed, finance has yet to stamp it.",
            "positive",
            "Prepare the contract",
        ),
        (
            "{contact} asks for 3% more, our limit is explained.",
            "neutral",
            "Offer longer maintenance for the price",
        ),
        (
            "Went through the contract, only liability is still open.",
            "positive",
            "Have legal confirm the clauses",
        ),
    ),
    "won": (
        (
            "The contract is signed, the deposit comes this week and the team has taken over.",
            "positive",
            "Follow up the deposit",
        ),
        (
            "The kick-off is done, both sides confirmed the milestones.",
            "positive",
            "Check the progress every week",
        ),
        ("Asked how it goes, {contact} says that it runs well.", "positive", "Find out about phase 2"),
    ),
    "lost": (
        ("They chose another supplier, mostly for the price.", "negative", "Hold a review"),
        (
            "The group stopped the project, it will not begin this year.",
            "negative",
            "Call again in half a year",
        ),
    ),
}

# subject, description, solution
_CASES = (
    (
        "Too many false alarms",
        "Many more false alarms since the changeover, worst at night.",
        "Calibrated the light and renewed the template; false alarms are back at 0.8%.",
    ),
    (
        "Axis fault at start-up",
        "Y axis fault in the morning; a restart does not help.",
        "Changed the limit switch; normal after a reset.",
    ),
    (
        "Gateway drops out",
        "The gateway of workshop 3 drops out two or three times a day.",
        "Changed the antenna and the channel; three days without a fault.",
    ),
    (
        "Reports do not reach the ERP",
        "No reports have come across since yesterday afternoon.",
        "The interface password had expired; renewed, and the data sent again.",
    ),
    (
        "Stock differs from the shelves",
        "Six items differ in the stocktaking.",
        "Traced to codes scanned twice; upgraded and corrected.",
    ),
    (
        "How to add an inspection program",
        "A new product starts next week; they want to set it up themselves.",
        "Did it once together online and sent a video.",
    ),
    (
        "How is OEE worked out",
        "Production doubts the OEE figure.",
        "Explained the rule and set the planned stops right.",
    ),
    (
        "Accounts for new people",
        "Three new foremen need access.",
        "Showed the administrator how to grant by team.",
    ),
    (
        "A report for the night shift",
        "The handover is still written by hand.",
        "Planned for the next version; a custom report until then.",
    ),
    (
        "Energy on the phone",
        "The management wants to see energy while travelling.",
        "Mobile access opened and shown.",
    ),
    (
        "Visit put off again and again",
        "The visit was set for Wednesday and moved twice.",
        "The manager apologised by phone; an engineer came the same day.",
    ),
    (
        "Quarterly inspection",
        "Quarterly inspection under the maintenance contract.",
        "Done; two filters changed, the report is sent.",
    ),
    ("Yearly calibration", "Yearly calibration of precision.", "Passed; the certificate is sent."),
    (
        "The big screen stands still",
        "The screen of the workshop has stopped at ten.",
        "The data service was short of memory; enlarged, and back.",
    ),
    (
        "Scanners do not connect",
        "Two scanners of the warehouse cannot sign in.",
        "Paired again and renewed the driver.",
    ),
)
TICKETS = tuple((row[0], *words, row[4]) for row, words in zip(chinese.TICKETS, _CASES, strict=True))

TASKS = (
    "Prepare the presentation for {customer}",
    "Ask {customer} for the deposit",
    "Send {customer} the sample test report",
    "Arrange a technical talk with {customer}",
    "Renew the quote for {customer}",
    "List the needs of {customer}",
    "Confirm the contract terms of {customer}",
    "Take {customer} to a reference plant",
    "Ask how {customer} gets on",
    "Prepare the renewal for {customer}",
)
NEXT_STEPS = {
    "prospecting": ("Arrange a site survey", "Send references of the trade", "Find who decides"),
    "engaging": ("Confirm the list of needs", "Look at the machines", "Meet with IT"),
    "proposal": ("Present the plan", "Change the quote", "Arrange a visit to a reference plant"),
    "negotiation": ("Settle the contract terms", "Wait for their stamp", "Confirm the terms of payment"),
}
DIALLING_CODES = {CITIES[city]: code for city, code in chinese.DIALLING_CODES.items()}

_TRADES = ("Smart", "Precision", "Electric", "Materials", "Automation", "Foods", "Medical", "Auto")
TRADES = tuple(
    (name, INDUSTRIES[industry]) for name, (_, industry) in zip(_TRADES, chinese.TRADES, strict=True)
)
LEAD_NEEDS = (
    "Wants to know about inline inspection for three lines",
    "Plans an MES, beginning with a pilot workshop",
    "The warehouse needs a WMS, about 2,000 places",
    "Connection of machines, about 60 CNC",
    "Energy figures by workshop",
    "The present system expires; looks for another supplier",
    "Saw the demo at the fair and hopes for a visit",
)
LEAD_FIRST = ("Hua", "Hong", "Tian", "Rui", "Xin", "Bo", "Yuan", "Dong", "Heng", "Sheng", "Da", "Ke")
LEAD_SECOND = ("tai", "xin", "lian", "chuang", "da", "rui", "xing", "yu")
INVALID_REASONS = ("No real need", "Too little budget", "Cannot be reached", "Asked for a competitor")
DELIVERY = ("Within 45 days of the contract", "Live within 60 days of the contract", "In two deliveries")
PAYMENT_TERMS = (
    "30% in advance, 60% on acceptance, 10% after warranty",
    "50% in advance, 50% on acceptance",
    "In three instalments by progress",
)
INSTALMENTS = {
    "deposit": "Deposit",
    "acceptance": "On acceptance",
    "warranty": "After warranty",
    "progress": "By progress",
    "rest": "Remainder",
    "all": "In full",
}

# How words are put together.
PERSON = "{given} {surname}"
ADDRESS = "{number} {street}, {city}{province}"
PROVINCE = ", {region}"
BRANCH = "{bank}, {city} branch"
LEAD = "{city} {first}{second} {trade} Co., Ltd."
VISIT = "Visit to {customer}"
SOMEBODY = "the customer"
SOMEBODY_VISITED = "the customer"
COMMA, FULL_STOP = ", ", "."
EASTERN_REGIONS = {REGIONS[region] for region in chinese.EASTERN_REGIONS}

DEPARTMENTS = {
    "sales": "Sales",
    "east": "Sales East",
    "south": "Sales South",
    "marketing": "Marketing",
    "finance": "Finance",
    "service": "Customer Service",
    "hr": "Human Resources",
}
STAFF = {
    "director": "David Zhang",
    "east_manager": "Leon Chen",
    "east_1": "Anna Li",
    "east_2": "Minnie Wang",
    "east_3": "Kevin Zhao",
    "south_manager": "Fiona Liu",
    "south_1": "Joy Sun",
    "south_2": "Henry Zhou",
    "south_3": "Tina Wu",
    "marketing": "Nora Xu",
    "finance": "Jane He",
    "service_manager": "Kai Zheng",
    "service": "Wendy Ma",
    "hr": "Shirley Lin",
}
