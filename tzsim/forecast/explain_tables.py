"""The tables of an explanation, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tzsim.clock import plain_time
from tzsim.forecast.answer_table import AnswerTable, Cell, Heading, Row
from tzsim.forecast.knowing import Knowing
from tzsim.forecast.labels import element_label, limit_label, stream_label, unit_label
from tzsim.forecast.result import NONE_BINDS
from tzsim.names import key
from tzsim.scenario import Scenario, Text2
from tzsim.scenario.history import CHOICES

if TYPE_CHECKING:
    from tzsim.forecast.explain import Explanation

Columns = tuple[Heading, ...]

FEW = 5
"""Inputs shown where none is above the noise."""
MOST_YEARS = 12
"""Years before the goal that are shown; of more only the goal's own."""
QUALITIES = {en: Text2(zh, en) for zh, en in CHOICES.items()}


def explanation_tables(of: Explanation) -> dict[str, AnswerTable]:
    """binds, starts, drivers, knowing, rule, loops, loop_years, robustness, conflicts and gap, by name."""
    tables = {
        "binds": _binds(of),
        "starts": _starts(of),
        "drivers": _drivers(of),
        "knowing": knowing_table(of.forecast.scenario, of.knowing),
        "rule": _rule(of),
        "loops": _loops(of),
        "loop_years": _loop_years(of),
        "robustness": of.robustness.table(),
        "conflicts": of.forecast.conflicts.table(of.goal.id),
        "gap": _gap(of),
    }
    return {name: table.on(of.forecast.scenario.clock) for name, table in tables.items()}


def _binds(of: Explanation) -> AnswerTable:
    binding, scenario = of.forecast.binding, of.forecast.scenario
    wanted = {key(name) for name in of.goal.limits_of}
    made = tuple(
        (
            element,
            element_label(scenario, element),
            plain_time(year),
            limit,
            limit_label(scenario, limit),
            float(binding.share[e, y, k]),
            _cost(binding.cost, e, y, k),
        )
        for y, year in sorted(enumerate(binding.years), key=lambda pair: _first(of, pair[1]))
        for e, element in enumerate(binding.elements)
        if key(element) in wanted
        for k, limit in enumerate((*binding.limits, NONE_BINDS))
    )
    rows, rest = _by_year(of, made)
    return AnswerTable.of(Text2("制约因素", "What binds"), _BINDS, rows, () if made else (_NO_LIMITS,), rest)


def _first(of: Explanation, year: float) -> tuple[bool, float]:
    """Sorts the years of the goal before the others."""
    return year not in _asked(of), year


def _asked(of: Explanation) -> set[float]:
    """Where the goal's own years, or times, stand among those of what binds."""
    found = {of.forecast.scenario.clock.stretch_of(y) for y, _ in of.goal.yearly_measures}
    return {y for y in found if y is not None}


