"""Names and units written in files, bound to a model: which elements a reference means, and in what unit they are."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from functools import cached_property
from itertools import product

from tzsim.clock import CALENDAR, Clock, clock_of
from tzsim.errors import both, in_chinese, nearest
from tzsim.ir.expr import Array, Binary, Call, Expr, Number, Table, Unary
from tzsim.ir.model import Model, Variable
from tzsim.names import element, key, split_element
from tzsim.units import ONE, Unit, UnitError, parse_unit


class BindingError(ValueError):
    """A reference does not fit the model; `hint` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Names:
    """What a model's variables, elements and constants are called."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._units: dict[str, Unit] = {}

    @cached_property
    def _displayed(self) -> list[str]:
        return [v.name for v in self.model.variables.values()]

    def variable(self, name: str) -> Variable:
        """The variable of this name. Raises BindingError with the nearest one."""
        found = self.model.variables.get(key(name))
        if found is None:
            raise BindingError(
                both(f"模型中没有变量“{name}”", f"the model has no variable '{name}'"),
                nearest(name, self._displayed),
            )
        return found

    def dimensions(self, variable: Variable) -> tuple[tuple[str, ...], ...]:
        """The elements along each subscript of a variable; () for a scalar."""
        count = max((len(e.subscripts) for e in variable.equations), default=0)
        along: list[tuple[str, ...]] = []
        for axis in range(count):
            seen: dict[str, str] = {}
            for equation in variable.equations:
                if axis < len(equation.subscripts):
                    for name in self._expanded(equation.subscripts[axis]):
                        seen.setdefault(key(name), name)
            along.append(self._in_order(seen))
        return tuple(along)

    def _expanded(self, subscript: str) -> tuple[str, ...]:
        found = self.model.subscripts.get(key(subscript))
        return found.elements if found is not None else (subscript,)

    def _in_order(self, seen: dict[str, str]) -> tuple[str, ...]:
        """In the order of the smallest range that holds them all, else as first met."""
        holding = [r for r in self.model.subscripts.values() if seen.keys() <= {key(e) for e in r.elements}]
        if not holding:
            return tuple(seen.values())
        family = min(holding, key=lambda r: len(r.elements))
        return tuple(e for e in family.elements if key(e) in seen)

    def elements(self, reference: str, *, bare: bool = False) -> tuple[str, ...]:
        """Element names meant by `x`, `x[chemicals]`, `x[Cluster]` or `x[*]`, as the model displays them.

        bare: whether the name of an array alone means all its elements. Raises BindingError.
        """
        try:
            name, subscripts = split_element(reference)
        except ValueError:
            raise BindingError(
                both(f"“{reference}”不是变量名", f"'{reference}' is not a variable name"),
                both("例如 revenue[chemicals]", "e.g. revenue[chemicals]"),
            ) from None
        variable = self.variable(name)
        axes = self.dimensions(variable)
        if not axes:
            if subscripts:
                raise BindingError(
                    both(f"“{variable.name}”不带下标", f"'{variable.name}' has no subscripts"),
                    both(f"写 {variable.name}", f"write {variable.name}"),
                )
            return (variable.name,)
        if not subscripts:
            if bare:
                return tuple(element(variable.name, s) for s in product(*axes))
            total = element(variable.name, ("*",) * len(axes))
            single = element(variable.name, tuple(a[0] for a in axes))
            raise BindingError(
                both(
                    f"“{variable.name}”有 {len(axes)} 个下标",
                    f"'{variable.name}' has {len(axes)} subscript{'s' if len(axes) > 1 else ''}",
                ),
                both(f"合计写 {total}，单项写如 {single}", f"write {total} for the sum, or e.g. {single}"),
            )
        if len(subscripts) != len(axes):
            raise BindingError(
                both(
                    f"“{variable.name}”有 {len(axes)} 个下标，而不是 {len(subscripts)} 个",
                    f"'{variable.name}' has {len(axes)} subscripts, not {len(subscripts)}",
                )
            )
        chosen = [self._along(variable, s, a) for s, a in zip(subscripts, axes, strict=True)]
        return tuple(element(variable.name, s) for s in product(*chosen))

    def _along(self, variable: Variable, subscript: str, axis: tuple[str, ...]) -> tuple[str, ...]:
        if subscript == "*":
            return axis
        by_id = {key(e): e for e in axis}
        if key(subscript) in by_id:
            return (by_id[key(subscript)],)
        span = self.model.subscripts.get(key(subscript))
        if span is not None:
            inside = tuple(by_id[key(e)] for e in span.elements if key(e) in by_id)
            if len(inside) == len(span.elements):
                return inside
        listed = f"{', '.join(axis[:8])}{', …' if len(axis) > 8 else ''}"
        raise BindingError(
            both(
                f"“{variable.name}”没有元素“{subscript}”", f"'{variable.name}' has no element '{subscript}'"
            ),
            nearest(subscript, axis) or both(f"元素有：{listed}", f"elements: {listed}"),
        )

    def constants(self, reference: str) -> tuple[str, ...]:
        """As `elements` (bare names allowed), for constants only. Raises BindingError on a variable that is calculated."""
        names = self.elements(reference, bare=True)
        variable = self.variable(split_element(names[0])[0])
        for equation in variable.equations:
            if not is_number(equation.expression):
                what = _nature(equation.expression)
                line = equation.address.line
                raise BindingError(
                    both(
                        f"“{variable.name}”是{in_chinese(what)}"
                        + (f"（第{line}行）" if line else "")
                        + "，不是常数",
                        f"'{variable.name}' is {what}"
                        + (f" (line {line})" if line else "")
                        + ", not a constant",
                    ),
                    both(
                        "只有模型的常数可以从外面设定", "only constants of the model can be set from outside"
                    ),
                )
        return names

    def value(self, name: str) -> float:
        """The model's own value of a constant element (NaN where it cannot be told)."""
        display, subscripts = split_element(name)
        variable = self.variable(display)
        best, rank = float("nan"), -1
        for equation in variable.equations:
            value = self._value_in(equation.subscripts, equation.expression, subscripts)
            exact = sum(key(s) == key(e) for s, e in zip(equation.subscripts, subscripts, strict=False))
            if value is not None and exact > rank:
                best, rank = value, exact
        return best

    def _value_in(self, left: tuple[str, ...], expression: Expr, wanted: Sequence[str]) -> float | None:
        index = 0
        for subscript, name in zip(left, wanted, strict=False):
            along = [key(e) for e in self._expanded(subscript)]
            if key(name) not in along:
                return None
            index = index * len(along) + along.index(key(name))
        if isinstance(expression, Array):
            size = len(expression.values)
            if size == 0:
                return None
            return expression.values[index] if index < size else None
        return _number(expression)

    def unit(self, name: str) -> Unit:
        """Unit of the variable that `name` (an element or variable) belongs to. Raises BindingError."""
        display = split_element(name)[0]
        id = key(display)
        if id not in self._units:
            variable = self.variable(display)
            try:
                self._units[id] = parse_unit(variable.unit, own=True) if variable.unit.strip() else ONE
            except UnitError as error:
                raise BindingError(
                    both(
                        f"“{variable.name}”的单位无法识别：{in_chinese(error)}",
                        f"the unit of '{variable.name}' cannot be read: {error}",
                    ),
                    error.hint,
                ) from None
        return self._units[id]

    def states_no_unit(self, name: str) -> bool:
        """Whether the variable that `name` belongs to is written without a unit, which is not the same as the unit 1."""
        return not self.variable(split_element(name)[0]).unit.strip()

    @cached_property
    def unit_words(self) -> frozenset[str]:
        """The dimensions in which the model's variables are measured."""
        found: set[str] = set()
        for text in {v.unit for v in self.model.variables.values() if v.unit.strip()}:
            with contextlib.suppress(UnitError):
                found.update(d for d, _ in parse_unit(text, own=True).powers)
        return frozenset(found)

    def control(self, name: str) -> float | None:
        """Value of INITIAL TIME, FINAL TIME, TIME STEP where it is a plain number."""
        variable = self.model.variables.get(key(name))
        return (
            None
            if variable is None or not variable.equations
            else _quotient(variable.equations[0].expression)
        )

    @property
    def time_unit(self) -> Unit:
        """The model's unit of time; a year where none is stated."""
        return parse_unit(self._time_unit or "Year", own=True)

    @property
    def _time_unit(self) -> str:
        initial = self.model.variables.get("initial_time")
        return self.model.time_unit or (initial.unit if initial is not None else "")

    def clock(self, horizon: float | None = None) -> Clock:
        """The model's clock up to the horizon (FINAL TIME where None); a calendar where its times are no plain numbers."""
        start, end = self.control("INITIAL TIME"), self.control("FINAL TIME")
        if start is None or end is None:
            return CALENDAR
        last = end if horizon is None else horizon
        return clock_of(self._time_unit, start, last, self.control("TIME STEP") or 0.0)


def is_number(expression: Expr) -> bool:
    """Whether an equation is a plain number or an array of them."""
    return isinstance(expression, Array) or _number(expression) is not None


def _number(expression: Expr) -> float | None:
    if isinstance(expression, Number):
        return expression.value
    if isinstance(expression, Unary) and expression.op == "-":
        inner = _number(expression.argument)
        return None if inner is None else -inner
    return None


def _quotient(expression: Expr) -> float | None:
    """As `_number`, and `1/32`, which a time step may be written as."""
    if isinstance(expression, Binary) and expression.op == "/":
        over, under = _number(expression.left), _number(expression.right)
        return over / under if over is not None and under else None
    return _number(expression)


def _nature(expression: Expr) -> str:
    if isinstance(expression, Table):
        return both("查表函数", "a lookup table")
    if isinstance(expression, Call) and expression.function == "INTEG":
        return both("存量", "a stock")
    if isinstance(expression, Call) and expression.function == "DATA":
        return both("数据序列", "a data series")
    return both("由方程计算的量", "calculated by an equation")
