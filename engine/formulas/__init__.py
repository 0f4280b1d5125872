"""Formulas: Excel's language as text → tree → value, SQL, dependencies or explanation. Pure; knows no database."""

from engine.formulas.budget import Budget
from engine.formulas.catalogue import FunctionDoc, catalogue
from engine.formulas.check import Checked, check
from engine.formulas.evaluate import evaluate
from engine.formulas.explain import Step, explain
from engine.formulas.faults import CODES, FormulaFault
from engine.formulas.functions.base import Function, declare
from engine.formulas.functions.registry import register
from engine.formulas.moment import MemberFacts, Moment
from engine.formulas.names import JsonValues, Name, Types, Values
from engine.formulas.numbers import number_text
from engine.formulas.parser import parse
from engine.formulas.results import result_sql, to_result
from engine.formulas.sql_scope import SqlCollection, SqlFormula, SqlScope
from engine.formulas.to_sql import to_sql
from engine.formulas.tree import Formula, Path
from engine.formulas.values import FormulaError, Value, ValueType

__all__ = [
    "CODES",
    "Budget",
    "Checked",
    "Formula",
    "FormulaError",
    "FormulaFault",
    "Function",
    "FunctionDoc",
    "JsonValues",
    "MemberFacts",
    "Moment",
    "Name",
    "Path",
    "SqlCollection",
    "SqlFormula",
    "SqlScope",
    "Step",
    "Types",
    "Value",
    "ValueType",
    "Values",
    "catalogue",
    "check",
    "declare",
    "evaluate",
    "explain",
    "number_text",
    "parse",
    "register",
    "result_sql",
    "to_result",
    "to_sql",
]
