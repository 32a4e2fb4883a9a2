"""An XMILE file (.xmile, .stmx, .xml) to a Model."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from tzsim.errors import Address, InputError, Problem, Unsupported
from tzsim.ir.expr import Array, Call, Expr, Lookup, Number, Ref, Table
from tzsim.ir.model import Equation, Method, Model, SourceFile, SubscriptRange, Variable
from tzsim.names import VarId, key
from tzsim.translate.syntax import MAX_ELEMENTS, SyntaxProblem
from tzsim.translate.text import TextFile
from tzsim.translate.xmile.document import Node, read_document
from tzsim.translate.xmile.expressions import parse_equation
from tzsim.translate.xmile.graphs import read_graph
from tzsim.translate.xmile.lexer import display
from tzsim.translate.xmile.modules import Placed, place_variables
from tzsim.translate.xmile.resolve import GRAPH, Declared, Names, Scope
from tzsim.translate.xmile.stocks import Flows, limit_flows, net_flow

_METHODS: dict[str, Method] = {"euler": "euler", "rk2": "heun", "rk4": "rk4"}
_REFUSED = {
    "conveyor": "conveyors",
    "queue": "queues",
    "oven": "ovens",
    "overflow": "queue overflows",
    "leak": "conveyor leaks",
}


@dataclass(slots=True)
class Reading:
    file: TextFile
    names: Names
    placed: list[Placed]
    problems: list[Problem] = field(default_factory=list[Problem])
    refused: list[Problem] = field(default_factory=list[Problem])

    def address(self, node: Node, at: int = 0) -> Address:
        """Where offset `at` of an element's text stands."""
        if not node.text_line:
            return Address(self.file.path, node.line, node.column)
        before = node.text[:at]
        line = before.count("\n")
        column = at - (before.rfind("\n") + 1)
        return Address(
            self.file.path, node.text_line + line, column + 1 if line else node.text_column + column
        )

    def fault(self, node: Node, variable: str, fault: SyntaxProblem) -> None:
        problem = Problem(self.address(node, fault.at), f"{variable}: {fault.message}", fault.hint)
        (self.refused if fault.unsupported else self.problems).append(problem)


def read_xmile(file: TextFile, folder: Path) -> Model:
    """The model of an XMILE file; modules are placed under `module.variable` names.

    Raises InputError with every fault of the file, Unsupported with every construct that is refused by name.
    """
    root = read_document(file)
    if root.tag != "xmile":
        raise InputError.one(
            f"an XML file whose root is <{root.tag}>, not <xmile>", Address(file.path, root.line)
        )
    problems: list[Problem] = []
    ranges = _dimensions(root, file, problems)
    specs = root.first("sim_specs") or next((s for m in root.all("model") for s in m.all("sim_specs")), None)
    placed = place_variables(root, file.path, problems)
    declared: dict[VarId, Declared] = {}
    for one in placed:
        dimensions = _dims_of(one.node, ranges, file, one.name, problems)
        graph = one.node.first("gf") is not None or any(e.first("gf") for e in one.node.all("element"))
        only = one.node.tag == "gf" or (
            graph and not one.node.value("eqn") and not any(e.value("eqn") for e in one.node.all("element"))
        )
        if key(one.name) in declared:
            problems.append(
                Problem(Address(file.path, one.node.line, one.node.column), f"'{one.name}' is defined twice")
            )
        declared[key(one.name)] = Declared(one.name, dimensions, graph or one.node.tag == "gf", only)
    names = Names(declared, ranges, vensim=_by_vensim(root))
    reading = Reading(file, names, placed, problems)
    flows = Flows(placed, _behaviour(root))
    _refuse_constructs(reading)
    if reading.refused:  # what hangs on them, such as a flow without equation, would only repeat it
        raise Unsupported(reading.refused)
    variables: dict[VarId, Variable] = {}
    for one in placed:
        made = _variable(reading, one, flows)
        if made:
            variables[made.id] = made
    for one in placed:
        if key(one.name) in names.graphs and not declared[key(one.name)].only_graph:
            graph = _graph_variable(reading, one)
            variables[graph.id] = graph
    for one in placed:
        if key(one.name) in names.areas:
            variables.update({v.id: v for v in _area_variables(reading, one)})
    variables.update(names.extra)
    limit_flows(variables, flows, names)
    method = _time_settings(reading, specs, variables)
    if reading.problems:
        raise InputError(sorted(reading.problems + reading.refused, key=_place))
    if reading.refused:
        raise Unsupported(sorted(reading.refused, key=_place))
    if not placed:
        raise InputError.one("the file holds no variables", Address(file.path, 1))
    unit = (specs.get("time_units") if specs else "") or ""
    return Model(
        Path(file.path).stem,
        variables,
        names.ranges,
        method,
        unit,
        (SourceFile(Path(file.path).name, file.sha256),),
    )


