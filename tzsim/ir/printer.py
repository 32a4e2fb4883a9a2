"""A model as readable Vensim text, so that a person can open it after every pass.

What Vensim has no word for is written so that our reader takes it back: table modes and data tables by keywords before
the points, computed positions as `x[=i+1]`, canonical functions of other dialects by their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tzsim.ir.expr import (
    NA,
    Array,
    Binary,
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
    Text,
    Unary,
)
from tzsim.ir.model import Model, SubscriptRange, Variable
from tzsim.ir.one_namespace import subscripts_apart
from tzsim.names import key

_PLAIN = re.compile(
    r"^(?:[^\W\d]|[$`]|[^\x00-\x7f])(?:[\w$'&%#`?]|[^\x00-\x7f])*(?: (?:[\w$`]|[^\x00-\x7f])(?:[\w$'&%#`.?]|[^\x00-\x7f])*)*$"
)
_LEVEL = {
    "or": 1,
    "and": 2,
    "=": 4,
    "<>": 4,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "^": 8,
}
_SPELLED = {"or": ":OR:", "and": ":AND:"}
_NOT, _SIGN, _ATOM = 3, 7, 9
_MODE = {
    "interpolate": "",
    "extrapolate": ":EXTRAPOLATE:",
    "step": ":STEP:",
    "forward": ":LOOK FORWARD:",
    "backward": ":HOLD BACKWARD:",
}
# 4th number of settings line 15 of a .mdl file
METHOD_DIGIT = {"euler": "0", "rk4": "5", "heun": "4"}


def print_name(name: str) -> str:
    """A name as it stands in an equation, quoted where Vensim needs it."""
    if _PLAIN.match(name):
        return name
    escaped = re.sub(r'(?<!\\)"', '\\\\"', name)
    return f'"{escaped}"'


def print_number(value: float) -> str:
    """The shortest text that reads back as the same number."""
    if value == NA:
        return ":NA:"
    if value != value:
        raise ValueError("not-a-number cannot be written")
    if abs(value) == float("inf"):
        return "1e999" if value > 0 else "-1e999"
    if value == int(value) and abs(value) < 1e15:
        return str(int(value)) if value or str(value)[0] != "-" else "-0"
    return repr(value)


def print_expression(expr: Expr) -> str:
    """Vensim text of an expression, with the parentheses that its precedence needs and no others."""
    return _text(expr, 0)


def _text(expr: Expr, least: int) -> str:
    text, level = _parts(expr)
    return f"({text})" if level < least else text


def _parts(expr: Expr) -> tuple[str, int]:
    match expr:
        case Number(value):
            return print_number(value), _SIGN if value < 0 and value != NA else _ATOM
        case Text(value):
            return f"'{value}'", _ATOM
        case Ref(name, subscripts):
            return print_name(name) + _subscripts(subscripts), _ATOM
        case Unary("not", argument):
            return f":NOT: {_text(argument, _NOT)}", _NOT
        case Unary(_, argument):
            # a minus before a number is part of the number, so -(2) keeps its parentheses
            inner = f"({_text(argument, 0)})" if isinstance(argument, Number) else _text(argument, _SIGN + 1)
            return f"-{inner}", _SIGN
        case Binary("^", left, right):
            return f"{_text(left, 9)}^{_text(right, _SIGN)}", 8
        case Binary(op, left, right):
            level = _LEVEL[op]
            word = _SPELLED.get(op, op)
            space = " " if level < 6 else ""
            return f"{_text(left, level)}{space}{word}{space}{_text(right, level + 1)}", level
        case Call("DATA", (Table() as table,)):
            return f"DATA({_table(table)})", _ATOM
        case Call("+" | "*" as op, arguments):
            return f"({f' {op} '.join(_text(a, _LEVEL[op] + 1) for a in arguments)})", _ATOM
        case Call(function, arguments):
            return (
                f"{function}({', '.join(_text(a, 0) if not isinstance(a, Table) else _table(a) for a in arguments)})",
                _ATOM,
            )
        case Lookup(Table() as table, argument):
            return f"WITH LOOKUP({_text(argument, 0)}, {_table(table)})", _ATOM
        case Lookup(Ref() as table, argument):
            return f"{_text(table, 0)}({_text(argument, 0)})", _ATOM
        case Table():
            return _table(expr), _ATOM
        case Array():
            return _array(expr), 0
        case _:
            raise TypeError(f"not an expression: {expr!r}")


def _subscripts(subscripts: tuple[Subscript, ...]) -> str:
    if not subscripts:
        return ""
    return f"[{','.join(_subscript(s) for s in subscripts)}]"


def _subscript(subscript: Subscript) -> str:
    match subscript:
        case Name(name):
            return _range_name(name)
        case Every(name):
            return f"{print_name(name)}!"
        case Position(index):
            return f"={_text(index, 0)}"


def _range_name(name: str) -> str:
    """Elements may be bare numbers, which other names may not."""
    return name if name.isdigit() else print_name(name)


def _table(table: Table) -> str:
    points = ",".join(
        f"({print_number(x)},{print_number(y)})" for x, y in zip(table.xs, table.ys, strict=True)
    )
    return f"{_MODE[table.mode]}({points})"


def _array(array: Array) -> str:
    """Rows along the last dimension."""
    width = array.shape[-1] if array.shape else 1
    values = [print_number(v) for v in array.values]
    rows = [",".join(values[i : i + width]) for i in range(0, len(values), width)]
    return rows[0] if len(array.shape) < 2 else ";".join(rows) + ";"


def print_model(model: Model) -> str:
    """The whole model as the text of a .mdl file: equations, a diagram of each group, the settings line with the method.

    Subscripts that share their name with a variable get one of their own, as Vensim wants.
    """
    model = subscripts_apart(model)
    pieces = ["{UTF-8}"]
    pieces.extend(_range(r, model) for r in model.subscripts.values())
    group = ""
    for variable in _by_group(model.variables.values()):
        if variable.group != group:
            group = variable.group
            pieces.append(f"{'*' * 56}\n\t.{group or 'Ungrouped'}\n{'*' * 56}~\n\t\t|")
        pieces.append(_variable(variable))
    digit = METHOD_DIGIT[model.method]
    from tzsim.ir.sketch import END, SETTINGS, print_sketch

    return "\n\n".join(pieces) + f"\n\n{print_sketch(model)}\n{END}\n{SETTINGS}\n15:0,0,0,{digit},0,0\n"


def _by_group(variables: Iterable[Variable]) -> list[Variable]:
    """Variables of one group stand together, ungrouped ones first; otherwise the order is kept."""
    order: dict[str, list[Variable]] = {"": []}
    for variable in variables:
        order.setdefault(variable.group, []).append(variable)
    return [v for rows in order.values() for v in rows]


def _comment(text: str) -> str:
    """A comment without the marks that end it."""
    return text.replace("~", "-").replace("|", "/")


def _range(found: SubscriptRange, model: Model) -> str:
    mappings: list[str] = []
    for target, rows in found.mappings.items():
        known = model.subscripts.get(key(target))
        if known and rows == tuple((e,) for e in known.elements):  # one to one, in order
            mappings.append(print_name(target))
            continue
        entries = [
            f"({','.join(map(_range_name, row))})" if len(row) != 1 else _range_name(row[0]) for row in rows
        ]
        mappings.append(f"({print_name(target)}:{','.join(entries)})")
    arrow = f"\n\t-> {', '.join(mappings)}" if mappings else ""
    elements = ",".join(_range_name(e) for e in found.elements)
    return f"{print_name(found.name)}:\n\t{elements}{arrow}\n\t~\n\t~\t{_comment(found.comment)}\n\t|"


def _variable(variable: Variable) -> str:
    low, high = variable.limits
    limits = ""
    if low is not None or high is not None:
        bounds = ",".join("?" if b is None else print_number(b) for b in (low, high))
        limits = f" [{bounds}]"
    tail = f"\n\t~\t{variable.unit}{limits}\n\t~\t{_comment(variable.comment)}\n\t|"
    blocks: list[str] = []
    for equation in variable.equations:
        left = print_name(variable.name)
        if equation.subscripts:
            left += f"[{','.join(map(_range_name, equation.subscripts))}]"
        if equation.exceptions:
            left += ":EXCEPT:" + ",".join(f"[{','.join(map(_range_name, e))}]" for e in equation.exceptions)
        expr = equation.expression
        if isinstance(expr, Table):
            blocks.append(
                f"{left}{_table(expr)}" if expr.mode == "interpolate" else f"{left}=\n\t{_table(expr)}"
            )
        elif isinstance(expr, Call) and expr.function == "DATA":
            blocks.append(f"{left}:=\n\t{print_expression(expr)}")
        else:
            blocks.append(f"{left}=\n\t{print_expression(expr)}")
    return " ~~|\n".join(blocks) + tail


def same_content(one: Model, other: Model) -> bool:
    """Whether two models say the same, apart from names of files, addresses and the text of equations."""
    return _content(one) == _content(other)


def _content(model: Model) -> object:
    return (
        {
            identifier: (
                v.unit,
                " ".join(_comment(v.comment).split()),
                v.limits,
                v.group,
                [
                    (tuple(map(key, e.subscripts)), e.expression, {tuple(map(key, x)) for x in e.exceptions})
                    for e in v.equations
                ],
            )
            for identifier, v in model.variables.items()
        },
        {
            identifier: (r.elements, {key(k): tuple(m) for k, m in r.mappings.items()})
            for identifier, r in model.subscripts.items()
        },
        model.method,
    )
