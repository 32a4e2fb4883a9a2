"""Which goals hang together: pairs that are met together more or less often than unrelated goals would be, and why.

For two first readings the dependence is d = P(both) - P(first) P(second). Its standard error is that of the mean of its influence
function over members; intervals are simultaneous over all pairs looked at (Bonferroni), so a pair is reported only where even
the nearer end of its interval excludes zero, and where |d| is worth mentioning. A pair *conflicts* where d < 0.

The reason is looked for in the model: a limit that costs both most; one quantity that is an ingredient of the other; where there is neither, a
stock that both draw on (`shared_stocks`); uncertain inputs
that decide both, each with the share of the dependence that it explains alone. By the law of total covariance an input x explains
Cov(P(first | x), P(second | x)) of d; both conditional probabilities are means of bins of x, and the input must lie above the noise of
all inputs for each of the two goals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from tzsim.ensemble.probability import probability
from tzsim.errors import InputError
from tzsim.forecast.answer_table import AnswerTable, Heading
from tzsim.forecast.bins import BINS, explained, floors
from tzsim.forecast.labels import chinese_names, limit_label, stock_label, stream_label
from tzsim.forecast.result import NONE_BINDS, Forecast, GoalResult, Joint, Probability
from tzsim.forecast.sample import members_behind
from tzsim.forecast.shared_stocks import shared_stocks
from tzsim.ir.describe import causes
from tzsim.ir.loops import path_through
from tzsim.ir.model import Model
from tzsim.measures import quantities
from tzsim.names import VarId, key, split_element
from tzsim.scenario import Scenario, Text2

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

WORTH = 0.02
"""Least |d| that is reported: two members in a hundred."""
REASON_MEMBERS = 4_000
MOST_SHARED = 3
"""Inputs named as a reason."""
LEAST_SHARE = 0.05
"""Least share of the dependence that an input named as a reason explains."""
FEW_LINKS = 4
"""Links of the causal graph within which one goal's quantity counts as an ingredient of another's."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two goals. dependence: P(both) - P(first) P(second), with its simultaneous 95 % interval. reasons: in words, strongest first."""

    first: str
    second: str
    kind: Literal["conflict", "together"]
    p_first: float
    p_second: float
    both: float
    dependence: float
    low: float
    high: float
    reasons: tuple[Text2, ...]

    @property
    def independent(self) -> float:
        """P(both) of unrelated goals of these probabilities."""
        return self.p_first * self.p_second


@dataclass(frozen=True, repr=False)
class Conflicts:
    """pairs: conflicts first, each kind by falling dependence. looked_at: pairs tested. dated: all goals that state a date, together."""

    forecast: Forecast
    pairs: tuple[Pair, ...]
    looked_at: int
    dated: Joint | None
    """None where no judged goal is undated."""

    @property
    def fights(self) -> tuple[Pair, ...]:
        """Pairs met together less often than unrelated goals."""
        return tuple(p for p in self.pairs if p.kind == "conflict")

    def table(self, goal: str = "") -> AnswerTable:
        """A row for each pair, or for each that one goal is part of."""
        shown = tuple(p for p in self.pairs if not goal or goal in (p.first, p.second))
        goals = {r.goal.id: r.goal for r in self.forecast.goals}
        rows = tuple(
            (
                *(
                    p.first,
                    goals[p.first].name,
                    p.second,
                    goals[p.second].name,
                    _KINDS[p.kind],
                    p.p_first,
                    p.p_second,
                ),
                *(p.both, p.independent, p.dependence, p.low, p.high, _joined(p.reasons)),
            )
            for p in shown
        )
        title = Text2("目标之间的冲突与协同", "Goals that fight and goals that go together")
        if goal:
            title = Text2(f"与 {goal} 冲突或协同的目标", f"Goals that fight or go together with {goal}")
        fights = sum(p.kind == "conflict" for p in shown)
        n, rest = self.looked_at, len(shown) - fights
        lines = (
            Text2(
                f"{goal} 与其他目标没有看得出的冲突或协同（共检验 {n} 对）",
                f"no goal is seen to fight or go together with {goal} ({n} pairs tested)",
            )
            if goal and not shown
            else Text2(
                f"检验 {n} 对目标：{'其中 ' if goal else ''}{fights} 对冲突，{rest} 对协同（区间对全部成对比较同时成立）",
                f"of {n} pairs of goals {fights} conflict and {rest} go together (intervals hold for all pairs at once)",
            ),
        )
        return AnswerTable.of(title, _COLUMNS, rows, lines)

    def to_frame(self) -> pd.DataFrame:
        """The table for computing."""
        return self.table().to_frame()

    def plot(self, lang: Literal["zh", "en"] = "zh") -> Any:
        """How far from unrelated the clearest pairs are, with their simultaneous intervals."""
        import tzsim

        return tzsim.conflicts_chart(self, lang)

    def __repr__(self) -> str:
        return f"Conflicts({len(self.fights)} conflicts, {len(self.pairs) - len(self.fights)} that go together, of {self.looked_at} pairs)"

    def _repr_html_(self) -> str:
        return self.table().html()


