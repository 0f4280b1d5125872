"""Functions: each with its examples, its reference, and what Excel documents about the tricky ones."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.formulas import FormulaError, JsonValues, Moment, catalogue, evaluate, parse, to_result
from engine.formulas.functions.base import CATEGORIES
from engine.formulas.reference import FILES, reference

MOMENT = Moment(datetime(2026, 3, 2, 2, 0, tzinfo=UTC), "Asia/Shanghai")
DOCS = Path(__file__).parents[2] / "docs"


def value(text: str, **values: Any) -> Any:
    return evaluate(parse(text), JsonValues(values), moment=MOMENT)


def shown(text: str) -> str:
    made = to_result(value(text), "text")
    return made.code if isinstance(made, FormulaError) else str(made or "")


EXAMPLES = [(doc.name, *example) for doc in catalogue() for example in doc.examples]


@pytest.mark.parametrize(("name", "formula", "expected"), EXAMPLES)
def test_every_example_of_the_reference_is_true(name: str, formula: str, expected: str) -> None:
    assert shown(formula) == expected


def test_every_function_is_described_in_both_languages_with_an_example() -> None:
    for doc in catalogue():
        assert doc.summary.zh and doc.summary.en and doc.summary.zh != doc.summary.en, doc.name
        assert doc.examples, doc.name
        assert doc.category in CATEGORIES, doc.name


def test_there_are_as_many_functions_as_promised() -> None:
    assert len(catalogue()) >= 150
    assert sum(doc.sql for doc in catalogue()) >= 60


@pytest.mark.parametrize("language", FILES)
def test_the_reference_in_docs_is_the_one_of_the_code(language: str) -> None:
    written = (DOCS / FILES[language]).read_text(encoding="utf-8")
    assert written == reference(language), "run: python -m engine.formulas.reference docs"


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        # rounding
        ("ROUND(2.15,1)", "2.2"),
        ("ROUND(-1.475,2)", "-1.48"),
        ("ROUND(626.3,-3)", "1000"),
        ("ROUND(1.98,-1)", "0"),
        ("ROUNDUP(76.9,0)", "77"),
        ("ROUNDUP(-3.14159,1)", "-3.2"),
        ("ROUNDUP(31415.92654,-2)", "31500"),
        ("ROUNDDOWN(31415.92654,-2)", "31400"),
        ("TRUNC(-8.9)", "-8"),
        ("CEILING(1.5,0.1)", "1.5"),
        ("CEILING(0.234,0.01)", "0.24"),
        ("FLOOR(0.234,0.01)", "0.23"),
        ("FLOOR(-2.5,2)", "-4"),
        ("MROUND(6.05,0.1)", "6.1"),
        ("EVEN(-1.2)", "-2"),
        ("ODD(-1.2)", "-3"),
        # conditions
        ('COUNTIF({"apples","oranges","peaches","apples"},"apples")', "2"),
        ('COUNTIF({32,54,75,86},">55")', "2"),
        ('COUNTIF({32,54,75,86},"<>75")', "3"),
        ('COUNTIF({"apples","oranges","apples"},"*")', "3"),
        ('COUNTIF({"apples","oranges"},"?????es")', "1"),
        ('COUNTIF({1,"1","01"},1)', "3"),
        ('COUNTIF({1,"1"},"=1")', "2"),
        ('COUNTIF({"a","","b"},"")', "1"),
        ('COUNTIF({"a","","b"},"<>")', "3"),
        ('COUNTIF({TRUE,FALSE,"TRUE"},TRUE)', "1"),
        ('COUNTIF({"abc","ABD"},">abc")', "1"),
        ('SUMIF({100000,200000,300000,400000},">160000",{7000,14000,21000,28000})', "63000"),
        ('SUMIFS({5,4,15,3},{"A","A","B","B"},"=A",{1,2,1,2},2)', "4"),
        ('AVERAGEIFS({75,94,86},{75,94,86},">70",{75,94,86},"<90")', "80.5"),
        ('MAXIFS({89,93,96,85},{1,2,2,3},2)', "96"),
        # text
        ('TRIM(" First Quarter  Earnings ")', "First Quarter Earnings"),
        ('PROPER("76BudGet")', "76Budget"),
        ('SUBSTITUTE("Quarter 1, 2008","1","2",1)', "Quarter 2, 2008"),
        ('REPLACE("2009",3,2,"10")', "2010"),
        ('FIND("M","Miriam McGovern")', "1"),
        ('FIND("M","Miriam McGovern",3)', "8"),
        ('FIND("","abc")', "1"),
        ('SEARCH("e","Statements",6)', "7"),
        ('SEARCH("s*t","Statements")', "1"),
        ('MID("Fluid Flow",20,5)', ""),
        ('TEXT(1234.567,"$#,##0.00")', "$1,234.57"),
        ('TEXT(0.285,"0.0%")', "28.5%"),
        ('TEXT(12200000,"0.00E+00")', "1.22E+07"),
        ('TEXT(1234,"0000000")', "0001234"),
        ('TEXT(-0.001,"0.00")', "-0.00"),
        ('TEXT(1234567,"#,##0,\\K")', "1,235K"),
        ('TEXT(DATE(2026,3,2),"mm/dd/yy")', "03/02/26"),
        ('TEXT(DATE(2026,3,2),"dddd")', "Monday"),
        ('TEXT(DATE(2026,3,2),"d-mmm-yyyy")', "2-Mar-2026"),
        ('TEXT(0.75,"hh:mm")', "18:00"),
        ('TEXT(1.5,"[h]:mm")', "36:00"),
        ('TEXT(60,"yyyy-mm-dd")', "1900-02-29"),
        ('TEXT("abc","0.00")', "abc"),
        ('TEXT(1234567,"0.0,,")', "1.2"),
        ('TEXT(1234567,"#,##0.0,""K""")', "1,234.6K"),
        ('TEXT(12345,"0!.0,""万""")', "1.2万"),
        ('TEXT(123,"[DBNum2]G/通用格式")', "壹佰贰拾叁"),
        ('TEXT(123,"[DBNum2]")', "壹佰贰拾叁"),
        ('TEXT(15,"[DBNum1]d")', "十五"),
        ('TEXT(DATE(2026,10,5),"[DBNum1]yyyy年m月d日")', "二〇二六年十月五日"),
        ('TEXT(DATE(2026,3,20),"[DBNum2]yyyy年mm月dd日")', "贰零贰陆年零叁月贰拾日"),
        ('TEXT(5,"0""/""0")', "0/5"),
        ('IFERROR(TEXT(4.34,"# ?/?"),"no")', "no"),
        ('TEXT(0,"+0;-0;""zero""")', "zero"),
        ('FIXED(-1234.567,-1)', "-1,230"),
        ('RMBTEXT(1008001.10)', "壹佰万捌仟零壹元壹角整"),
        ('NUMBERSTRING(1234567890,2)', "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾"),
        # lookup
        ("MATCH(39,{25,38,40,41})", "2"),
        ("MATCH(40,{25,38,40,41},0)", "3"),
        ("MATCH(40,{41,40,38},-1)", "2"),
        ('LOOKUP("bump",{"a","b","c"},{1,2,3})', "2"),
        ("XLOOKUP(46523,{9700,39475,84050,160725},{0.1,0.22,0.24,0.32},0,1)", "0.24"),
        # statistics and finance
        ("MEDIAN(1,2,3,4,5,6)", "3.5"),
        ("ROUND(STDEV.S({1345,1301,1368,1322,1310,1370,1318,1350,1303,1299}),5)", "27.46392"),
        ("QUARTILE({1,2,4,7,8,9,10,12},1)", "3.5"),
        ("PERCENTILE({1,2,3,4},0.3)", "1.9"),
        ("ROUND(PMT(0.08/12,10,10000,0,1),2)", "-1030.16"),
        ("ROUND(NPV(0.08,8000,9200,10000,12000,14500)-40000,2)", "1922.06"),
        ("ROUND(FV(0.06/12,10,-200,-500,1),2)", "2581.4"),
        ("ROUND(CORREL({3,2,4,5,6},{9,7,12,15,17}),6)", "0.997054"),
        # errors
        ("ERROR.TYPE(#N/A)", "7"),
        ("IFERROR(SQRT(-1),\"none\")", "none"),
        ("ISERR(#N/A)", "FALSE"),
        ("COUNT(1,TRUE,\"3\",\"x\",1/0)", "3"),
        ("COUNTA({1,\"\",\"x\"})", "3"),
    ],
)  # fmt: skip
def test_the_documented_cases_of_excel(formula: str, expected: str) -> None:
    assert shown(formula) == expected


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("DATE(1900,1,1)+0", Decimal(1)),
        ("DATE(1900,2,28)+0", Decimal(59)),
        ("DATE(1900,2,29)+0", Decimal(60)),
        ("DATE(1900,3,1)+0", Decimal(61)),
        ("DATE(2008,1,1)+0", Decimal(39448)),
        ("DATE(9999,12,31)+0", Decimal(2958465)),
        ("DATE(108,1,2)", date(2008, 1, 2)),
        ("DATE(2008,14,2)", date(2009, 2, 2)),
        ("DATE(2008,-3,2)", date(2007, 9, 2)),
        ("DATE(2008,1,35)", date(2008, 2, 4)),
        ("DATE(2008,1,-15)", date(2007, 12, 16)),
        ("DATE(10000,1,1)", FormulaError("#NUM!")),
        ("YEAR(39448)", Decimal(2008)),
        ("MONTH(60)", Decimal(2)),
        ("DAY(0)", Decimal(0)),
        ("DAY(-1)", FormulaError("#NUM!")),
        ("WEEKDAY(39448)", Decimal(3)),
        ("WEEKDAY(39448,2)", Decimal(2)),
        ("WEEKDAY(39448,3)", Decimal(1)),
        ("WEEKDAY(60)", Decimal(4)),
        ("EDATE(DATE(2011,1,15),1)", date(2011, 2, 15)),
        ("EDATE(DATE(2024,2,29),12)", date(2025, 2, 28)),
        ("EOMONTH(DATE(2011,1,1),-3)", date(2010, 10, 31)),
        ('DATEDIF(DATE(2001,1,1),DATE(2003,1,1),"Y")', Decimal(2)),
        ('DATEDIF(DATE(2001,6,1),DATE(2002,8,15),"D")', Decimal(440)),
        ('DATEDIF(DATE(2001,6,1),DATE(2002,8,15),"YD")', Decimal(75)),
        ("NETWORKDAYS(DATE(2012,10,1),DATE(2013,3,1))", Decimal(110)),
        ("WORKDAY(DATE(2008,10,1),151)", date(2009, 4, 30)),
        ("WEEKNUM(DATE(2012,3,9))", Decimal(10)),
        ("WEEKNUM(DATE(2012,3,9),2)", Decimal(11)),
        ("DAYS360(DATE(2011,1,30),DATE(2011,2,1))", Decimal(1)),
        ("ROUND(YEARFRAC(DATE(2012,1,1),DATE(2012,7,30)),8)", Decimal("0.58055556")),
        ("ROUND(YEARFRAC(DATE(2012,1,1),DATE(2012,7,30),1),8)", Decimal("0.57650273")),
        ("ROUND(YEARFRAC(DATE(2012,1,1),DATE(2012,7,30),3),8)", Decimal("0.57808219")),
        ("TIME(12,0,0)", time(12)),
        ("TIME(27,0,0)", time(3)),
        ("TIME(0,750,0)", time(12, 30)),
        ("HOUR(0.999999999)", Decimal(0)),
        ("TODAY()", date(2026, 3, 2)),
        ("NOW()-TODAY()", Decimal("0.41666666666666666667")),
        ("DATE(2026,3,2)+30", Decimal(46113)),
        ("DATE(2026,3,2)-DATE(2026,2,2)", Decimal(28)),
    ],
)
def test_dates_are_excels_1900_serials(formula: str, expected: Any) -> None:
    assert value(formula) == expected


