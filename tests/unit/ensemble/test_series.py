"""Variables given over time: every container, against sums by hand, the interpreter, and the same model with its table written out."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import tzsim
from tzsim.ensemble import blocks as blocks_module
from tzsim.ensemble import simulate as simulate_module
from tzsim.errors import InputError
from tzsim.ir.model import Method, Model

TEXT = """{UTF-8}
Region: North, South ~~|
Lake = INTEG(rain - loss * Lake, 100) ~ m3 ~|
rain = 7 ~ m3/Year ~|
loss = 0.1 ~ 1/Year ~|
warmth = 3 + 0.5 * Time ~~|
use[Region] = warmth * 2 ~~|
Pond[Region] = INTEG(use[Region] - loss * Pond[Region], 10) ~~|
curve((0,0),(10,1)) ~~|
INITIAL TIME = 0 ~ Year ~|
FINAL TIME = 8 ~ Year ~|
TIME STEP = 0.25 ~ Year ~|
SAVEPER = 1 ~ Year ~|
"""
TIMES = np.array([1.0, 2.5, 3.0, 6.1])
RAIN = np.array([4.0, 20.0, 1.0, 9.0])
MANY = RAIN[:, None] * np.array([1.0, 0.5, 2.0])[None, :] + np.array([0.0, 3.0, -1.0])[None, :]
METHODS: tuple[Method, ...] = ("euler", "heun", "rk4")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return read(tmp_path_factory.mktemp("lake"), TEXT)


def read(folder: Path, text: str) -> Model:
    (folder / "lake.mdl").write_text(text, "utf-8")
    return tzsim.read_model(folder / "lake.mdl")


def lake_by_hand(values: np.ndarray) -> list[float]:
    """Euler sums with numpy's own interpolation: Lake at whole years."""
    lake, found = 100.0, []
    for k in range(33):
        if k % 4 == 0:
            found.append(lake)
        lake += 0.25 * (float(np.interp(k * 0.25, TIMES, values)) - 0.1 * lake)
    return found


SHARED: dict[str, Callable[[], Any]] = {
    "series": lambda: pd.Series(RAIN, index=TIMES),
    "pair": lambda: (TIMES, RAIN),
    "lists": lambda: [TIMES.tolist(), RAIN.tolist()],
    "array": lambda: xr.DataArray(RAIN, dims="time", coords={"time": TIMES}),
}
APART: dict[str, Callable[[], Any]] = {
    "frame": lambda: pd.DataFrame(MANY, index=TIMES, columns=list("abc")),
    "pair": lambda: (TIMES, MANY),
    "array": lambda: xr.DataArray(MANY, dims=("time", "member"), coords={"time": TIMES}),
    "turned": lambda: xr.DataArray(MANY.T, dims=("member", "time"), coords={"time": TIMES}),
}


@pytest.mark.parametrize("backend", ["llvm", "numpy"])
@pytest.mark.parametrize("form", SHARED)
def test_a_shared_path_is_the_sum_by_hand(model: Model, form: str, backend: Literal["llvm", "numpy"]) -> None:
    run = tzsim.simulate(
        model, {"loss": [0.1, 0.1]}, keep=["Lake", "rain"], series={"RAIN": SHARED[form]()}, backend=backend
    )
    assert run.members == 2
    for member in range(2):
        np.testing.assert_allclose(run["Lake"][member], lake_by_hand(RAIN), rtol=1e-13)
        np.testing.assert_allclose(run["rain"][member], np.interp(np.arange(9.0), TIMES, RAIN), rtol=1e-14)
    assert run["rain"].attrs["units"] == "m3/Year"


@pytest.mark.parametrize("backend", ["llvm", "numpy"])
@pytest.mark.parametrize("form", APART)
def test_paths_of_members_are_the_sums_by_hand(
    model: Model, form: str, backend: Literal["llvm", "numpy"]
) -> None:
    run = tzsim.simulate(model, keep=["Lake"], series={"rain": APART[form]()}, backend=backend)
    assert run.members == 3
    for member in range(3):
        np.testing.assert_allclose(run["Lake"][member], lake_by_hand(MANY[:, member]), rtol=1e-13)


