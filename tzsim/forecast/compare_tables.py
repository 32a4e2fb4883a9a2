"""The table of a comparison, in both languages, and how much pairing narrows its intervals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tzsim.forecast.answer_table import AnswerTable, Heading, Row
from tzsim.forecast.labels import unit_label
from tzsim.forecast.paired import Difference
from tzsim.scenario import Text2

if TYPE_CHECKING:
    from tzsim.forecast.compare import Change, Comparison, Verdict

_VERDICTS: dict[Verdict, Text2] = {
    "gains": Text2("提高", "gains"),
    "loses": Text2("降低", "loses"),
    "unclear": Text2("看不出差别", "unclear"),
    "same": Text2("不变", "same"),
}


def comparison_table(of: Comparison) -> AnswerTable:
    """A row for each goal and scenario whose probability changes, the surest and largest first; the others for the file only."""
    base = of.forecasts[0].scenario
    title = Text2(f"与“{base.name.zh}”相比（逐次配对）", f"Compared with {base.name.en}, member by member")
    moved = sorted((c for c in of.changes if c.matters), key=_importance)
    still = [c for c in of.changes if not c.matters]
    several = len({c.scenario for c in of.changes}) > 1
    name: Heading = ("scenario_name", "情景", "scenario") if several else ("scenario_name", "", "")
    names = {f.scenario.id: f.scenario.name for f in of.forecasts}
    rows, rest = ([_row(c, names[c.scenario]) for c in some] for some in (moved, still))
    columns = (("scenario", "", ""), name, *_COLUMNS)
    if not any(c.restated for c in moved):  # the column is then for the file only
        columns = tuple((h[0], "", "") if h[0] == "target_change" else h for h in columns)
    return AnswerTable.of(title, columns, rows, _lines(of, moved, still), rest)


def _lines(of: Comparison, moved: Sequence[Change], still: Sequence[Change]) -> tuple[Text2, ...]:
    lines: list[Text2] = []
    for other in of.forecasts[1:]:
        own = {c.goal.id for c in of.changes if c.scenario == other.scenario.id and c.restated}
        up, down = (
            [f"{id}*" if id in own else id for id in ids]
            for ids in (of.gains(other.scenario.id), of.loses(other.scenario.id))
        )
        name = other.scenario.name
        lines.append(
            Text2(
                f"{name.zh}：提高 {'、'.join(up) or '无'}；降低 {'、'.join(down) or '无'}",
                f"{name.en}: gains {', '.join(up) or 'none'}; loses {', '.join(down) or 'none'}",
            )
        )
    if still:
        n, same = len(still), sum(c.untouched for c in still)
        zh, en = (f"另有 {n} 项", f"other goals ({n})") if moved else (f"全部 {n} 项", f"all {n} goals")
        lines.append(
            Text2(
                f"{zh}的概率不变，其中 {same} 项的指标也丝毫不变；见结果文件",
                f"the probability of {en} is the same, and the measure of {same} of them too; they stand in the file",
            )
        )
    return (*lines, *_narrower(of), *of.notes)


def _narrower(of: Comparison) -> tuple[Text2, ...]:
    """How much pairing narrows the intervals, of probabilities and of means; goals with another target are two questions, not a pair."""
    paired = [c for c in of.changes if c.restated is None]
    chances = _ratios((c, c.probability_difference) for c in paired if c.won or c.lost)
    means = _ratios((c, m) for c in paired if (m := c.measure_difference) is not None)
    said: list[Text2] = []
    for name, found in ((Text2("概率", "of P"), chances), (Text2("均值", "of the mean"), means)):
        if not found:
            continue
        least, c = min(found, key=lambda x: x[0])
        middle = _times(float(np.median([ratio for ratio, _ in found])))
        share = 100 * (c.won + c.lost) / c.members
        flip = f"{share:.0f}%" if share >= 10 else f"{share:.2g}%"
        zh, en = (
            (f"，{flip} 的模拟改变达成与否", f", where {flip} of the members change sides")
            if found is chances
            else ("", "")
        )
        said.append(
            Text2(
                f"{name.zh}之差的区间比独立抽样窄 {middle} 倍（中位数），最少 {_times(least)} 倍（{c.goal.id}{zh}）",
                f"intervals of changes {name.en} are {middle} times narrower than from independent members (median), {_times(least)} at least"
                f" ({c.goal.id}{en})",
            )
        )
    if any(ratio < WORTH_PAIRING for ratio, _ in (*chances, *means)):
        said.append(_LITTLE)
    return tuple(said)


def _ratios(pairs: Iterable[tuple[Change, Difference]]) -> list[tuple[float, Change]]:
    return [(d.narrower, c) for c, d in pairs if d.narrower is not None]


def _times(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio < 10 else f"{ratio:,.0f}"


WORTH_PAIRING = 3.0
"""Intervals that are less often narrower get a word of explanation."""
_LITTLE = Text2(
    "改变达成与否的模拟越多，配对能抵消的越少（概率之差的方差不小于该份额减去差的平方）；一个情景固定而另一个抽取的因素不能抵消",
    "pairing cancels less where more members change sides (the variance of a change of P is their share less its square), and nothing of"
    " what one scenario fixes and the other draws",
)


def _importance(c: Change) -> tuple[bool, float, float]:
    """Sorts what is sure before what may be chance, each by the size of the change."""
    return c.verdict == "unclear", -abs(c.probability_difference.value), -float(c.won + c.lost)


_COLUMNS: tuple[Heading, ...] = (
    ("goal", "目标", "goal"),
    ("name", "名称", "name"),
    ("target_change", "目标值", "target"),
    ("base_target", "", ""),
    ("target", "", ""),
    ("base_probability", "基准概率", "base P", "percent"),
    ("probability", "概率", "P", "percent"),
    ("probability_difference", "概率之差（百分点）", "change of P (points)", "points"),
    ("probability_low", "95%下限", "95 % from", "points"),
    ("probability_high", "95%上限", "to", "points"),
    ("base_mean", "", ""),
    ("mean", "", ""),
    ("measure_difference", "均值之差", "change of mean"),
    ("measure_low", "", ""),
    ("measure_high", "", ""),
    ("unit", "单位", "unit"),
    ("won", "", ""),
    ("lost", "", ""),
    ("verdict", "结论", "verdict"),
    ("probability_narrower", "概率区间窄（倍）", "P narrower (times)"),
    ("measure_narrower", "均值区间窄（倍）", "mean narrower (times)"),
)


def _row(c: Change, scenario: Text2) -> Row:
    p, m = c.probability_difference, c.measure_difference
    measure = (m.value, m.low, m.high) if m else (None, None, None)
    return (
        *(c.scenario, scenario, c.goal.id, c.goal.name, c.target_change),
        *(c.goal.value, (c.restated or c.goal).value, c.base_probability, c.probability),
        *(p.value, p.low, p.high, c.base_mean, c.mean, *measure, unit_label(c.goal.unit)),
        *(float(c.won), float(c.lost), _VERDICTS[c.verdict]),
        *(p.narrower, m.narrower if m else None),
    )
