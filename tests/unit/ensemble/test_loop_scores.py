"""Loop scores against closed forms, another program's output, and the algebra of the method."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import tzsim
from tzsim.ensemble.loop_scores import Loop, find_loops, loop_scores, scalar_model
from tzsim.errors import InputError
from tzsim.ir.loops import path_through, shortest_independent_loops

MODELS = Path(__file__).parents[3] / "models"


def model(tmp_path: Path, text: str, dt: float = 0.125) -> tzsim.Model:
    control = "".join(
        f"{n}= {v}\n\t~\tDay\n\t~\t\t|\n"
        for n, v in (("INITIAL TIME", 0), ("FINAL TIME", 10), ("TIME STEP", dt), ("SAVEPER", 1))
    )
    path = tmp_path / "m.mdl"
    path.write_text(
        "{UTF-8}\n" + "".join(f"{line}\n\t~\t\n\t~\t\t|\n" for line in text.splitlines()) + control, "utf-8"
    )
    return tzsim.read_model(path)


def test_sir_step_by_step() -> None:
    """The three loops of the epidemic, each score written out from the flows of a run of our own."""
    found = loop_scores(tzsim.read_model(MODELS / "sir.mdl"))
    s, i, dt = [9999.0], [1.0], 0.0625
    for _ in range(3200):
        infection, recovery = 0.625 * i[-1] * s[-1] / 10_000, i[-1] / 4
        s.append(s[-1] - dt * infection)
        i.append(i[-1] + dt * (infection - recovery))
    sus, inf = np.array(s), np.array(i)
    infection, recovery = 0.625 * inf * sus / 10_000, inf / 4
    d_i, d_s = np.diff(inf), np.diff(sus)
    d_infection, d_net = np.diff(infection), np.diff(infection - recovery)
    by_i, by_s = 0.625 * d_i * sus[:-1] / 10_000, 0.625 * inf[:-1] * d_s / 10_000
    contagion = np.abs(by_i / d_infection) * np.abs(d_infection / d_net)
    depletion = -np.abs(by_s / d_infection)
    recovering = -np.abs(np.diff(recovery) / d_net)
    total = np.abs(contagion) + np.abs(depletion) + np.abs(recovering)
    rows = dict(zip((x.name for x in found.loops), found.relative[:, :, 0], strict=True))
    wanted = {
        "Infectious → infection → Infectious": contagion,
        "infection → Susceptible → infection": depletion,
        "recovery → Infectious → recovery": recovering,
    }
    assert rows.keys() == wanted.keys()
    early = slice(0, 1600)
    for name, scores in wanted.items():
        assert rows[name][early] == pytest.approx((scores / total)[early], abs=1e-7)
    assert [found.polarity(k) for k in range(3)] == ["R", "B", "B"]


@pytest.mark.parametrize(
    ("name", "times", "reference"),
    [
        (
            "lotka_volterra",
            (5, 20),
            {
                "predation → Prey → predation": (-0.04703561, -0.19678858),
                "predator deaths → Predators → predator deaths": (-0.59659946, -0.31314673),
                "prey births → Prey → prey births": (0.03367347, 0.31692468),
                "predator births → Predators → predation → predator births": (0.32269146, 0.17314001),
            },
        ),
        (
            "sir",
            (20, 100),
            {
                "Infectious → infection → Infectious": (0.63113869, 0.21003795),
                "infection → Susceptible → infection": (-5.31611262e-02, -1.30129308e-06),
                "recovery → Infectious → recovery": (-0.31570018, -0.78996075),
            },
        ),
    ],
)
def test_as_another_program(
    name: str, times: tuple[float, ...], reference: dict[str, tuple[float, ...]]
) -> None:
    """Relative loop scores of the same files by Simlin 0.8 (`simlin.load(file).run().loops`), which steps by Euler's method."""
    found = loop_scores(replace(tzsim.read_model(MODELS / f"{name}.mdl"), method="euler"))
    assert {x.name for x in found.loops} == reference.keys()
    for loop, row in zip(found.loops, found.mean, strict=True):
        at = [float(row[np.argmin(np.abs(found.times - t))]) for t in times]
        assert at == pytest.approx(reference[loop.name], abs=2e-7)


