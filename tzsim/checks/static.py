"""Checks on the text of a model alone: units, documentation, names that nobody uses, flows that go nowhere."""

from __future__ import annotations

import math
from collections.abc import Iterator

from tzsim.checks.result import CheckResult, Evidence, judged, not_applicable
from tzsim.checks.spec import Battery
from tzsim.errors import Address
from tzsim.ir.describe import kinds_of, walk
from tzsim.ir.expr import Binary, Call, Expr, Number, Ref
from tzsim.ir.model import Model, Variable
from tzsim.names import VarId, key
from tzsim.passes.request import CONTROLS
from tzsim.passes.unit_check import check_units
from tzsim.scenario.binding import Names, is_number
from tzsim.scenario.text import Text2


def _where(address: Address) -> str:
    return str(address) if address.file else ""


def units(model: Model) -> CheckResult:
    """Every equation agrees with the declared units."""
    problems = check_units(model)
    count = len(model.variables)
    return judged(
        "units",
        "units",
        Text2("每个方程的单位", "Units of every equation"),
        (Evidence(p.message.split("'")[1] if "'" in p.message else "", Text2(p.message, p.message), place=_where(p.address) if p.address else "") for p in problems),
        Text2(f"{count}个变量的单位一致", f"the units of {count} variables agree"),
        Text2(f"{len(problems)}处单位问题", f"{len(problems)} problems of units"),
    )  # fmt: skip


def documentation(model: Model, battery: Battery) -> Iterator[CheckResult]:
    """Unit, comment and group of each variable; source of each constant, and its value against the table's."""
    variables = [v for n, v in model.variables.items() if n not in CONTROLS]
    lacking = [
        Evidence(v.name, Text2(f"没有{zh}", f"no {en}"), place=_where(v.address))
        for v in variables
        for zh, en, text in (("单位", "unit", v.unit), ("说明", "comment", v.comment))
        if not text.strip()
    ]
    if any(v.group for v in variables):
        lacking += [
            Evidence(v.name, Text2("没有分组", "no group"), place=_where(v.address))
            for v in variables
            if not v.group
        ]
    yield judged(
        "documentation",
        "documented",
        Text2("每个变量有单位、说明和分组", "Unit, comment and group of each variable"),
        lacking,
        Text2(f"{len(variables)}个变量均有说明", f"{len(variables)} variables are documented"),
        Text2(f"缺少{len(lacking)}处", f"{len(lacking)} are missing"),
    )
    yield _sources(model, battery)
    yield _used(model)
    yield _with_a_use(model, battery)
    yield _named_numbers(model, battery)


def _sources(model: Model, battery: Battery) -> CheckResult:
    name = Text2("每个常数在先验表、冲击表或政策表中有来源", "Source row of each constant")
    if battery.priors is None:
        why = Text2("检验文件没有指定先验表", "no checks file names a prior table")
        return not_applicable("documentation", "sources", name, why)
    names = Names(model)
    priors = {key(p.variable): p for p in battery.priors}
    others = {key(e) for lever in battery.levers for e in lever.elements}
    others |= {key(p.variable) for s in battery.shocks for p in s.elements}
    found: list[Evidence] = []
    count = 0
    for v in constants(model):
        for element in names.elements(v.name, bare=True):
            count += 1
            prior = priors.get(key(element))
            if prior is None and key(element) not in others:
                found.append(
                    Evidence(element, Text2("没有来源", "has no source row"), place=_where(v.address))
                )
            elif prior is not None and not math.isclose(
                names.value(element), prior.value, rel_tol=1e-9, abs_tol=1e-12
            ):
                said = Text2(f"表中为{prior.value:g}", f"the table has {prior.value:g}")
                found.append(Evidence(element, said, names.value(element), place=_where(v.address)))
    return judged(
        "documentation",
        "sources",
        name,
        found,
        Text2(f"{count}个常数均有来源且数值一致", f"{count} constants have a source, with the model's value"),
        Text2(f"{len(found)}个常数无来源或与表不一致", f"{len(found)} constants have none, or another value"),
    )


def constants(model: Model) -> list[Variable]:
    """Variables that are plain numbers, time settings aside."""
    return [
        v
        for n, v in model.variables.items()
        if n not in CONTROLS and v.equations and all(is_number(e.expression) for e in v.equations)
    ]


