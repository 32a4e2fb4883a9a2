"""What the hindcast of a calibrated model showed: scores against simple extrapolations, read from beside the posterior.

A forecast prints this and never computes it: `hindcast.json` in the posterior's folder is written by `tzsim hindcast`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from tzsim.errors import InputError
from tzsim.files import read_bounded
from tzsim.scenario.text import Text2

FILE = "hindcast.json"
FORMAT = 1
LARGEST = 5_000_000
"""Bytes that are read."""
MODEL = "model"
SIGNIFICANT = 0.05
"""Skill is claimed where a gain as large would come by chance in at most this share of cases, against every baseline."""

Verdict: TypeAlias = Literal["skill", "no skill shown", "not known"]


@dataclass(frozen=True, slots=True)
class MethodScore:
    """Mean scores of one way of forecasting a series over its cases.

    method: 'model', 'random walk with drift', 'last value' or 'growth of the plan'. crps, interval: continuous ranked
    probability score and score of the 95 % interval, in the unit of the series, smaller is better. coverage: central
    interval (0.5, 0.8, 0.95) -> share of cases inside.
    """

    method: str
    crps: float
    interval: float
    coverage: Mapping[float, float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The model against one baseline. gain: 1 - CRPS of the model / CRPS of the baseline; above 0 the model is better.

    low, high: 90 % interval of `gain` over the origins (bootstrap); None where there are too few. p: chance of a gain
    as large if the two were equally good (signs flipped by origin, every pattern counted). wins: cases won.
    """

    baseline: str
    gain: float
    low: float | None
    high: float | None
    p: float
    wins: int


@dataclass(frozen=True, slots=True)
class SeriesSkill:
    """One series. id: spec/series. origins: years (or times of another clock) whose figures were the last ones known; cases: (origin, later year) pairs scored.

    model: which model forecast it. documented: every figure used was read in a document; others are shown and are no
    evidence. first, last: years of the figures.
    """

    id: str
    name: Text2
    model: Text2
    unit: str
    documented: bool
    first: float
    last: float
    origins: tuple[float, ...]
    cases: int
    verdict: Verdict
    scores: tuple[MethodScore, ...]
    against: tuple[Comparison, ...]

    @property
    def enough(self) -> bool:
        """Whether as many origins could show skill at all: the smallest p is 2**-origins."""
        return 0.5 ** len(self.origins) <= SIGNIFICANT

    def sentence(self, lang: str) -> str:
        """The series, its verdict and the numbers behind it."""
        name, model = self.name.of(lang) or self.id, self.model.of(lang)
        name = f"{name}（{model}）" if lang == "zh" else f"{name} ({model})"
        count = len(self.origins)
        if self.verdict == "not known" or not self.against:
            cases = f"无法判断（{count}个起点）" if lang == "zh" else f"not known ({count} origins)"
            return f"{name}：{cases}" if lang == "zh" else f"{name}: {cases}"
        worst = min(self.against, key=lambda c: c.gain)
        word, baseline = VERDICTS[self.verdict].of(lang), METHODS[worst.baseline].of(lang)
        # A lower error from so few origins that no count could show skill is said to be that, not held up as a finding.
        vain = worst.gain >= 0 and self.verdict != "skill" and not self.enough
        if lang == "zh":
            change = f"误差评分比{baseline}{'低' if worst.gain >= 0 else '高'}{abs(worst.gain):.0%}"
            cases = f"{count}个起点{self.cases}例"
            if vain:
                return f"{name}：{word}（{change}，但只有{cases}，样本太少，可能出于偶然）"
            return f"{name}：{word}（{change}；{cases}，p={worst.p:.2f}）"
        change = f"CRPS {abs(worst.gain):.0%} {'below' if worst.gain >= 0 else 'above'} that of {baseline}"
        cases = f"{count} origins and {self.cases} cases"
        if vain:
            return f"{name}: {word} ({change}, but {cases} are too few to tell that from chance)"
        return f"{name}: {word} ({change}; {cases}, p = {worst.p:.2f})"


