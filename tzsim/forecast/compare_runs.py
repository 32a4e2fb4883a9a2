"""compare two stored runs: what they were made from that differs, and how much of each probability's change comes from which part.

Parts: the model's equations, the priors and shocks, what data say (history and the posterior), what the scenario sets (levers,
constants, dates), the goals, and the members (seed, number, design). The attribution starts from the older run and puts in the parts of
the newer one in that order, each on the same members; a step that cannot run alone (say priors of variables that the model does
not have yet) is taken together with the next. The steps of a goal sum to its whole change on those members. Order matters where parts
act on each other; it is stated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tzsim.ensemble.posterior import plain
from tzsim.errors import InputError, SimulationError, TzsimError, in_chinese
from tzsim.forecast.answer_table import LEAST_POINTS, AnswerTable, Cell, Heading
from tzsim.forecast.labels import input_label, measure_formula
from tzsim.forecast.ledger import StoredRun, open_run
from tzsim.forecast.result import Forecast
from tzsim.forecast.run import forecast
from tzsim.ir.model import Model
from tzsim.names import key
from tzsim.record import VERSION, canonical_json, sha256
from tzsim.scenario import Scenario, Text2

if TYPE_CHECKING:
    import pandas as pd

Part = Literal["version", "model", "priors", "data", "scenario", "goals", "members"]
PARTS: tuple[Part, ...] = ("version", "model", "priors", "data", "scenario", "goals", "members")
MEMBERS = 2_560


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing that differs. old, new: as text; '' where it was not there."""

    part: Part
    what: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Step:
    """Parts of the newer run put in together, and the probability of each goal judged before and after."""

    parts: tuple[Part, ...]
    before: Mapping[str, float]
    after: Mapping[str, float]

    def change(self, goal: str) -> float | None:
        """None where the goal is not judged on both sides."""
        if goal not in self.before or goal not in self.after:
            return None
        return self.after[goal] - self.before[goal]


