"""Trajectories and Summary: what a simulation gives back, as xarray with units and labels."""

from __future__ import annotations

import html
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from tzsim.ensemble.failures import count_failures, failure_lines
from tzsim.ensemble.marks import FailedMembers, marked, unknown
from tzsim.ensemble.probability import Share, probability
from tzsim.ensemble.shapes import Shape
from tzsim.errors import InputError, nearest
from tzsim.files import whole
from tzsim.names import element, key

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

    from tzsim.ensemble.designs import Replicate
    from tzsim.ensemble.draws import Draws

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Trajectories:
    """An ensemble of runs.

    data: one variable each, dims (member, time, *subscript ranges); attributes `units`, `long_name`, `comment`, and
        `label_zh`/`label_en` where the view names them. Values are as computed: nan and inf stand where they arise.
    status: (member,) 1 where the run failed: a kept value, or a stock at the end, is no finite number; 0 elsewhere.
    failed_time, failed_variable: (member,) the first time and variable, kept or not, of which that is so; nan and '' elsewhere.
    """

    data: xr.Dataset
    status: NDArray[np.int8]
    failed_time: FloatArray
    failed_variable: NDArray[np.str_]
    replicates: tuple[Replicate, ...] = ()
    drawn: Draws | None = None
    """The draws that the members were run with."""
    effective: float | None = None
    """How many independent members these are worth, where that is less than their number: draws of a posterior, repeats."""

    def __getitem__(self, name: str) -> xr.DataArray:
        """One variable, by its name in any spelling that the model would accept. Raises KeyError with a hint.

        Where members failed it carries coordinates that say in which members and at which times it is not finite.
        """
        array = self.data[_found(self.data, name)]
        return marked(array) if self.failed else array

    @property
    def names(self) -> tuple[str, ...]:
        """Variables kept."""
        return tuple(str(name) for name in self.data.data_vars)

    @property
    def members(self) -> int:
        """Members run, failed ones included."""
        return len(self.status)

    @property
    def failed(self) -> int:
        """Members that failed."""
        return int((self.status != 0).sum())

    @property
    def alive(self) -> NDArray[np.bool_]:
        """(member,) True where the run is good."""
        return self.status == 0

    @property
    def failures(self) -> tuple[str, ...]:
        """One line a variable that failed first, most frequent first: in how many members, and from when."""
        return failure_lines(count_failures(self.status, self.failed_variable, self.failed_time))

    def quantiles(self, name: str, levels: Sequence[float] = (0.1, 0.5, 0.9)) -> xr.DataArray:
        """Exact quantiles, dims (quantile, time, *subscripts), at each point over the members whose value there is finite.

        Warns (FailedMembers) where that leaves members out. Raises InputError for levels outside 0..1.
        """
        check_levels(levels)
        array = self.data[_found(self.data, name)]
        left_out = 0
        if self.failed:
            finite = np.isfinite(array.values)
            array = array.where(finite)
            left_out = int((~finite.reshape(self.members, -1)).any(axis=1).sum())
        if left_out:
            self._warn(
                f"quantiles of {name} leave out {left_out} of {self.members} members where it is not finite"
            )
        found = array.quantile(list(levels), dim="member", skipna=bool(left_out))
        return found.assign_attrs(array.attrs)

    def probability(self, event: xr.DataArray) -> Share:
        """Share of members for which `event`, dims (member,), holds, with its 95 % sampling interval.

        E.g. `run.probability(run["revenue"].sel(Cluster="chemicals", time=2027) >= 700)`. Members in which a variable of the
        event is no finite number (at the times and elements it looks at) are left out, counted in `Share.failed` and said
        by a warning (FailedMembers); members that failed elsewhere count as any other. Build the event from this object's
        variables (`run["revenue"]`): others do not say where they are not finite, and count as they are. The interval is never
        narrower than that of `effective` members. Raises InputError for what is no event of this ensemble.
        """
        event = _event(event, self.members)
        met = np.asarray(event.values, dtype=np.bool_)
        out = unknown(event)
        share = probability(met, np.ones_like(met) if out is None else ~out, self.replicates, self.effective)
        if out is None and self.failed:
            self._warn(
                f"{self.failed} of {self.members} members failed, and the event does not say which variables it is made of:"
                " a comparison with nan counts as False in it"
            )
        if out is not None and out.any():
            share = share._replace(failed=int(out.sum()))
            self._warn(
                f"the probability leaves out {share.failed} of {self.members} members in which it is not known"
            )
        return share

    def _warn(self, message: str) -> None:
        warnings.warn(f"{message} ({'; '.join(self.failures[:3])})", FailedMembers, stacklevel=3)

    def plot(self, name: str, **options: Any) -> Figure:
        """A figure of one variable: median and bands over time, a panel for each element. Options as `tzsim.plot`."""
        import tzsim

        return tzsim.plot(self, name, **options)

    @property
    def inputs(self) -> pd.DataFrame:
        """One row a member, one column a constant that was given to it; shocks over time are in `drawn.block()`."""
        import pandas as pd

        members = pd.RangeIndex(self.members, name="member")
        if self.drawn is None:
            return pd.DataFrame(index=members)
        return pd.DataFrame(self.drawn.block().values.T, columns=list(self.drawn.names), index=members)

    def to_dataframe(self) -> pd.DataFrame:
        """One row a (member, time), one column an element, named as in the model ("revenue[chemicals]")."""
        import pandas as pd

        columns = {name: values.reshape(-1) for name, values in self._elements()}
        rows = pd.MultiIndex.from_product(
            [range(self.members), self.data["time"].values], names=["member", "time"]
        )
        return pd.DataFrame(columns, index=rows)

    def to_ema(self) -> tuple[pd.DataFrame, dict[str, FloatArray]]:
        """(experiments, outcomes) as the EMA Workbench has them: a row an experiment, arrays (experiment, time); failed ones left out.

        The outcome "TIME" holds the times, the same in every row, as that library's Vensim and PySD connectors give it.
        """
        alive = self.alive
        experiments = self.inputs[alive].reset_index(drop=True)
        outcomes = {name: values[alive] for name, values in self._elements()}
        times = np.asarray(self.data["time"].values, dtype=np.float64)
        outcomes["TIME"] = np.repeat(times[None], int(alive.sum()), axis=0)
        return experiments, outcomes

    def _elements(self) -> Iterator[tuple[str, FloatArray]]:
        """(element, its values (member, time)), in the order of the variables."""
        for name, array in self.data.data_vars.items():
            dims = [str(d) for d in array.dims[2:]]
            if not dims:
                yield element(str(name)), array.values
                continue
            places = product(*(array.coords[d].values for d in dims))
            flat = array.values.reshape(*array.shape[:2], -1)
            for i, place in enumerate(places):
                yield element(str(name), tuple(str(p) for p in place)), flat[:, :, i]

    def to_netcdf(self, path: str | Path) -> None:
        """Write the data as netCDF-4, whole or not at all: a file that stood there stays until the new one is complete."""
        with whole(Path(path)) as draft:
            failed = {
                "status": ("member", self.status),
                "failed_time": ("member", self.failed_time),
                "failed_variable": ("member", self.failed_variable.astype(object)),
            }
            self.data.assign(failed).to_netcdf(draft, engine="h5netcdf")

    def __repr__(self) -> str:
        times = self.data["time"].values
        failed = f", {self.failed} failed" if self.failed else ""
        span = f"{times[0]:g} to {times[-1]:g}" if len(times) else "no times"
        return f"Trajectories({len(self.names)} variables, {self.members} members{failed}, {span})"

    def _repr_html_(self) -> str:
        return self.html()

    def html(self, lang: Literal["zh", "en"] | None = None) -> str:
        """The variables as an HTML table. lang: by default Chinese where they have labels, else English."""
        return _table(repr(self), self.data, self.failures, lang)


