"""The tables of an achievement, and what stands in the way where the wanted probability is out of reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tzsim.forecast.answer_table import AnswerTable, Cell, Heading, Row
from tzsim.forecast.drivers import drivers
from tzsim.forecast.gap import Gap, split_gap
from tzsim.forecast.gather import EXACT_MEMBERS
from tzsim.forecast.labels import measured, stream_label, unit_label
from tzsim.forecast.result import NONE_BINDS, Forecast
from tzsim.forecast.sample import members_of
from tzsim.scenario import Goal, Scenario, Text2

if TYPE_CHECKING:
    from tzsim.forecast.achieve import Achievement, Move, Unpriced
    from tzsim.forecast.paired import Difference

GAP_MEMBERS = 1_000


def why_not(
    moved: Scenario, result: Forecast, goals: Sequence[Goal], moves: Sequence[Move], threads: int | None
) -> tuple[Text2, ...]:
    """What stands in the way under the best setting: spent levers, the limit that binds, the gap, what no lever moves."""
    said: list[Text2] = []
    spent = [m.lever for m in moves if m.after != m.before and m.after in (m.lever.low, m.lever.high)]
    if spent:
        said.append(
            Text2(
                f"已用到上下限的手段：{'、'.join(v.name.zh for v in spent)}",
                f"levers at the end of their range: {', '.join(v.name.en for v in spent)}",
            )
        )
    clock, last = moved.clock, max(y for g in goals for y, _ in g.yearly_measures)
    late = [m.lever for m in moves if m.in_force is not None and m.in_force >= clock.ends(last)]
    if late:
        said.append(
            Text2(
                f"见效太晚的手段（到{clock.end_said(last, 'zh')}尚未完全见效）：{'、'.join(v.name.zh for v in late)}",
                f"levers that act too late (not in full force by {clock.end_said(last, 'en')}): {', '.join(v.name.en for v in late)}",
            )
        )
    hardest = min(goals, key=lambda g: result.result(g.id).probability or 0.0)
    row = result.result(hardest.id)
    names = {x.id: x.name for x in moved.view.limits}
    if row.binds and row.binds != NONE_BINDS:
        name = names.get(row.binds, Text2(row.binds, row.binds))
        said.append(
            Text2(f"{hardest.id} 主要受制于：{name.zh}", f"{hardest.id} is held back most by: {name.en}")
        )
    gap = split_gap(moved, hardest, members=min(moved.draws, GAP_MEMBERS), threads=threads)
    if isinstance(gap, Gap) and gap.gap > 0:
        limit, part = max(gap.parts, key=lambda p: p[1])
        name = names.get(limit, Text2(limit, limit))
        whole, of, rest = (measured(v, hardest.unit) for v in (gap.gap, part, gap.rest))
        said.append(
            Text2(
                f"{hardest.id} 平均仍差 {whole.zh}，其中“{name.zh}”占 {of.zh}，不由所记录制约因素解释的占 {rest.zh}",
                f"{hardest.id} is still short by {whole.en} on average: {of.en} by {name.en}, {rest.en} by no recorded limit",
            )
        )
    elif row.median is not None:
        median, target = (measured(v, hardest.unit) for v in (row.median, hardest.value))
        said.append(
            Text2(
                f"{hardest.id} 中位数 {median.zh}，目标 {target.zh}",
                f"{hardest.id} has a median of {median.en}; the goal is {target.en}",
            )
        )
    strongest = _strongest(moved, result, hardest)
    if strongest:
        said.append(
            Text2(
                f"影响最大而手段不能左右的因素：{'、'.join(x.zh for x in strongest)}",
                f"what moves it most and no lever does: {', '.join(x.en for x in strongest)}",
            )
        )
    return tuple(said)


def _strongest(scenario: Scenario, result: Forecast, goal: Goal, most: int = 3) -> list[Text2]:
    """Inputs above the noise that decide whether a member meets the goal."""
    count = min(result.members, EXACT_MEMBERS)
    drawn = members_of(scenario, result.members)
    block = drawn.block(0, count)
    times = [(s.name, s.start + k * s.period) for s in drawn.series for k in range(s.count)]
    due = max(y for y, _ in goal.yearly_measures) + 1
    keep = [i for i, (_, time) in enumerate(times) if time < due]
    names = (*drawn.names, *(f"{times[i][0]} @ {times[i][1]:g}" for i in keep))
    inputs = np.concatenate([block.values, block.knots[keep]])
    alive = np.ones(count, dtype=np.bool_)
    alive[[i for i in result.failed_members if i < count]] = False
    row = result.judged.index(goal.id)
    found = drivers(
        names, inputs[:, alive], result.met[row, :count][alive], result.measures[row, :count][alive]
    )
    rows = found.above or (found.rows if np.isnan(found.floor) else ())
    return [stream_label(scenario, d.name) for d in rows[:most]]


def cost_unit(of: Achievement) -> Text2:
    """The money that costs are written in, in words: that of the levers' file."""
    return unit_label(of.cost_unit)


