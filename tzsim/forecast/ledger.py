"""The ledger: a run folder holds all that the run was made from, and opens again from that alone.

`inputs/` beside the results has the scenario as values (goals, priors, shocks, levers, history, view), the model as
`ir.codec` writes it, the map from documented figures to the model, and the recorded posterior where members came from one. A run of
a model that has since changed is opened, scored and explained from its folder.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from tzsim.errors import Address, InputError, both
from tzsim.forecast.answer_table import AnswerTable, Heading
from tzsim.forecast.folder import RECORD
from tzsim.forecast.result import POSTERIOR, Forecast
from tzsim.forecast.run import Progress, forecast
from tzsim.ir.codec import decode_model, encode_model
from tzsim.scenario import Scenario
from tzsim.scenario.figures import Figure, figures_of
from tzsim.scenario.stored import from_plain, plain_scenario, scenario_from, to_plain

FORMAT = 1
INPUTS = "inputs"
LARGEST = 200_000_000
"""Bytes of a stored file that are read."""


@dataclass(frozen=True)
class StoredRun:
    """A run as its folder says it. scenario: what it was made from, with the run's own members and seed."""

    folder: Path
    scenario: Scenario
    figures: tuple[Figure, ...]
    record: Mapping[str, Any]

    @property
    def run_id(self) -> str:
        return str(self.record["run_id"])

    @property
    def version(self) -> str:
        """Version of tzsim that made the run."""
        return str(self.record["tzsim"])

    @cached_property
    def results(self) -> StoredResults:
        """Probabilities and members as they were stored. Raises InputError where forecast.nc is not readable."""
        return _results(self.folder)

    def forecast(
        self, *, draws: int | None = None, threads: int | None = None, progress: Progress | None = None
    ) -> Forecast:
        """Run it again from the stored inputs. draws: fewer members than the run had. Raises SimulationError."""
        scenario = replace(self.scenario, draws=draws or self.scenario.draws)
        return forecast(
            scenario,
            threads=threads,
            progress=progress,
            design=self.record.get("design", "monte carlo"),
            allow_undiagnosed=True,
        )

    def __repr__(self) -> str:
        return f"StoredRun({self.scenario.id}, run {self.run_id}, tzsim {self.version}, {self.scenario.draws} members)"

    def _repr_html_(self) -> str:
        from html import escape

        rows = tuple(
            (id, self.scenario.goal(id).name, p, low, high)
            for id, (p, low, high) in self.results.probability.items()
        )
        return f"<p>{escape(repr(self))}</p>" + AnswerTable.of(self.scenario.name, _COLUMNS, rows).html()


@dataclass(frozen=True, eq=False)
class StoredResults:
    """probability: judged goal -> value and 95 % interval. measure: (goal, member) in the order of `judged`."""

    judged: tuple[str, ...]
    probability: Mapping[str, tuple[float, float, float]]
    measure: NDArray[np.float64]
    met: NDArray[np.bool_]


_COLUMNS: tuple[Heading, ...] = (
    ("goal", "目标", "goal"),
    ("name", "名称", "name"),
    ("probability", "概率", "P", "percent"),
    ("low", "95%下限", "95 % from", "percent"),
    ("high", "95%上限", "to", "percent"),
)


def write_inputs(result: Forecast, folder: Path) -> None:
    """Write `inputs/` of a forecast into its folder; the same forecast gives the same bytes."""
    place = folder / INPUTS
    place.mkdir()
    scenario = replace(result.scenario, draws=result.members, seed=result.seed)
    kept = result.evidence == POSTERIOR and scenario.posterior is not None
    figures = to_plain(figures_of(scenario))
    values = {"format": FORMAT, "posterior": kept, "scenario": plain_scenario(scenario), "figures": figures}
    (place / "scenario.json").write_text(_text(values), "utf-8")
    (place / "model.json").write_text(encode_model(scenario.model), "utf-8")
    if kept and scenario.posterior is not None:
        (place / "posterior").mkdir()
        for name in ("info.json", "draws.npz"):
            shutil.copyfile(scenario.posterior / name, place / "posterior" / name)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"


