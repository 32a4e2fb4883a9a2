"""The tables of a score, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tzsim.clock import plain_time
from tzsim.forecast.answer_table import AnswerTable, Cell, Heading
from tzsim.forecast.labels import unit_label
from tzsim.scenario import Text2

if TYPE_CHECKING:
    from tzsim.forecast.score import Reason, Score

INTERVALS = (0.5, 0.8, 0.95)


def score_tables(of: Score) -> dict[str, AnswerTable]:
    """figures, outcomes and not_scored, by name."""
    made = {"figures": _figures(of), "outcomes": _outcomes(of), "not_scored": _rest(of)}
    return {name: table.on(of.run.scenario.clock) for name, table in made.items()}


def _figures(of: Score) -> AnswerTable:
    rows: list[tuple[Cell, ...]] = []
    names = {x.id: x.name for x in of.run.scenario.view.series}
    for f in of.figures:
        inside = next((f"{level:.0%}" for level in INTERVALS if f.inside(level)), None)
        within = Text2(inside, inside) if inside else Text2("95%之外", "outside 95%")
        median, low, high = f.quantiles[3], f.quantiles[1], f.quantiles[5]
        name = names.get(f.series, Text2(f.figure, f.figure))
        rows.append(
            (
                name,
                plain_time(f.year),
                unit_label(f.unit),
                f.actual,
                median,
                low,
                high,
                f.crps,
                f.pit,
                within,
            )
        )
    lines: list[Text2] = list(of.notes)
    if of.figures:
        shares = " / ".join(f"{of.coverage(level):.0%}" for level in INTERVALS)
        n, size = len(of.figures), of.relative_crps
        said = "" if size is None else f"{size:.2%}"
        lines.append(
            Text2(
                f"{n} 个数据；50% / 80% / 95% 区间覆盖 {shares}；CRPS 平均为数值的 {said}",
                f"{n} figures; the 50 / 80 / 95 % intervals hold {shares}; mean CRPS {said} of the figure",
            )
        )
    else:
        lines.append(Text2("没有可评分的数据", "no figure can be scored"))
    return AnswerTable.of(
        Text2("预测与实际", "Forecast and what happened"), _FIGURES, tuple(rows), tuple(lines)
    )


def _outcomes(of: Score) -> AnswerTable:
    rows = tuple(
        (
            o.goal.id,
            o.goal.name,
            unit_label(o.goal.unit),
            o.goal.value,
            o.value,
            o.probability,
            _YES if o.met else _NO,
            o.brier,
        )
        for o in of.outcomes
    )
    brier = of.brier
    line = (
        Text2("这些数据还不能判定任何目标", "these figures decide no goal yet")
        if brier is None
        else Text2(
            f"Brier 得分平均 {brier:.3f}（一律预报50%为0.250）",
            f"mean Brier score {brier:.3f} (0.250 for always saying 50 %)",
        )
    )
    return AnswerTable.of(Text2("目标的结果", "Goals decided"), _OUTCOMES, rows, (line,))


def _rest(of: Score) -> AnswerTable:
    rows = tuple(
        (r.variable, r.entity, ", ".join(map(plain_time, r.years)), _REASONS[r.reason], r.detail)
        for r in of.not_scored
    )
    return AnswerTable.of(Text2("未评分的数据", "Not scored"), _REST, rows)


_REASONS: dict[Reason, Text2] = {
    "doubtful": Text2("数量级可疑，未确认", "orders of magnitude off, not confirmed"),
    "not modelled": Text2("模型中没有", "not modelled"),
    "unit": Text2("单位无法换算", "its unit does not fit"),
    "incomplete": Text2("合计中缺少其他数据", "other rows of the sum are missing"),
    "after the run": Text2("超出模拟期", "outside of the run"),
    "between steps": Text2("不在模型的步点上", "between two steps of the model"),
    "known when the forecast was made": Text2("预测时已知", "known when the forecast was made"),
}
_YES, _NO = Text2("达成", "met"), Text2("未达成", "missed")
_FIGURES: tuple[Heading, ...] = (
    ("figure", "数据", "figure"),
    ("year", "年份", "year"),
    ("unit", "单位", "unit"),
    ("actual", "实际", "what happened"),
    ("median", "预测中位数", "median"),
    ("p10", "10%分位", "10 %"),
    ("p90", "90%分位", "90 %"),
    ("crps", "CRPS", "CRPS"),
    ("pit", "低于实际的模拟份额（PIT）", "members below (PIT)", "percent"),
    ("within", "落在区间", "inside"),
)
_OUTCOMES: tuple[Heading, ...] = (
    ("goal", "目标", "goal"),
    ("name", "名称", "name"),
    ("unit", "单位", "unit"),
    ("target", "目标值", "target"),
    ("value", "实际", "what happened"),
    ("probability", "预测概率", "P", "percent"),
    ("outcome", "结果", "outcome"),
    ("brier", "Brier", "Brier"),
)
_REST = (
    ("variable", "指标", "variable"),
    ("entity", "地区", "entity"),
    ("years", "年份", "years"),
    ("reason", "原因", "reason"),
    ("detail", "说明", "detail"),
)