def _by_vensim(root: Node) -> bool:
    header = root.first("header")
    return header is not None and "vensim" in header.value("product").lower()


def _place(problem: Problem) -> Address:
    return problem.address or Address("")


def _dimensions(root: Node, file: TextFile, problems: list[Problem]) -> dict[VarId, SubscriptRange]:
    found: dict[VarId, SubscriptRange] = {}
    for group in root.all("dimensions"):
        for node in group.all("dim"):
            where = Address(file.path, node.line, node.column)
            name = display(node.get("name"))
            elements = tuple(display(e.get("name")) for e in node.all("elem"))
            size = node.get("size")
            if not elements and size:
                if not size.isdigit() or int(size) > MAX_ELEMENTS:
                    problems.append(Problem(where, f"dimension '{name}' has the size '{size}'"))
                    continue
                elements = tuple(str(i) for i in range(1, int(size) + 1))
            if not elements:
                problems.append(Problem(where, f"dimension '{name}' has no elements"))
                continue
            found[key(name)] = SubscriptRange(name, elements, address=where)
    return found


def _dims_of(
    node: Node, ranges: dict[VarId, SubscriptRange], file: TextFile, name: str, problems: list[Problem]
) -> tuple[str, ...]:
    group = node.first("dimensions")
    found: list[str] = []
    count = 1
    for dim in group.all("dim") if group else ():
        known = ranges.get(key(dim.get("name")))
        if known is None:
            problems.append(
                Problem(Address(file.path, dim.line, dim.column), f"{name}: no dimension '{dim.get('name')}'")
            )
            continue
        count *= len(known.elements)
        found.append(known.name)
    if count > MAX_ELEMENTS:
        problems.append(Problem(Address(file.path, node.line), f"{name}: {count:,} elements"))
        return ()
    return tuple(found)


def _behaviour(root: Node) -> tuple[bool, bool]:
    """Whether stocks and flows are non-negative where they do not say so themselves."""
    stock = flow = False
    for group in root.all("behavior"):
        if group.first("non_negative") is not None:
            stock = flow = True
        for tag in ("stock", "flow"):
            own = group.first(tag)
            if own is not None and own.first("non_negative") is not None:
                stock, flow = (True, flow) if tag == "stock" else (stock, True)
    return stock, flow


def _refuse_constructs(reading: Reading) -> None:
    for one in reading.placed:
        for child in one.node.children:
            if child.tag in _REFUSED:
                reading.refused.append(
                    Problem(
                        Address(reading.file.path, child.line, child.column),
                        f"{one.name}: {_REFUSED[child.tag]} are not simulated",
                    )
                )


def _left(reading: Reading, declared: Declared, element: Node | None) -> tuple[tuple[str, str | None], ...]:
    dimensions = reading.names.distinct(declared.dimensions)
    if element is None:
        return tuple((d, None) for d in dimensions)
    parts = [display(p) for p in element.get("subscript").split(",")]
    if len(parts) != len(dimensions):
        raise SyntaxProblem(
            0,
            f"the element [{element.get('subscript')}] has {len(parts)} subscripts, expected {len(dimensions)}",
        )
    left: list[tuple[str, str | None]] = []
    for part, dimension in zip(parts, dimensions, strict=True):
        known = reading.names.ranges[key(dimension)]
        found = next((e for e in known.elements if key(e) == key(part)), None)
        if found is None and key(part) == key(known.name):  # <element subscript="Region,Age"> of some writers
            left.append((dimension, None))
            continue
        if found is None:
            raise SyntaxProblem(0, f"'{part}' is no element of {known.name}")
        left.append((dimension, found))
    return tuple(left)