def _costed(headings: tuple[Heading, ...], money: Text2) -> tuple[Heading, ...]:
    """Headings with the money of their costs named."""
    return tuple(
        ("cost", f"成本（{money.zh}）", f"cost ({money.en})") if h[0] == "cost" else h for h in headings
    )


def achievement_tables(of: Achievement) -> dict[str, AnswerTable]:
    """levers, unpriced and curve, by name."""
    p, b, w = of.confirmed, of.before, of.wanted
    money = cost_unit(of)
    ids = ", ".join(g.id for g in of.goals)
    if of.reachable:
        head = Text2(
            f"{ids} 达到 {w:.0%} 的最低成本：{of.cost:.4g} {money.zh}",
            f"least cost for {ids} at {w:.0%}: {of.cost:.4g} ({money.en})",
        )
    elif of.undecided:
        head = Text2(
            f"{ids} 能否达到 {w:.0%}，在抽样误差之内难以断定：所试 {of.runs} 种组合在搜索所用模拟上最高 {of.searched:.1%}，新抽样 {p.value:.1%}；仍受制于：",
            f"whether {ids} reaches {w:.0%} lies within sampling error: the best of {of.runs} settings has {of.searched:.1%} on the members of the"
            f" search and {p.value:.1%} on fresh ones; what stands in the way",
        )
    else:
        head = Text2(
            f"{ids} 达不到 {w:.0%}：所试 {of.runs} 种组合中最高约 {p.value:.1%}，原因：",
            f"{ids} at {w:.0%} is not reachable with these levers: the best of {of.runs} settings is {p.value:.1%}, because",
        )
    line = Text2(
        f"新抽样检验：{p.value:.1%}（95%区间 {p.low:.1%}—{p.high:.1%}）；不采取措施 {b.value:.1%}；试算 {of.runs} 种组合",
        f"on fresh members: {p.value:.1%} (95 % interval {p.low:.1%} to {p.high:.1%}); without any move {b.value:.1%};"
        f" settings tried: {of.runs}",
    )
    moves = sorted(of.moves, key=lambda m: -m.cost)
    rows, rest = ([_move(m) for m in moves if (m.after != m.before) is gone] for gone in (True, False))
    lines = [line]
    if not rows and not of.reachable:
        lines.append(
            Text2(
                "没有一种手段组合能把概率提高到抽样误差之外：这些手段对该目标几乎不起作用",
                "no setting of the levers raises the probability by more than sampling error: they hardly act on it",
            )
        )
    elif rest:
        lines.append(
            Text2(
                f"其余 {len(rest)} 种手段不动，见结果文件",
                f"{len(rest)} other levers stay; they stand in the file",
            )
        )
    lines += _unpriced_lines(of.unpriced)
    title = Text2("怎样才能达成", "What would make it so")
    moved = [v for v in of.moves if any(dict(c.moves)[v.lever.id] != v.before for c in of.curve)]
    heads = (
        *_costed(_CURVE, money),
        *(
            (
                m.lever.id,
                _measured(m.lever.name.zh, unit_label(m.lever.unit).zh, "（", "）"),
                _measured(m.lever.name.en, unit_label(m.lever.unit).en, " (", ")"),
            )
            for m in moved
        ),
    )
    points: list[tuple[Cell, ...]] = [
        (c.probability, c.cost, *(dict(c.moves)[m.lever.id] for m in moved)) for c in of.curve
    ]
    said = Text2(
        "搜索所用模拟上，达到各概率的最低成本组合",
        "the cheapest setting found for each probability, on the members of the search",
    )
    tables = {
        "levers": AnswerTable.of(title, _costed(_COLUMNS, money), rows, (head, *of.because, *lines), rest),
        "unpriced": AnswerTable.of(
            Text2("不花钱和成本未知的手段", "Levers of no cost and of unknown cost"),
            _UNPRICED,
            map(_unpriced, of.unpriced),
        ),
        "curve": AnswerTable.of(
            Text2("成本与概率", "Cost against probability"), heads, tuple(points), (said,)
        ),
    }
    return {name: table.on(of.scenario.clock) for name, table in tables.items()}