def conflicts(forecast: Forecast) -> Conflicts:
    """The pairs of first readings of a forecast that are far from independent."""
    results = {r.goal.id: r for r in forecast.goals}
    rows = [k for k, id in enumerate(forecast.judged) if not results[id].goal.reading_of]
    alive = np.ones(forecast.members, dtype=np.bool_)
    alive[list(forecast.failed_members)] = False
    met = (
        forecast.met[rows] if alive.all() else forecast.met[rows][:, alive]
    )  # one byte each: members may be millions
    effective = None if forecast.calibration is None else forecast.calibration.effective
    found, looked_at = _pairs([forecast.judged[k] for k in rows], met, effective)
    shared = _Shared(forecast, alive, [(rows[a], rows[b]) for a, b, _, _ in found])
    graph = _scalar_causes(forecast.scenario.model) if found else {}
    sides = [(results[forecast.judged[rows[a]]], results[forecast.judged[rows[b]]]) for a, b, _, _ in found]
    known = [_in_the_model(forecast, one, other, graph) for one, other in sides]
    open_ = [k for k, reasons in enumerate(known) if not reasons]
    drawn_on = shared_stocks(forecast, [(sides[k][0].goal.id, sides[k][1].goal.id) for k in open_])
    chinese = chinese_names(forecast.scenario) if open_ else {}
    for k, stocks in zip(open_, drawn_on, strict=True):
        known[k] = [_draw_on(forecast.scenario, chinese, stocks)] if stocks else []
    pairs: list[Pair] = []
    for place, (a, b, d, reach) in enumerate(found):
        one, other = sides[place]
        kind: Literal["conflict", "together"] = "conflict" if d < 0 else "together"
        reasons = (*known[place], *_by_inputs(forecast, kind, shared.of(place)))
        pairs.append(
            Pair(
                one.goal.id, other.goal.id, kind, float(met[a].mean()), float(met[b].mean()),
                float((met[a] * met[b]).mean()), d, d - reach, d + reach, reasons,
            )
        )  # fmt: skip
    pairs.sort(key=lambda p: (p.kind != "conflict", -abs(p.dependence), p.first, p.second))
    dated = [k for k in rows if not results[forecast.judged[k]].goal.undated]
    joint = None
    if dated and len(dated) < len(rows):
        together = np.logical_and.reduce(forecast.met[dated], axis=0)
        ids = tuple(forecast.judged[k] for k in dated)
        joint = Joint(ids, Probability(*probability(together, alive, (), effective)[:3]))
    return Conflicts(forecast, tuple(pairs), looked_at, joint)


def _pairs(
    ids: Sequence[str], met: NDArray[np.bool_] | FloatArray, effective: float | None
) -> tuple[list[tuple[int, int, float, float]], int]:
    """(row, row, dependence, half width) of the pairs that are far from independent, and how many were looked at."""
    from scipy.special import ndtri

    count = met.shape[1]
    if count < 2:
        return [], 0
    share = met.mean(axis=1)
    moving = [k for k in range(len(ids)) if 0 < share[k] < 1]
    tests = len(moving) * (len(moving) - 1) // 2
    if not tests:
        return [], 0
    z = float(ndtri(1 - 0.025 / tests))
    size = count if effective is None else min(count, effective)
    found: list[tuple[int, int, float, float]] = []
    for a, b in combinations(moving, 2):
        influence = (met[a] - share[a]) * (met[b] - share[b])
        d = float(influence.mean())
        reach = z * float(influence.std(ddof=1)) / size**0.5
        if abs(d) >= WORTH and abs(d) > reach:
            found.append((a, b, d, reach))
    return found, tests


class _Shared:
    """For each pair the inputs that move both, and how much of the dependence each explains (law of total covariance, by bins)."""

    def __init__(
        self, forecast: Forecast, alive: NDArray[np.bool_], pairs: Sequence[tuple[int, int]]
    ) -> None:
        self._found: list[list[tuple[str, float]]] = [[] for _ in pairs]
        count = min(REASON_MEMBERS, forecast.members)
        living = alive[:count]
        n = int(living.sum())
        try:
            drawn = members_behind(forecast)
        except InputError:  # the record of the posterior has gone
            return
        if n < 10 * BINS or not pairs:
            return
        block = drawn.block(0, count)
        knots = [f"{s.name} @ {s.start + k * s.period:g}" for s in drawn.series for k in range(s.count)]
        inputs = np.concatenate([block.values, block.knots])[:, living]
        moving = np.flatnonzero(np.ptp(inputs, axis=1) > 0) if inputs.size else np.array([], dtype=np.int64)
        names = (*drawn.names, *knots)
        goals = sorted({row for pair in pairs for row in pair})
        met = forecast.met[goals][:, :count][:, living].astype(np.float64)
        met -= met.mean(axis=1, keepdims=True)
        one, other = (np.array([goals.index(pair[side]) for pair in pairs]) for side in (0, 1))
        alone, both = explained(inputs[moving], met, one, other)
        floor = floors(inputs[moving])
        good = (alone[one] > floor) & (alone[other] > floor) & (both >= LEAST_SHARE)
        for pair, column in zip(*np.nonzero(good), strict=True):
            self._found[pair].append((names[moving[column]], float(both[pair, column])))

    def of(self, pair: int) -> list[tuple[str, float]]:
        """(input, share of the dependence), largest first."""
        return sorted(self._found[pair], key=lambda x: -x[1])[:MOST_SHARED]