@pytest.mark.parametrize("backend", ["llvm", "numpy"])
@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_the_interpreters_and_that_of_the_table_written_out(
    model: Model, tmp_path: Path, method: Method, backend: Literal["llvm", "numpy"]
) -> None:
    run = tzsim.simulate(model, keep=["Lake"], series={"rain": (TIMES, MANY)}, method=method, backend=backend)
    for member in range(3):
        alone = tzsim.interpret(model, series={"rain": (TIMES, MANY)}, member=member, method=method)
        np.testing.assert_allclose(run["Lake"][member], alone.values["Lake"], rtol=1e-13)
        points = ",".join(
            f"({x!r},{y!r})" for x, y in zip(TIMES.tolist(), MANY[:, member].tolist(), strict=True)
        )
        written = read(
            tmp_path, TEXT.replace("rain = 7", f"rain = WITH LOOKUP(Time, ([(0,0)-(10,10)],{points}))")
        )
        same = tzsim.simulate(written, keep=["Lake"], method=method, backend=backend)
        np.testing.assert_allclose(run["Lake"][member], same["Lake"][0], rtol=1e-13)
        shared = tzsim.simulate(
            model, keep=["Lake"], series={"rain": (TIMES, MANY[:, member])}, method=method, backend=backend
        )
        assert shared["Lake"].values.tobytes() == same["Lake"].values.tobytes()


def test_a_member_alone_has_the_bits_it_has_among_others(model: Model) -> None:
    together = tzsim.simulate(model, keep=["Lake"], series={"rain": (TIMES, MANY)})
    for member in range(3):
        alone = tzsim.simulate(model, keep=["Lake"], series={"rain": (TIMES, MANY[:, member : member + 1])})
        assert alone["Lake"].values[0].tobytes() == together["Lake"].values[member].tobytes()


def test_elements_go_before_their_array_and_auxiliaries_are_replaced(model: Model) -> None:
    south = (TIMES, MANY)
    run = tzsim.simulate(
        model, keep=["use", "Pond"], series={"use": pd.Series(RAIN, index=TIMES), "use[South]": south}
    )
    years = np.arange(9.0)
    assert run["use"].dims == ("member", "time", "Region")
    for member in range(3):
        np.testing.assert_allclose(
            run["use"].sel(Region="North", member=member), np.interp(years, TIMES, RAIN), rtol=1e-14
        )
        np.testing.assert_allclose(
            run["use"].sel(Region="South", member=member),
            np.interp(years, TIMES, MANY[:, member]),
            rtol=1e-14,
        )
        definition = tzsim.interpret(model, series={"use": (TIMES, RAIN), "use[South]": south}, member=member)
        for region in ("North", "South"):
            np.testing.assert_allclose(
                run["Pond"].sel(Region=region, member=member),
                definition.values[f"Pond[{region}]"],
                rtol=1e-13,
            )
    one = tzsim.simulate(model, keep=["use"], series={"use[North]": (TIMES, RAIN)})
    np.testing.assert_allclose(one["use"].sel(Region="South")[0], 6.0 + years, rtol=1e-14)
    both = tzsim.simulate(
        model, keep=["use"], series={"use[North]": (TIMES, RAIN), "use[South]": (TIMES, 2 * RAIN)}
    )
    np.testing.assert_allclose(both["use"][0, :, 1], 2 * both["use"][0, :, 0], rtol=1e-14)


def test_the_data_variable_of_a_file_and_its_own_functions_take_a_path(tmp_path: Path) -> None:
    (tmp_path / "rain.dat").write_text("rain\n0\t5\n8\t5\n", "utf-8")
    text = TEXT.replace("rain = 7", "rain").replace(
        "warmth = 3 + 0.5 * Time", "warmth = GET DATA AT TIME(rain, 2.5)"
    )
    (tmp_path / "lake.mdl").write_text(text, "utf-8")
    data = tzsim.read_model(tmp_path / "lake.mdl", [tmp_path / "rain.dat"])
    assert tzsim.simulate(data, keep=["rain"])["rain"].values.tolist() == [[5.0] * 9]
    run = tzsim.simulate(data, keep=["Lake", "warmth"], series={"rain": (TIMES, RAIN)})
    np.testing.assert_allclose(run["Lake"][0], lake_by_hand(RAIN), rtol=1e-13)
    assert (run["warmth"] == 20.0).all()
    with pytest.raises(InputError, match="'rain': 'warmth' reads it as a table, which all members share"):
        tzsim.simulate(data, keep=["warmth"], series={"rain": (TIMES, MANY)})
    second = tzsim.interpret(data, outputs=["warmth"], series={"rain": (TIMES, MANY)}, member=2)
    assert second.values["warmth"] == [39.0] * 9