def _variable(reading: Reading, one: Placed, flows: Flows) -> Variable | None:
    node = one.node
    declared = reading.names.variables[key(one.name)]
    where = Address(reading.file.path, node.line, node.column)
    if one.source is not None:
        dimensions = reading.names.distinct(declared.dimensions)
        scope = Scope(reading.names, one.source_path, declared, tuple((d, None) for d in dimensions))
        try:
            expression = scope.resolve(Ref(one.source))
        except SyntaxProblem as fault:
            reading.fault(node, one.name, fault)
            return None
        equation = Equation(dimensions, expression, (), where, one.source)
        return Variable(one.name, (equation,), node.value("units"), node.value("doc"), address=where)
    equations: list[Equation] = []
    elements = list(node.all("element")) or _one_each(reading, declared, node)
    common = node.first("eqn")
    for element in elements or [None]:
        eqn = (element.first("eqn") if element else None) or common
        graph_node = (element.first("gf") if element else None) or (
            node if node.tag == "gf" else node.first("gf")
        )
        at = eqn or element or node
        try:
            left = _left(reading, declared, element)
            scope = Scope(reading.names, one.path, declared, left)
            subscripts = tuple(d if e is None else e for d, e in left)
            text = eqn.text.strip() if eqn else ""
            graph = read_graph(graph_node) if graph_node is not None else None
            if graph is not None and (not text or declared.only_graph):
                expression: Expr = graph
            elif not text:
                raise SyntaxProblem(0, "no equation", "write its <eqn>")
            elif node.tag == "stock" and (assigned := _assigned(one, text)):
                expression = scope.resolve(parse_equation(assigned))
                equations.append(Equation(subscripts, expression, (), where, text))
                continue
            elif declared.dimensions and _LIST.match(text):
                expression = _array(reading, declared, left, text)
            else:
                expression = scope.resolve(parse_equation(eqn.text if eqn else ""))
                if graph is not None:
                    expression = Lookup(graph, expression)
            init = (element.first("init_eqn") if element else None) or node.first("init_eqn")
            if node.tag == "stock":
                expression = Call("INTEG", (net_flow(scope, one, flows), expression))
            elif init is not None and init.text.strip():
                at = init
                expression = Call("ACTIVE INITIAL", (expression, scope.resolve(parse_equation(init.text))))
            if node.tag == "flow" and flows.one_way(one):
                expression = Call("MAX", (expression, Number(0.0)))
            equations.append(
                Equation(subscripts, expression, (), reading.address(eqn) if eqn else where, text)
            )
        except SyntaxProblem as fault:
            reading.fault(at, one.name, fault)
    if not equations:
        return None
    bounds = node.first("range")
    return Variable(
        one.name,
        tuple(equations),
        node.value("units"),
        node.value("doc"),
        (_bound(bounds, "min"), _bound(bounds, "max")),
        one.path,
        where,
    )


def _one_each(reading: Reading, declared: Declared, node: Node) -> list[Node]:
    """Elements made of several <eqn> in a row, as Vensim exports an array whose elements differ."""
    eqns = list(node.all("eqn"))
    rows: list[tuple[str, ...]] = [()]
    for dimension in declared.dimensions:
        rows = [(*row, e) for row in rows for e in reading.names.ranges[key(dimension)].elements]
    if len(eqns) < 2 or len(eqns) != len(rows):
        return []
    return [
        Node("element", {"subscript": ",".join(row)}, eqn.line, eqn.column, [eqn])
        for row, eqn in zip(rows, eqns, strict=True)
    ]


def _assigned(one: Placed, text: str) -> str:
    """What follows `name =` where a writer put a whole delay equation into a stock without flows; else nothing."""
    left, equals, right = text.partition("=")
    if equals and key(left) == key(one.name.rpartition(".")[2]) and one.node.first("inflow") is None:
        return right
    return ""


_LIST = re.compile(r"^[-+.\deE\s]+[,;][-+.\deE\s,;]*$")


def _array(
    reading: Reading, declared: Declared, left: tuple[tuple[str, str | None], ...], text: str
) -> Array:
    """`1,2;3,4;`: one number for each element, row-major, as writers of arrays put them into one <eqn>."""
    shape = tuple(len(reading.names.ranges[key(d)].elements) for d, e in left if e is None)
    wanted = 1
    for size in shape:
        wanted *= size
    try:
        values = tuple(float(v) for v in re.split(r"[,;]", text) if v.strip())
    except ValueError:
        raise SyntaxProblem(0, "a list of constants may hold only numbers") from None
    if len(values) != wanted:
        raise SyntaxProblem(0, f"{len(values)} numbers for {wanted} elements of {declared.name}")
    return Array(values, shape)


def _bound(node: Node | None, name: str) -> float | None:
    try:
        return float(node.get(name)) if node else None
    except ValueError:
        return None


