"""A recorded posterior as the source of an ensemble's draws, and the check that it belongs to the scenario.

Member i takes the whole posterior draw whose number its own counter stream 'posterior' gives, with replacement:
constants and shocks up to `as_of` that some figure can depend on. Shocks after `as_of`, and whatever keeps its prior
because no figure can depend on it, stay the member's own streams, and what the scenario itself sets overrides both. So a
member is the same in any block, and a lever moves nothing else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tzsim.ensemble.counter import uniforms
from tzsim.ensemble.posterior_record import StoredPosterior, read_record
from tzsim.errors import Address, InputError, Problem, both
from tzsim.ir.codec import content_of
from tzsim.names import key
from tzsim.record import canonical_json, sha256

if TYPE_CHECKING:
    from tzsim.scenario import Goal, Scenario

LEAST, MOST = 2.0**-54, 1.0 - 2.0**-53
"""Uniforms stay between them; MOST is the largest number below 1."""
VARIED = ("constant", "knot", "common")
"""Kinds of coordinate that a forecast draws; scopes and ratios belong to the figures alone."""
SHOWN = 5
"""Names in a message before it says how many more there are."""


@dataclass(frozen=True, eq=False)
class PosteriorSource:
    """Standard normal scores (draw, coordinate) and the stream of draws that each column stands for.

    at_prior: streams that varied in the calibration and that no figure can depend on; members draw them afresh.
    """

    scores: NDArray[np.float32]
    columns: Mapping[str, int]
    at_prior: frozenset[str] = frozenset()

    def __getstate__(self) -> dict[str, object]:
        """Without what was computed from the scores: it need not travel."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}

    @cached_property
    def as_uniforms(self) -> NDArray[np.float64]:
        """(coordinate, draw): the scores as uniforms, inside (0, 1)."""
        from scipy.special import ndtr

        return np.clip(ndtr(self.scores.T.astype(np.float64, order="C")), LEAST, MOST)

    def place(self, cube: NDArray[np.float64], streams: Sequence[str], seed: int, first: int) -> None:
        """Put the posterior in place of the uniforms (stream, member) of members from `first`, in place."""
        u = uniforms(seed, "posterior", first, cube.shape[1])
        chosen = np.minimum((u * len(self.scores)).astype(np.intp), len(self.scores) - 1)
        for row, name in zip(cube, streams, strict=True):
            column = self.columns.get(name)
            if column is not None:
                np.take(self.as_uniforms[column], chosen, out=row, mode="clip")


def stream(shock: str, name: str, knot: int) -> str:
    """Name of the random stream of one knot of a shock; without an element, of the factor that its elements share."""
    return f"{shock}\0{key(name)}\0knot {knot}"


def source_of(stored: StoredPosterior) -> PosteriorSource:
    """The draws of a record, runs one after the other."""
    columns = {_stream_of(c): i for i, c in enumerate(stored.info["coordinates"]) if c["kind"] in VARIED}
    at_prior = frozenset(_stream_of(c) for c in stored.info["at_prior"])
    return PosteriorSource(stored.z.reshape(-1, stored.z.shape[2]), columns, at_prior)


def _stream_of(coordinate: Mapping[str, Any]) -> str:
    if coordinate["kind"] == "constant":
        return key(coordinate["element"])
    return stream(coordinate["shock"], coordinate["element"], coordinate["knot"])


def read_posterior(scenario: Scenario, *, allow_undiagnosed: bool = False) -> StoredPosterior:
    """The posterior that a scenario names, checked against it.

    Raises InputError: no record, parts of the scenario that changed since it was made, or one below the bar of
    convergence (unless `allow_undiagnosed`).
    """
    assert scenario.posterior is not None
    folder = scenario.posterior
    shown = folder.relative_to(scenario.root).as_posix()
    stored = read_record(folder, shown=shown)
    spec = str(stored.info.get("spec", ""))
    remedy = both(
        f"重新校准：tzsim calibrate {spec}；或在情景中写 posterior: none；或加 --prior-only 运行",
        f"tzsim calibrate {spec}; or write `posterior: none`; or run with --prior-only",
    )
    now = content_hashes(scenario) | spec_hash(scenario.root, spec)
    own: Mapping[str, str] = stored.info["hashes"]
    changed = [] if scenario.stored else [part for part in sorted(now) if own.get(part) != now[part]]
    at = Address(shown)
    if changed:
        raise InputError(Problem(at, _changed(p, scenario), remedy) for p in changed)
    if not stored.converged and not allow_undiagnosed and not scenario.stored:
        checks = stored.info["checks"]
        failing = [*checks["failing"], *checks["goals_failing"]]
        more = f" and {len(failing) - SHOWN} more" if len(failing) > SHOWN else ""
        text = (
            f"R-hat {checks['r_hat']}, ESS {checks['ess']}, {checks['chains']} runs; failing:"
            f" {', '.join(failing[:SHOWN]) or 'none'}{more}"
        )
        said = both(f"后验没有收敛到要求：{text}", f"the posterior is below the bar of convergence: {text}")
        hint = both(
            f"延长校准（{remedy.zh}）；--allow-undiagnosed 则照用",
            f"calibrate longer ({remedy}); --allow-undiagnosed takes it as it is",
        )
        raise InputError([Problem(at, said, hint)])
    return stored


