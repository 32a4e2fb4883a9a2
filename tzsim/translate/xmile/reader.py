"""An XMILE file (.xmile, .stmx, .xml) to a Model."""

from __future__ import annotations

import re
from pathlib import Path

from tzsim.errors import Address, InputError, Problem, Unsupported
from tzsim.ir.expr import Array, Call, Expr, Lookup, Number, Ref
from tzsim.ir.model import Equation, Model, SourceFile, Variable
from tzsim.names import VarId, key
from tzsim.translate.syntax import SyntaxProblem
from tzsim.translate.text import TextFile
from tzsim.translate.xmile.aliases import in_one_name
from tzsim.translate.xmile.belts import Belts, find_belts
from tzsim.translate.xmile.conveyors import convey
from tzsim.translate.xmile.declared import Declared, Names
from tzsim.translate.xmile.dimensions import dimensions_of, left_side, read_dimensions
from tzsim.translate.xmile.document import Node, read_document
from tzsim.translate.xmile.expressions import parse_equation
from tzsim.translate.xmile.graphs import area_variables, graph_variable, read_graph
from tzsim.translate.xmile.macros import read_macros
from tzsim.translate.xmile.modules import Placed, place_variables
from tzsim.translate.xmile.reading import Reading
from tzsim.translate.xmile.resolve import Scope
from tzsim.translate.xmile.settings import time_settings
from tzsim.translate.xmile.stocks import Flows, limit_flows, net_flow

REFUSED_TAGS = {
    "queue": "queues",
    "oven": "ovens",
    "overflow": "queue overflows",
}


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
    ranges = read_dimensions(root, file, problems)
    specs = root.first("sim_specs") or next((s for m in root.all("model") for s in m.all("sim_specs")), None)
    placed = place_variables(root, file.path, problems)
    declared: dict[VarId, Declared] = {}
    for one in placed:
        dimensions = dimensions_of(one.node, ranges, file, one.name, problems)
        graph = one.node.first("gf") is not None or any(e.first("gf") for e in one.node.all("element"))
        only = one.node.tag == "gf" or (
            graph and not one.node.value("eqn") and not any(e.value("eqn") for e in one.node.all("element"))
        )
        if key(one.name) in declared:
            problems.append(
                Problem(Address(file.path, one.node.line, one.node.column), f"'{one.name}' is defined twice")
            )
        belt = one.node.tag == "stock" and one.node.first("conveyor") is not None
        declared[key(one.name)] = Declared(one.name, dimensions, graph or one.node.tag == "gf", only, belt)
    macros = read_macros(root, file.path, problems)
    names = Names(declared, ranges, macros=macros, vensim=_by_vensim(root))
    reading = Reading(file, names, placed, problems)
    flows = Flows(placed, _behaviour(root))
    _refuse_constructs(reading)
    belts = find_belts(reading)
    if reading.refused:  # what hangs on them, such as a flow without equation, would only repeat it
        raise Unsupported(reading.refused)
    variables: dict[VarId, Variable] = {}
    for one in placed:
        made = _variable(reading, one, flows, belts)
        if made:
            variables[made.id] = made
    for one in placed:
        if key(one.name) in names.graphs and not declared[key(one.name)].only_graph:
            graph = graph_variable(reading, one)
            variables[graph.id] = graph
    for one in placed:
        if key(one.name) in names.areas:
            variables.update({v.id: v for v in area_variables(reading, one)})
    variables.update(names.extra)
    limit_flows(variables, flows, names)
    method = time_settings(reading, specs, variables)
    convey(belts, variables, method)
    if reading.problems:
        raise InputError(sorted(reading.problems + reading.refused, key=_place))
    if reading.refused:
        raise Unsupported(sorted(reading.refused, key=_place))
    if not placed:
        raise InputError.one("the file holds no variables", Address(file.path, 1))
    unit = (specs.get("time_units") if specs else "") or ""
    return Model(
        Path(file.path).stem,
        in_one_name(root, variables),
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
            if child.tag in REFUSED_TAGS:
                reading.refused.append(
                    Problem(
                        Address(reading.file.path, child.line, child.column),
                        f"{one.name}: {REFUSED_TAGS[child.tag]} are not simulated",
                    )
                )


def _variable(reading: Reading, one: Placed, flows: Flows, belts: Belts) -> Variable | None:
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
            left = left_side(reading, declared, element)
            scope = Scope(reading.names, one.path, declared, left)
            subscripts = tuple(d if e is None else e for d, e in left)
            text = eqn.text.strip() if eqn else ""
            graph = read_graph(graph_node) if graph_node is not None else None
            if graph is not None and (not text or declared.only_graph):
                expression: Expr = graph
            elif not text and belts.drives(key(one.name)):
                expression = Number(0.0)
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
