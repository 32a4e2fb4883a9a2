"""From the expressions of a Model to functions without arguments that give a value now.

The state of a run (time, levels, values of this evaluation) is in `State`; an `Evaluator` binds every needed element of
the model to it. Values are computed when asked for and kept for the rest of the evaluation, so element-wise chains
`x[A1] -> y -> x[A2]` need no order; a value that needs itself is reported as the path that it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from tzsim.errors import InputError, Problem, Unsupported, nearest
from tzsim.ir.expr import (
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
from tzsim.ir.pure import BINARY
from tzsim.kernel import builtins_tables
from tzsim.kernel.builtins_state import Continuous, Discrete
from tzsim.kernel.layout import Cell, Layout, Slot
from tzsim.names import VarId, key
from tzsim.passes.arrays import most_read
from tzsim.passes.random_calls import number_random_calls

Value = Callable[[], float]
Bounds = tuple[tuple[VarId, VarId], ...]


@dataclass
class Levels:
    """A continuous function of one call site and its part of the level vector."""

    function: Continuous
    owner: str
    initial: list[float] | None = None
    begin: int = 0
    end: int = 0


@dataclass
class Memory:
    """A discrete function of one call site and its value during the present step."""

    function: Discrete
    started: bool = False
    value: float = 0.0
    known: bool = False


@dataclass
class State:
    """Where a run is. `stage` counts the evaluations of one step: 0 at its start."""

    step: float
    initial_time: float
    seed_key: int
    member: int
    time: float = 0.0
    step_time: float = 0.0
    k: int = 0
    stage: int = 0
    initialising: bool = True
    levels: list[float] = field(default_factory=list[float])
    shared: dict[int, Any] = field(default_factory=dict[int, Any])
    """Results that the elements of one vector call share, for this evaluation."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a subscript means where an expression stands, and which elements the expression uses."""

    slot: Slot
    bounds: Bounds
    running: Bounds
    needs: set[int]

    def bind(self, name: VarId, element_key: VarId) -> Scope:
        """The same with `name` standing for another element, the last of them where the left repeats the name."""
        bounds = list(self.bounds)
        places = [i for i, b in enumerate(bounds) if b[0] == name]
        if places:
            bounds[places[-1]] = (name, element_key)
        else:
            bounds.append((name, element_key))
        return replace(self, bounds=tuple(bounds))

    def run(self, bindings: Bounds) -> Scope:
        """The same inside a reducing call whose ranges stand at `bindings`."""
        names = {b[0] for b in bindings}
        return replace(self, running=(*(b for b in self.running if b[0] not in names), *bindings))


@dataclass(frozen=True, slots=True)
class Program:
    """One element: a value, or for a stock its net flow and initial value; and the elements that each needs."""

    value: Value
    needs: frozenset[int]
    net_flow: Value | None = None
    initial_needs: frozenset[int] = frozenset()


Compiler = Callable[["Evaluator", Call, Scope], Value]


