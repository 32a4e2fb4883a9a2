"""Is this file of figures fit to be used: units, duplicates, breaks and provenance, against the figures a project has.

The reader refuses what cannot be used at all (`history`). What is found here can be used, but a person should look first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Literal

from tzsim.errors import Address, InputError, in_chinese
from tzsim.scenario.called import called
from tzsim.scenario.figure_names import FigureNames, names_beside, read_figure_names
from tzsim.scenario.history import DOCUMENTED, Absent, history_files, read_history, said_twice, twice
from tzsim.scenario.outliers import Outlier, outliers, value_in_unit_of
from tzsim.scenario.records import Observation
from tzsim.scenario.text import Text2
from tzsim.units import UnitError, conversion, parse_unit

Kind = Literal["absent", "unit", "outlier", "revision", "known", "break", "basis", "provenance", "name"]

WIDE_STEP = 0.3
"""A yearly change of the logarithm (or of a rate, in units of 100 points) below this is never called a break."""
UNUSUAL = 5.0
"""A break is a step this many times the median step of the rest of its series."""
SAME = 0.002
"""Two figures closer than this, relatively, are the same figure."""
_DATED = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at before the figure is used.

    `grave`: not fit for use as it stands; the figure contradicts the project's, or lies orders of magnitude from its series and is
    not confirmed.
    """

    kind: Kind
    grave: bool
    address: Address
    variable: str
    entity: str
    year: float
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class DataCheck:
    """What `check_data` found. rows: every figure of the file, in its order."""

    rows: tuple[Observation, ...]
    findings: tuple[Finding, ...]
    compared_with: int
    """Figures of the project that it was held against."""

    @property
    def fit_for_use(self) -> bool:
        """Whether no finding is grave."""
        return not any(f.grave for f in self.findings)

    @property
    def series(self) -> dict[tuple[str, str], tuple[Observation, ...]]:
        """(variable, entity) -> its figures, oldest first."""
        return _series(self.rows)


def check_data(path: str | Path, against: str | Path | None = None) -> DataCheck:
    """Read a history file (CSV in UTF-8 or GB18030, or Excel) and look for what a person should see before using it.

    Main arguments: path, the file; against, the project's history file or folder (a file is not held against itself).
    Raises InputError with every row that cannot be used, and where the file repeats a figure.
    """
    file = Path(path)
    absent: list[Absent] = []
    place = None if against is None else Path(against)
    names = read_figure_names(names_beside(file) or (place and names_beside(place)))
    rows, _ = read_history(file, str(path), absent, names=names, words=None)
    known: list[Observation] = []
    if place is not None:
        others = history_files(place) if place.is_dir() else (place,)
        for other in others:
            if not (file.exists() and other.exists() and other.samefile(file)):
                known += read_history(other, str(other), words=None)[0]
        if again := twice(known):
            raise InputError(said_twice(again))
    far = outliers(rows, known)
    findings = [
        *_without_figure(absent),
        *_against(rows, known),
        *_own_units(rows),
        *_units(rows, known),
        *(_outlier(x) for x in far),
        *_breaks(rows, known, {id(x.figure) for x in far}),
        *_bases(rows, known),
        *_sources(rows),
        *_names(rows, known, names),
    ]
    findings.sort(key=lambda f: (not f.grave, f.address.line or 0))
    return DataCheck(rows, tuple(findings), len(known))


def _without_figure(absent: Sequence[Absent]) -> list[Finding]:
    return [
        Finding(
            "absent", False, a.address, a.variable, a.entity, a.year, f"没有数字（{a.printed}），本行不用",
            f"no figure ('{a.printed}'): the row is left out",
        )
        for a in absent
    ]  # fmt: skip


def _found(kind: Kind, o: Observation, zh: str, en: str, *, grave: bool = False) -> Finding:
    return Finding(kind, grave, o.address, o.variable, o.entity, o.year, zh, en)


def _series(rows: Iterable[Observation]) -> dict[tuple[str, str], tuple[Observation, ...]]:
    found: dict[tuple[str, str], list[Observation]] = {}
    for o in rows:
        found.setdefault((o.variable, o.entity), []).append(o)
    return {k: tuple(sorted(v, key=lambda o: o.year)) for k, v in found.items()}


