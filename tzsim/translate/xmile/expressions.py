"""XMILE equations to raw expressions; `resolve` gives them their arrays, modules and canonical functions.

Precedence (XMILE 1.0, section 3.3.1), strong to weak: subscripts and parentheses, `^` from the right, signs and NOT,
`* / MOD`, `+ -`, `< <= > >=`, `= <>`, AND, OR. Stella's `a // b` is a safe division: 0 where b is 0.
"""

from __future__ import annotations

from tzsim.ir.expr import Binary, BinaryOp, Call, Every, Expr, Name, Number, Position, Ref, Subscript, Unary
from tzsim.translate.syntax import Cursor, SyntaxProblem, check_depth
from tzsim.translate.xmile.functions import is_function, spelled
from tzsim.translate.xmile.lexer import tokens

_BINARY: dict[str, tuple[int, BinaryOp]] = {
    "or": (1, "or"),
    "and": (2, "and"),
    "=": (3, "="),
    "<>": (3, "<>"),
    "<": (4, "<"),
    "<=": (4, "<="),
    ">": (4, ">"),
    ">=": (4, ">="),
    "+": (5, "+"),
    "-": (5, "-"),
    "*": (6, "*"),
    "/": (6, "/"),
}
WILDCARD = "*"
LONGEST_NAME = 5


def parse_equation(text: str) -> Expr:
    """The raw expression of an equation: function names in capitals, wildcards as Every('*')."""
    cursor = Cursor(tokens(text))
    if cursor.token.kind == "end":
        raise SyntaxProblem(0, "an empty equation")
    expr = _expression(cursor, 0)
    return finished(cursor, expr)


def finished(cursor: Cursor, expr: Expr) -> Expr:
    """The expression, once nothing but the end is left."""
    if cursor.token.kind != "end":
        raise cursor.fail("an operator or the end of the equation")
    return check_depth(expr, 0)


def _expression(cursor: Cursor, least: int) -> Expr:
    left = _unary(cursor)
    while True:
        token = cursor.token
        text = token.text if token.kind in ("op", "word") else ""
        if text in ("mod", "//") and least <= 6:
            cursor.next()
            cursor.enter()
            right = _expression(cursor, 7)
            cursor.leave()
            left = Call("MOD" if text == "mod" else "SAFEDIV", (left, right))
            continue
        known = _BINARY.get(text)
        if known is None or known[0] < least:
            return left
        cursor.next()
        cursor.enter()
        right = _expression(cursor, known[0] + 1)
        cursor.leave()
        left = Binary(known[1], left, right)


def _unary(cursor: Cursor) -> Expr:
    token = cursor.token
    if cursor.at("-", "+", "not"):
        cursor.next()
        cursor.enter()
        inner = _unary(cursor)
        cursor.leave()
        if token.text == "not":
            return Unary("not", inner)
        if token.text == "+":
            return inner
        return Number(-inner.value) if isinstance(inner, Number) else Unary("-", inner)
    base = _primary(cursor)
    if cursor.accept("^"):
        cursor.enter()
        base = Binary("^", base, _unary(cursor))
        cursor.leave()
    return base


def _primary(cursor: Cursor) -> Expr:
    token = cursor.token
    if token.kind == "number":
        cursor.next()
        return Number(float(token.text))
    if cursor.accept("if"):
        cursor.enter()
        condition = _expression(cursor, 0)
        if not cursor.accept("then"):
            raise cursor.fail("THEN")
        yes = _expression(cursor, 0)
        no: Expr = _expression(cursor, 0) if cursor.accept("else") else Number(0.0)
        cursor.leave()
        return Call("IF THEN ELSE", (condition, yes, no))
    if cursor.accept("("):
        cursor.enter()
        inner = _expression(cursor, 0)
        cursor.leave()
        cursor.expect(")", " that closes '('")
        return inner
    if token.kind in ("name", "quoted"):
        function = _function(cursor)
        if function:
            return Call(function, _arguments(cursor))
        subscripts = _subscripts(cursor) if cursor.at("[") else ()
        if subscripts and cursor.at("("):
            inner = _arguments(cursor)
            return Call("·lookup", (Ref(token.text, subscripts), *inner))
        return Ref(token.text, subscripts)
    if token.kind == "word" and token.text == "mod" and cursor.peek().text == "(":
        cursor.next()
        return Call("MOD", _arguments(cursor))
    if cursor.accept("mod"):  # a variable of that name
        return Ref("mod")
    raise cursor.fail("a number, a name, a call or '('")


def _function(cursor: Cursor) -> str:
    """Takes a name; the function that it calls, or nothing. Some writers keep Vensim's names with blanks."""
    words = [cursor.next().text]
    ahead = 0
    while cursor.peek(ahead).kind == "name" and len(words) < LONGEST_NAME:
        words.append(cursor.peek(ahead).text)
        ahead += 1
    if cursor.peek(ahead).text != "(" or (ahead and not is_function(spelled(" ".join(words)))):
        return ""
    for _ in range(ahead):
        cursor.next()
    return spelled(" ".join(words))


def _arguments(cursor: Cursor) -> tuple[Expr, ...]:
    cursor.expect("(")
    cursor.enter()
    found: list[Expr] = []
    while not cursor.at(")"):
        if cursor.at("*") and cursor.peek().text in (",", ")"):
            cursor.next()
            found.append(Ref(WILDCARD))
        else:
            found.append(_expression(cursor, 0))
        if not cursor.accept(","):
            break
    cursor.leave()
    cursor.expect(")", " or ',' in a call")
    return tuple(found)


def _until(cursor: Cursor, first: str) -> str:
    """`first:last`, where a range of elements or a subrange of all of them follows; else `first`."""
    if not cursor.accept(":"):
        return first
    if cursor.token.kind not in ("name", "quoted", "number"):
        raise cursor.fail("the end of a range of elements")
    return f"{first}:{cursor.next().text}"


def _subscripts(cursor: Cursor) -> tuple[Subscript, ...]:
    cursor.expect("[")
    cursor.enter()
    found: list[Subscript] = []
    while True:
        if cursor.at("*") and cursor.peek().text in (",", "]", ":"):
            cursor.next()
            found.append(Every(_until(cursor, WILDCARD)))
        elif cursor.token.kind in ("name", "quoted", "number") and cursor.peek().text == ":":
            found.append(Every(_until(cursor, cursor.next().text)))
        elif cursor.token.kind in ("name", "quoted") and cursor.peek().text in (",", "]"):
            found.append(Name(cursor.next().text))
        else:
            found.append(Position(_expression(cursor, 0)))
            if cursor.at(":"):
                raise SyntaxProblem(cursor.token.at, "a computed range in a subscript", unsupported=True)
        if not cursor.accept(","):
            break
    cursor.leave()
    cursor.expect("]", " or ',' after a subscript")
    return tuple(found)
