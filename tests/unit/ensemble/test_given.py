"""What callers give for an input: containers of members, joint draws, distributions, and what is refused."""

from __future__ import annotations

import warnings
from pathlib import Path

import clinic
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

import tzsim
from tzsim.ensemble.simulate import UnevenTimes
from tzsim.errors import InputError
from tzsim.ir.model import Model

NUMBERS = np.array([3.0, 4.5, 4.0, 3.5, 5.0, 3.25])
CONTAINERS = {
    "list": NUMBERS.tolist(),
    "tuple": tuple(NUMBERS),
    "array": NUMBERS,
    "series": pd.Series(NUMBERS, index=[9, 8, 7, 6, 5, 4]),
    "index": pd.Index(NUMBERS),
    "member": xr.DataArray(NUMBERS, dims="member"),
    "chain, draw": xr.DataArray(NUMBERS.reshape(2, 3), dims=("chain", "draw")),
    "draw, chain": xr.DataArray(NUMBERS.reshape(2, 3).T, dims=("draw", "chain")),
    "whole": np.arange(6),
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("clinic")
    clinic.write_project(folder)
    return tzsim.read_model(folder / "models" / "clinic.mdl")


@pytest.mark.parametrize("kind", CONTAINERS)
def test_every_container_is_one_number_a_member(model: Model, kind: str) -> None:
    run = tzsim.simulate(model, {"recovery rate": CONTAINERS[kind]}, keep=["Infected"])
    expected = np.arange(6) if kind == "whole" else NUMBERS
    assert run.inputs["recovery rate"].tolist() == expected.tolist()


def test_a_frame_and_a_dataset_are_joint_draws(model: Model) -> None:
    rates, beds = NUMBERS, np.arange(6) + 5.0
    frame = pd.DataFrame({"recovery rate": rates, "beds[hill]": beds}, index=list("fedcba"))
    data = xr.Dataset(
        {n: (("chain", "draw"), v.reshape(3, 2)) for n, v in (("recovery rate", rates), ("beds[hill]", beds))}
    )
    for given in (frame, data, dict(frame)):
        run = tzsim.simulate(model, given, keep=["Infected"])
        assert run.inputs.to_numpy().tolist() == np.stack([rates, beds], axis=1).tolist()
        assert tzsim.draw(given, members=6).names == ("recovery rate", "beds[hill]")


def test_numbers_of_any_kind_are_one_for_all(model: Model) -> None:
    for number in (4, 4.0, np.int64(4), np.float32(4), np.array(4.0), xr.DataArray(4.0)):
        run = tzsim.simulate(model, {"recovery rate": number}, members=3, keep=["Infected"])
        assert run.inputs["recovery rate"].tolist() == [4.0] * 3


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"recovery rate": "four"}, "takes a number, one number a member or a distribution, not 'four'"),
        ({"recovery rate": None}, "not None"),
        ({"recovery rate": True}, "not True"),
        ({"recovery rate": ["a", "b"]}, "takes 2 numbers, one a member"),
        ({"recovery rate": object}, "a distribution with `ppf`"),
        ({"recovery rate": [1.0, np.nan]}, "is nan in member 1; it must be a finite number in every member"),
        ({"recovery rate": [1.0, 2.0], "beds[hill]": [1.0, 2.0, 3.0]}, "takes 3 numbers, one a member"),
        ({"recovery rate": xr.DataArray([1.0, 2.0], dims="time")}, "changes in time"),
        ({"recovery rate": 4, "Recovery_Rate": 6}, "'recovery rate' and 'Recovery_Rate' are the same input"),
        ({3: 4.0}, "the name of an input is a text, not 3"),
        ([1.0, 2.0], "a mapping or a DataFrame"),
        ("recovery rate", "a mapping or a DataFrame"),
        ({"recovery rate": stats.norm(4, 1)}, "how many members are to be drawn"),
    ],
)
def test_what_is_neither_is_refused(model: Model, given: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        tzsim.simulate(model, given, keep=["Infected"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"members": 0}, "members is 0; it is a whole number, 1 or more"),
        ({"members": 4.0}, "members is 4.0; it is a whole number"),
        ({"members": True}, "members is True"),
        ({"seed": 1.5}, "seed: expected a whole number .* not 1.5"),
        ({"seed": "a"}, "seed: expected a whole number .* not 'a'"),
        (
            {"keep": "Infected"},
            r"keep is the text 'Infected'; it is a list of names\n    give \['Infected'\]",
        ),
        ({"method": "rk45"}, "method is 'rk45', none of 'euler', 'heun', 'rk4'"),
        ({"threads": -1}, "threads is -1"),
        ({"backend": "gpu"}, "backend is 'gpu', none of 'llvm', 'numpy'"),
        ({"design": "sobel"}, "did you mean 'sobol'"),
        ({"step": -1.0}, "step is -1.0; it is a number above 0"),
    ],
)
def test_wrong_options_are_one_clear_message(model: Model, options: dict[str, object], message: str) -> None:
    for call in (tzsim.simulate, tzsim.summarise):
        with pytest.raises(InputError, match=message):
            call(model, **({"keep": ["Infected"]} | options))  # type: ignore[arg-type]