def test_today_follows_the_organisations_time_zone() -> None:
    late = Moment(datetime(2026, 3, 2, 17, 0, tzinfo=UTC), "Asia/Shanghai")
    assert evaluate(parse("TODAY()"), JsonValues({}), moment=late) == date(2026, 3, 3)
    early = Moment(datetime(2026, 3, 2, 17, 0, tzinfo=UTC), "America/New_York")
    assert evaluate(parse("TODAY()"), JsonValues({}), moment=early) == date(2026, 3, 2)


def test_the_current_person_is_known_to_formulas() -> None:
    from engine.formulas import MemberFacts

    person = MemberFacts("7", "王芳", department_name="销售部", superior_name="李雷", roles=("manager",))
    moment = Moment(MOMENT.now, "Asia/Shanghai", person)
    values = JsonValues({"owner": {"id": "7", "title": "王芳"}, "unit": {"id": "3", "title": "销售部"}})
    assert evaluate(parse("owner = ME()"), values, moment=moment) is True
    assert evaluate(parse('AND(unit = MYDEPARTMENT(), MYSUPERIOR() = "李雷")'), values, moment=moment) is True
    assert evaluate(parse('ME() & HASROLE("Manager")'), values, moment=moment) == "王芳TRUE"
    assert evaluate(parse("ME()"), values, moment=MOMENT) is None
