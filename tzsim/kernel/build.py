"""From the scalar Model after its passes to the flat Program.

Each variable is written into the graph once as it is in a step and, where initial values need it, once as it is at
the start, where Time is INITIAL TIME and a stock is its initial expression.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from tzsim.errors import InputError, Problem, Unsupported
from tzsim.ir.expr import Binary, Call, Expr, Lookup, Number, Ref, Table, Text, Unary
from tzsim.ir.functions import FUNCTIONS
from tzsim.ir.model import Model, Variable
from tzsim.kernel.graph import Graph
from tzsim.kernel.operations import CALLS
from tzsim.kernel.program import Delay, Memory, Program, Stock, static_flags
from tzsim.kernel.time_grid import TimeGrid
from tzsim.names import VarId, key
from tzsim.passes.order import DELAYS, initial_dependencies, sort
from tzsim.passes.request import TIME, TIME_STEP, children

_Part = TypeVar("_Part")

_OPS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "^": "pow"}
_COMPARE = {"=": "eq", "<>": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}


def build_program(
    model: Model,
    grid: TimeGrid,
    outputs: Sequence[str],
    inputs: Sequence[str] = (),
    series: Sequence[str] = (),
) -> Program:
    """The program of a model that went through all passes. `outputs`, `inputs` and `series` are element names.

    Where TIME STEP changes in time, the rates of the program are changes over a step, and its step is 1.

    Raises Unsupported naming variable, function and equation for what the compiled backends cannot do, and
    InputError where an input is not a constant.
    """
    builder = Builder(model, grid, inputs, series)
    return builder.program(outputs)


class Builder:
    """The graph under construction. `now` and `start` hold the node of each variable in a step and at the start."""

    def __init__(self, model: Model, grid: TimeGrid, inputs: Sequence[str], series: Sequence[str]) -> None:
        self.model = model
        self.graph = Graph()
        self.grid = grid
        self.start_time = grid.initial
        self.inputs = {key(n): i for i, n in enumerate(inputs)}
        self.series = {key(n): i for i, n in enumerate(series)}
        self.input_names, self.series_names = tuple(inputs), tuple(series)
        self.now: dict[VarId, int] = {}
        self.start: dict[VarId, int] = {}
        self.starting = False
        self.stocks: dict[VarId, int] = {}
        self.memories: dict[VarId, int] = {}
        self.delays: dict[VarId, int] = {}
        self.sites: dict[str, int] = {}
        self.problems: list[Problem] = []
        self.variable: Variable | None = None

    # ------------------------------------------------------------------ whole program

    def program(self, outputs: Sequence[str]) -> Program:
        """All parts, written in order: values at the start first, for INITIAL reads them in a step."""
        self._check_inputs()
        for name, variable in self.model.variables.items():
            self._place_state(name, variable)
        needed = self._needed_at_start()
        self.starting = True
        for name in sort(self.model.variables, initial_dependencies, "the initial values", []):
            if name in needed:
                self._guarded(name, self.start, self._at_start)
        self.starting = False
        for name in self.model.variables:
            if name not in self.now:
                self._guarded(name, self.now, self._in_step)
        stocks = tuple(self._parts(self.stocks, self._stock))
        memories = tuple(self._parts(self.memories, self._memory))
        delays = tuple(self._parts(self.delays, self._delay))
        defaults = self._defaults()
        if self.problems:
            raise Unsupported(dict.fromkeys(self.problems))
        shown = tuple((o, self._output(o)) for o in outputs)
        nodes = tuple(self.graph.nodes)
        return Program(
            nodes=nodes,
            tables=tuple(self.graph.tables),
            inputs=self.input_names,
            defaults=defaults,
            series=self.series_names,
            stocks=stocks,
            memories=memories,
            delays=delays,
            sites=tuple(self.sites),
            outputs=shown,
            named=tuple((v.name, self.now[n]) for n, v in self.model.variables.items() if n in self.now),
            static=static_flags(nodes),
            step=1.0 if self.grid.varying else self.grid.step,
        )

    def _output(self, name: str) -> int:
        return self.graph.node("time") if key(name) == TIME and TIME not in self.now else self.now[key(name)]

    def _check_inputs(self) -> None:
        problems: list[Problem] = []
        for name in (*self.inputs, *self.series):
            variable = self.model.variables[name]
            why = self._varies(name)
            if why:
                message = f"{variable.name!r} cannot be an input: it is not a constant ({why})"
                problems.append(Problem(variable.address, message))
        if problems:
            raise InputError(problems)

    def _varies(self, name: VarId) -> str:
        """Why a variable is no constant, or nothing."""
        seen: set[VarId] = set()
        stack: list[Expr] = [Ref(name)]
        while stack:
            e = stack.pop()
            stack += children(e)
            if isinstance(e, Table | Text):
                return "a lookup"
            if isinstance(e, Call):
                function = FUNCTIONS.get(e.function)
                if function is None or function.nature not in ("pure", "reduce"):
                    return f"it depends on {e.function}"
            if isinstance(e, Ref) and key(e.name) == TIME and TIME not in self.model.variables:
                return "it depends on Time"
            if isinstance(e, Ref) and key(e.name) not in seen and key(e.name) in self.model.variables:
                seen.add(key(e.name))
                stack.append(self.model.variables[key(e.name)].equations[0].expression)
        return ""

    def _guarded(self, name: VarId, values: dict[VarId, int], define: Callable[[VarId, Expr], int]) -> None:
        """Defines one variable; a refusal is kept for the end."""
        self.variable = self.model.variables[name]
        e = self.variable.equations[0].expression
        if isinstance(e, Table) or (isinstance(e, Call) and e.function == "DATA" and not e.arguments):
            return
        try:
            values[name] = define(name, e)
        except Unsupported as error:
            self.problems += error.problems
            values[name] = self.graph.const(0.0)

    def refuse(self, message: str) -> Unsupported:
        """A refusal that names the variable and its equation."""
        assert self.variable is not None
        equation = self.variable.equations[0]
        return Unsupported([Problem(equation.address, f"{self.variable.name}: {message}", equation.text)])

    def _place_state(self, name: VarId, variable: Variable) -> None:
        e = variable.equations[0].expression
        if not isinstance(e, Call) or name in self.inputs or name in self.series:
            return
        places = {"INTEG": (self.stocks, "stock"), **dict.fromkeys(DELAYS, (self.delays, "delayed"))}
        places["SAMPLE IF TRUE"] = places["PREVIOUS"] = (self.memories, "memory")
        if e.function in places:
            numbers, leaf = places[e.function]
            numbers[name] = len(numbers)
            if e.function != "SAMPLE IF TRUE":
                self.now[name] = self.graph.node(leaf, index=numbers[name])

    def _at_start(self, name: VarId, e: Expr) -> int:
        """Node of a variable's value at the start."""
        if name in self.inputs:
            return self.graph.node("input", index=self.inputs[name])
        if name in self.series:
            return self.graph.node("first series", index=self.series[name])
        if isinstance(e, Call) and e.function in ("INTEG", "PREVIOUS"):
            return self.number(e.arguments[1])
        if isinstance(e, Call) and e.function in DELAYS:
            return self.number(e.arguments[2])
        if isinstance(e, Call) and e.function == "SAMPLE IF TRUE":
            condition, source, first = e.arguments
            return self.graph.select(self.truth(condition), self.number(source), self.number(first))
        return self.number(e)

    def _in_step(self, name: VarId, e: Expr) -> int:
        """Node of a variable's value in a step."""
        if name in self.inputs:
            return self.graph.node("input", index=self.inputs[name])
        if name in self.series:
            return self.graph.node("series", index=self.series[name])
        if isinstance(e, Call) and e.function == "SAMPLE IF TRUE":
            old = self.graph.node("memory", index=self.memories[name])
            sampled = self.graph.select(self.truth(e.arguments[0]), self.number(e.arguments[1]), old)
            return self.graph.node("latch", sampled, index=self.memories[name])
        return self.number(e)

    def at_start(self, e: Expr) -> int:
        """Node of an expression as it is at the start."""
        before, self.starting = self.starting, True
        try:
            return self.number(e)
        finally:
            self.starting = before

    def _needed_at_start(self) -> set[VarId]:
        """Variables that some initial value depends on."""
        stack: list[VarId] = [*self.stocks, *self.memories, *self.delays, *self.inputs]
        for variable in self.model.variables.values():
            stack += _start_references(variable.equations[0].expression)
        needed: set[VarId] = set()
        while stack:
            name = stack.pop()
            if name not in needed and name in self.model.variables:
                needed.add(name)
                stack += initial_dependencies(self.model.variables[name].equations[0].expression)
        return needed

    def _parts(self, numbers: dict[VarId, int], make: Callable[[VarId, Call], _Part]) -> Iterable[_Part]:
        for name in numbers:
            self.variable = self.model.variables[name]
            e = self.variable.equations[0].expression
            assert isinstance(e, Call)
            try:
                yield make(name, e)
            except Unsupported as error:
                self.problems += error.problems

    def _stock(self, name: VarId, e: Call) -> Stock:
        rate = self.number(e.arguments[0])
        if self.grid.varying:
            rate = self.graph.two("mul", self.step(), rate)
        return Stock(self.model.variables[name].name, self.start[name], rate)

    def _memory(self, name: VarId, e: Call) -> Memory:
        shown = self.model.variables[name].name
        if e.function == "PREVIOUS":
            return Memory(shown, self.start[name], self.number(e.arguments[0]), latched=False)
        return Memory(shown, self.at_start(e.arguments[2]), self.now[name], latched=True)

    def _delay(self, name: VarId, e: Call) -> Delay:
        source, time, *rest = e.arguments[:2] + e.arguments[3:]
        shown, steps = self.model.variables[name].name, self._steps(self.at_start(time))
        if e.function == "DELAY FIXED":
            return Delay(shown, self.number(source), self.start[name], steps)
        waits = self._steps(self.number(time))
        if e.function == "DELAY INFORMATION":
            return Delay(shown, self.number(source), self.start[name], steps, "information", waits)
        missing = self.number(rest[0])
        if not static_flags(self.graph.nodes)[missing]:
            raise self.refuse("DELAY MATERIAL whose value for missing changes during the run")
        return Delay(shown, self.number(source), self.start[name], steps, "material", waits, missing)

    def _steps(self, time: int) -> int:
        """Node of the steps that a delay time takes: rounded up, at least 1."""
        graph = self.graph
        ratio = graph.two("div", time, self.step())
        whole = graph.one("ceil", graph.two("sub", ratio, graph.const(1e-6)))
        return graph.select(graph.compare("ge", whole, graph.const(1.0)), whole, graph.const(1.0))

    def _defaults(self) -> tuple[int, ...]:
        """Nodes of the inputs' own values in the model."""
        return tuple(self.at_start(self.model.variables[n].equations[0].expression) for n in self.inputs)

    # ------------------------------------------------------------------ expressions

    def number(self, e: Expr) -> int:
        """Node of an expression's value."""
        graph = self.graph
        if isinstance(e, Number):
            return graph.const(e.value)
        if isinstance(e, Ref):
            return self._reference(key(e.name))
        if isinstance(e, Binary):
            if e.op in _OPS:
                return graph.two(_OPS[e.op], self.number(e.left), self.number(e.right))
            return graph.number(self.truth(e))
        if isinstance(e, Unary):
            return graph.one("neg", self.number(e.argument)) if e.op == "-" else graph.number(self.truth(e))
        if isinstance(e, Lookup):
            if not isinstance(e.table, Table):
                raise self.refuse("a lookup of something that is not a table")
            return graph.lookup(e.table, self.number(e.argument))
        if isinstance(e, Call):
            write = CALLS.get(e.function)
            if write is None:
                raise self.refuse(f"{e.function} is not supported by the compiled backends")
            return write(self, e.arguments)
        raise self.refuse(f"{type(e).__name__} cannot stand here")

    def truth(self, e: Expr) -> int:
        """Node of whether an expression holds."""
        graph = self.graph
        if isinstance(e, Binary) and e.op in _COMPARE:
            return graph.compare(_COMPARE[e.op], self.number(e.left), self.number(e.right))
        if isinstance(e, Binary) and e.op == "and":
            return graph.both(self.truth(e.left), self.truth(e.right))
        if isinstance(e, Binary) and e.op == "or":
            return graph.either(self.truth(e.left), self.truth(e.right))
        if isinstance(e, Unary) and e.op == "not":
            return graph.negated(self.truth(e.argument))
        return graph.truth(self.number(e))

    def step(self) -> int:
        """Node of TIME STEP."""
        return self._reference(TIME_STEP) if self.grid.varying else self.graph.const(self.grid.step)

    def time(self) -> int:
        """Node of Time; INITIAL TIME at the start."""
        return self.graph.const(self.start_time) if self.starting else self.graph.node("time")

    def moment(self) -> int:
        """Node of the time at which the step starts, whatever the stage of the integration method."""
        return self.graph.const(self.start_time) if self.starting else self.graph.node("moment")

    def _reference(self, name: VarId) -> int:
        if name == TIME and TIME not in self.model.variables:
            return self.time()
        values = self.start if self.starting else self.now
        if name not in values:
            if name in self.model.variables and not isinstance(
                self.model.variables[name].equations[0].expression, Table
            ):
                raise self.refuse(f"{self.model.variables[name].name!r} is used before it is defined")
            raise self.refuse(f"the lookup variable {name!r} is used as a number")
        return values[name]

    def uniform(self, site: str, stream: Expr | None) -> int:
        """Node of a random number inside (0, 1) that belongs to a call site; at the start that of step 0."""
        number = self.sites.setdefault(site, len(self.sites))
        seed = self.graph.const(0.0) if stream is None else self.number(stream)
        return self.graph.node("first uniform" if self.starting else "uniform", seed, index=number)


def _start_references(e: Expr) -> Iterable[VarId]:
    """What the arguments refer to that are read at the start only."""
    stack = [e]
    while stack:
        e = stack.pop()
        if isinstance(e, Call) and e.function == "INITIAL":
            yield from initial_dependencies(e.arguments[0])
        elif isinstance(e, Call) and e.function in DELAYS:
            yield from initial_dependencies(e.arguments[1])
        elif isinstance(e, Call) and e.function == "SAMPLE IF TRUE":
            yield from initial_dependencies(e.arguments[2])
        stack += children(e)