def test_steps_that_vary_read_the_path_at_their_own_times(tmp_path: Path) -> None:
    uneven = read(tmp_path, TEXT.replace("TIME STEP = 0.25", "TIME STEP = IF THEN ELSE(Time < 4, 0.5, 0.25)"))
    run = tzsim.simulate(uneven, keep=["Lake"], series={"rain": (TIMES, MANY)})
    for member in range(3):
        definition = tzsim.interpret(uneven, series={"rain": (TIMES, MANY)}, member=member)
        np.testing.assert_allclose(run["Lake"][member], definition.values["Lake"], rtol=1e-13)
        assert len(definition.times) == 9


def test_a_path_in_initial_values_delays_and_smooths_is_the_interpreters(tmp_path: Path) -> None:
    text = TEXT.replace("100) ~ m3", "INITIAL(rain) * 20) ~ m3").replace(
        "warmth = 3 + 0.5 * Time",
        "warmth = SMOOTH3(rain, 2) + DELAY FIXED(rain, 1, rain) + SAMPLE IF TRUE(Time > 3, rain, rain)",
    )
    late = read(tmp_path, text)
    names = ["Lake", "warmth"]
    for method in METHODS:
        run = tzsim.simulate(late, keep=names, series={"rain": (TIMES, MANY)}, method=method)
        for member in range(3):
            definition = tzsim.interpret(late, series={"rain": (TIMES, MANY)}, member=member, method=method)
            for name in names:
                np.testing.assert_allclose(run[name][member], definition.values[name], rtol=1e-12)


def test_with_draws_and_random_functions_a_member_is_the_interpreters(tmp_path: Path) -> None:
    noisy = read(tmp_path, TEXT.replace("warmth = 3 +", "warmth = RANDOM UNIFORM(0, 1, 0) +"))
    loss = [0.05, 0.1, 0.2]
    run = tzsim.simulate(noisy, {"loss": loss}, keep=["Lake", "Pond"], series={"rain": (TIMES, MANY)}, seed=4)
    for member in range(3):
        definition = tzsim.interpret(
            noisy, constants={"loss": loss[member]}, series={"rain": (TIMES, MANY)}, seed=4, member=member
        )
        for name, found in (("Lake", run["Lake"][member]), ("Pond[South]", run["Pond"][member, :, 1])):
            np.testing.assert_allclose(found, definition.values[name], rtol=1e-13)


def test_before_and_after_a_path_its_ends_are_held(model: Model) -> None:
    run = tzsim.simulate(model, keep=["rain"], series={"rain": ([3.0], [[5.0, 6.0]])})
    assert run["rain"].values.tolist() == [[5.0] * 9, [6.0] * 9]
    far = tzsim.simulate(model, keep=["rain"], series={"rain": ([-5.0, 4.0], [[1.0], [10.0]])})
    np.testing.assert_allclose(far["rain"][0], [6, 7, 8, 9, 10, 10, 10, 10, 10], rtol=1e-14)


