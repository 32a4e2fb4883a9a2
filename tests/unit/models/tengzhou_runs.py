"""Runs of the Tengzhou model that its tests share: one kernel for the baseline and all extremes, one for an ensemble."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import tzsim
from tzsim.ensemble.draws import draw
from tzsim.ensemble.simulate import run_block
from tzsim.ir.expr import Call
from tzsim.ir.model import Method, Model
from tzsim.kernel.compile import Kernel, KernelRun, SeriesSpec, compile_model
from tzsim.names import key

ROOT = Path(__file__).parents[3]
MODEL = ROOT / "models" / "tengzhou"
SECTORS = tuple(sorted(MODEL.glob("*.mdl")))
CLUSTERS = ("chemicals", "machine tools", "lithium", "medicine", "digital")
SIZES = ("one to ten", "ten to fifty", "fifty to hundred", "above hundred")
LIMITS = ("demand", "capacity", "labour", "energy", "water")
YEARS = tuple(float(y) for y in range(2018, 2032))

EXTREMES: dict[str, dict[str, float]] = {
    "baseline": {},
    "no rain": {"rainfall scale": 0.0},
    "dry": {"rainfall scale": 0.6},
    "no energy quota": {"energy cap scale": 0.0},
    "half the energy quota": {"energy cap scale": 0.5},
    "no demand": {"demand scale": 0.0},
    "doubled demand": {"demand scale": 2.0},
    "no water": {"use cap": 0.0},
    "tight water cap": {"use cap": 150.0},
    "no treatment": {"treatment scale": 0.0},
    "no farm money": {"farmland money headroom": 0.0, "maize part of budget": 0.0},
    "no contracts": {f"base signing[{s}]": 0.0 for s in SIZES},
    "everything fails": {"rainfall scale": 0.0, "energy cap scale": 0.0, "demand scale": 0.0, "use cap": 0.0},
    "no research": {"research scale": 0.0},
    "no programme money": {"programme money scale": 0.0},
    "no programme staff": {"programme staff scale": 0.0},
}


def stocks(model: Model) -> tuple[str, ...]:
    return tuple(
        v.name
        for v in model.variables.values()
        if any(isinstance(e.expression, Call) and e.expression.function == "INTEG" for e in v.equations)
    )


@dataclass(frozen=True, eq=False)
class Runs:
    """values by element name and time, (member,); totals over a calendar year for accumulated names."""

    kernel: Kernel
    run: KernelRun

    def elements(self, name: str) -> list[str]:
        return [o for o in self.kernel.outputs if key(o) == key(name) or key(o).startswith(key(name) + "[")]

    def at(self, element: str, time: float) -> NDArray[np.float64]:
        names = [key(o) for o in self.kernel.outputs]
        moment = int(np.argmin(np.abs(np.asarray(self.kernel.times) - time)))
        assert abs(self.kernel.times[moment] - time) < 1e-9
        return self.run.values[names.index(key(element)), moment]

    def path(self, element: str) -> NDArray[np.float64]:
        """(time, member)"""
        return self.run.values[[key(o) for o in self.kernel.outputs].index(key(element))]

    def integral(self, element: str, start: float, end: float) -> NDArray[np.float64]:
        name = f"∫{element}"
        return self.at(name, end) - self.at(name, start)

    def total(self, element: str, year: int) -> NDArray[np.float64]:
        return self.integral(element, float(year), float(year + 1))

    def five(self, name: str, year: int) -> NDArray[np.float64]:
        return np.sum([self.total(f"{name}[{c}]", year) for c in CLUSTERS], axis=0)


@cache
def model() -> Model:
    return tzsim.read_model(str(MODEL))


ACCUMULATED = (
    "reported revenue", "output", "GDP", "GDP real", "reported above scale output", "above scale value added",
    "total water use", "inflow", "spill", "surface use", "recharge", "groundwater use", "groundwater outflow",
    "births", "deaths", "urban outflow", "rural outflow", "move to town", "completion", "scrapping", "starts",
    "car sales", "cars scrapped", "appliance sales", "appliances scrapped", "signing", "land used", "energy used",
    "fixed asset investment", "fiscal revenue", "high tech output", "above scale output", "key project investment",
    "project signings over one", "project signings over ten", "project signings over fifty", "project starts over one",
    "patents granted", "patents refused", "patents decided", "patent applications", "inventions", "patents raised", "patents lapsed",
    "firms certified", "certificates lost", "technology firms entering", "firms promoted", "titles lost", "new titles",
    "researchers hired", "researchers left", "reported research outlay", "announcing", "beginning", "withdrawing", "delivering", "failing",
    "appropriated", "committed", "returned", "seconded",
    "project starts over hundred", "allocation", "gross demand", "manufacturing value added",
    *(f"output lost to {limit}" for limit in LIMITS),
    "grain output", "crop output", "grain sown area", "arable taken", "reclaimed arable", "farmland started",
    "farmland completed", "standard farmland lost", "built up growth", "parks built", "works spending", "mines closed",
    "conversion begun", "mines passed", "raw sewage", "treated sewage", "untreated sewage",
)  # fmt: skip


@cache
def extremes() -> Runs:
    """All stocks and the flows above; members in the order of EXTREMES; saved monthly."""
    inputs = sorted({name for case in EXTREMES.values() for name in case})
    kernel = compile_model(
        model(),
        outputs=[*stocks(model()), "output", "shipments", "residents", "allocation", "supply", "use cap",
                 "gross demand", "energy used", "energy demand", "water adequacy", "energy adequacy",
                 "sections meeting class III", "works upgraded", "green ratio", "mechanisation rate", "crop yield",
                 "concentration of the year"],
        accumulate=ACCUMULATED,
        inputs=inputs,
        times=[2018 + i / 4 for i in range(53)],
        backend="numpy",
    )  # fmt: skip
    neutral = dict(zip(kernel.inputs, kernel.defaults, strict=True))
    values = np.array(
        [[case.get(name, neutral[name]) for case in EXTREMES.values()] for name in kernel.inputs]
    )
    return Runs(kernel, kernel.run(values, None))


def member(name: str) -> int:
    return list(EXTREMES).index(name)


@cache
def variant(method: Method = "euler", step: float = 1 / 24) -> Runs:
    kernel = compile_model(
        model(),
        outputs=["residents", "Farmland Built", "Green Space", "concentration of the year", "Mechanised"],
        accumulate=["reported revenue", "GDP", "total water use", "energy used", "grain output"],
        times=[2018.0, 2024.0, 2025.0, 2026.0, 2027.0, 2030.0, 2031.0],
        backend="numpy",
        method=method,
        step=step,
    )
    return Runs(kernel, kernel.run(np.zeros((0, 1)), None))


@cache
def ensemble(members: int = 400) -> Runs:
    """Draws from the prior and shock tables of the baseline scenario."""
    scenario = tzsim.read_scenario(str(ROOT / "scenarios" / "baseline.yaml"))
    drawn = draw(scenario.priors, scenario.shocks, members=members, seed=7)
    kernel = compile_model(
        model(),
        outputs=[*stocks(model()), "residents"],
        accumulate=ACCUMULATED,
        inputs=drawn.names,
        series=[SeriesSpec(s.name, s.start, s.period, s.count) for s in drawn.series],
        times=[*YEARS[:7], 2024 + 8 / 12, *YEARS[7:]],
        backend="numpy",
    )
    return Runs(kernel, run_block(kernel, drawn, 0, members))
