"""What a check found: pass, fail or not applicable, in words and with the evidence."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from tzsim.scenario.text import Text2

Status: TypeAlias = Literal["pass", "fail", "not applicable"]
Area: TypeAlias = Literal[
    "units", "documentation", "balances", "signs", "situations", "steps", "loops", "constants"
]
AREAS: tuple[Area, ...] = (
    "units", "documentation", "balances", "signs", "situations", "steps", "loops", "constants",
)  # fmt: skip
AREA_NAMES: dict[Area, Text2] = {
    "units": Text2("单位", "Units"),
    "documentation": Text2("文档", "Documentation"),
    "balances": Text2("守恒", "Conservation"),
    "signs": Text2("非负与数值有限", "Signs and finite values"),
    "situations": Text2("极端条件与行为规则", "Extreme conditions and behaviour"),
    "steps": Text2("步长与积分方法", "Step and method"),
    "loops": Text2("反馈回路", "Feedback loops"),
    "constants": Text2("常数", "Constants"),
}
STATUS_NAMES: dict[Status, Text2] = {
    "pass": Text2("通过", "pass"),
    "fail": Text2("不通过", "FAIL"),
    "not applicable": Text2("不适用", "not applicable"),
}
MOST_EVIDENCE = 20


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation. member: 0 the model as it stands, k draw k; None where no run was needed. time: nan likewise."""

    variable: str
    text: Text2 = Text2()
    value: float = math.nan
    time: float = math.nan
    member: int | None = None
    place: str = ""
    """File and line, where the finding stands in a file."""

    def as_json(self, lang: str) -> dict[str, Any]:
        found: dict[str, Any] = {"variable": self.variable, "text": self.text.of(lang)}
        found |= {"value": self.value} if math.isfinite(self.value) else {}
        found |= {"time": self.time} if math.isfinite(self.time) else {}
        found |= {"member": self.member} if self.member is not None else {}
        return found | ({"place": self.place} if self.place else {})


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check. text: what was found, in a sentence. evidence: at most 20 observations, the worst first."""

    area: Area
    id: str
    name: Text2
    status: Status
    text: Text2
    evidence: tuple[Evidence, ...] = ()

    def as_json(self, lang: str) -> dict[str, Any]:
        return {
            "area": self.area,
            "id": self.id,
            "name": self.name.of(lang),
            "status": self.status,
            "text": self.text.of(lang),
            "evidence": [e.as_json(lang) for e in self.evidence],
        }


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All results of a model's battery, in the order of `AREAS`."""

    model: str
    name: Text2
    checks_file: str
    members: int
    """Members of the small ensemble, the model as it stands included."""
    seed: int
    results: tuple[CheckResult, ...]

    def count(self, status: Status) -> int:
        return sum(r.status == status for r in self.results)

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return not self.count("fail")

    @property
    def failures(self) -> tuple[CheckResult, ...]:
        return tuple(r for r in self.results if r.status == "fail")

    def of_area(self, area: Area) -> tuple[CheckResult, ...]:
        return tuple(r for r in self.results if r.area == area)

    def as_json(self, lang: str = "en") -> dict[str, Any]:
        """Plain values for a JSON file."""
        return {
            "model": self.model,
            "name": self.name.of(lang),
            "checks": self.checks_file,
            "members": self.members,
            "seed": self.seed,
            "passed": self.count("pass"),
            "failed": self.count("fail"),
            "not_applicable": self.count("not applicable"),
            "results": [r.as_json(lang) for r in self.results],
        }

    def __repr__(self) -> str:
        counts = ", ".join(f"{self.count(s)} {s}" for s in ("pass", "fail", "not applicable"))
        return f"CheckReport({self.model}: {counts})"


def judged(
    area: Area, id: str, name: Text2, evidence: Iterable[Evidence], good: Text2, bad: Text2
) -> CheckResult:
    """A result that fails where there is any evidence against."""
    found = tuple(evidence)
    return CheckResult(
        area, id, name, "fail" if found else "pass", bad if found else good, found[:MOST_EVIDENCE]
    )


def not_applicable(area: Area, id: str, name: Text2, why: Text2) -> CheckResult:
    return CheckResult(area, id, name, "not applicable", why)


def number(value: float) -> str:
    """A figure of evidence: four significant digits."""
    return f"{value:.4g}"


def percent(share: float) -> str:
    """A share in per cent, three digits; what is beyond a thousand of them is a share of next to nothing."""
    if abs(share) > 10:
        return f"{'>' if share > 0 else '<'} {'1000' if share > 0 else '-1000'} %"
    return f"{100 * share:.3g} %" if abs(share) >= 5e-6 or share == 0 else "0 %"