def test_blocks_threads_and_kept_blocks_give_the_same_bits(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(3)
    rain = pd.DataFrame(rng.normal(10, 3, (4, 50)), index=TIMES)
    args: dict[str, Any] = {"keep": ["Lake"], "series": {"rain": rain, "warmth": (TIMES, RAIN)}}
    whole = tzsim.simulate(model, {"loss": rng.uniform(0.05, 0.2, 50)}, threads=1, **args)
    loss = whole.inputs["loss"].to_numpy()

    def small(work: Any, members: int, *, threads: int | None = None) -> Any:
        return blocks_module.in_blocks(work, members, threads=threads, block=7)

    monkeypatch.setattr(simulate_module, "in_blocks", small)
    for threads in (1, 3):
        again = tzsim.simulate(model, {"loss": loss}, threads=threads, **args)
        assert again["Lake"].values.tobytes() == whole["Lake"].values.tobytes()
    kept = tmp_path / "kept"
    first = tzsim.summarise(model, {"loss": loss}, state=kept, **args)
    (kept / "members-000000007.block").unlink()
    resumed = tzsim.summarise(model, {"loss": loss}, state=kept, **args)
    assert resumed.mean["Lake"].values.tobytes() == first.mean["Lake"].values.tobytes()
    np.testing.assert_allclose(first.mean["Lake"], whole["Lake"].mean("member"), rtol=1e-12)
    for other in (
        {"rain": rain + 1e-9, "warmth": (TIMES, RAIN)},
        {"rain": rain, "warmth": (TIMES, RAIN + 1)},
        {},
    ):
        with pytest.raises(InputError, match=r"changed since: .*series"):
            tzsim.summarise(model, {"loss": loss}, state=kept, keep=["Lake"], series=other)


def test_members_with_paths_of_their_own_are_not_repeats(model: Model) -> None:
    assert tzsim.simulate(model, keep=["Lake"], series={"rain": (TIMES, MANY)}).effective is None
    same = np.repeat(RAIN[:, None], 4, axis=1)
    assert tzsim.simulate(model, keep=["Lake"], series={"rain": (TIMES, same)}).effective == pytest.approx(
        1.0
    )


STAIR = (TIMES, RAIN)
REFUSED: dict[str, tuple[Any, str]] = {
    "unknown": ({"rains": STAIR}, "no variable 'rains' .*\n.*did you mean 'rain'"),
    "element": ({"use[East]": STAIR}, "no element 'use\\[East\\]'"),
    "stock": ({"Lake": STAIR}, "'Lake' is a stock: its flows decide it"),
    "lookup": ({"curve": STAIR}, "'curve' is a lookup table"),
    "setting": ({"FINAL TIME": STAIR}, "'FINAL TIME' is a time setting"),
    "order": ({"rain": ([1.0, 3.0, 2.0], [1, 2, 3])}, "do not increase: 2 comes after 3"),
    "repeated": ({"rain": ([1.0, 1.0], [1, 2])}, "do not increase: 1 comes after 1"),
    "nan": ({"rain": pd.Series([1.0, np.nan], index=[1.0, 2.0])}, "it is nan at time 2;"),
    "nan member": ({"rain": ([1.0], [[1.0, np.inf]])}, "it is inf at time 1 in member 1;"),
    "nan time": ({"rain": ([1.0, np.nan], [1, 2])}, "time 1 is nan"),
    "shape": ({"rain": (TIMES, RAIN[:2])}, re.escape("4 times, and values of shape (2,)")),
    "empty": ({"rain": ([], [])}, "at least one number"),
    "number": ({"rain": 3.0}, "belongs into `draws`"),
    "text": ({"rain": "high"}, "not 'high'"),
    "dates": (
        {"rain": pd.Series([1.0, 2.0], index=pd.to_datetime(["2026-01-01", "2027-01-01"]))},
        "its times are dates\n.*numbers in the model's time unit",
    ),
    "labels": ({"rain": pd.Series([1.0, 2.0], index=["a", "b"])}, "its times are not numbers"),
    "dims": ({"rain": xr.DataArray(np.ones((2, 2)), dims=("time", "Region"))}, "dims are \\(time, Region\\)"),
    "bare": ({"rain": xr.DataArray(np.ones(2), dims="time")}, "no coordinate"),
    "outside": (
        {"rain": ([2026.0, 2030.0], [1, 2])},
        "2026 to 2030, the run is from 0 to 8\n.*unit \\(Year\\)",
    ),
    "twice": ({"rain": STAIR, "Rain": STAIR}, "the same variable"),
    "mapping": (pd.DataFrame({"rain": RAIN}, index=TIMES), "it is a mapping of names to paths"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_a_path_is_said_in_one_message(model: Model, case: str) -> None:
    series, message = REFUSED[case]
    for run in (
        lambda: tzsim.simulate(model, keep=["Lake"], series=series),
        lambda: tzsim.summarise(model, keep=["Lake"], series=series),
        lambda: tzsim.interpret(model, series=series),
    ):
        with pytest.raises(InputError, match=message) as raised:
            run()
        assert len(raised.value.problems) == 1


def test_members_must_agree_and_nothing_is_given_twice(model: Model) -> None:
    paths = {"rain": (TIMES, MANY)}
    for draws, members in (({"loss": [0.1, 0.2]}, None), (None, 5), (tzsim.draw({}, members=5), None)):
        with pytest.raises(InputError, match="'rain' has paths of 3 members; the ensemble has"):
            tzsim.simulate(model, draws, members=members, series=paths)
    for series in (paths, {"rain": STAIR}):
        with pytest.raises(InputError, match="'rain' is given in `series` and as one number"):
            tzsim.simulate(model, {"rain": 3.0}, members=3, series=series)
        with pytest.raises(InputError, match="'rain' is given in `series` and as one number"):
            tzsim.interpret(model, constants={"rain": 3.0}, series=series)
    with pytest.raises(InputError, match="members 0 to 2, not 3"):
        tzsim.interpret(model, series=paths, member=3)
    with pytest.raises(InputError) as raised:
        tzsim.simulate(model, series={"rains": STAIR, "Lake": STAIR})
    assert len(raised.value.problems) == 2
    over_time = xr.DataArray(RAIN, dims="time", coords={"time": TIMES})
    with pytest.raises(InputError, match="changes in time: give it to `simulate` in `series`"):
        tzsim.simulate(model, {"rain": over_time})