def _against(rows: Sequence[Observation], known: Sequence[Observation]) -> list[Finding]:
    """Figures the project has already: the same again, or another value for it."""
    there = {(o.variable, o.entity, o.year): o for o in known}
    findings: list[Finding] = []
    for o in rows:
        old = there.get((o.variable, o.entity, o.year))
        value = None if old is None else value_in_unit_of(o, old)
        if old is None or value is None:
            continue
        if math.isclose(value, old.value, rel_tol=SAME):
            zh, en = (
                f"与 {old.address} 相同，两者留一",
                f"stands in {old.address} already: keep one of the two",
            )
            findings.append(_found("known", o, zh, en))
        else:
            change = f"{(value - old.value) / abs(old.value):+.1%}" if old.value else f"{_plain(value)}"
            zh = (
                f"与 {old.address} 的 {_plain(old.value)} {old.unit} 不一致（{change}）：若为修订，请删去旧行"
            )
            en = f"{old.address} says {_plain(old.value)} {old.unit} ({change}): if this is a revision, take the old row out"
            findings.append(_found("revision", o, zh, en, grave=True))
    return findings


def _own_units(rows: Sequence[Observation]) -> list[Finding]:
    """Units in words that only a model can know, each once."""
    findings: list[Finding] = []
    for o in {o.unit: o for o in reversed(rows)}.values():
        try:
            parse_unit(o.unit or "1")
        except UnitError as error:
            zh = f"{in_chinese(error)}：只有模型自己也用这个单位时，才能与模型对照"
            en = f"{error}: it can only be held against a model that has this word"
            findings.append(_found("unit", o, zh, en))
    return findings


def _units(rows: Sequence[Observation], known: Sequence[Observation]) -> list[Finding]:
    """A series in two kinds of unit (grave), or in two units of one kind."""
    first: dict[str, Observation] = {}
    findings: list[Finding] = []
    for o in known:
        first.setdefault(o.variable, o)
    for o in rows:
        other = first.setdefault(o.variable, o)
        if other.unit == o.unit:
            continue
        value = value_in_unit_of(o, other)
        if value is None:
            zh = f"单位 {o.unit} 与 {other.address} 的 {other.unit} 不是同一类量"
            en = f"{o.unit} is another kind of quantity than {other.unit} in {other.address}"
            findings.append(_found("unit", o, zh, en, grave=True))
        elif not parse_unit(o.unit, own=True).same_scale(parse_unit(other.unit, own=True)):
            zh = f"单位与 {other.address} 不同：{_plain(o.value)} {o.unit} 即 {_plain(value)} {other.unit}"
            en = f"another unit than in {other.address}: {_plain(o.value)} {o.unit} is {_plain(value)} {other.unit}"
            findings.append(_found("unit", o, zh, en))
    return findings


def _outlier(found: Outlier) -> Finding:
    """A figure orders of magnitude from its series, and how a person says that it is right."""
    o, other = found.figure, found.against
    times = f"{found.factor:.0f}" if found.factor < 1000 else f"{float(f'{found.factor:.2g}'):,.0f}"
    zh = (
        f"{_plain(o.value)} {o.unit} 与 {other.year}年的 {_plain(other.value)} {other.unit}（{other.address}）相差约 {times} 倍："
        "请核对单位和小数点；确属实情的，在“确认”（confirmed）列写“是”"
    )
    en = (
        f"{_plain(o.value)} {o.unit} is about {times} times off {_plain(other.value)} {other.unit} of {other.year} ({other.address}): "
        "look at unit and decimal point; if it is right, write yes in the column 'confirmed'"
    )
    return _found("outlier", o, zh, en, grave=True)