@dataclass(frozen=True, slots=True)
class Skill:
    """What is known of the skill of a calibrated model. Without series nothing is; `why` says why.

    caveat: what the scores cannot show. command: prints the table again.
    """

    series: tuple[SeriesSkill, ...] = ()
    why: Text2 = Text2("尚未做历史回测", "no hindcast has been recorded")
    caveat: Text2 = Text2()
    command: str = ""

    @property
    def verdict(self) -> Verdict:
        """Of the documented series together: 'skill' only where each that was scored shows it."""
        found = {s.verdict for s in self.series if s.documented and s.verdict != "not known"}
        if not found:
            return "not known"
        return "skill" if found == {"skill"} else "no skill shown"

    @property
    def _scored(self) -> list[SeriesSkill]:
        return [s for s in self.series if s.documented and s.verdict != "not known"]

    def headline(self, lang: str) -> str:
        """The finding in one sentence, fit for the terminal and page one of the brief."""
        scored = self._scored
        if scored:
            return _head(sum(s.verdict == "skill" for s in scored), len(scored), lang)
        why = (_TOO_FEW if self.series else self.why).of(lang)
        return (
            f"回测：预测能力是否强于简单外推，尚不清楚：{why}。"
            if lang == "zh"
            else f"Hindcast: whether the model forecasts better than simple extrapolation is not known: {why}."
        )

    def sentence(self, lang: str) -> str:
        """The headline, then every series that was scored with the numbers behind its verdict."""
        shown = ("；" if lang == "zh" else "; ").join(s.sentence(lang) for s in self._scored)
        if not shown:
            return self.headline(lang)
        return f"{self.headline(lang)}{shown}。" if lang == "zh" else f"{self.headline(lang)} {shown}."


_TOO_FEW = Text2("没有数据足够多的序列", "no documented series has enough figures for it")
VERDICTS: Mapping[str, Text2] = {
    "skill": Text2("优于简单外推", "skill"),
    "no skill shown": Text2("未显示优于简单外推", "no skill shown"),
    "not known": Text2("无法判断", "not known"),
}
METHODS: Mapping[str, Text2] = {
    MODEL: Text2("模型", "the model"),
    "random walk with drift": Text2("带漂移随机游走", "a random walk with drift"),
    "last value": Text2("沿用前值", "the last value"),
    "growth of the plan": Text2("规划增速", "the plan's growth rate"),
}


def read_skill(folder: Path, hashes: Mapping[str, str], *, shown: str = "") -> Skill:
    """What stands beside the posterior in `folder`. hashes: of the posterior; a hindcast of other inputs says so.

    Raises InputError for a file that cannot be read.
    """
    path = folder / FILE
    if not path.is_file():
        return Skill()
    try:
        found: dict[str, Any] = json.loads(read_bounded(path, LARGEST))
        if found["format"] != FORMAT:
            raise ValueError(f"format {found['format']!r}, this version reads {FORMAT}")
        if dict(found["hashes"]) != dict(hashes):
            return Skill(
                why=Text2(
                    "回测记录对应的是更早的模型或数据",
                    "the recorded hindcast was made from another model or data",
                )
            )
        series = tuple(_series(row) for row in found["series"])
        return Skill(
            series, Skill().why if not series else Text2(), Text2(**found["caveat"]), str(found["command"])
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError.one(
            f"{shown or folder}/{FILE}: the hindcast cannot be read ({error})",
            hint="tzsim hindcast makes it again",
        ) from None


def _series(row: Mapping[str, Any]) -> SeriesSkill:
    return SeriesSkill(
        row["id"],
        Text2(**row["name"]),
        Text2(**row["model"]),
        row["unit"],
        row["documented"],
        row["first"],
        row["last"],
        tuple(row["origins"]),
        row["cases"],
        row["verdict"],
        tuple(
            MethodScore(
                s["method"], s["crps"], s["interval"], {float(k): v for k, v in s["coverage"].items()}
            )
            for s in row["scores"]
        ),
        tuple(Comparison(**c) for c in row["against"]),
    )


def _head(good: int, scored: int, lang: str) -> str:
    if lang == "zh":
        if good == scored:
            return f"回测：{scored}个序列均优于简单外推。"
        return (
            f"回测：{scored}个序列中{scored - good}个未显示优于简单外推。"
            if good
            else "回测：未显示优于简单外推的预测能力。"
        )
    if good == scored:
        return f"Hindcast: better than simple extrapolation on all {scored} series."
    if good:
        return (
            f"Hindcast: no skill over simple extrapolation was shown on {scored - good} of {scored} series."
        )
    return "Hindcast: no skill over simple extrapolation was shown."
