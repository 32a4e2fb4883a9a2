"""How many times narrower are the intervals of a difference where members are paired? python benchmarks/pairing.py [SCENARIO] [MEMBERS]

Every lever of the scenario's table moves by a tenth of its range and by all of it; for each the median and the least ratio over the goals that
change, of the mean and of the probability. A ratio of sampling errors, not of times: it is the same on every machine.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np

import tzsim
from tzsim.forecast.compare import Change, differences
from tzsim.scenario import Lever, Scenario

SHARES = (0.1, 1.0)


def moved(base: Scenario, lever: Lever, share: float) -> Scenario:
    """The scenario with one lever moved by a share of the way to the farther end of its range."""
    now = base.levers.get(lever.id, lever.neutral)
    far = max(lever.low, lever.high, key=lambda end: abs(end - now))
    values = dict.fromkeys(lever.elements, now + share * (far - now))
    return replace(base, id=f"{base.id} {lever.id}", fixed=dict(base.fixed) | values)


def said(found: list[tuple[float, str]]) -> str:
    """Goals that change, the median ratio, and the least with its goal."""
    if not found:
        return f"{0:4d} {'':>12} {'':>8} {'':8}"
    least, goal = min(found)
    return f"{len(found):4d} {np.median([x for x, _ in found]):12.3g} {least:8.3g} {goal:8}"


def ratios(changes: tuple[Change, ...]) -> tuple[list[tuple[float, str]], list[tuple[float, str]]]:
    """(ratio, goal) of the means and of the probabilities that differ."""
    means = [(m.narrower, c.goal.id) for c in changes if (m := c.measure_difference) and m.narrower]
    chances = [
        (p.narrower, c.goal.id)
        for c in changes
        if (p := c.probability_difference).narrower and (c.won or c.lost)
    ]
    return means, chances


def main(path: str = "scenarios/baseline.yaml", members: str = "2000") -> None:
    base = replace(tzsim.read_scenario(path), draws=int(members))
    first = tzsim.forecast(base)
    head = "goals       median    least goal    "
    print(f"{'lever':24} {'share':>5}   mean: {head}  P: {head}")
    for share in SHARES:
        for lever in base.lever_table:
            means, chances = ratios(differences(first, tzsim.forecast(moved(base, lever, share))))
            print(f"{lever.id:24} {share:5.0%}         {said(means)}     {said(chances)}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