@dataclass(frozen=True, repr=False)
class RunComparison:
    """old and new as stored; `changes` of their inputs; `steps` that lead from one to the other."""

    old: StoredRun
    new: StoredRun
    changes: tuple[Changed, ...]
    steps: tuple[Step, ...]
    members: int
    notes: tuple[Text2, ...] = ()

    @property
    def run_id(self) -> str:
        """Hash of the two runs."""
        made = {
            "compare runs": [self.old.run_id, self.new.run_id],
            "members": self.members,
            "version": VERSION,
        }
        return sha256(canonical_json(made).encode())[:16]

    def of(self, part: Part) -> tuple[Changed, ...]:
        """What differs in one part."""
        return tuple(c for c in self.changes if c.part == part)

    def tables(self) -> dict[str, AnswerTable]:
        """changes and probabilities, by name."""
        return {"changes": self._changes(), "probabilities": self._probabilities()}

    def to_frame(self) -> pd.DataFrame:
        """The probabilities for computing."""
        return self._probabilities().to_frame()

    def plot(self, lang: Literal["zh", "en"] = "zh") -> Any:
        """The goals whose probability moved most, and which part moved it."""
        import tzsim

        return tzsim.run_changes_chart(self, lang)

    def _changes(self) -> AnswerTable:
        rows = tuple((_PARTS[c.part], self._words(c.what), c.old, c.new) for c in self.changes)
        title = Text2("两次运行的输入有何不同", "What differs between the inputs of two runs")
        if not rows:
            return AnswerTable.of(title, _CHANGES, (), (Text2("输入完全相同", "the inputs are the same"),))
        counts: dict[Part, int] = {p: len(self.of(p)) for p in PARTS if self.of(p)}
        zh = "；".join(f"{_PARTS[p].zh} {n} 处" for p, n in counts.items())
        en = "; ".join(f"{_PARTS[p].en}: {n}" for p, n in counts.items())
        return AnswerTable.of(title, _CHANGES, rows, (Text2(zh, en),))

    def _words(self, what: str) -> Text2:
        """What differs, as readers call it: shocks, levers and settings by their names."""
        kind, _, rest = what.partition(" ")
        for scenario in (self.new.scenario, self.old.scenario):
            if kind == "lever":
                for v in scenario.lever_table:
                    if v.id == rest:
                        return Text2(f"手段：{v.name.zh}", f"lever: {v.name.en}")
            if kind == "measure":
                return Text2(f"{rest} 的指标", f"measure of {rest}")
            if kind in ("set", "constant"):
                name = input_label(scenario, rest)
                return Text2(f"设定：{name.zh}", f"set: {name.en}")
            for s in scenario.shocks if kind == "shock" else ():
                if rest == s.id:
                    return Text2(f"冲击：{s.name.zh}", f"shock: {s.name.en}")
                if rest.startswith(f"{s.id}: "):
                    variable, _, time = rest.removeprefix(f"{s.id}: ").rpartition(" at ")
                    name = input_label(scenario, variable, float(time))
                    return Text2(f"冲击：{name.zh}", f"shock: {name.en}")
        return _SETTINGS.get(what, Text2(what, what))

    def _probabilities(self) -> AnswerTable:
        old, new = self.old.results.probability, self.new.results.probability
        steps: list[Heading] = [(f"step_{i}", *_parts(s), "points") for i, s in enumerate(self.steps, 1)]
        rows: list[tuple[Cell, ...]] = []
        for id in dict.fromkeys((*old, *new)):
            run = self.new if id in new else self.old
            a, b = old.get(id), new.get(id)
            change = b[0] - a[0] if a and b else None
            values = (a[0] if a else None, b[0] if b else None, change)
            parts = [s.change(id) for s in self.steps]
            known = [p for p in parts if p is not None]
            rest = change - sum(known) if change is not None and known else None
            rows.append((id, run.scenario.goal(id).name, *values, *parts, rest))
        rows.sort(key=lambda r: -abs(r[4]) if isinstance(r[4], float) else 0.0)
        lines = list(self.notes)
        told = any(isinstance(r[-1], float) and abs(r[-1]) >= LEAST_POINTS for r in rows)
        steps.append(("rest", *((_REST.zh, _REST.en) if told else ("", "")), "points"))
        if told:
            zh, en = ("抽样误差", "sampling error")
            if self.of("version"):
                zh, en = f"{zh}和程序版本", f"{en} and the version"
            lines.append(
                Text2(
                    f"“{_REST.zh}”：存档的概率出自 {self.old.scenario.draws} 和 {self.new.scenario.draws} 次模拟，各步出自 {self.members} 次，相差的是{zh}",
                    f"'{_REST.en}': the stored probabilities are of {self.old.scenario.draws} and {self.new.scenario.draws} members, the steps of"
                    f" {self.members}; what is between them is {en}",
                )
            )
        if self.steps:
            zh, en = (
                "；".join(_parts(s)[0] for s in self.steps),
                "; ".join(_parts(s)[1] for s in self.steps),
            )
            lines.append(
                Text2(
                    f"按此顺序逐步换入新运行的部分（{self.members} 次模拟）：{zh}",
                    f"parts of the newer run put in one after the other ({self.members} members): {en}",
                )
            )
        return AnswerTable.of(
            Text2("概率如何变化", "How the probabilities changed"), (*_PROBABILITIES, *steps), rows, lines
        )

    def __repr__(self) -> str:
        return f"RunComparison({self.old.run_id} to {self.new.run_id}: {len(self.changes)} changes, {len(self.steps)} steps)"

    def _repr_html_(self) -> str:
        return "".join(table.html() for table in self.tables().values())


def compare_runs(
    old: StoredRun | str | Path,
    new: StoredRun | str | Path,
    *,
    members: int = MEMBERS,
    threads: int | None = None,
) -> RunComparison:
    """Compare two stored runs (or their folders). members: of each step of the attribution; 0 leaves it out.

    Raises InputError where a folder is no run.
    """
    a, b = (r if isinstance(r, StoredRun) else open_run(r) for r in (old, new))
    changes = what_changed(a, b)
    notes: list[Text2] = []
    steps: tuple[Step, ...] = ()
    touched: list[Part] = [p for p in PARTS if p != "version" and any(c.part == p for c in changes)]
    if any(c.part == "version" for c in changes):
        notes.append(
            Text2(
                "两次运行用不同版本的 tzsim 计算；下列步骤都用本版本重算",
                "the runs were made by different versions of tzsim; the steps are all run with this one",
            )
        )
    if members and touched:
        try:
            steps = _steps(a, b, touched, members, threads)
        except TzsimError as error:
            notes.append(Text2(f"无法分解变化：{in_chinese(error)}", f"the change cannot be split: {error}"))
    return RunComparison(a, b, changes, steps, _count(a, b, members) if steps else 0, tuple(notes))