def _by_year(of: Explanation, rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Rows of the years between `as_of` and the goal (year: third cell), and those for the file only."""
    asked, scenario = _asked(of), of.forecast.scenario
    between = [y for y in scenario.clock.stretches if scenario.last_known < y <= max(asked, default=0.0)]
    shown = {plain_time(y) for y in (*asked, *(between if len(between) <= MOST_YEARS else ()))}
    parts = ([row for row in rows if (str(row[2]) in shown) is inside] for inside in (True, False))
    return next(parts), next(parts)


def _starts(of: Explanation) -> AnswerTable:
    made = tuple(
        (
            r.element,
            element_label(of.forecast.scenario, r.element),
            plain_time(r.year),
            r.name,
            r.mean,
            r.low,
            r.high,
            r.binds,
        )
        for r in sorted(of.starts, key=lambda r: _first(of, r.year))
    )
    title = Text2("开工受限（项目开工受何种因素制约）", "Starts held back by")
    none = _FAR_STARTS if of.forecast.scenario.view.starts else _NO_STARTS
    rows, rest = _by_year(of, made)
    return AnswerTable.of(title, _STARTS, rows, () if made else (none,), rest)


def _drivers(of: Explanation) -> AnswerTable:
    rows = tuple(
        (
            d.name,
            stream_label(of.forecast.scenario, d.name),
            d.distance,
            d.variance,
            d.met_median,
            d.missed_median,
            _YES if d.above_floor else _NO,
        )
        for d in of.drivers.rows
    )
    above, floor = len(of.drivers.above), of.drivers.floor
    if np.isnan(floor):
        line = _ALIKE
    else:
        line = Text2(
            f"噪声线 {floor:.3f}（后验样本中的参数各自更高），高于噪声线的有 {above} 项"
            if of.forecast.scenario.posterior
            else f"噪声线 {floor:.3f}，高于噪声线的有 {above} 项",
            f"noise floor {floor:.3f}{' (higher for inputs of the posterior)' if of.forecast.scenario.posterior else ''}; {above} inputs lie above it",
        )
    return _above(
        Text2("影响因素", "What moves it"), _DRIVERS, rows, [d.above_floor for d in of.drivers.rows], (line,)
    )


def knowing_table(scenario: Scenario, found: Knowing) -> AnswerTable:
    """What knowing each input would do to the probability, largest first."""
    rows = tuple(
        (
            *(
                r.name,
                stream_label(scenario, r.name),
                r.what,
                unit_label(r.unit),
                QUALITIES.get(r.quality, r.quality),
                r.moves,
                r.outcome,
                r.measure,
                _YES if r.above_floor else _NO,
            ),
            _YES if r.collectable else _NO,
        )
        for r in found.rows
    )
    title = Text2("弄清哪个数据最能减少不确定性", "Which statistic would most sharpen the answer")
    flags = [r.above_floor for r in found.rows]
    if np.isnan(found.floor):
        return _above(title, _KNOWING, rows, flags, (_ALIKE,))
    lines = [
        Text2(
            f"高于噪声线的有 {len(found.above)} 项；“概率变动”指弄清该数据后达成概率平均变动多少",
            f"{len(found.above)} inputs lie above the noise; 'moves P by' is how far the probability would go on average once it is known",
        )
    ]
    best = next((r for r in found.above if r.collectable), None)
    if best is not None:
        name = stream_label(scenario, best.name)
        lines.append(
            Text2(
                f"最值得收集：{name.zh}，平均使概率变动 ±{best.moves:.1%}",
                f"most worth collecting: {name.en}, moves the probability by ±{best.moves:.1%}",
            )
        )
    return _above(title, _KNOWING, rows, flags, tuple(lines))


def _above(
    title: Text2, headings: Columns, rows: Sequence[Row], flags: Sequence[bool], lines: tuple[Text2, ...]
) -> AnswerTable:
    """Ranked inputs: those above the noise (the first few where there is none); the others for the file only."""
    shown = [row for row, above in zip(rows, flags, strict=True) if above]
    if not shown:
        return AnswerTable.of(title, headings, rows[:FEW], lines, rows[FEW:])
    rest = (row for row, above in zip(rows, flags, strict=True) if not above)
    return AnswerTable.of(title, headings, shown, lines, rest)


def _rule(of: Explanation) -> AnswerTable:
    rule = of.rule
    missed = rule is None or rule.of == "missed"
    title = (
        Text2("哪些情形未达成", "Which futures miss it")
        if missed
        else Text2("哪些情形达成", "Which futures meet it")
    )
    if rule is None:
        said = Text2("没有比随机更好的简短规则", "no short rule beats chance on fresh members")
        return AnswerTable.of(title, _RULE, (), (said,))
    q = rule.fresh
    line = Text2(
        f"在未用于寻找规则的模拟中：覆盖 {q.coverage:.0%}，密度 {q.density:.0%}（总体 {q.base:.0%}）",
        f"on fresh members: coverage {q.coverage:.0%}, density {q.density:.0%} (among all {q.base:.0%})",
    )
    rows = tuple(
        (
            rule.inputs[r.input],
            stream_label(of.forecast.scenario, rule.inputs[r.input]),
            _end(r.low),
            _end(r.high),
        )
        for r in rule.box.restrictions
    )
    return AnswerTable.of(title, _RULE, rows, (line,))


EXPLODED = Text2("切断后失控", "explodes without it")
"""In place of the change of a measure that leaves all bounds."""


def _loops(of: Explanation) -> AnswerTable:
    rows: list[tuple[Cell, ...]] = []
    for e in of.loops.effects:
        m, p = e.measure, e.probability
        change = (m.value, m.low, m.high) if m else (None, None, None)
        name = (
            Text2(f"{e.name.zh}（{EXPLODED.zh}）", f"{e.name.en} ({EXPLODED.en})") if e.explodes else e.name
        )
        rows.append((e.id, name, e.polarity, e.cut, *change, p.value, p.low, p.high))
    unit = unit_label(of.goal.unit)
    zh, en = unit.zh, unit.en
    line = Text2(
        f"逐一切断，同一批 {of.loops.members} 次模拟：切断后减未切断{zh and f'；均值以{zh}计'}",
        f"each cut in turn on the same {of.loops.members} members: cut minus intact{en and f'; means in {en}'}",
    )
    lines = (line, *of.loops.notes) if rows else of.loops.notes
    return AnswerTable.of(Text2("哪些回路起作用", "Which loops carry it"), _LOOPS, tuple(rows), lines)


def _loop_years(of: Explanation) -> AnswerTable:
    names = {e.id: e.name for e in of.loops.effects}
    rows = tuple(
        (y.loop, names[y.loop], plain_time(y.year), _finite(y.met), _finite(y.missed)) for y in of.loops.years
    )
    line = Text2(
        "相对得分：在所列、相互连通的回路之间的份额，正为增强，负为平衡（独自成环的为±1）",
        "relative scores: shares among the listed loops of the same knot, positive reinforcing, negative balancing (±1: alone in its knot)",
    )
    return AnswerTable.of(
        Text2("回路贡献", "Contributions of loops over time"), _LOOP_YEARS, rows, (line,) if rows else ()
    )


def _gap(of: Explanation) -> AnswerTable:
    gap = of.gap
    if isinstance(gap, Text2):
        return AnswerTable.of(Text2("差距分解", "The gap"), _GAP, (), (gap,))
    unit, clock = unit_label(of.goal.unit), of.forecast.scenario.clock
    zh, en = ("".join((comma, name)) if name else "" for comma, name in (("，", unit.zh), (", ", unit.en)))
    title = Text2(
        f"差距分解（{clock.said(gap.year, 'zh')}{zh}）", f"The gap ({clock.said(gap.year, 'en')}{en})"
    )
    names = {x.id: x.name for x in of.forecast.scenario.view.limits}
    rows: tuple[tuple[Cell, ...], ...] = (
        *((id, names.get(id, Text2(id, id)), value) for id, value in gap.parts),
        ("rest", _REST, gap.rest),
        ("gap", _WHOLE, gap.gap),
    )
    return AnswerTable.of(title, _GAP, rows)


def _cost(cost: np.ndarray, e: int, y: int, k: int) -> float | None:
    return float(cost[e, y, k]) if k < cost.shape[2] else None


def _end(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


_ALIKE = Text2(
    "所有模拟结果相同（全部达成或全部未达成），按方差份额排序",
    "every member ends alike (all met or all missed); ranked by share of variance",
)
_NO_LIMITS = Text2("该目标没有记录制约因素", "no limits are recorded for this goal")
_NO_STARTS = Text2("没有记录开工的制约因素", "no limits of starts are recorded")
_FAR_STARTS = Text2("该目标与项目开工没有直接关系", "this goal has nothing to do with the start of projects")
_YES, _NO = Text2("是", "yes"), Text2("否", "no")
_REST = Text2("其余（不由所记录的制约因素解释）", "the rest, not explained by a recorded limit")
_WHOLE = Text2("差距合计", "gap in all")
_BINDS: Columns = (
    ("element", "", ""),
    ("element_name", "集群", "element"),
    ("year", "年份", "year"),
    ("limit", "", ""),
    ("limit_name", "制约因素", "limit"),
    ("share", "模拟份额", "share of members", "percent"),
    ("cost", "平均产出损失份额", "mean share of output lost", "percent"),
)
_STARTS: Columns = (
    ("element", "", ""),
    ("element_name", "集群", "element"),
    ("year", "年份", "year"),
    ("limit", "开工制约因素", "held back by"),
    ("mean", "推迟份额（平均）", "mean share held back", "percent"),
    ("low", "10%分位", "10 %", "percent"),
    ("high", "90%分位", "90 %", "percent"),
    ("binds", "超过1%的模拟份额", "members above 1 %", "percent"),
)
_DRIVERS: Columns = (
    ("input", "", ""),
    ("input_name", "不确定因素", "input"),
    ("distance", "KS距离", "KS distance"),
    ("variance", "方差份额", "share of variance", "percent"),
    ("met_median", "达成时中位数", "median when met"),
    ("missed_median", "未达成时中位数", "median when missed"),
    ("above_floor", "高于噪声", "above noise"),
)
_KNOWING: Columns = (
    ("input", "", ""),
    ("input_name", "不确定因素", "input"),
    ("what", "", ""),
    ("unit", "", ""),
    ("quality", "现有来源质量", "source now"),
    ("moves", "概率变动（±）", "moves P by (±)", "percent"),
    ("outcome", "结果方差份额", "share of outcome variance", "percent"),
    ("measure", "指标方差份额", "share of measure variance", "percent"),
    ("above_floor", "高于噪声", "above noise"),
    ("collectable", "可收集", "can be collected"),
)
_RULE: Columns = (
    ("input", "", ""),
    ("input_name", "不确定因素", "input"),
    ("from", "不低于", "at least"),
    ("to", "不高于", "at most"),
)
_LOOPS: Columns = (
    ("loop", "回路", "loop"),
    ("name", "名称", "name"),
    ("polarity", "极性", "polarity"),
    ("cut", "", ""),
    ("change", "均值变化", "change of mean"),
    ("change_low", "95%下限", "95 % from"),
    ("change_high", "95%上限", "to"),
    ("probability", "概率变化（百分点）", "change of P (points)", "points"),
    ("probability_low", "95%下限", "95 % from", "points"),
    ("probability_high", "95%上限", "to", "points"),
)
_LOOP_YEARS: Columns = (
    ("loop", "回路", "loop"),
    ("name", "名称", "name"),
    ("year", "年份", "year"),
    ("met", "达成时", "when met"),
    ("missed", "未达成时", "when missed"),
)
_GAP: Columns = (("part", "部分", "part"), ("name", "名称", "name"), ("value", "数值", "value"))
