"""What binds is true: with the named limit lifted, the cluster makes more in that year."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

import tzsim
from tzsim.forecast.judge import BINDS_FROM
from tzsim.forecast.sample import members_of, sampler
from tzsim.measures import Quantity, Total

ROOT = Path(__file__).parents[3]
YEAR, MEMBERS = 2026, 400
SUPPLY = ("capacity", "labour", "energy", "water")


def lifting(folder: Path) -> tzsim.Model:
    """The model with a switch for each limit that takes it away from the start of the year on."""
    shutil.copytree(ROOT / "models" / "tengzhou", folder)
    path = folder / "clusters.mdl"
    text = path.read_text("utf-8")
    minimum = re.search(r"limits met\[Cluster\]=[^~]*", text)
    assert minimum
    switched = re.sub(r"(\w+) pressure\[", r"keep \1*\1 pressure[", minimum.group())
    assert switched.count("keep ") == len(SUPPLY)
    orders = "total demand[Cluster]= external demand[Cluster]"
    assert orders in text
    text = text.replace(minimum.group(), switched)
    text = text.replace(orders, f"{orders}*(1+STEP(0.5*lift demand, {YEAR}))")
    new = "lift demand= 0\n\t~\tDmnl\n\t~\t\t|\n"
    for limit in SUPPLY:
        new += f"lift {limit}= 0\n\t~\tDmnl\n\t~\t\t|\n"
        new += f"keep {limit}= 1-STEP(lift {limit}, {YEAR})\n\t~\tDmnl\n\t~\t\t|\n"
    head, mark, tail = text.partition(orders)
    path.write_text(f"{head}{new}{mark}{tail}", "utf-8")
    return tzsim.read_model(folder)


def raised(folder: Path, *, posterior: bool) -> Iterator[tuple[str, str, int, float]]:
    """(limit, cluster, members where it is named, share of them in which the cluster makes more without it)."""
    scenario = tzsim.read_scenario(ROOT / "scenarios" / "baseline.yaml")
    # with its switches off the model is the baseline's own, whose posterior the reader has checked
    members_of(scenario, 1)
    scenario = replace(scenario, model=lifting(folder), stored=True)
    if not posterior:
        scenario = replace(scenario, posterior=None)
    view = scenario.view
    assert {x.id for x in view.limits} == {"demand", *SUPPLY}
    names = [*view.output, *(n for x in view.limits for n in x.cost)]
    measures = [Total(Quantity(n, (n,)), YEAR) for n in names]
    movable = {f"lift {x.id}": 0.0 for x in view.limits}
    engine = sampler(scenario, measures, members=MEMBERS, movable=movable)
    before = engine.run({}, 0, MEMBERS).reshape(1 + len(view.limits), len(view.output), MEMBERS)
    output, lost = before[0], before[1:]
    share = lost / (output + lost.sum(axis=0))
    named = np.where(share.max(axis=0) >= BINDS_FROM, share.argmax(axis=0), -1)
    for k, limit in enumerate(view.limits):
        after = engine.run({f"lift {limit.id}": 1.0}, 0, MEMBERS)[: len(view.output)]
        for c, cluster in enumerate(view.output):
            where = named[c] == k
            if where.any():
                more = (after[c, where] > output[c, where] * (1 + 1e-9)).mean()
                yield limit.id, cluster, int(where.sum()), float(more)


@pytest.mark.parametrize("posterior", [False, True])
def test_lifting_the_named_limit_raises_output(tmp_path: Path, posterior: bool) -> None:
    judged = 0
    for limit, cluster, count, share in raised(tmp_path / "tengzhou", posterior=posterior):
        assert share >= 0.95, f"{limit} of {cluster}: raised in {share:.0%} of {count}"
        judged += count
    assert judged > MEMBERS


if __name__ == "__main__":
    with TemporaryDirectory() as place:
        for limit, cluster, count, share in raised(Path(place) / "tengzhou", posterior=True):
            print(
                f"{cluster:28} {limit:10} named in {count:3} of {MEMBERS} members of {YEAR}; raised in {share:.1%}"
            )