# --- what differs -------------------------------------------------------------------------------------------------


def what_changed(old: StoredRun, new: StoredRun) -> tuple[Changed, ...]:
    """Every difference of the inputs, part by part."""
    a, b = old.scenario, new.scenario
    found: list[Changed] = []

    def note(
        part: Part, one: Mapping[str, Any], other: Mapping[str, Any], show: Callable[[Any], str] = _shown
    ) -> None:
        for name in dict.fromkeys((*one, *other)):
            before, after = one.get(name), other.get(name)
            if before != after:
                shown = ("" if before is None else show(before), "" if after is None else show(after))
                found.append(Changed(part, name, *shown))

    note("version", {"tzsim": old.version}, {"tzsim": new.version})
    note("model", _equations(a.model), _equations(b.model))
    note(
        "priors",
        {p.variable: p.distribution for p in a.priors},
        {p.variable: p.distribution for p in b.priors},
    )
    note("priors", _shocks(a), _shocks(b))
    note("data", _figures(a), _figures(b))
    note("data", _posterior(old), _posterior(new))
    note("scenario", _settings(a), _settings(b))
    note("goals", _asked(a), _asked(b))
    note("members", _members(old), _members(new))
    return tuple(found)


def _equations(model: Model) -> dict[str, str]:
    """Variable -> its equations as text, known by what they say and not by their layout."""
    made: dict[str, str] = {}
    for v in model.variables.values():
        lines = [
            f"{v.name}{'[' + ','.join(e.subscripts) + ']' if e.subscripts else ''} = {_squeezed(e.text, e.expression)}"
            for e in v.equations
        ]
        made[v.name] = "; ".join(lines)
    ranges = {f"range {r.name}": ", ".join(r.elements) for r in model.subscripts.values()}
    return made | ranges | {"integration method": model.method}


def _squeezed(text: str, expression: object) -> str:
    """The right-hand side as written, without blanks at line ends; the tree where there is no text."""
    right = " ".join(text.split())
    return right.partition("=")[2].strip() or right or repr(expression)


def _shocks(scenario: Scenario) -> dict[str, str]:
    return {
        f"shock {s.id}": canonical_json(
            plain(replace(s, off=False, fixed=(), source="", reason="", name=Text2()))
        )
        for s in scenario.shocks
    }


def _figures(scenario: Scenario) -> dict[str, str]:
    return {
        f"{o.variable} ({o.entity}) {o.year}": f"{o.value:g} {o.unit}, {o.role}" for o in scenario.history
    }


def _posterior(run: StoredRun) -> dict[str, str]:
    hashes = run.record.get("hashes") or {}
    return {"posterior": str(hashes["posterior"])[:12] if "posterior" in hashes else "none: the priors"}


def _settings(scenario: Scenario) -> dict[str, Any]:
    made: dict[str, Any] = {"as_of": scenario.as_of_written, "horizon": scenario.horizon}
    made |= {f"lever {id}": v for id, v in scenario.levers.items()}
    made |= {f"set {name}": v for name, v in scenario.settings.items()}
    for s in scenario.shocks:
        if s.off:
            made[f"shock {s.id}"] = "off"
        made |= {f"shock {s.id}: {name} at {s.knots[k]:g}": v for name, k, v in s.fixed}
    held = {key(n) for n in scenario.settings} | {
        key(e) for v in scenario.lever_table if v.id in scenario.levers for e in v.elements
    }
    neutral = {key(e): v.neutral for v in scenario.lever_table for e in v.elements}
    others = {n: v for n, v in scenario.fixed.items() if key(n) not in held and neutral.get(key(n)) != v}
    return made | {f"constant {name}": v for name, v in others.items()}


def _asked(scenario: Scenario) -> dict[str, str]:
    """What each goal asks, and below it what it measures."""
    made: dict[str, str] = {}
    for g in scenario.goals:
        tolerance = f" ±{g.tolerance:g}" if g.tolerance else ""
        made[g.id] = f"{g.comparison} {g.value:g} {g.unit}{tolerance}"
        made[f"measure {g.id}"] = g.status if g.measure is None else measure_formula(g.measure)
        if g.each_year:
            made[f"measure {g.id}"] += f", {', '.join(map(str, g.each_year))}"
    return made


