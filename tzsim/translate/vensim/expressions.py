"""Right-hand sides of Vensim: a precedence parser over the tokens of one equation.

From weak to strong: `:OR:`, `:AND:`, `:NOT:`, comparisons, `+ -`, `* /`, signs, `^`. `^` runs from right to left and an
exponent may carry a sign: `-a^2` is -(a^2), `2^-2^-3` is 2^(-(2^(-3))) (test-models arithmetics, printed by Vensim); the
other rows run from left to right.
`:NOT: a > b` negates the comparison, since Vensim allows no comparison of a truth with a number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from tzsim.ir.expr import (
    NA,
    Binary,
    BinaryOp,
    Call,
    Every,
    Expr,
    Lookup,
    Name,
    Number,
    Position,
    Ref,
    Subscript,
    Table,
    TableMode,
    Text,
    Unary,
)
from tzsim.names import key
from tzsim.translate.syntax import MAX_ELEMENTS, Cursor, SyntaxProblem, Token, check_depth
from tzsim.translate.vensim import functions

_BINARY: dict[str, tuple[int, BinaryOp]] = {
    ":OR:": (1, "or"),
    ":AND:": (2, "and"),
    "=": (4, "="),
    "<>": (4, "<>"),
    "<": (4, "<"),
    "<=": (4, "<="),
    ">": (4, ">"),
    ">=": (4, ">="),
    "+": (5, "+"),
    "-": (5, "-"),
    "*": (6, "*"),
    "/": (6, "/"),
}
_NOT_LEVEL = 3
DataMode: TypeAlias = TableMode | Literal["raw"]
MODES: dict[str, DataMode] = {
    ":EXTRAPOLATE:": "extrapolate",
    ":STEP:": "step",
    ":LOOK FORWARD:": "forward",
    ":HOLD BACKWARD:": "backward",
    ":RAW:": "raw",
}


@dataclass(slots=True)
class Dialect:
    """What the parser must know of the file: which names are macros, and where references were seen."""

    macros: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()
    macro_call: Callable[[str, tuple[Expr, ...], int, tuple[str, ...]], Expr] | None = None
    references: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])


def parse_expression(cursor: Cursor, dialect: Dialect, least: int = 0) -> Expr:
    """One expression; operators weaker than `least` are left to the caller."""
    if cursor.at(":NOT:"):
        cursor.next()
        cursor.enter()
        left: Expr = Unary("not", parse_expression(cursor, dialect, _NOT_LEVEL))
        cursor.leave()
    else:
        left = _signed(cursor, dialect)
    while True:
        token = cursor.token
        known = _BINARY.get(token.text) if token.kind in ("op", "word") else None
        if known is None or known[0] < least:
            return left
        cursor.next()
        cursor.enter()
        right = parse_expression(cursor, dialect, known[0] + 1)
        cursor.leave()
        left = Binary(known[1], left, right)


def _signed(cursor: Cursor, dialect: Dialect) -> Expr:
    minus = False
    signs = 0
    while cursor.at("-", "+"):
        minus ^= cursor.next().text == "-"
        signs += 1
    inner = _primary(cursor, dialect)
    if cursor.at("^"):
        cursor.next()
        cursor.enter()
        inner = Binary("^", inner, _signed(cursor, dialect))
        cursor.leave()
    if not minus:
        return inner
    return Number(-inner.value) if isinstance(inner, Number) else Unary("-", inner)


def _primary(cursor: Cursor, dialect: Dialect) -> Expr:
    token = cursor.token
    if token.kind == "number":
        cursor.next()
        return Number(float(token.text))
    if token.kind == "text":
        cursor.next()
        return Text(token.text)
    if token.text == ":NA:" and token.kind == "word":
        cursor.next()
        return Number(NA)
    if token.text == ":NOT:" and token.kind == "word":
        cursor.next()
        cursor.enter()
        inner = parse_expression(cursor, dialect, _NOT_LEVEL)
        cursor.leave()
        return Unary("not", inner)
    if cursor.at("("):
        cursor.next()
        cursor.enter()
        inner = parse_expression(cursor, dialect)
        cursor.leave()
        cursor.expect(")", " that closes '('")
        return inner
    if token.kind in ("name", "quoted"):
        return _named(cursor, dialect)
    raise cursor.fail("a number, a name, a call or '('")


def _named(cursor: Cursor, dialect: Dialect) -> Expr:
    token = cursor.next()
    subscripts = parse_subscripts(cursor, dialect) if cursor.at("[") else ()
    if not cursor.at("("):
        dialect.references.append((token.text, token.at))
        return Ref(token.text, subscripts)
    upper = functions.spelled(token.text)
    if token.kind == "name" and not subscripts:
        if key(token.text) in dialect.macros:
            return _macro(cursor, dialect, token)
        if functions.is_function(upper) and key(token.text) not in dialect.variables:
            return _call(cursor, dialect, token, upper)
    if not subscripts and key(token.text) not in dialect.variables:
        raise SyntaxProblem(token.at, f"'{token.text}' is not a function that tzsim knows", unsupported=True)
    cursor.expect("(")
    cursor.enter()
    argument = parse_expression(cursor, dialect)
    cursor.leave()
    cursor.expect(")", " after the argument of a lookup")
    dialect.references.append((token.text, token.at))
    return Lookup(Ref(token.text, subscripts), argument)


def _arguments(cursor: Cursor, dialect: Dialect) -> tuple[Expr, ...]:
    cursor.expect("(")
    cursor.enter()
    found: list[Expr] = []
    while not cursor.at(")"):
        if cursor.at(","):  # an argument left empty
            raise cursor.fail("an argument")
        found.append(parse_expression(cursor, dialect))
        if not cursor.accept(","):
            break
    cursor.leave()
    cursor.expect(")", " or ',' in a call")
    return tuple(found)


def _macro(cursor: Cursor, dialect: Dialect, token: Token) -> Expr:
    """`NAME(inputs)` or `NAME(inputs : names for its further outputs)`."""
    cursor.expect("(")
    cursor.enter()
    found: list[Expr] = []
    outputs: list[str] = []
    while not cursor.at(")", ":"):
        found.append(parse_expression(cursor, dialect))
        if not cursor.accept(","):
            break
    if cursor.accept(":"):
        while cursor.token.kind in ("name", "quoted"):
            outputs.append(cursor.next().text)
            if not cursor.accept(","):
                break
    cursor.leave()
    cursor.expect(")", " or ',' in a macro call")
    arguments = tuple(found)
    if dialect.macro_call is None:
        raise SyntaxProblem(token.at, f"macro '{token.text}' cannot be called here", unsupported=True)
    return dialect.macro_call(token.text, arguments, token.at, tuple(outputs))


def _call(cursor: Cursor, dialect: Dialect, token: Token, name: str) -> Expr:
    if name in functions.UNSUPPORTED:
        raise SyntaxProblem(token.at, f"{name}: {functions.UNSUPPORTED[name]}", unsupported=True)
    if name == "TABBED ARRAY":
        raise SyntaxProblem(token.at, "TABBED ARRAY may only be a whole right-hand side")
    if name in functions.EXTERNAL:
        raise SyntaxProblem(token.at, f"{name} may only be a whole right-hand side")
    if name in functions.TABLE_FUNCTIONS:
        return _table_call(cursor, dialect, token, name)
    if name == "DATA":
        cursor.expect("(")
        table = parse_table(cursor)
        cursor.expect(")")
        return Call("DATA", (table,))
    if name == "ELMCOUNT":
        cursor.expect("(")
        ranged = cursor.next()
        cursor.expect(")")
        return Call("ELMCOUNT", (Ref(ranged.text),))
    arguments = _arguments(cursor, dialect)
    made = functions.build(name, arguments)
    if isinstance(made, str):
        raise SyntaxProblem(token.at, made)
    return made


def _table_call(cursor: Cursor, dialect: Dialect, token: Token, name: str) -> Expr:
    """WITH LOOKUP(x, (points)) and LOOKUP FORWARD(table, x) and its sisters."""
    cursor.expect("(")
    cursor.enter()
    if name == "WITH LOOKUP":
        argument = parse_expression(cursor, dialect)
        cursor.expect(",", " before the points of WITH LOOKUP")
        table: Expr = parse_table(cursor) if _starts_table(cursor) else parse_expression(cursor, dialect)
        cursor.leave()
        cursor.expect(")", " that closes WITH LOOKUP")
        if not isinstance(table, (Table, Ref)):
            raise SyntaxProblem(token.at, "the second argument of WITH LOOKUP must be a list of points")
        return Lookup(table, argument)
    first: Expr = parse_table(cursor) if _starts_table(cursor) else parse_expression(cursor, dialect)
    cursor.expect(",", f" after the table of {name}")
    argument = parse_expression(cursor, dialect)
    cursor.leave()
    if cursor.at(","):
        raise SyntaxProblem(token.at, f"{name} with more than two arguments", unsupported=True)
    cursor.expect(")", f" that closes {name}")
    made = functions.build(name, (first, argument))
    if isinstance(made, str):
        raise SyntaxProblem(token.at, made, unsupported=True)
    return made


def _starts_table(cursor: Cursor) -> bool:
    return (
        cursor.at("(")
        and cursor.peek().text in ("[", "(")
        and (
            cursor.peek().text == "["
            or ((cursor.peek(2).kind == "number" or cursor.peek(2).text in "+-") and _pair(cursor))
        )
    ) or (cursor.token.kind == "word" and cursor.token.text in MODES)


def _pair(cursor: Cursor) -> bool:
    """Whether '((' is followed by 'number ,'."""
    ahead = 2
    while cursor.peek(ahead).text in ("+", "-"):
        ahead += 1
    return cursor.peek(ahead).kind == "number" and cursor.peek(ahead + 1).text == ","


def parse_number(cursor: Cursor) -> float:
    sign = 1.0
    while cursor.at("-", "+"):
        sign = -sign if cursor.next().text == "-" else sign
    if cursor.at(":NA:"):
        cursor.next()
        return NA
    if cursor.token.kind != "number":
        raise cursor.fail("a number")
    return sign * float(cursor.next().text)


def parse_table(cursor: Cursor) -> Table:
    """`( [(xmin,ymin)-(xmax,ymax), reference points] , (x,y), ... )`, or the old form `(x1,...,xn,y1,...,yn)`.

    The bracket is only for drawing. Points are sorted by x as Vensim does; of equal x both are kept.
    """
    mode: DataMode = "interpolate"
    if cursor.token.kind == "word" and cursor.token.text in MODES:
        mode = MODES[cursor.next().text]
    opening = cursor.expect("(", " before the points of a lookup")
    if cursor.accept("["):
        while not cursor.at("]"):
            if cursor.token.kind == "end":
                raise cursor.fail("']'")
            cursor.next()
        cursor.next()
        cursor.accept(",")
    points: list[tuple[float, float]] = []
    if cursor.at("("):
        while cursor.accept("("):
            x = parse_number(cursor)
            cursor.expect(",", " between x and y of a point")
            y = parse_number(cursor)
            cursor.expect(")", " after a point")
            points.append((x, y))
            if not cursor.accept(","):
                break
    else:
        flat: list[float] = []
        while not cursor.at(")"):
            flat.append(parse_number(cursor))
            if not cursor.accept(","):
                break
        half = len(flat) // 2
        if len(flat) % 2:
            raise SyntaxProblem(opening.at, f"a lookup needs as many x as y, found {len(flat)} numbers")
        points = list(zip(flat[:half], flat[half:], strict=True))
    cursor.expect(")", " after the points of a lookup")
    if not points:
        raise SyntaxProblem(opening.at, "a lookup without points")
    return make_table(points, mode)


def make_table(points: list[tuple[float, float]], mode: DataMode = "interpolate") -> Table:
    """A table of points in the order of x. `:RAW:` data have a value at their own times and :NA: at all others; they
    become steps that begin and end a millionth beside each point."""
    if any(points[i][0] > points[i + 1][0] for i in range(len(points) - 1)):
        points = sorted(points, key=lambda p: p[0])
    if mode == "raw":
        xs, ys = [-1e300], [NA]
        for x, y in points:
            width = 1e-6 * max(1.0, abs(x))
            xs.extend((x - width, x + width))
            ys.extend((y, NA))
        return Table(tuple(xs), tuple(ys), "step")
    return Table(tuple(p[0] for p in points), tuple(p[1] for p in points), mode)


def parse_subscripts(cursor: Cursor, dialect: Dialect) -> tuple[Subscript, ...]:
    """`[A1, DimB, DimC!]`; a `=` begins a computed position (our own spelling, for the printer)."""
    cursor.expect("[")
    found: list[Subscript] = []
    while True:
        token = cursor.token
        if token.kind in ("name", "quoted"):
            cursor.next()
            found.append(Every(token.text) if cursor.accept("!") else Name(token.text))
        elif token.kind == "number":
            cursor.next()
            found.append(Name(token.text))
        elif cursor.accept("="):
            found.append(Position(parse_expression(cursor, dialect)))
        else:
            raise cursor.fail("a subscript")
        if not cursor.accept(","):
            break
    cursor.expect("]", " or ',' after a subscript")
    return tuple(found)


def parse_array(cursor: Cursor, first: Expr, at: int) -> list[list[float]]:
    """The rows of `1,2;3,4;` after its first number was read as an expression."""
    if not isinstance(first, Number):
        raise SyntaxProblem(at, "a list of constants may hold only numbers")
    rows: list[list[float]] = [[first.value]]
    count = 1
    while token := cursor.accept(",", ";"):
        if cursor.token.kind == "end":
            break
        if token.text == ";":
            rows.append([])
        rows[-1].append(parse_number(cursor))
        count += 1
        if count > MAX_ELEMENTS:
            raise SyntaxProblem(at, f"more than {MAX_ELEMENTS:,} numbers in one list")
    return rows


def parse_tabbed(cursor: Cursor) -> list[float]:
    """`TABBED ARRAY( 1 2 3 \\n 4 5 6 )`."""
    cursor.next()
    cursor.expect("(")
    values: list[float] = []
    while not cursor.at(")"):
        values.append(parse_number(cursor))
        cursor.accept(",")
    cursor.expect(")")
    return values


def finished(cursor: Cursor, expr: Expr, at: int) -> Expr:
    """The expression, once nothing but the end is left."""
    if cursor.token.kind != "end":
        token = cursor.token
        what = "an operator or the end of the equation"
        if token.kind in ("name", "quoted", "number"):
            what = "an operator before it"
        raise SyntaxProblem(token.at, f"expected {what}, found '{token.text}'")
    return check_depth(expr, at)
