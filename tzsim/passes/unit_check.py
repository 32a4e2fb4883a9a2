"""Units of every equation: wrong dimension, missing unit, wrong scale. A check of the model as written; nothing is rewritten.

Rules. A literal number is a plain number in products, quotients and functions; beside `+`, `-`, a comparison or MIN/MAX only the
literal 0 goes with any unit. A variable that is a literal (or an array or table of them) takes its declared unit. The
result of a table is in the unit declared for it, its argument is free. Exponents are plain numbers; a unit is raised only to a
literal power. Delays, smooths and the like ask for a time where a time is meant. Scale counts: million m3 is not m3.
A division of two quantities in different scales of one dimension keeps the scale (kWh/MWh is 0.001, not 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from tzsim.errors import Problem, nearest
from tzsim.ir.expr import Array, Binary, Call, Every, Expr, Lookup, Number, Position, Ref, Table, Text, Unary
from tzsim.ir.functions import FUNCTIONS
from tzsim.ir.model import Equation, Model, Variable
from tzsim.names import key
from tzsim.units import ONE, Unit, UnitError, parse_unit

Found: TypeAlias = Unit | None
"""The unit of an expression; None where any unit goes (zero, tables, what has been reported already)."""

_SAME = {
    "ABS", "INTEGER", "FLOOR", "CEILING", "ROUND", "INITIAL", "SUM", "VMIN", "VMAX", "MEAN", "STDDEV", "VECTOR REORDER",
}  # fmt: skip
_PLAIN = {
    "EXP", "LN", "SIN", "COS", "TAN", "ARCSIN", "ARCCOS", "ARCTAN", "SINH", "COSH", "TANH", "GAMMA LN",
}  # fmt: skip
_ALIKE = {"MIN", "MAX", "MODULO", "FLOORMOD", "QUANTUM"}
_COUNT = {"ELMCOUNT", "SIZE", "VECTOR SORT ORDER", "VECTOR RANK", "SIGN", "PI"}
_TIMED: dict[str, tuple[int, ...]] = {
    "SMOOTH": (1,), "SMOOTHI": (1,), "SMOOTH3": (1,), "SMOOTH3I": (1,), "SMOOTH N": (1,), "DELAY1": (1,), "DELAY1I": (1,),
    "DELAY3": (1,), "DELAY3I": (1,), "DELAY N": (1,), "DELAY FIXED": (1,), "DELAY INFORMATION": (1,), "DELAY MATERIAL": (1,),
    "STEP": (1,), "FORECAST": (1, 2),
}  # fmt: skip
"""Functions whose value is in the unit of their first argument, and where they take a time."""
_INITIAL = {
    "SMOOTHI": 2, "SMOOTH3I": 2, "SMOOTH N": 2, "DELAY1I": 2, "DELAY3I": 2, "DELAY N": 2, "DELAY FIXED": 2,
    "DELAY INFORMATION": 2, "DELAY MATERIAL": 2,
}  # fmt: skip
"""Where these take an initial value in the unit of their first argument."""


def check_units(model: Model) -> list[Problem]:
    """Every problem of units in the model, in file order; empty when all equations agree.

    Units that `tzsim.units` does not know are dimensions of their own. Each Problem stands at its equation and quotes the part
    that does not fit.
    """
    return _Check(model).problems()


def units_of(model: Model, expressions: Sequence[Expr]) -> list[tuple[Found, list[Problem]]]:
    """The unit of each expression about a model (None where any goes), and what does not fit in it."""
    check = _Check(model)
    check.declare()
    found: list[tuple[Found, list[Problem]]] = []
    for expression in expressions:
        check.found = []
        check.here = (Variable(_said(expression), ()), Equation((), expression))
        found.append((check.unit(expression), check.found))
    return found


class _Check:
    def __init__(self, model: Model) -> None:
        self.model = model
        self.found: list[Problem] = []
        self.units: dict[str, Found] = {}
        self.here: tuple[Variable, Equation] | None = None
        self.time: Unit = ONE

    def declare(self) -> None:
        """Take note of every declared unit, and of the unit of time."""
        for id, variable in self.model.variables.items():
            self.units[id] = self._declared(variable)
        initial = self.units.get("initial_time")
        if self.model.time_unit.strip():
            self.time = parse_unit(self.model.time_unit, own=True)
        elif initial is not None:
            self.time = initial

    def problems(self) -> list[Problem]:
        self.declare()
        for variable in self.model.variables.values():
            for equation in variable.equations:
                self.here = (variable, equation)
                self._equation(variable, equation)
        return self.found

    def _declared(self, variable: Variable) -> Found:
        text = variable.unit.strip()
        if not text:
            hint = "write its unit, or Dmnl for a plain number"
            self.found.append(Problem(variable.address, f"'{variable.name}' has no unit", hint))
            return None
        try:
            return parse_unit(text, own=True)
        except UnitError as error:
            self.found.append(Problem(variable.address, f"unit of '{variable.name}': {error}", error.hint))
            return None

    def _report(self, message: str, hint: str = "") -> None:
        assert self.here is not None
        variable, equation = self.here
        address = equation.address if equation.address.file else variable.address
        self.found.append(Problem(address, f"'{variable.name}': {message}", hint))

    def _equation(self, variable: Variable, equation: Equation) -> None:
        declared = self.units[variable.id]
        expression = equation.expression
        if isinstance(expression, Number | Array | Table):
            return
        if isinstance(expression, Unary) and isinstance(expression.argument, Number):
            return
        if isinstance(expression, Call) and expression.function == "DATA":
            return
        if isinstance(expression, Call) and expression.function == "INTEG":
            self._stock(variable, declared, expression)
            return
        given = self.unit(expression)
        if given is not None and declared is not None:
            self._compare(
                declared, given, f"declared in {variable.unit}, but its equation gives {shown_unit(given)}"
            )

    def _stock(self, variable: Variable, declared: Found, call: Call) -> None:
        flow, initial = self.unit(call.arguments[0]), self._number_or_unit(call.arguments[1])
        if declared is None:
            return
        if flow is not None:
            text = f"declared in {variable.unit}, but its flows add up to {shown_unit(flow * self.time)}"
            self._compare(declared, flow * self.time, text, "a flow is in the unit of the stock per time")
        if initial is not None:
            self._compare(
                declared, initial, f"declared in {variable.unit}, but starts from {shown_unit(initial)}"
            )

    def _number_or_unit(self, expression: Expr) -> Found:
        """As `unit`, but a literal takes any unit (initial values, heights of steps)."""
        literal = isinstance(expression, Number | Array) or (
            isinstance(expression, Unary) and isinstance(expression.argument, Number)
        )
        return None if literal else self.unit(expression)

    def _compare(self, wanted: Unit, given: Unit, message: str, hint: str = "") -> bool:
        if not wanted.same_dimension(given):
            self._report(f"{message} (dimensions {wanted.kind} and {given.kind})", hint)
            return False
        if not wanted.same_scale(given):
            times = given.factor / wanted.factor
            self._report(
                f"{message} (same dimension, scale differs by {times:g})", "a conversion factor is missing"
            )
            return False
        return True

    # --- expressions

    def unit(self, expression: Expr) -> Found:
        """The unit of an expression; None where any goes."""
        match expression:
            case Number(value):
                return None if value == 0 else ONE
            case Array() | Table() | Text():
                return None
            case Ref(name, subscripts):
                for s in subscripts:
                    if isinstance(s, Position):
                        self.unit(s.index)
                if key(name) == "time":
                    return self.time
                return self.units.get(key(name))
            case Unary(op, argument):
                inner = self.unit(argument)
                return ONE if op == "not" else inner
            case Binary():
                return self._binary(expression)
            case Lookup(table, argument):
                self.unit(argument)
                return self.units.get(key(table.name)) if isinstance(table, Ref) else None
            case Call():
                return self._call(expression)

    def _binary(self, node: Binary) -> Found:
        if node.op == "^":
            return self._power(node)
        left, right = self.unit(node.left), self.unit(node.right)
        if node.op in ("and", "or"):
            return ONE
        if node.op == "*":
            return None if left is None or right is None else left * right
        if node.op == "/":
            return None if left is None or right is None else left / right
        both = self._alike([node.left, node.right], [left, right], f"in '{_said(node)}'")
        return both if node.op in ("+", "-") else ONE

    def _power(self, node: Binary) -> Found:
        base, exponent = self.unit(node.left), self.unit(node.right)
        if exponent is not None and not _plain(exponent):
            self._report(
                f"the exponent in '{_said(node)}' is in {shown_unit(exponent)}",
                "an exponent is a plain number",
            )
        if base is None:
            return None
        power = _literal(node.right)
        if power is not None:
            return base**power
        if not _plain(base):
            text = f"'{_said(node)}' raises {shown_unit(base)} to a variable power"
            self._report(text, "divide the base by a reference value first")
            return None
        return ONE

    def _alike(self, parts: Sequence[Expr], units: Sequence[Found], where: str) -> Found:
        """The one unit of parts that are added or compared; each that differs is reported."""
        known = [(p, u) for p, u in zip(parts, units, strict=True) if u is not None]
        if not known:
            return None
        first, unit = known[0]
        for part, other in known[1:]:
            said = f"'{_said(first)}' is in {shown_unit(unit)} and '{_said(part)}' in {shown_unit(other)}, {where}"
            number = _literal(first) is not None or _literal(part) is not None
            hint = "give the number a name and a unit" if number else ""
            self._compare(unit, other, said, hint)
        return next((u for p, u in known if _literal(p) is None), unit)

    def _call(self, call: Call) -> Found:
        name, arguments = call.function, call.arguments
        units = [self.unit(a) for a in arguments]
        where = f"in {name}"
        if name in _SAME:
            return units[0]
        if name in _PLAIN:
            if units[0] is not None and not _plain(units[0]):
                text = f"{name} of '{_said(arguments[0])}' in {shown_unit(units[0])}"
                self._report(text, f"{name} takes a plain number: divide by a reference value first")
            return ONE
        if name in _COUNT:
            return ONE
        if name in _ALIKE:
            return self._alike(arguments, units, where)
        if name in _TIMED:
            for i in _TIMED[name]:
                self._timed(call, units, i)
            if name in _INITIAL and len(arguments) > _INITIAL[name]:
                i = _INITIAL[name]
                initial = self._number_or_unit(arguments[i])
                return self._alike([arguments[0], arguments[i]], [units[0], initial], where)
            return units[0]
        return self._special(call, units, where)

    def _timed(self, call: Call, units: Sequence[Found], i: int) -> None:
        if i < len(units) and units[i] is not None and _literal(call.arguments[i]) is None:
            unit = units[i]
            assert unit is not None
            self._compare(
                self.time, unit, f"'{_said(call.arguments[i])}' stands for a time in {call.function}"
            )

    def _special(self, call: Call, units: list[Found], where: str) -> Found:
        name, arguments = call.function, call.arguments
        if name == "IF THEN ELSE":
            return self._alike(arguments[1:], units[1:], where)
        if name in ("ACTIVE INITIAL", "PREVIOUS"):
            return self._alike(arguments, [units[0], self._number_or_unit(arguments[1])], where)
        if name == "SQRT":
            return None if units[0] is None else units[0] ** 0.5
        if name == "LOG":
            return ONE
        if name in ("XIDZ", "ZIDZ"):
            quotient = None if units[0] is None or units[1] is None else units[0] / units[1]
            if name == "ZIDZ" or quotient is None:
                return quotient
            other = self._number_or_unit(arguments[2])
            return self._alike([call, arguments[2]], [quotient, other], where)
        if name in ("RAMP", "PULSE", "PULSE TRAIN"):
            for i in range(1 if name == "RAMP" else 0, len(units)):
                self._timed(call, units, i)
            return ONE if name != "RAMP" else None if units[0] is None else units[0] * self.time
        if name == "PULSE MAGNITUDE":
            return None if units[0] is None else units[0] / self.time
        if name == "TREND":
            self._timed(call, units, 1)
            return ONE / self.time
        if name == "SAMPLE IF TRUE":
            return self._alike(arguments[1:], [units[1], self._number_or_unit(arguments[2])], where)
        if name == "NPV":
            return None if units[0] is None else units[0] * self.time
        if name == "DEPRECIATE STRAIGHTLINE":
            return units[0]
        if name in ("RANDOM UNIFORM", "RANDOM NORMAL"):
            count = 2 if name == "RANDOM UNIFORM" else 4
            return self._alike(arguments[:count], [self._number_or_unit(a) for a in arguments[:count]], where)
        if name in ("GET DATA BETWEEN TIMES", "LOOKUP FORWARD", "LOOKUP BACKWARD", "LOOKUP EXTRAPOLATE"):
            return units[0]
        if name == "ALLOCATE AVAILABLE":
            return self._alike([arguments[0], arguments[2]], [units[0], units[2]], where)
        if name in ("VECTOR SELECT", "VECTOR ELM MAP"):
            return units[1] if name == "VECTOR SELECT" else units[0]
        if name == "INVERT MATRIX":
            return None if units[0] is None else ONE / units[0]
        if name in ("GET DATA FIRST TIME", "GET DATA LAST TIME", "GET TIME VALUE"):
            return self.time
        if name not in FUNCTIONS:
            self._report(f"nothing is known of the units of {name}", nearest(name, FUNCTIONS))
        return None


def _plain(unit: Unit) -> bool:
    return unit.dimensionless and unit.same_scale(ONE)


def _literal(expression: Expr) -> float | None:
    if isinstance(expression, Number):
        return expression.value
    if isinstance(expression, Unary) and expression.op == "-" and isinstance(expression.argument, Number):
        return -expression.argument.value
    return None


def _said(expression: Expr) -> str:
    """The expression in a few words, for messages."""
    text = _spelled(expression)
    return text if len(text) <= 60 else text[:57] + "…"


def _spelled(expression: Expr) -> str:
    match expression:
        case Number(value):
            return f"{value:g}"
        case Text(value):
            return repr(value)
        case Ref(name, subscripts):
            inside = ",".join(
                "…" if isinstance(s, Position) else s.range + "!" if isinstance(s, Every) else s.name
                for s in subscripts
            )
            return f"{name}[{inside}]" if inside else name
        case Unary(op, argument):
            return f"{'-' if op == '-' else 'not '}{_spelled(argument)}"
        case Binary(op, left, right):
            sides = [f"({_spelled(x)})" if isinstance(x, Binary) else _spelled(x) for x in (left, right)]
            return f"{sides[0]}{op}{sides[1]}" if op in "*/^" else f"{sides[0]} {op} {sides[1]}"
        case Call(function, arguments):
            return f"{function}({', '.join(_spelled(a) for a in arguments)})"
        case Lookup(table, argument):
            return f"{table.name if isinstance(table, Ref) else 'table'}({_spelled(argument)})"
        case Table():
            return "table"
        case Array():
            return "array"


def shown_unit(unit: Unit) -> str:
    """A unit in words: as written where it was, else its dimension."""
    if unit.text:
        return unit.text
    return (
        "a plain number"
        if _plain(unit)
        else f"{unit.kind}" + ("" if unit.factor == 1 else f" (x{unit.factor:g})")
    )