def _graph_variable(reading: Reading, one: Placed) -> Variable:
    """The bare graphical function of a variable that is also read through LOOKUP."""
    declared = reading.names.variables[key(one.name)]
    equations: list[Equation] = []
    for element in list(one.node.all("element")) or [None]:
        graph_node = (element.first("gf") if element else None) or one.node.first("gf")
        if graph_node is None:
            continue
        left = _left(reading, declared, element)
        equations.append(Equation(tuple(d if e is None else e for d, e in left), read_graph(graph_node)))
    return Variable(one.name + GRAPH, tuple(equations), one.node.value("units"))


def _area_variables(reading: Reading, one: Placed) -> list[Variable]:
    """What LOOKUPAREA needs of a graphical function: its ends, and step tables over its segments."""
    source = reading.names.variables[key(one.name)]
    graph = _graph_variable(reading, one)
    rows: dict[str, list[Equation]] = {}
    for equation in graph.equations:
        table = equation.expression
        assert isinstance(table, Table)
        if table.mode != "interpolate":
            reading.refused.append(
                Problem(
                    Address(reading.file.path, one.node.line),
                    f"{one.name}: LOOKUPAREA of a function that is not continuous",
                )
            )
        areas = [0.0]
        for i in range(1, len(table.xs)):
            areas.append(areas[-1] + (table.xs[i] - table.xs[i - 1]) * (table.ys[i] + table.ys[i - 1]) / 2)
        made: dict[str, Expr] = {
            "segment x": Table(table.xs, table.xs, "step"),
            "segment y": Table(table.xs, table.ys, "step"),
            "segment area": Table(table.xs, tuple(areas), "step"),
            "first x": Number(table.xs[0]),
            "last x": Number(table.xs[-1]),
        }
        for what, expression in made.items():
            rows.setdefault(what, []).append(Equation(equation.subscripts, expression))
    return [Variable(f"{source.name}·{what}", tuple(equations)) for what, equations in rows.items()]


def _number(reading: Reading, node: Node | None, name: str) -> float | None:
    if node is None:
        reading.problems.append(Problem(Address(reading.file.path, 1), f"sim_specs without <{name}>"))
        return None
    try:
        value = float(node.text.strip())
    except ValueError:
        reading.problems.append(
            Problem(reading.address(node), f"<{name}> is '{node.text.strip()}'", "expected a number")
        )
        return None
    if name == "dt" and node.get("reciprocal").lower() == "true" and value:
        value = 1.0 / value
    return value


def _time_settings(reading: Reading, specs: Node | None, variables: dict[VarId, Variable]) -> Method:
    if specs is None:
        reading.problems.append(
            Problem(Address(reading.file.path, 1), "no <sim_specs>", "the model needs start, stop and dt")
        )
        return "euler"
    where = Address(reading.file.path, specs.line, specs.column)
    start = _number(reading, specs.first("start"), "start")
    stop = _number(reading, specs.first("stop"), "stop")
    dt_node = specs.first("dt")
    dt = _number(reading, dt_node, "dt") if dt_node else 1.0
    save: Expr = Ref("TIME STEP")
    interval = specs.get("save_interval") or specs.get("isee:save_interval")
    try:
        if interval and float(interval) > (dt or 0.0):
            save = Number(float(interval))
    except ValueError:
        pass
    unit = specs.get("time_units")
    settings: list[tuple[str, Expr]] = [
        ("INITIAL TIME", Number(start if start is not None else 0.0)),
        ("FINAL TIME", Number(stop if stop is not None else 0.0)),
        ("TIME STEP", Number(dt if dt is not None else 1.0)),
        ("SAVEPER", save),
    ]
    for name, expression in settings:
        if key(name) not in variables:
            variables[key(name)] = Variable(name, (Equation((), expression, (), where),), unit, address=where)
    if (
        reading.names.vensim
        and specs.get("simulation_delay") == ""
        and specs.get("isee:simulation_delay") == ""
    ):
        # Vensim's own export writes RK4 whatever the model is set to: each public model at hand that exists in both
        # formats (SDXorg/test-models rounding, subscripted_trig, zeroled_decimals) is set to Euler and printed so
        return "euler"
    wanted = [m.strip().lower() for m in specs.get("method", "euler").split(",")]
    method: Method | None = next((_METHODS[m] for m in wanted if m in _METHODS), None)
    if method is None:
        reading.refused.append(
            Problem(where, f"the integration method '{specs.get('method')}' is not simulated")
        )
        return "euler"
    return method


__all__ = ["Table", "read_xmile"]