def _measured(name: str, unit: str, opening: str, closing: str) -> str:
    """A name with its unit, where it has one."""
    return f"{name}{opening}{unit}{closing}" if unit else name


def _unpriced_lines(found: Sequence[Unpriced]) -> list[Text2]:
    """What the levers of no cost carry in the answer, and what those of unknown cost, which the search leaves alone, could add."""
    said: list[Text2] = []
    for u in found:
        if u.known:
            basis = u.lever.cost_basis
            zh, en = (f"（{basis.zh}）" if basis.zh else ""), (f" ({basis.en})" if basis.en else "")
            said.append(
                Text2(
                    f"“{u.lever.name.zh}”记为不花钱{zh}；没有它，概率变化 {_points(u.change).zh}",
                    f"{u.lever.name.en} is on record as costing nothing{en}; without it the probability changes by {_points(u.change).en}",
                )
            )
    unknown = [u for u in found if not u.known]
    if unknown:
        said.append(
            Text2(
                f"成本未知、没有参与搜索的手段：{'、'.join(u.lever.name.zh for u in unknown)}",
                f"levers whose cost is not known, left out of the search: {', '.join(u.lever.name.en for u in unknown)}",
            )
        )
    for u in unknown:
        if u.change.low > 0:
            unit = unit_label(u.lever.unit)
            said.append(
                Text2(
                    f"“{u.lever.name.zh}”若另外调到 {u.instead:.4g} {unit.zh}（成本未知），概率变化 {_points(u.change).zh}",
                    f"{u.lever.name.en} at {u.instead:.4g} {unit.en} besides (cost not known) would change the probability by {_points(u.change).en}",
                )
            )
    return said


def _points(change: Difference) -> Text2:
    value, low, high = (f"{100 * v:+.1f}" for v in (change.value, change.low, change.high))
    return Text2(f"{value} 个百分点（{low} 至 {high}）", f"{value} points ({low} to {high})")


def _unpriced(u: Unpriced) -> Row:
    cost = Text2("不花钱", "none") if u.known else Text2("未知", "not known")
    values = (u.kept, u.instead, u.probability, u.change.value, u.change.low, u.change.high)
    return (u.lever.id, u.lever.name, unit_label(u.lever.unit), cost, u.lever.cost_basis, *values)


def _move(m: Move) -> Row:
    force = None if m.in_force is None else f"{m.in_force:.2f}"
    lever = m.lever
    return (
        lever.id,
        lever.name,
        unit_label(lever.unit),
        m.before,
        m.after,
        m.cost,
        lever.cost_basis,
        lever.delay,
        force,
    )


_COLUMNS: tuple[Heading, ...] = (
    ("lever", "", ""),
    ("name", "手段", "lever"),
    ("unit", "单位", "unit"),
    ("before", "现值", "before"),
    ("after", "调整后", "after"),
    ("cost", "成本", "cost"),
    ("cost_basis", "成本口径", "cost basis"),
    ("delay", "时滞（年）", "delay (years)"),
    ("in_force", "完全见效时间", "in full force"),
)
_UNPRICED: tuple[Heading, ...] = (
    ("lever", "", ""),
    ("name", "手段", "lever"),
    ("unit", "单位", "unit"),
    ("cost", "成本", "cost"),
    ("cost_basis", "成本口径", "cost basis"),
    ("kept", "本方案取值", "in the answer"),
    ("instead", "换成", "instead"),
    ("probability", "概率", "P", "percent"),
    ("change", "概率变化（百分点）", "change of P (points)", "points"),
    ("low", "95%下限", "95 % from", "points"),
    ("high", "95%上限", "to", "points"),
)
_CURVE: tuple[Heading, ...] = (
    ("probability", "概率", "P", "percent"),
    ("cost", "成本", "cost"),
)