def test_levels_of_quantiles_are_between_0_and_1(model: Model) -> None:
    run = tzsim.simulate(model, {"recovery rate": NUMBERS}, keep=["Infected"])
    for wrong in (1.5, -0.1, 50, float("nan")):
        with pytest.raises(InputError, match="is no level between 0 and 1"):
            tzsim.summarise(model, keep=["Infected"], quantiles=[wrong])
        with pytest.raises(InputError, match="is no level between 0 and 1"):
            run.quantiles("Infected", [0.5, wrong])


def test_settings_of_draws_are_those_of_draw(model: Model) -> None:
    drawn = tzsim.draw({"recovery rate": stats.norm(4, 1)}, members=64, seed=3, design="sobol")
    assert tzsim.simulate(model, drawn, seed=3, members=64, design="sobol", keep=["Infected"]).members == 64
    for options in ({"seed": 4}, {"members": 65}, {"design": "monte carlo"}):
        with pytest.raises(InputError, match="the draws have"):
            tzsim.simulate(model, drawn, keep=["Infected"], **options)  # type: ignore[arg-type]


def test_an_event_is_a_truth_for_each_member(model: Model) -> None:
    run = tzsim.simulate(model, {"recovery rate": NUMBERS}, keep=["Infected"])
    last = run["Infected"].sel(Town="hill").isel(time=-1)
    for wrong, message in (
        (last, "true or false in each member, not float64"),
        (last.values > 1, "a comparison of this ensemble's variables, not ndarray"),
        ((last > 1).isel(member=slice(3)), "the event has 3 members, the ensemble 6"),
    ):
        with pytest.raises(InputError, match=message):
            run.probability(wrong)  # type: ignore[arg-type]


def test_a_path_is_no_model() -> None:
    for call in (tzsim.simulate, tzsim.describe, tzsim.interpret, tzsim.summarise, tzsim.compile_model):
        options = (
            {"keep": ["x"]}
            if call is tzsim.summarise
            else {"outputs": ["x"]}
            if call is tzsim.compile_model
            else {}
        )
        with pytest.raises(InputError, match=r"'x.mdl' is a path, not a model\n    tzsim.read_model"):
            call("x.mdl", **options)  # type: ignore[operator,arg-type]


def test_the_interpreter_checks_its_arguments(model: Model) -> None:
    for options, message in (
        ({"member": -1}, "member is -1; it is a whole number, 0 or more"),
        ({"seed": 1.5}, "seed is 1.5"),
        ({"method": "rk45"}, "method is 'rk45', none of"),
        ({"outputs": "Infected"}, "outputs is the text 'Infected'"),
    ):
        with pytest.raises(InputError, match=message):
            tzsim.interpret(model, **options)  # type: ignore[arg-type]


def test_a_step_that_does_not_fit_is_said(model: Model) -> None:
    with pytest.warns(
        UnevenTimes, match=r"a step of 0.3 does not divide SAVEPER or the run: saved at 2020, 2021.2"
    ):
        tzsim.simulate(model, keep=["Infected"], step=0.3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tzsim.simulate(model, keep=["Infected"], step=0.25)


def test_a_model_has_no_equation_for_its_clock(tmp_path: Path) -> None:
    (tmp_path / "clock.mdl").write_text(
        "{UTF-8}\nTIME= 5~~|\nx= Time~~|\nINITIAL TIME=0~~|\nFINAL TIME=2~~|\nTIME STEP=1~~|\nSAVEPER=1~~|\n",
        "utf-8",
    )
    for call in (tzsim.simulate, tzsim.interpret):
        with pytest.raises(InputError, match=r"clock.mdl:2.*'TIME' is the clock of every model"):
            call(tzsim.read_model(tmp_path / "clock.mdl"))


def test_languages_and_sizes_of_charts_are_checked(model: Model) -> None:
    run = tzsim.simulate(model, {"recovery rate": NUMBERS}, keep=["Infected"])
    with pytest.raises(InputError, match="lang is 'fr', none of 'zh', 'en'"):
        run.plot("Infected", lang="fr")
    with pytest.raises(InputError, match="size is 'A3'"):
        run.plot("Infected", size="A3")
    legend = run.plot("Infected", lang="en").legends[0]
    assert [t.get_text() for t in legend.get_texts()] == [
        "90 % of members",
        "80 % of members",
        "50 % of members",
        "median",
    ]


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(tzsim.__file__).parent / "py.typed").is_file()