def test_a_lone_loop_has_all_the_score_whatever_its_length(tmp_path: Path) -> None:
    found = loop_scores(model(tmp_path, "x= INTEG(-a, 8)\na= 2*b\nb= x/5\n"))
    assert [len(p) for x in found.loops for p in x.paths] == [3]
    assert found.relative == pytest.approx(-1.0)


def test_writing_an_equation_in_two_changes_nothing(tmp_path: Path) -> None:
    one = loop_scores(model(tmp_path, "x= INTEG(0.3*x-0.02*x*y, 8)\ny= INTEG(0.01*x*y-0.2*y, 6)\n"))
    parts = "x= INTEG(gain-loss, 8)\ngain= 0.3*x\nloss= 0.02*x*y\ny= INTEG(up-down, 6)\nup= 0.01*x*y\ndown= 0.2*y\n"
    two = loop_scores(model(tmp_path, parts))
    # x's own two loops are one where the net flow is one expression
    mean = {
        frozenset(n for p in x.paths for n in p): row for x, row in zip(two.loops, two.relative, strict=True)
    }
    pair = next(row for x, row in zip(one.loops, one.relative, strict=True) if len(x.paths[0]) == 2)
    sign = np.sign(pair)
    assert (sign == np.sign(mean[frozenset(("x", "up", "y", "loss"))])).all()


def test_delays_arrays_members_and_threads(tmp_path: Path) -> None:
    text = "R: a, b\nx[R]= INTEG(f[R]-x[R]/4, 5)\nf[R]= rate*SMOOTH(x[R], 2)+STEP(1, 3)\nrate= 0.3\n"
    subject = model(tmp_path, text)
    rates = np.array([0.1, 0.3, 0.5])
    one = loop_scores(subject, {"rate": rates}, threads=1)
    assert one.relative.shape[2] == 3
    again = loop_scores(subject, tzsim.draw({"rate": rates}, members=3), threads=2)
    assert np.array_equal(one.relative, again.relative, equal_nan=True)
    single = loop_scores(subject, {"rate": 0.3})
    assert single.relative[:, :, 0] == pytest.approx(one.relative[:, :, 1], nan_ok=True)
    totals = np.abs(one.relative).sum(axis=0)
    assert np.nanmax(totals) <= 2 + 1e-9  # the two elements are knots of their own
    assert {n for x in one.loops for p in x.paths for n in p} >= {"x[a]", "f[b]"}


def test_what_cannot_be_scored_is_said(tmp_path: Path) -> None:
    fixed = model(tmp_path, "x= INTEG(-0.1*y, 8)\ny= DELAY FIXED(x, 2, 8)\n")
    with pytest.raises(InputError, match="no feedback loop"):
        loop_scores(fixed)
    with pytest.raises(InputError, match="no equation has the link"):
        loop_scores(fixed, loops=[Loop("z", (("x", "y"),))])
    with pytest.raises(InputError, match="fewer than two steps"):
        loop_scores(tzsim.read_model(MODELS / "sir.mdl"), between=(3.0, 3.01))


def test_only_loops_that_lead_to_what_is_asked() -> None:
    subject, _ = scalar_model(tzsim.read_model(MODELS / "lotka_volterra.mdl"), tzsim.draw(members=1))
    loops, whole = find_loops(subject, most=2)
    assert (len(loops), whole) == (2, False)


def test_independent_loops_cover_every_link_and_paths_are_shortest() -> None:
    graph = {"a": ("c", "b"), "b": ("a",), "c": ("b", "c")}
    loops = shortest_independent_loops(graph, 10)
    links = {link for x in loops for link in zip(x, (*x[1:], x[0]), strict=True)}
    assert links == {(cause, effect) for effect, several in graph.items() for cause in several}
    assert [len(x) for x in loops] == sorted(len(x) for x in loops)
    assert path_through(graph, (frozenset("b"), frozenset("c"), frozenset("a"))) == ("b", "c", "a")
    assert path_through({"a": (), "b": ()}, (frozenset("a"), frozenset("b"))) is None