class Evaluator:
    """Binds a layout to a state. `fixed` gives elements a value in place of their equation (constants of the caller).

    `compile_call` makes the value of a function call; it is a parameter so that this file holds the language and the
    file of the functions holds the functions.
    """

    def __init__(
        self, layout: Layout, state: State, fixed: Mapping[int, Value], compile_call: Compiler
    ) -> None:
        self.layout = layout
        self.state = state
        self.fixed = fixed
        self.compile_call = compile_call
        self.values: list[float | None] = [None] * len(layout.slots)
        self.programs: dict[int, Program] = {}
        self.stock_levels: dict[int, int] = {}
        self.continuous: list[Levels] = []
        self.discrete: list[Memory] = []
        self.starters: list[Value] = []
        self.groups: dict[Any, int] = {}
        self.read, self.most_read = 0, most_read(len(layout.slots))
        """Elements that equations read, counted once where they are bound."""
        self._busy: list[int] = []

    # ------------------------------------------------------------ elements

    def bind_all(self, numbers: Iterable[int]) -> set[int]:
        """Make the programs of these elements and of all that they need; raises every problem at once."""
        wanted, todo, problems = set(numbers), list(numbers), list[Problem]()
        unsupported = False
        while todo:
            number = todo.pop()
            if number in self.programs:
                continue
            try:
                program = self._program(self.layout.slots[number])
            except InputError as error:
                if self.read > self.most_read:
                    raise
                unsupported = unsupported or isinstance(error, Unsupported)
                problems += error.problems
                program = Program(lambda: 0.0, frozenset())
            self.programs[number] = program
            needed = program.needs | program.initial_needs
            todo += sorted(needed - wanted)
            wanted |= needed
        if problems:
            unique = sorted(dict.fromkeys(problems), key=lambda p: (str(p.address), p.message))
            raise Unsupported(unique) if unsupported else InputError(unique)
        return wanted

    def _program(self, slot: Slot) -> Program:
        needs: set[int] = set()
        scope = Scope(slot, slot.bounds, (), needs)
        if slot.number in self.fixed:
            return Program(self.fixed[slot.number], frozenset())
        expression = slot.equation.expression
        if isinstance(expression, Call) and expression.function == "INTEG":
            flow_needs: set[int] = set()
            numbered = number_random_calls(expression)
            assert isinstance(numbered, Call)
            if len(numbered.arguments) != 2:
                raise self.fault(scope, "INTEG takes a net flow and an initial value")
            flow = self.compile(numbered.arguments[0], replace(scope, needs=flow_needs))
            initial = self.compile(numbered.arguments[1], scope)
            return Program(initial, frozenset(flow_needs), flow, frozenset(needs))
        if isinstance(expression, Table):
            raise self.fault(scope, f"{slot.name!r} is a lookup table and has no value of its own")
        return Program(self.compile(number_random_calls(expression), scope), frozenset(needs))

    def get(self, slot: Slot, scope: Scope) -> Value:
        """The value of an element, computed at most once an evaluation."""
        scope.needs.add(slot.number)
        values, number, evaluate = self.values, slot.number, self.evaluate

        def value() -> float:
            v = values[number]
            return evaluate(number) if v is None else v

        return value

    def evaluate(self, number: int) -> float:
        """Compute and keep the value of an element; a stock's is its level, its initial value at the start."""
        if number in self._busy:
            raise self._cycle(number)
        self._busy.append(number)
        program = self.programs[number]
        if program.net_flow is not None and not self.state.initialising:
            value = self.state.levels[self.stock_levels[number]]
        else:
            value = program.value()
        self._busy.pop()
        self.values[number] = value
        return value

    def _cycle(self, number: int) -> InputError:
        path = [self.layout.slots[n] for n in [*self._busy[self._busy.index(number) :], number]]
        self._busy.clear()
        steps = " -> ".join(s.name for s in path)
        where = "".join(f"\n    {s.name}  {s.equation.address}" for s in path[:-1])
        what = (
            "initial values need each other"
            if self.state.initialising
            else "values need each other at the same time"
        )
        return InputError.one(
            f"{what}: {steps}", path[0].equation.address, f"put a stock or delay in the loop{where}"
        )

    def fault(self, scope: Scope, message: str, hint: str = "") -> InputError:
        """Something wrong in the equation of this scope."""
        return InputError.one(f"{scope.slot.variable.name!r}: {message}", scope.slot.equation.address, hint)

    def unsupported(self, scope: Scope, what: str) -> Unsupported:
        """A construct that is refused, named with its variable and equation."""
        text = " ".join(scope.slot.equation.text.split())
        message = f"{scope.slot.variable.name!r}: {what} is not supported" + (f" in: {text}" if text else "")
        return Unsupported([Problem(scope.slot.equation.address, message)])

    # ------------------------------------------------------------ expressions

    def compile(self, e: Expr, scope: Scope) -> Value:
        """The value of an expression. Raises InputError or Unsupported."""
        if isinstance(e, Number):
            constant = e.value
            return lambda: constant
        if isinstance(e, Ref):
            return self.reference(e, scope)
        if isinstance(e, Binary):
            return self._binary(e, scope)
        if isinstance(e, Unary):
            argument = self.compile(e.argument, scope)
            if e.op == "-":
                return lambda: -argument()
            return lambda: 1.0 if argument() == 0.0 else 0.0
        if isinstance(e, Call):
            return self.compile_call(self, e, scope)
        if isinstance(e, Lookup):
            table, x = self.table(e.table, scope), self.compile(e.argument, scope)
            read = builtins_tables.read
            return lambda: read(table, x())
        if isinstance(e, Array):
            constant = self._array_value(e, scope)
            return lambda: constant
        if isinstance(e, Text):
            raise self.fault(scope, f"the text {e.value!r} is not a number")
        raise self.fault(scope, "a lookup table stands where a number is needed")

    def _binary(self, e: Binary, scope: Scope) -> Value:
        left, right = self.compile(e.left, scope), self.compile(e.right, scope)
        if e.op == "+":
            return lambda: left() + right()
        if e.op == "-":
            return lambda: left() - right()
        if e.op == "*":
            return lambda: left() * right()
        if e.op == "and":  # the right side is left out where the left decides
            return lambda: 1.0 if left() != 0.0 and right() != 0.0 else 0.0
        if e.op == "or":
            return lambda: 1.0 if left() != 0.0 or right() != 0.0 else 0.0
        operate = BINARY[e.op]
        return lambda: operate(left(), right())

    def _array_value(self, e: Array, scope: Scope) -> float:
        """The constant of this element in a list of constants: row-major over the left-hand side."""
        place, size = 0, 1
        for written, (_, here) in zip(scope.slot.equation.subscripts, scope.slot.bounds, strict=True):
            part = self.layout.covered(written)
            place = place * len(part) + part.index(here)
            size *= len(part)
        if size != len(e.values):
            raise self.fault(scope, f"{len(e.values)} constants for {size} elements")
        return e.values[place]

    # ------------------------------------------------------------ references

    def reference(self, ref: Ref, scope: Scope) -> Value:
        """The value of `Time`, a variable's element, or a subscript used as a number."""
        name = key(ref.name)
        self.read += 1
        if self.read > self.most_read:
            raise self.unsupported(
                scope, f"reading more than {self.most_read:,} elements (in all equations so far)"
            )
        if name in self.layout.cells:
            if any(isinstance(s, Position) for s in ref.subscripts):
                return self._computed(ref, scope)
            return self.get(self.slot(ref, scope), scope)
        state = self.state
        if name == "time" and not ref.subscripts:
            return lambda: state.time
        if not ref.subscripts:
            position = self._subscript_number(name.removesuffix("!"), scope)
            if position is not None:
                number = float(position)
                return lambda: number
        known = [v.name for v in self.layout.model.variables.values()]
        raise self.fault(scope, f"no variable {ref.name!r}", nearest(ref.name, known))

    def _subscript_number(self, name: VarId, scope: Scope) -> int | None:
        """1-based place of a subscript in its family (Vensim Help, 'Subscript constants as numbers')."""
        if name in self.layout.ranges:
            running = dict(scope.running).get(name)
            here = running or self.layout.bound(name, 0, scope.bounds, None)
            return None if here is None else self.layout.family_position(here)
        return self.layout.family_position(name)

    def slot(self, ref: Ref, scope: Scope) -> Slot:
        """The element that a reference without computed subscripts means."""
        cells = self.layout.cells.get(key(ref.name))
        if cells is None:
            known = [v.name for v in self.layout.model.variables.values()]
            raise self.fault(scope, f"no variable {ref.name!r}", nearest(ref.name, known))
        cell = tuple(self._places(ref, scope, None))
        found = cells.get(cell)
        if found is None:
            raise self.fault(scope, f"{self.layout.display(ref.name, cell)!r} has no equation")
        return found

    def _places(self, ref: Ref, scope: Scope, computed: list[Value] | None) -> list[VarId]:
        """The element at each subscript of a reference; '' where it is computed (then `computed` gets the index)."""
        dims = self.layout.dimensions[key(ref.name)]
        if len(ref.subscripts) != len(dims):
            raise self.fault(scope, f"{ref.name!r} has {len(dims)} subscripts, not {len(ref.subscripts)}")
        seen: dict[VarId, int] = {}
        cell: list[VarId] = []
        for subscript, dim in zip(ref.subscripts, dims, strict=True):
            if isinstance(subscript, Position):
                assert computed is not None
                computed.append(self.compile(subscript.index, scope))
                cell.append("")
                continue
            name = key(subscript.name if isinstance(subscript, Name) else subscript.range)
            cell.append(self.element(subscript, dim, seen.get(name, 0), scope))
            seen[name] = seen.get(name, 0) + 1
        return cell

    def element(self, subscript: Subscript, dim: Cell, occurrence: int, scope: Scope) -> VarId:
        """The element that a written subscript means at a place whose elements are `dim`."""
        if isinstance(subscript, Every):
            name = key(subscript.range)
            running = [e for r, e in scope.running if r == name]
            if not running:
                raise self.fault(scope, f"{subscript.range!r}! runs outside a function over arrays")
            if running[-1] in dim:
                return running[-1]
            raise self.fault(
                scope, f"{self.layout.shown.get(running[-1], running[-1])!r} is not a subscript here"
            )
        assert isinstance(subscript, Name)
        name = key(subscript.name)
        if name in dim and name not in self.layout.ranges:
            return name
        if name in self.layout.ranges:
            try:
                found = self.layout.bound(name, occurrence, scope.bounds, dim)
            except InputError as error:
                raise self.fault(scope, error.problems[0].message) from None
            members = self.layout.ranges[name]
            if found is None and len(members) == 1:
                found = members[0]
            if found is not None:
                return found
            raise self.fault(scope, f"subscript {subscript.name!r} is not on the left-hand side")
        shown = [self.layout.shown.get(d, d) for d in dim]
        raise self.fault(scope, f"no subscript element {subscript.name!r}", nearest(subscript.name, shown))

    def _computed(self, ref: Ref, scope: Scope) -> Value:
        """A reference whose subscripts are computed positions; 0 outside (XMILE 1.0, section 3.7.1)."""
        dims, cells = self.layout.dimensions[key(ref.name)], self.layout.cells[key(ref.name)]
        indices: list[Value] = []
        places = self._places(ref, scope, indices)
        free = [d for d, place in enumerate(places) if place == ""]
        choices: dict[tuple[int, ...], Value] = {}
        for numbers in product(*(range(len(dims[d])) for d in free)):
            cell = list(places)
            for d, i in zip(free, numbers, strict=True):
                cell[d] = dims[d][i]
            if tuple(cell) in cells:
                choices[tuple(i + 1 for i in numbers)] = self.get(cells[tuple(cell)], scope)

        def value() -> float:
            at = [i() for i in indices]
            chosen = choices.get(tuple(int(i) if abs(i) < 1e9 else 0 for i in at))
            return 0.0 if chosen is None else chosen()

        return value

    def table(self, e: Expr, scope: Scope) -> Table:
        """The table that an argument of a lookup function means: literal, lookup variable or data variable."""
        if isinstance(e, Table):
            return e
        if isinstance(e, Ref) and key(e.name) in self.layout.cells:
            if any(isinstance(s, Position) for s in e.subscripts):
                raise self.unsupported(scope, "a lookup with a computed subscript")
            slot = self.slot(e, scope)
            expression = slot.equation.expression
            if (
                isinstance(expression, Call)
                and expression.function == "DATA"
                and len(expression.arguments) == 1
            ):
                expression = expression.arguments[0]
            if isinstance(expression, Lookup) and isinstance(expression.table, Table):
                expression = expression.table  # a graphical function: its curve
            if isinstance(expression, Table):
                return expression
            raise self.fault(scope, f"{slot.name!r} is not a lookup table or a data series")
        raise self.fault(scope, "a lookup table or the name of one is needed")