@dataclass(frozen=True, eq=False, repr=False)
class Summary:
    """Statistics of an ensemble whose members were not kept.

    mean, variance: dims (time, *subscripts). quantiles: dims (quantile, time, *subscripts), within 0.05 % of the value; values
        nearer to zero than 2**-40 (9.1e-13) count as zero in them.
    above: share of members at or above the threshold given for a variable, dims (time, *subscripts); above_low, above_high:
        its 95 % sampling interval.
    counted: members in each statistic, dims (time, *subscripts): those whose value there is a finite number. failed:
        members in which a kept value, or a stock at the end, is none.
    """

    mean: xr.Dataset
    variance: xr.Dataset
    quantiles: xr.Dataset
    above: xr.Dataset
    above_low: xr.Dataset
    above_high: xr.Dataset
    counted: xr.Dataset
    members: int
    failed: int
    failures: tuple[str, ...] = ()

    def __repr__(self) -> str:
        failed = f", {self.failed} failed" if self.failed else ""
        return f"Summary({len(self.mean.data_vars)} variables, {self.members} members{failed})"

    def _repr_html_(self) -> str:
        return self.html()

    def html(self, lang: Literal["zh", "en"] | None = None) -> str:
        """The variables as an HTML table. lang: by default Chinese where they have labels, else English."""
        return _table(repr(self), self.mean, self.failures, lang)


def check_levels(levels: Sequence[float]) -> None:
    """Raise InputError unless these are levels of quantiles: numbers in 0..1."""
    wrong = [v for v in levels if not 0 <= v <= 1]
    if wrong:
        raise InputError.one(
            f"quantile {wrong[0]!r} is no level between 0 and 1", hint="the median is 0.5, not 50"
        )