def check_covers(source: PosteriorSource, wanted: Sequence[str], scenario: Scenario) -> None:
    """Raise InputError for streams known by `as_of` that vary in the forecast and were fixed in the calibration."""
    missing = [n.split("\0")[0] for n in wanted if n not in source.columns and n not in source.at_prior]
    if missing and scenario.posterior is not None:
        names = ", ".join(dict.fromkeys(missing))
        text = both(
            f"本情景中不定、校准时固定的因素：{names}",
            f"free in this scenario but fixed when the posterior was made: {names}",
        )
        hint = both(
            "按校准所用的情景设定，或写 posterior: none",
            "set it as the calibrated scenario does, or `posterior: none`",
        )
        at = Address(scenario.posterior.relative_to(scenario.root).as_posix())
        raise InputError([Problem(at, text, hint)])


def content_hashes(scenario: Scenario) -> dict[str, str]:
    """Part -> SHA-256 of what a scenario says of it (not of its layout); levers and shocks set by hand are no part."""
    parts: dict[str, object] = {
        "model": content_of(scenario.model),
        "priors": [plain(p) for p in scenario.priors],
        "shocks": [plain(dataclasses.replace(s, off=False, fixed=())) for s in scenario.shocks],
        "history": [plain(o) for o in scenario.history if o.role in ("fit", "hold-out")],
        "until": scenario.known_until,
    }
    return {name: sha256(canonical_json(part).encode()) for name, part in parts.items()}


def spec_hash(root: Path, spec: str) -> dict[str, str]:
    """{'spec': SHA-256 of what the spec says of its figures}; comments, names, seed and sampler are no part."""
    from tzsim.scenario.located import read_yaml

    path = root / spec
    if not spec or not path.is_file():
        return {"spec": ""}
    tree = read_yaml(path, spec).data
    return {"spec": sha256(canonical_json(_text(tree.get("observations"))).encode())}


def measure_hash(goal: Goal) -> str:
    """What a goal measures, in which years, as 16 hex digits; target, names and notes are no part of it."""
    return sha256(repr(goal.yearly_measures).encode())[:16]


def plain(value: Any) -> object:
    """Dataclasses as plain values for hashing, without addresses and blanks in units; infinities as text."""
    if dataclasses.is_dataclass(value):
        fields = [(f.name, getattr(value, f.name)) for f in dataclasses.fields(value)]
        kept = {
            n: "".join(v.split()) if n == "unit" else plain(v)
            for n, v in fields
            if n not in ("address", "source", "reason", "name", "note", "published", "confirmed")
        }
        return {"": type(value).__name__, **kept}
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return str(value)
    return value


def _text(value: Any) -> object:
    if isinstance(value, Mapping):
        return {str(k): _text(v) for k, v in value.items() if k != "reason"}  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
    if isinstance(value, list | tuple):
        return [_text(v) for v in value]  # pyright: ignore[reportUnknownVariableType]
    return str(value)


def _changed(part: str, scenario: Scenario) -> str:
    words = {
        "model": ("模型", "the model"),
        "priors": ("先验表", "the table of priors"),
        "shocks": ("冲击表", "the table of shocks"),
        "history": ("历史数据中的数字", "a figure of the history file"),
        "until": (f"as_of（{scenario.as_of_said('zh')}）", f"as_of ({scenario.as_of_said('en')})"),
        "spec": ("校准文件", "the calibration spec"),
    }
    zh, en = words[part]
    return both(f"{zh}在后验做成之后改过", f"{en} changed since the posterior was made")