def is_run(path: Path) -> bool:
    """Whether a path is a folder that a run wrote."""
    return path.is_dir() and (path / RECORD).is_file()


def open_run(folder: str | Path) -> StoredRun:
    """A run from its folder, whatever has become of the files it was made from.

    Raises InputError where the folder is no run, was written before runs kept their inputs, or is damaged.
    """
    place = Path(folder)
    no_run = both("这不是一次运行的文件夹", "this is no folder of a run")
    record = _read(
        place / RECORD,
        no_run,
        both("应为 `tzsim run` 写出的文件夹", "give the folder that `tzsim run` wrote"),
    )
    if not isinstance(record, dict) or "run_id" not in record or "scenario" not in record:
        raise InputError.one(
            no_run,
            Address(str(place / RECORD)),
            both(
                "compare、explain、achieve 写出的是另一种文件夹", "compare, explain and achieve write others"
            ),
        )
    stored = _read(
        place / INPUTS / "scenario.json",
        both("这次运行没有留存输入", "the run keeps no inputs"),
        both("用本版本重新运行", "run it again with this version"),
    )
    model_file = place / INPUTS / "model.json"
    posterior = place / INPUTS / "posterior"
    try:
        if stored["format"] > FORMAT:
            at = Address(str(place / INPUTS / "scenario.json"))
            found = stored["format"]
            said = both(
                f"格式为 {found}，本版本能读到 {FORMAT}", f"format {found}, this version reads {FORMAT}"
            )
            raise InputError.one(said, at, both("请用更新的 tzsim", "use a newer tzsim"))
        model = decode_model(_contents(model_file))
        folder_of = posterior if stored["posterior"] else None
        scenario = scenario_from(stored["scenario"], model, place / INPUTS, folder_of)
        figures = cast("tuple[Figure, ...]", from_plain(stored["figures"]))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OSError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        at = Address(str(place / INPUTS))
        said = both(f"这次运行的输入无法读取（{error}）", f"the inputs of the run cannot be read ({error})")
        raise InputError.one(said, at, both("重新运行", "run it again")) from None
    return StoredRun(place, scenario, figures, cast("Mapping[str, Any]", record))


def _contents(path: Path) -> str:
    if path.stat().st_size > LARGEST:
        raise ValueError(f"{path.name} is larger than {LARGEST // 1_000_000} MB")
    return path.read_text("utf-8")


def _read(path: Path, wrong: str, hint: str) -> Any:
    try:
        return json.loads(_contents(path))
    except (FileNotFoundError, NotADirectoryError):
        raise InputError.one(wrong, Address(str(path)), hint) from None
    except (OSError, ValueError, RecursionError) as error:
        said = both(f"文件已损坏，无法读取（{error}）", f"the file is damaged and cannot be read ({error})")
        raise InputError.one(said, Address(str(path)), hint) from None


def _results(folder: Path) -> StoredResults:
    import h5netcdf

    try:
        with h5netcdf.File(folder / "forecast.nc", "r") as file:
            goals = _texts(file, "goal")
            judged = _texts(file, "judged")
            columns = [
                np.asarray(file[f"probability{end}"][...], dtype=np.float64) for end in ("", "_low", "_high")
            ]
            measure = np.asarray(file["measure"][...], dtype=np.float64)
            met = np.asarray(file["met"][...]).astype(np.bool_)
    except (OSError, KeyError, ValueError) as error:
        at = Address(str(folder / "forecast.nc"))
        said = both(f"这次运行的结果无法读取（{error}）", f"the results of the run cannot be read ({error})")
        raise InputError.one(said, at) from None
    rows = {id: (float(a), float(b), float(c)) for id, a, b, c in zip(goals, *columns, strict=True)}
    return StoredResults(judged, {id: rows[id] for id in judged}, measure, met)


def _texts(file: Any, name: str) -> tuple[str, ...]:
    return tuple(v.decode("utf-8") if isinstance(v, bytes) else str(v) for v in file[name][...])