def _event(event: object, members: int) -> xr.DataArray:
    import xarray as xr

    if not isinstance(event, xr.DataArray):
        raise InputError.one(
            f"an event is a comparison of this ensemble's variables, not {type(event).__name__}",
            hint='e.g. run["revenue"].sel(time=2027) >= 700',
        )
    if event.dims != ("member",):
        raise InputError.one(
            f"an event has the single dim 'member', not {event.dims}",
            hint="select a time and elements first",
        )
    if event.dtype != np.bool_:
        raise InputError.one(
            f"an event is true or false in each member, not {event.dtype}", hint="compare it with a threshold"
        )
    if len(event) != members:
        raise InputError.one(f"the event has {len(event)} members, the ensemble {members}")
    return event


def dataset(
    shapes: Sequence[Shape],
    outputs: Sequence[str],
    values: FloatArray,
    front: Mapping[str, Sequence[float] | NDArray[Any]],
    units: Mapping[str, str],
    labels: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """Arrays with dims (*front, *subscripts) from `values` (output, *front); elements not kept are nan.

    units: by variable name. labels: variable or element name -> something with `zh` and `en`.
    """
    import xarray as xr

    row = {name: i for i, name in enumerate(outputs)}
    named = {key(name): text for name, text in (labels or {}).items()}
    variables: dict[str, tuple[tuple[str, ...], FloatArray, dict[str, str]]] = {}
    coords: dict[str, Any] = dict(front)
    for shape in shapes:
        if not shape.dims:
            array = values[row[shape.elements[0][1]]]
        else:
            size = tuple(len(place) for place in shape.labels)
            array = np.full((*values.shape[1:], *size), np.nan)
            for position, name in shape.elements:
                array[(..., *position)] = values[row[name]]
        name = shape.variable.name
        dims = list(shape.dims)
        for i, place in enumerate(shape.labels):
            dims[i] = _dimension(coords, dims[i], place)
            for language in ("zh", "en"):
                texts = [getattr(named.get(key(e)), language, "") for e in place]
                if any(texts):
                    written = np.array([t or e for t, e in zip(texts, place, strict=True)], dtype=object)
                    coords[f"{dims[i]}_{language}"] = (dims[i], written)
        variables[name] = ((*front, *dims), array, _attributes(shape, units, named))
    return xr.Dataset(variables, coords=coords)


def _dimension(coords: dict[str, Any], dim: str, place: tuple[str, ...]) -> str:
    """The name under which these elements are a coordinate; a part of a range gets a name of its own."""
    while dim in coords and tuple(coords[dim]) != place:
        dim += " part"
    coords[dim] = list(place)
    return dim


def _attributes(shape: Shape, units: Mapping[str, str], named: Mapping[str, Any]) -> dict[str, str]:
    variable = shape.variable
    text = named.get(variable.id)
    attributes = {
        "units": units.get(variable.name, variable.unit),
        "long_name": variable.name,
        "comment": variable.comment,
        "label_zh": getattr(text, "zh", ""),
        "label_en": getattr(text, "en", ""),
    }
    return {name: value for name, value in attributes.items() if value}


def _found(data: xr.Dataset, name: str) -> str:
    wanted = key(name)
    for known in data.data_vars:
        if key(str(known)) == wanted:
            return str(known)
    hint = nearest(name, (str(n) for n in data.data_vars))
    raise KeyError(f"{name!r} was not kept" + (f"; {hint}" if hint else ""))


_HEADINGS = {
    "zh": ("变量", "标签", "单位", "维度", "范围"),
    "en": ("variable", "label", "unit", "dims", "range"),
}


def _table(
    title: str,
    data: xr.Dataset,
    failures: Sequence[str],
    lang: Literal["zh", "en"] | None = None,
    most: int = 40,
) -> str:
    """An HTML table of the variables: name, label (where there are any), unit, dims, and the range of the values.

    lang: None for Chinese where the variables have labels, and English where a model has its own names only.
    """
    labelled = any(
        "label_zh" in array.attrs or "label_en" in array.attrs for array in data.data_vars.values()
    )
    lang = lang or ("zh" if labelled else "en")
    columns = [h for i, h in enumerate(_HEADINGS[lang]) if labelled or i != 1]
    rows: list[str] = []
    for name in list(data.data_vars)[:most]:
        array = data[name]
        finite = array.values[np.isfinite(array.values)]
        span = f"{finite.min():.4g} … {finite.max():.4g}" if finite.size else ""
        cells = (
            str(name),
            *([str(array.attrs.get(f"label_{lang}", ""))] if labelled else []),
            str(array.attrs.get("units", "")),
            " × ".join(f"{d} {n}" for d, n in array.sizes.items()),
            span,
        )
        rows.append("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in cells) + "</tr>")
    rest = len(data.data_vars) - most
    more = f"<p>… and {rest} more</p>" if rest > 0 else ""
    failed = "".join(f"<p>{html.escape(line)}</p>" for line in failures)
    head = "".join(f"<th>{h}</th>" for h in columns)
    return (
        f"<div><b>{html.escape(title)}</b>{failed}<table><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>{more}</div>"
    )