def _read_by_equations(model: Model) -> set[VarId]:
    """Variables that another's equation or initial value reads."""
    return {
        n
        for name, v in model.variables.items()
        for e in v.equations
        for x in walk(e.expression)
        if isinstance(x, Ref) and (n := key(x.name)) != name
    }


def _used(model: Model) -> CheckResult:
    kinds, read = kinds_of(model), _read_by_equations(model)
    idle = [
        Evidence(v.name, Text2("没有方程使用", "no equation uses it"), place=_where(v.address))
        for n, v in model.variables.items()
        if kinds[n] in ("constant", "lookup", "data") and n not in read and n not in CONTROLS and is_given(v)
    ]
    return judged(
        "documentation",
        "used",
        Text2("没有闲置的常数和表", "No constant or table without use"),
        idle,
        Text2("全部被方程使用", "every one is used by an equation"),
        Text2(f"{len(idle)}个未被使用", f"{len(idle)} are not used"),
    )


def _with_a_use(model: Model, battery: Battery) -> CheckResult:
    """What a sector calculates and nobody reads is a link that was forgotten, or a result that should be named as one."""
    name = Text2("每个计算量都有用处", "Every calculated variable has a use")
    if battery.results is None:
        why = Text2("检验文件没有列出results", "the checks file has no list of results")
        return not_applicable("documentation", "use", name, why)
    kinds = kinds_of(model)
    used = battery.results | _read_by_equations(model)
    for balance in battery.balances:
        used |= set(balance.stocks)
        flows = (n for q in (*balance.inflows, *balance.outflows) for n in walk(q.expression))
        used |= {key(n.name) for n in flows if isinstance(n, Ref)}
    moving = [
        v for n, v in model.variables.items() if kinds[n] in ("stock", "auxiliary") and n not in CONTROLS
    ]
    idle = [
        Evidence(
            v.name,
            Text2(
                "没有方程、目标或守恒式使用，也未列入results",
                "no equation, goal or balance reads it, and it is no result",
            ),
            place=_where(v.address),
        )
        for v in moving
        if v.id not in used
    ]
    return judged(
        "documentation",
        "use",
        name,
        idle,
        Text2(
            f"{len(moving)}个计算量均有用处",
            f"each of {len(moving)} is read by an equation, a goal, a balance or people",
        ),
        Text2(f"{len(idle)}个没有用处", f"{len(idle)} have none"),
    )


def is_given(variable: Variable) -> bool:
    """Whether a variable is given from outside: a number, table or series, not calculated from constants."""
    first = variable.equations[0].expression
    return not any(isinstance(n, Ref) for n in walk(first))


def _named_numbers(model: Model, battery: Battery) -> CheckResult:
    name = Text2("方程中没有无名数字", "No nameless numbers in equations")
    if not battery.file:
        why = Text2("没有检验文件，不作要求", "asked for by a checks file only")
        return not_applicable("documentation", "named numbers", name, why)
    hidden = list(_hidden_numbers(model))
    return judged(
        "documentation",
        "named numbers",
        name,
        hidden,
        Text2("方程中只有0、1、2", "equations hold no number but 0, 1 and 2"),
        Text2(f"{len(hidden)}个数字没有名称和单位", f"{len(hidden)} numbers have no name and unit"),
    )


def _hidden_numbers(model: Model) -> Iterator[Evidence]:
    for v in model.variables.values():
        if key(v.name) in CONTROLS:
            continue
        for e in v.equations:
            if is_number(e.expression):
                continue
            for node in walk(e.expression):
                if isinstance(node, Number) and abs(node.value) not in (0.0, 1.0, 2.0):
                    yield Evidence(v.name, Text2(e.text, e.text), node.value, place=_where(e.address))


def perceives(expression: Expr, stock: str) -> bool:
    """Whether a net flow adjusts its stock towards something: (x - stock)/time, also inside IF THEN ELSE."""
    if isinstance(expression, Call) and expression.function == "IF THEN ELSE":
        return any(perceives(a, stock) for a in expression.arguments[1:])
    if isinstance(expression, Binary) and expression.op in "*/":
        return perceives(expression.left, stock)
    return (
        isinstance(expression, Binary)
        and expression.op == "-"
        and isinstance(expression.right, Ref)
        and key(expression.right.name) == key(stock)
    )