def _members(run: StoredRun) -> dict[str, Any]:
    return {"seed": run.scenario.seed, "members": run.scenario.draws, "design": run.record.get("design")}


_SETTINGS: dict[str, Text2] = {
    "as_of": Text2("数据截至", "as of"),
    "horizon": Text2("模拟到", "horizon"),
    "seed": Text2("种子", "seed"),
    "members": Text2("模拟次数", "members"),
    "design": Text2("抽样设计", "design"),
    "posterior": Text2("后验", "posterior"),
}


def _shown(value: Any) -> str:
    from tzsim.scenario import Distribution

    if isinstance(value, Distribution):
        return f"{value.kind} {value.value:g} ({value.low:g} to {value.high:g})"
    return f"{value:g}" if isinstance(value, float) else str(value)


# --- which part moved what ----------------------------------------------------------------------------------------


def _steps(
    old: StoredRun, new: StoredRun, touched: list[Part], members: int, threads: int | None
) -> tuple[Step, ...]:
    count = _count(old, new, members)

    def run(scenario: Scenario, of: StoredRun) -> Forecast:
        design = of.record.get("design", "monte carlo")
        return forecast(
            replace(scenario, draws=count), threads=threads, design=design, allow_undiagnosed=True
        )

    at = old.scenario
    before = _probabilities(run(at, old))
    steps: list[Step] = []
    waiting: list[Part] = []
    for place, part in enumerate(touched):
        at = _with(at, new.scenario, part)
        waiting.append(part)
        last = place == len(touched) - 1
        try:
            after = _probabilities(
                run(new.scenario if last else at, new if last or part == "members" else old)
            )
        except (InputError, SimulationError, KeyError):
            if last:
                raise
            continue
        steps.append(Step(tuple(waiting), before, after))
        before, waiting = after, []
    return tuple(steps)


def _count(old: StoredRun, new: StoredRun, members: int) -> int:
    """Members of each step."""
    return min(members, max(old.scenario.draws, new.scenario.draws))


def _with(at: Scenario, new: Scenario, part: Part) -> Scenario:
    """`at` with one part of the newer run."""
    match part:
        case "model":
            return replace(at, model=new.model, view=new.view)
        case "priors":
            held = {s.id: s for s in at.shocks}
            shocks = tuple(
                replace(s, off=held[s.id].off, fixed=held[s.id].fixed) if s.id in held else s
                for s in new.shocks
            )
            return replace(at, priors=new.priors, shocks=shocks)
        case "data":
            return replace(at, history=new.history, posterior=new.posterior, root=new.root)
        case "scenario":
            keep = {s.id: s for s in new.shocks}
            shocks = tuple(
                replace(s, off=keep[s.id].off, fixed=keep[s.id].fixed) if s.id in keep else s
                for s in at.shocks
            )
            return replace(
                at, as_of=new.as_of, horizon=new.horizon, levers=new.levers, settings=new.settings, fixed=new.fixed,
                lever_table=new.lever_table, shocks=shocks,
            )  # fmt: skip
        case "goals":
            return replace(at, goals=new.goals)
        case "members":
            return replace(at, seed=new.seed)
        case "version":
            return at


def _probabilities(result: Forecast) -> dict[str, float]:
    return {r.goal.id: r.probability for r in result.goals if r.probability is not None}


def _parts(step: Step) -> tuple[str, str]:
    return ("、".join(_PARTS[p].zh for p in step.parts), " and ".join(_PARTS[p].en for p in step.parts))


_REST = Text2("其余", "rest")
_PARTS: dict[Part, Text2] = {
    "version": Text2("程序版本", "version"),
    "model": Text2("模型", "model"),
    "priors": Text2("参数与冲击", "priors and shocks"),
    "data": Text2("数据", "data"),
    "scenario": Text2("情景设定", "scenario"),
    "goals": Text2("目标口径", "goals"),
    "members": Text2("抽样", "members"),
}
_CHANGES = (
    ("part", "部分", "part"),
    ("what", "对象", "what"),
    ("old", "原来", "old"),
    ("new", "现在", "new"),
)
_PROBABILITIES: tuple[Heading, ...] = (
    ("goal", "目标", "goal"),
    ("name", "名称", "name"),
    ("old", "原概率", "old P", "percent"),
    ("new", "新概率", "new P", "percent"),
    ("change", "变化（百分点）", "change (points)", "points"),
)
