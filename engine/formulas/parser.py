"""Reads a formula's text into a tree, with Excel's precedence and a place for every fault."""

import ast
from functools import lru_cache
from typing import NoReturn

from engine.formulas.budget import MAX_ARGUMENTS, MAX_LEVELS
from engine.formulas.faults import FormulaFault
from engine.formulas.functions.base import Function
from engine.formulas.functions.registry import find, similar
from engine.formulas.tokens import Token, tokenize
from engine.formulas.tree import OPERATORS, Formula, constant
from engine.platform.i18n import Text

# From what binds least to what binds most; a sign before a number binds more than all of them, `%` most.
_LEVELS: dict[object, int] = {
    **dict.fromkeys(("=", "<>", "<", "<=", ">", ">="), 1),
    "&": 2,
    **dict.fromkeys(("+", "-"), 3),
    **dict.fromkeys(("*", "/"), 4),
    "^": 5,
}
_SIGNS: dict[str, type[ast.unaryop]] = {"+": ast.UAdd, "-": ast.USub}


@lru_cache(maxsize=4096)
def parse(text: str) -> Formula:
    """The formula that the text says; a fault in it raises FormulaFault with its place."""
    return _Parser(text).formula()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.at = 0
        self.level = 0
        self.functions: set[str] = set()

    def formula(self) -> Formula:
        if self.is_operator("="):
            self.at += 1
        if self.token.kind == "end":
            self.fail(Text("公式是空的。", "The formula is empty."))
        tree = self.expression(1)
        if self.token.kind != "end":
            if self.is_operator(")"):
                self.fail(Text("多了一个右括号。", "There is one closing bracket too many."))
            self.fail(
                Text(
                    "“{word}”前面缺少运算符或逗号。",
                    "An operator or a comma is missing before “{word}”.",
                    word=self.written,
                )
            )
        return Formula(self.text, tree, frozenset(self.functions))

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    @property
    def written(self) -> str:
        return self.text[self.token.start : self.token.end][:40]

    def is_operator(self, *symbols: str) -> bool:
        token = self.tokens[self.at]
        return token.kind == "operator" and token.value in symbols

    def fail(self, message: Text, token: Token | None = None, code: str = "syntax") -> NoReturn:
        token = token or self.token
        raise FormulaFault(code, message, token.start, token.end - token.start)

    def expression(self, least: int) -> ast.expr:
        left = self.signed()
        while True:
            token = self.tokens[self.at]
            if token.kind != "operator" or (level := _LEVELS.get(token.value, 0)) < max(least, 1):
                return left
            self.at += 1
            right = self.expression(level + 1)
            kind = OPERATORS[token.value]  # type: ignore[index]
            if level == 1:
                left = place(ast.Compare(left, [kind()], [right]), left, right)
            else:
                left = place(ast.BinOp(left, kind(), right), left, right)

    def signed(self) -> ast.expr:
        signs: list[Token] = []
        while self.is_operator("+", "-"):
            signs.append(self.token)
            self.at += 1
        value = self.postfix()
        for sign in reversed(signs):
            made = ast.UnaryOp(_SIGNS[sign.value](), value)  # type: ignore[index]
            made.col_offset, made.end_col_offset = sign.start, value.end_col_offset
            value = made
        return value

    def postfix(self) -> ast.expr:
        value = self.primary()
        while self.is_operator("%"):
            made = ast.UnaryOp(ast.Invert(), value)
            made.col_offset, made.end_col_offset = value.col_offset, self.token.end
            self.at += 1
            value = made
        return value

    def primary(self) -> ast.expr:
        token = self.token
        if token.kind in ("number", "text", "error"):
            self.at += 1
            return at(constant(token.value), token.start, token.end)
        if token.kind == "name":
            self.at += 1
            if self.is_operator("("):
                return self.call(token)
            word = str(token.value)
            if word.upper() in ("TRUE", "FALSE"):
                return at(ast.Constant(word.upper() == "TRUE"), token.start, token.end)
            return at(ast.Name(word), token.start, token.end)
        if self.is_operator("("):
            return self.bracket()
        if self.is_operator("{"):
            return self.array()
        if token.kind == "end":
            self.fail(Text("公式没有写完。", "The formula breaks off here."))
        self.fail(
            Text(
                "“{word}”前面缺少一个值。",
                "A value is missing before “{word}”.",
                word=self.written,
            )
        )

    def bracket(self) -> ast.expr:
        opening = self.deeper()
        inner = self.expression(1)
        if self.is_operator(","):
            self.fail(Text("这里不能有逗号。", "There can't be a comma here."))
        closing = self.close(opening, ")")
        inner.col_offset, inner.end_col_offset = opening.start, closing.end
        return inner

    def array(self) -> ast.expr:
        opening = self.deeper()
        items: list[ast.expr] = []
        separator = ""
        while True:
            sign = self.token if self.is_operator("-", "+") else None
            self.at += sign is not None
            token = self.token
            if token.kind not in ("number", "text", "error", "name") or (
                token.kind == "name" and str(token.value).upper() not in ("TRUE", "FALSE")
            ):
                self.fail(Text("花括号里只能写常量。", "Braces hold constants only."))
            item = self.primary()
            if sign is not None and sign.value == "-" and token.kind == "number":
                item = at(constant(-token.value), sign.start, token.end)  # type: ignore[operator]
            items.append(item)
            if self.is_operator(",", ";") and separator in ("", self.token.value):
                separator = str(self.token.value)
                self.at += 1
                continue
            closing = self.close(opening, "}")
            return at(ast.List(items), opening.start, closing.end)

    def call(self, name: Token) -> ast.expr:
        function = find(str(name.value))
        if function is None:
            raise self.unknown(name)
        opening = self.deeper()
        args: list[ast.expr] = []
        if not self.is_operator(")"):
            while True:
                args.append(self.argument())
                if len(args) > MAX_ARGUMENTS:
                    self.fail(
                        Text(
                            "一个函数最多 {n} 个参数。",
                            "A function takes at most {n} arguments.",
                            n=MAX_ARGUMENTS,
                        ),
                        name,
                        "limit_arguments",
                    )
                if not self.is_operator(","):
                    break
                self.at += 1
        closing = self.close(opening, ")")
        if not function.accepts(len(args)):
            raise wrong_count(function, len(args), name, closing)
        self.functions.add(function.name)
        made = at(ast.Call(ast.Name(function.name), args, []), name.start, closing.end)
        made.function = function  # type: ignore[attr-defined]
        return made

    def argument(self) -> ast.expr:
        if self.is_operator(",", ")"):
            return at(ast.Constant(None), self.token.start, self.token.start)
        return self.expression(1)

    def deeper(self) -> Token:
        opening = self.token
        self.at += 1
        self.level += 1
        if self.level > MAX_LEVELS:
            self.fail(
                Text(
                    "括号和函数最多嵌套 {n} 层。",
                    "Brackets and functions may be nested {n} levels deep at most.",
                    n=MAX_LEVELS,
                ),
                opening,
                "limit_depth",
            )
        return opening

    def close(self, opening: Token, bracket: str) -> Token:
        closing = self.token
        if not self.is_operator(bracket):
            if closing.kind == "end":
                self.fail(Text("这个括号没有关上。", "This bracket is never closed."), opening)
            self.fail(
                Text(
                    "“{word}”前面缺少逗号、运算符或右括号。",
                    "A comma, an operator or a closing bracket is missing before “{word}”.",
                    word=self.written,
                )
            )
        self.at += 1
        self.level -= 1
        return closing

    def unknown(self, name: Token) -> FormulaFault:
        word = str(name.value)
        meant = similar(word)
        message = (
            Text(
                "没有函数“{name}”。是不是“{meant}”？",
                "There is no function {name}. Did you mean {meant}?",
                name=word,
                meant=meant,
            )
            if meant
            else Text("没有函数“{name}”。", "There is no function {name}.", name=word)
        )
        return FormulaFault("unknown_function", message, name.start, name.end - name.start, suggestion=meant)


def wrong_count(function: Function, count: int, name: Token, closing: Token) -> FormulaFault:
    """The fault for a call with too few or too many arguments."""
    message = Text(
        "{name} 的参数个数不对：写了 {n} 个，用法是 {signature}。",
        "{name} has the wrong number of arguments: {n} are given, its form is {signature}.",
        name=function.name,
        n=count,
        signature=function.usage,
    )
    return FormulaFault("argument_count", message, name.start, closing.end - name.start)


def at(node: ast.expr, start: int, end: int) -> ast.expr:
    """The node with its place in the text."""
    node.col_offset, node.end_col_offset = start, end
    return node


def place(node: ast.expr, left: ast.expr, right: ast.expr) -> ast.expr:
    """An operator node, which reaches from its left operand to its right one."""
    return at(node, left.col_offset, right.end_col_offset or right.col_offset)