def _in_the_model(
    forecast: Forecast, one: GoalResult, other: GoalResult, graph: Mapping[VarId, tuple[VarId, ...]]
) -> list[Text2]:
    """A limit of both, or one quantity that is the other's or an ingredient of it."""
    said: list[Text2] = []
    if one.binds and one.binds == other.binds != NONE_BINDS:
        name = limit_label(forecast.scenario, one.binds)
        said.append(Text2(f"共同受制于：{name.zh}", f"both are held back most by: {name.en}"))
    if set(_elements(one)) == set(_elements(other)):
        said.append(Text2("说的是同一数量", "both are about the same quantity"))
    else:
        for cause, effect in ((one, other), (other, one)):
            if _feeds(graph, cause, effect):
                zh, en = cause.goal.id, effect.goal.id
                said.append(
                    Text2(
                        f"模型中 {zh} 的数量进入 {en} 的数量",
                        f"in the model what {zh} counts feeds what {en} counts",
                    )
                )
                break
    return said


def _draw_on(scenario: Scenario, chinese: Mapping[str, str], stocks: Sequence[tuple[str, float]]) -> Text2:
    names = [(stock_label(scenario, chinese, element), share) for element, share in stocks]
    return Text2(
        f"都取用模型中的存量：{'、'.join(f'{n.zh}（其水平单独解释 {s:.0%}）' for n, s in names)}",
        f"both draw on a stock of the model: {', '.join(f'{n.en} (its level alone explains {s:.0%})' for n, s in names)}",
    )


def _by_inputs(
    forecast: Forecast, kind: Literal["conflict", "together"], shared: Sequence[tuple[str, float]]
) -> list[Text2]:
    """The uncertain inputs that decide both."""
    said: list[Text2] = []
    if shared:
        names = [(stream_label(forecast.scenario, name), share) for name, share in shared]
        way = ("影响相反", "move them apart") if kind == "conflict" else ("影响相同", "move them together")
        said.append(
            Text2(
                f"共同因素（{way[0]}，括号内为单独解释的份额）：{'、'.join(f'{n.zh}（{s:.0%}）' for n, s in names)}",
                f"shared inputs that {way[1]} (and the share that each explains): {', '.join(f'{n.en} ({s:.0%})' for n, s in names)}",
            )
        )
    return said


def _scalar_causes(model: Model) -> dict[VarId, tuple[VarId, ...]]:
    scalar = {n for n, v in model.variables.items() if not any(e.subscripts for e in v.equations)}
    return {n: tuple(c for c in of if c in scalar) for n, of in causes(model).items() if n in scalar}


def _elements(result: GoalResult) -> list[str]:
    measures = [m for _, m in result.goal.yearly_measures]
    return list(dict.fromkeys(e for m in measures for q in quantities(m) for e in q.elements))


def _feeds(graph: Mapping[VarId, tuple[VarId, ...]], cause: GoalResult, effect: GoalResult) -> bool:
    """Whether what one goal counts is, within a few links of the model, an ingredient of what the other counts.

    graph: of the variables without subscripts, since the links of an array do not say which elements they join.
    """
    ends = [frozenset(key(split_element(e)[0]) for e in _elements(g)) & graph.keys() for g in (cause, effect)]
    path = path_through(graph, ends) if ends[0] and ends[1] and not ends[0] & ends[1] else None
    return path is not None and len(path) <= FEW_LINKS + 1


def _joined(reasons: Sequence[Text2]) -> Text2:
    if not reasons:
        return Text2("模型中未找到共同的限制或因素", "no shared limit or input found")
    return Text2("；".join(r.zh for r in reasons), "; ".join(r.en for r in reasons))


_KINDS: dict[str, Text2] = {"conflict": Text2("冲突", "conflict"), "together": Text2("协同", "together")}
_COLUMNS: tuple[Heading, ...] = (
    ("first", "目标一", "first"),
    ("first_name", "名称", "name"),
    ("second", "目标二", "second"),
    ("second_name", "名称", "name"),
    ("kind", "关系", "kind"),
    ("p_first", "概率一", "P first", "percent"),
    ("p_second", "概率二", "P second", "percent"),
    ("both", "同时达成", "P both", "percent"),
    ("independent", "若互不相关", "if unrelated", "percent"),
    ("dependence", "差（百分点）", "difference (points)", "points"),
    ("low", "下限", "from", "points"),
    ("high", "上限", "to", "points"),
    ("reason", "原因", "reason"),
)
