"""check: a model and its checks file -> a report of every check with its evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from tzsim.checks import balances, signs, static
from tzsim.checks.bench import Bench, Runs
from tzsim.checks.claims import situations
from tzsim.checks.loops import loops
from tzsim.checks.read import BASELINE, checks_file, read_checks
from tzsim.checks.result import AREAS, Area, CheckReport, CheckResult, not_applicable
from tzsim.checks.sensitivity import sensitivity
from tzsim.checks.spec import Battery, Situation
from tzsim.checks.steps import steps
from tzsim.errors import InputError, Problem, Unsupported, nearest
from tzsim.ir.model import Model
from tzsim.scenario.text import Text2
from tzsim.translate import read_model

Progress = Callable[[CheckResult], None]
AS_IS = Situation(BASELINE, Text2("现值模型", "as it stands"), (), ())


def check(
    model: str | Path | Model,
    checks: str | Path | None = None,
    *,
    areas: tuple[Area, ...] = AREAS,
    progress: Progress | None = None,
) -> CheckReport:
    """Run the test battery of a model.

    Main arguments. model: a model file, a folder of sector files, or a model already read. checks: its checks file; by default
    `checks.yaml` in the folder or `NAME.checks.yaml` beside the file. Without one the checks that need none run: units,
    documentation, finite values, declared bounds, swings by the step, half the step, and each constant in turn.

    Other arguments. areas: parts of the battery to run. progress: called with each result.

    A check fails, it does not raise. Raises InputError where the model or the checks file cannot be read.
    """
    path = None if isinstance(model, Model) else Path(model)
    read = model if isinstance(model, Model) else read_model(model)
    place = Path(checks) if checks is not None else checks_file(path) if path is not None else None
    unknown = [a for a in areas if a not in AREAS]
    if unknown:
        hint = nearest(unknown[0], AREAS) or f"parts: {', '.join(AREAS)}"
        raise InputError([Problem(None, f"there is no part '{unknown[0]}' of the battery", hint)])
    battery = read_checks(place, read) if place is not None else Battery()
    results: list[CheckResult] = []
    with np.errstate(invalid="ignore", over="ignore"):  # a run that explodes is a result, not a warning
        for result in run_battery(read, battery, areas):
            results.append(result)
            if progress is not None:
                progress(result)
    results.sort(key=lambda r: AREAS.index(r.area))
    return CheckReport(
        read.name, battery.name or Text2(read.name, read.name), battery.file, 1 + battery.draws, battery.seed, tuple(results)
    )  # fmt: skip


def run_battery(model: Model, battery: Battery, areas: tuple[Area, ...] = AREAS) -> Iterator[CheckResult]:
    """Results one by one, the cheap ones first."""
    if "units" in areas:
        yield static.units(model)
    if "documentation" in areas:
        yield from static.documentation(model, battery)
    if "balances" in areas:
        yield balances.covered(model, battery)
    if not {"balances", "signs", "situations", "steps", "loops", "constants"} & set(areas):
        return
    try:
        bench = Bench(model, battery)
    except Unsupported as error:
        why = Text2(
            f"无法编译运行：{error.problems[0].message}", f"cannot be compiled: {error.problems[0].message}"
        )
        name = Text2("需要运行的检验", "Checks that need a run")
        yield not_applicable("signs", "runs", name, why)
        return
    yield from _running(model, battery, bench, areas)


def _running(model: Model, battery: Battery, bench: Bench, areas: tuple[Area, ...]) -> Iterator[CheckResult]:
    base = bench.run()
    runs = Runs(bench, (BASELINE, base))
    names = {BASELINE: AS_IS.name} | {s.id: s.name for s in battery.situations}
    if "balances" in areas:
        yield from balances.conserved(model, battery, runs, names)
    if "signs" in areas:
        yield from signs.signs(model, battery, runs, names)
    if "situations" in areas:
        yield from situations(battery, runs, base)
    if "loops" in areas:
        yield from loops(model, battery, bench, base, runs)
    if "steps" in areas:
        yield from steps(model, battery, bench)
    if "constants" in areas:
        yield from sensitivity(model, battery)
