"""Conservation: what the stocks of a balance gain is what crosses its boundary, in every situation, member and step.

Two ways. By text: the terms of the stocks' equations are added up; transfers cancel, and what is left must be the declared flows.
By numbers: content(t) - content(start) against the integrals of the declared flows, kept by the same integration method. Only
rounding may stand between them: each step adds three rounded operations of at most half a unit in the last place to sums of the size that is
compared, so the tolerance is 4 eps * (steps + terms) * size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from tzsim.checks.bench import FloatArray, Run, first_true
from tzsim.checks.result import CheckResult, Evidence, judged, not_applicable, number
from tzsim.checks.spec import Balance, Battery
from tzsim.checks.static import perceives
from tzsim.checks.terms import defined, terms
from tzsim.ir.describe import kinds_of
from tzsim.ir.expr import Call
from tzsim.ir.model import Model
from tzsim.names import key
from tzsim.passes.request import integral_name
from tzsim.scenario.text import Text2

EPS = float(np.finfo(np.float64).eps)


def conserved(
    model: Model, battery: Battery, runs: Mapping[str, Run], names: Mapping[str, Text2]
) -> Iterator[CheckResult]:
    """Each balance in every run. runs: situation id -> run; names: what the situations are called."""
    against: dict[str, list[Evidence]] = {b.id: [] for b in battery.balances}
    sizes = {b.id: 0.0 for b in battery.balances}
    for id, run in runs.items():
        for balance in battery.balances:
            for element in _elements(run, balance):
                gap, allowed = _gap(run, balance, element)
                with np.errstate(invalid="ignore"):
                    share = float(np.nan_to_num(gap / allowed, nan=np.inf).max(initial=0.0))
                sizes[balance.id] = max(sizes[balance.id], share)
                over = first_true(~(gap <= allowed))
                if over is not None:
                    t, member = over
                    said = Text2(
                        f"{names[id].zh}：存量变化与流入流出之差",
                        f"{names[id].en}: stocks differ from their flows by",
                    )
                    what = balance.content[0].shown(element) + (" …" if len(balance.stocks) > 1 else "")
                    against[balance.id].append(
                        Evidence(what, said, float(gap[t, member]), float(run.times[t]), member)
                    )
    for balance in battery.balances:
        found, largest = against[balance.id], sizes[balance.id]
        told = _by_text(model, balance)
        count = len(runs)
        yield judged(
            "balances",
            balance.id,
            Text2(f"{balance.name.zh}：守恒", f"{balance.name.en}: conserved"),
            found,
            Text2(
                f"{told.zh}；{count}种情形、每步、每组抽样均守恒（最大差为舍入容限的{number(largest)}倍）",
                f"{told.en}; holds in {count} situations, every step and draw (largest gap {number(largest)} of the rounding allowed)",
            ),
            Text2(f"{told.zh}；{len(found)}种情形不守恒", f"{told.en}; broken in {len(found)} cases"),
        )


def _elements(run: Run, balance: Balance) -> Sequence[str]:
    return run.elements(balance.content[0].id)


def _gap(run: Run, balance: Balance, element: str) -> tuple[FloatArray, FloatArray]:
    """|change of content - what flowed| and what rounding allows, (time, member)."""
    inside = element.removeprefix(balance.content[0].id)
    stocks = [run.at(q.id + inside) for q in balance.content]
    into = [run.at(integral_name(q.id + inside)) for q in balance.inflows]
    out = [run.at(integral_name(q.id + inside)) for q in balance.outflows]
    change = sum((s - s[0] for s in stocks), np.zeros_like(stocks[0]))
    net = sum(into, np.zeros_like(change)) - sum(out, np.zeros_like(change))
    size = np.maximum.accumulate(
        sum((np.abs(x) for x in (*stocks, *into, *out)), np.zeros_like(change)), axis=0
    )
    count = len(run.times) * 2 + len(stocks) + len(into) + len(out)
    return np.abs(change - net), 4 * EPS * count * size + 1e-300


def _by_text(model: Model, balance: Balance) -> Text2:
    """Whether the terms of the stocks' equations add up to the declared flows."""
    left: Counter[str] = Counter()
    for stock in balance.stocks:
        equation = model.variables[stock].equations[0].expression
        assert isinstance(equation, Call)
        left.update(terms(equation.arguments[0]))
    flows = [(q, 1) for q in balance.inflows] + [(q, -1) for q in balance.outflows]
    for q, sign in flows:
        own = terms(q.expression)
        if any(left[text] != sign * n for text, n in own.items()):
            own = terms(defined(model, q.expression))
        for text, n in own.items():
            left[text] -= sign * n
    over = {text: n for text, n in left.items() if n}
    if not over:
        return Text2("方程逐项相抵", "terms of the equations cancel")
    shown = ", ".join(f"{n:+d} {text.replace('_', ' ')}" for text, n in list(over.items())[:4])
    return Text2(f"方程余项{shown}", f"terms left in the equations: {shown}")


def covered(model: Model, battery: Battery) -> CheckResult:
    """Every stock stands in a balance, is an average of something perceived, or is left out with a reason."""
    name = Text2("每个存量属于某个守恒式", "Every stock belongs to a balance")
    if not battery.file:
        return not_applicable("balances", "covered", name, Text2("没有检验文件", "there is no checks file"))
    kinds = kinds_of(model)
    stocks = [v for n, v in model.variables.items() if kinds[n] == "stock"]
    inside = {s for b in battery.balances for s in b.stocks}
    averages: list[str] = []
    open_: list[Evidence] = []
    for v in stocks:
        first = v.equations[0].expression
        assert isinstance(first, Call)
        if v.id in inside or v.id in battery.unbalanced:
            continue
        if perceives(first.arguments[0], v.name):
            averages.append(v.name)
        else:
            said = Text2("不在任何守恒式中，也未说明原因", "in no balance, and no reason is given")
            open_.append(Evidence(v.name, said, place=str(v.address) if v.address.file else ""))
    left = sum(key(v.name) in battery.unbalanced for v in stocks)
    return judged(
        "balances",
        "covered",
        name,
        open_,
        Text2(
            f"{len(stocks)}个存量：{len(inside)}个在守恒式中，{len(averages)}个是感知的平均，{left}个说明了原因",
            f"{len(stocks)} stocks: {len(inside)} in balances, {len(averages)} averages of what is perceived, {left} with a reason",
        ),
        Text2(f"{len(open_)}个存量没有守恒式", f"{len(open_)} stocks have no balance"),
    )