def _breaks(
    rows: Sequence[Observation], known: Sequence[Observation], said: Collection[int]
) -> list[Finding]:
    """Steps far larger than the rest of their series: a break of the series. said: figures (by identity) that are outliers, or confirmed."""
    mine = {id(o) for o in rows}
    findings: list[Finding] = []
    for points in _series([*known, *rows]).values():
        unique = list({o.year: o for o in points}.values())
        steps = [(a, b, s) for a, b in pairwise(unique) if (s := _step(a, b)) is not None]
        for i, (a, b, step) in enumerate(steps):
            usual = median(abs(s) for j, (_, _, s) in enumerate(steps) if j != i) if len(steps) > 1 else 0.0
            if abs(step) <= max(WIDE_STEP, UNUSUAL * usual) or not {id(a), id(b)} & mine:
                continue
            o = b if id(b) in mine else a
            if {id(a), id(b)} & set(said) or a.confirmed or b.confirmed:
                continue
            later, slip = value_in_unit_of(b, a), _slip(a, b)
            assert later is not None  # or there were no step
            zh = f"{a.year}年的 {_plain(a.value)} 到 {b.year}年的 {_plain(later)} {a.unit}，远大于本序列其他年份的变化"
            en = f"from {_plain(a.value)} in {a.year} to {_plain(later)} {a.unit} in {b.year}, far more than in the other years"
            zh += f"：是否差了 {slip} 倍？" if slip else "：口径是否改变？若是，请另立指标名"
            en += (
                f": is it a factor of {slip}?"
                if slip
                else ": has the definition changed? If so, give it a name of its own"
            )
            findings.append(_found("break", o, zh, en))
    return findings


def _step(a: Observation, b: Observation) -> float | None:
    """Yearly change: of the logarithm of a positive level, of a rate in units of 100 points."""
    later = value_in_unit_of(b, a)
    if later is None:
        return None
    years = b.year - a.year
    if parse_unit(a.unit, own=True).dimensionless:
        percent = conversion(parse_unit(a.unit, own=True), parse_unit("%"))
        return (later - a.value) * percent / 100 / years
    return math.log(later / a.value) / years if a.value > 0 and later > 0 else None


def _slip(a: Observation, b: Observation) -> str:
    """A power of ten (10, 100, 1000, 10000) that would explain the step, or nothing."""
    later = value_in_unit_of(b, a)
    if later is None or later <= 0 or a.value <= 0:
        return ""
    ratio = abs(math.log10(later / a.value))
    power = round(ratio)
    return str(10**power) if power >= 1 and abs(ratio - power) < 0.15 else ""


def _bases(rows: Sequence[Observation], known: Sequence[Observation]) -> list[Finding]:
    """A figure that the project has under another name, of which one name is the other with something added."""
    findings: list[Finding] = []
    for o in rows:
        for k in known:
            related = k.variable != o.variable and (
                k.variable.startswith(o.variable) or o.variable.startswith(k.variable)
            )
            if not related or (k.entity, k.year) != (o.entity, o.year):
                continue
            value = value_in_unit_of(o, k)
            if value is not None and math.isclose(value, k.value, rel_tol=SAME):
                zh = f"同一数字在 {k.address} 记为 {k.variable}：两种口径不可混用"
                en = f"the same figure stands in {k.address} as {k.variable}: never mix two bases in one series"
                findings.append(_found("basis", o, zh, en, grave=True))
    return findings


def _sources(rows: Sequence[Observation]) -> list[Finding]:
    """Documented figures whose source names no date, number or year: nobody could find them again."""
    zh = "来源没有日期、文号或年份，无法复核"
    en = "the source names no date, number or year: nobody could find it again"
    return [
        _found("provenance", o, zh, en)
        for o in rows
        if o.quality in DOCUMENTED and not _DATED.search(o.source + o.note)
    ]


def _names(rows: Sequence[Observation], known: Sequence[Observation], names: FigureNames) -> list[Finding]:
    """Variables and entities that the project does not have: new, or misspelt."""
    findings: list[Finding] = []
    seen: set[str] = set()
    variables = {o.variable: Text2() for o in known} | dict(names.variables)
    entities = {o.entity: Text2() for o in known} | dict(names.entities)
    for o in rows if known else ():
        for name, there, what in (
            (o.variable, variables, ("指标", "variable")),
            (o.entity, entities, ("地区", "entity")),
        ):
            if name in there or name in seen:
                continue
            seen.add(name)
            hint = called(name, there)[1]
            zh = f"新{what[0]}“{name}”" + (
                f"：{hint.zh}"
                if hint
                else "，目前没有校准文件或图表使用它；可用的名称见 tzsim list 情景文件 --only figures"
            )
            en = f"new {what[1]} '{name}': " + (
                hint
                or "no calibration or chart reads it yet; names there are: tzsim list SCENARIO --only figures"
            )
            findings.append(_found("name", o, zh, en))
    return findings


def _plain(value: float) -> str:
    """A figure as people write it: no exponent where it is large."""
    return f"{value:,.0f}" if 1e6 <= abs(value) < 1e15 else f"{value:g}"
