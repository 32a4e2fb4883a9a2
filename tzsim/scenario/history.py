"""Reader of history files: documented figures with quality and role, one a row (CSV or Excel, see `history_cells`).

Columns: variable, entity, year (or time, of a model whose clock is no calendar), value, low, high, unit, quality, role, source, note, and if wanted published (a date) and confirmed (yes).
Variables and entities may be written by their names (`figure_names`). Only official, reported and secondary rows may be fit or hold-out;
estimated and recalled rows are context: they may inform a prior or a picture, never a likelihood.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import cast, get_args

from tzsim.clock import Clock, is_year, plain_time
from tzsim.errors import Address, InputError, Problem, both, in_chinese, nearest
from tzsim.scenario.called import called
from tzsim.scenario.figure_names import FigureNames, names_beside, read_figure_names
from tzsim.scenario.history_cells import COLUMNS, EXCEL, HEADINGS, OPTIONAL, TIMES, Cell, heading, read_cells
from tzsim.scenario.located import Source
from tzsim.scenario.records import Observation, Quality, Role
from tzsim.scenario.text import Text2
from tzsim.units import Unit, UnitError, printed_unit, unit_in

MAY_BE_EMPTY = ("low", "high", "note", *OPTIONAL)
FIGURES = ("variable", "entity", "year", "value", "unit")
"""Columns of a file of bare figures."""
DOCUMENTED = ("official", "reported", "secondary")
MOST_PROBLEMS = 50
CHOICES = {
    "官方": "official", "报道": "reported", "二手": "secondary", "估计": "estimated", "回忆": "recalled", "假设": "assumption",
    "拟合": "fit", "检验": "hold-out", "参考": "context",
}  # fmt: skip
"""Chinese words for quality and role, read as the English ones."""
YES, NO = ("yes", "y", "true", "1", "是", "已确认", "确认"), ("", "no", "n", "false", "0", "否")
NO_FIGURE = ("—", "——", "–", "-", "--", "…", "……", "..", "...", "/")
"""What tables print where there is no figure."""
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?$")


@dataclass(frozen=True, slots=True)
class Absent:
    """A row that prints a dash where its figure should be: it is left out, and `tzsim data check` says so."""

    variable: str
    entity: str
    year: float
    printed: str
    address: Address


def read_history(
    path: Path,
    shown: str,
    absent: list[Absent] | None = None,
    *,
    needed: tuple[str, ...] = COLUMNS,
    names: FigureNames | None = None,
    words: Collection[str] | None = (),
) -> tuple[tuple[Observation, ...], Source]:
    """The observations of a file, in its order, and its text. Raises InputError with every problem (the first 50).

    absent: receives the rows without a figure. needed: columns that may not be left out (FIGURES: units may be as tables print them, or not known); where quality, role or source are, rows count as reported context. names: default those
    beside the file. words: the dimensions of the model (`Names.unit_words`), whose own words are units too; None: any word is.
    """
    rows, source, problems = read_cells(path, shown)
    if not rows:
        first = ",".join(needed)
        raise InputError.one(
            both("文件是空的", "the file is empty"),
            Address(shown, 1),
            both(f"第一行应为 {first}", f"its first line reads {first}"),
        )
    header, start = [heading(c) for c, _ in rows[0]], len(problems)
    known = (*COLUMNS, *OPTIONAL)
    for (name, at), column in zip(rows[0], header, strict=True):
        if column not in known:
            hint = nearest(column, (*known, *HEADINGS))
            text = both(f"不认得的列“{name}”", f"unknown column '{name}'")
            hint = _separated(name) or hint
            problems.append(source.problem(at, text, hint))
        elif header.count(column) > 1:
            text = both(f"列“{name}”重复", f"column '{column}' stands here twice")
            problems.append(source.problem(at, text))
    missing = [c for c in needed if c not in header]
    if missing:
        english = {en: zh for zh, en in HEADINGS.items()}
        text = both(
            f"缺少列：{'、'.join(f'{english[c]} {c}' for c in missing)}",
            f"missing columns: {', '.join(missing)}",
        )
        chinese = ",".join(english[c] for c in needed)
        hint = both(f"应有：{','.join(needed)}（或 {chinese}）", f"wanted: {','.join(needed)} (or {chinese})")
        problems.append(source.problem(rows[0][0][1], text, hint))
    if len(problems) > start:
        raise InputError(problems)
    names = read_figure_names(names_beside(path)) if names is None else names
    headings = dict(zip(header, (c.strip() for c, _ in rows[0]), strict=True))
    observations: list[Observation] = []
    for row in rows[1:]:
        if len(row) != len(header):
            text = both(
                f"本行有 {len(row)} 格，表头有 {len(header)} 格",
                f"{len(row)} fields where the header has {len(header)}",
            )
            hint = both("含逗号的文字请加引号", "put text with commas in quotation marks")
            problems.append(source.problem(row[0][1], text, hint))
            continue
        unit = partial(unit_in, words=words) if needed == COLUMNS else _as_printed
        made = _observation(
            source, dict(zip(header, row, strict=True)), unit, headings, names, problems, absent
        )
        if made is not None:
            observations.append(made)
    for o, first in twice(observations):
        place = (o.address.line, o.address.column)
        hint = both(f"第一次在第{first.address.line}行", f"the first is in line {first.address.line}")
        problems.append(source.problem(place, _twice(o), hint))
    if problems:
        more = len(problems) - MOST_PROBLEMS
        rest = both(f"另有 {more} 处问题", f"and {more} more problems")
        kept = problems[:MOST_PROBLEMS]
        raise InputError([*kept, Problem(Address(shown), rest)] if more > 0 else kept)
    return tuple(observations), source


def _separated(name: str) -> str:
    """The remedy for a line of headings with another mark between them than a comma; '' for one heading."""
    for mark, zh, en in ((";", "分号", "semicolons"), ("\t", "制表符", "tabs"), ("；", "分号", "semicolons")):
        if name.count(mark) >= 2:
            return both(
                f"各列之间是{zh}：另存为逗号分隔的 CSV",
                f"columns are separated by {en}: save the file with commas",
            )
    return ""


def _twice(o: Observation) -> str:
    return both(
        f"{o.entity} {plain_time(o.year)}{'年' if is_year(o.year) else ''}的 {o.variable} 重复",
        f"{o.variable} of {o.entity} in {plain_time(o.year)} stands here a second time",
    )


def _is_date(text: str) -> bool:
    """Whether text is a day, a month or a year that exists."""
    if not re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", text):
        return False
    try:
        date.fromisoformat(text + "-01-01"[len(text) - 4 :])
    except ValueError:
        return False
    return True


def history_files(folder: Path) -> tuple[Path, ...]:
    """The history files of a folder, by name. Hidden files and Excel's own locks (~$) are left out."""
    kinds = {".csv", *EXCEL}
    return tuple(p for p in sorted(folder.iterdir()) if p.suffix.lower() in kinds and p.name[0] not in ".~")


def twice(observations: Iterable[Observation]) -> list[tuple[Observation, Observation]]:
    """(figure, its first) for every figure (variable, entity, year) that stands a second time, in one file or in several."""
    first: dict[tuple[str, str, float], Observation] = {}
    pairs = [(o, first.setdefault((o.variable, o.entity, o.year), o)) for o in observations]
    return [(o, known) for o, known in pairs if known is not o]


def said_twice(pairs: Iterable[tuple[Observation, Observation]]) -> list[Problem]:
    """What to say of figures that stand in two files."""
    return [
        Problem(
            o.address,
            _twice(o),
            both(
                f"第一次在 {known.address}；删去其一",
                f"the first is in {known.address}; take one of them out",
            ),
        )
        for o, known in pairs
    ]


def other_clock(observations: Iterable[Observation], clock: Clock) -> list[Problem]:
    """A Problem for the first figure of each file whose time cannot be one of the clock's: a year of the calendar beside a clock that is
    none, or the other way round."""
    found: dict[str, Problem] = {}
    for o in observations:
        fits = is_year(o.year) if clock.calendar else clock.start <= o.year <= clock.end
        if fits or o.address.file in found:
            continue
        zh, en = clock.axis("zh"), clock.axis("en")
        span = f"{clock.start:g}", f"{clock.end:g}"
        text = both(
            f"时间 {plain_time(o.year)} 不在模型的时间之内：{zh}从 {span[0]} 到 {span[1]}",
            f"time {plain_time(o.year)} does not fit the model, which counts {en} from {span[0]} to {span[1]}",
        )
        found[o.address.file] = Problem(o.address, text)
    return list(found.values())


def _as_printed(text: str) -> Unit | None:
    """A unit as tables print it; None for one that is not known: rows that the model lacks need none, and others are said when they are used."""
    try:
        return printed_unit(text)
    except UnitError:
        return None


def printed_number(text: str) -> float:
    """A number as tables print it: full-width digits and signs, thousands in groups. Raises ValueError."""
    plain = unicodedata.normalize("NFKC", text).strip().replace("\u2212", "-")
    return float((plain.replace(",", "") if _GROUPED.match(plain) else plain).replace("_", "x"))


def _observation(
    source: Source,
    row: Mapping[str, Cell],
    unit: Callable[[str], Unit | None],
    headings: Mapping[str, str],
    names: FigureNames,
    problems: list[Problem],
    absent: list[Absent] | None,
) -> Observation | None:
    """The figure of a row; every cell is looked at, whatever is wrong with the others."""
    before = len(problems)
    text = {c: cell[0].strip() for c, cell in row.items()}
    chinese = {en: zh for zh, en in CHOICES.items()}

    def wrong(column: str, message: str, hint: str = "") -> None:
        name = headings[column]
        said = both(f"{name}：{in_chinese(message)}", f"{name}: {message}")
        problems.append(source.problem(row[column][1], said, hint))

    def number(column: str) -> float | None:
        written = text.get(column, "")
        if not written or (written in NO_FIGURE and column != "year"):
            return None
        try:
            value = printed_number(written.removesuffix("年") if column == "year" else written)
        except ValueError:
            wrong(
                column,
                both(f"应为数字，写的是“{written}”", f"expected a number, got '{written}'"),
                _number_hint(headings[column] if column == "year" else column, written),
            )
            return None
        if not math.isfinite(value):
            wrong(column, both(f"“{written}”不是有限的数", f"'{written}' is not a finite number"))
            return None
        return value

    def choice(column: str, allowed: tuple[str, ...], default: str) -> str:
        if not text.get(column):
            return default
        word = CHOICES.get(text[column], text[column])
        if word not in allowed:
            listed = ", ".join(f"{chinese[c]} {c}" for c in allowed)
            hint = nearest(word, allowed) or both(f"可选：{listed}", f"one of: {listed}")
            wrong(column, both(f"“{word}”不在可选项中", f"'{word}' is not one of the choices"), hint)
        return word

    for column in row:
        if column not in MAY_BE_EMPTY and not text[column]:
            wrong(column, both("是空的", "is empty"))
    value, low, high, year = number("value"), number("low"), number("high"), number("year")
    if year is not None and headings["year"] not in TIMES and not is_year(year):
        wrong(
            "year",
            both(f"“{text['year']}”不是年份", f"'{text['year']}' is not a year"),
            both(
                "不按日历计时的模型，列名写 time",
                "figures of a model whose clock is no calendar stand under the heading 'time'",
            ),
        )
    if year is not None and year.is_integer():
        year = int(year)
    quality = choice("quality", get_args(Quality), "reported")
    role = choice("role", get_args(Role), "context")
    if role in ("fit", "hold-out") and quality in ("estimated", "recalled", "assumption"):
        said = both(
            f"质量为“{chinese[quality]} {quality}”的数字不能用作“{chinese[role]} {role}”",
            f"a row of quality '{quality}' cannot be '{role}'",
        )
        wrong("role", said, both("写“参考”（context）", "role: context"))
    try:
        unit(text["unit"] or "1")
    except UnitError as error:
        wrong("unit", error.args[0], error.hint)
    published, confirmed = text.get("published", ""), text.get("confirmed", "").lower()
    if published and not _is_date(published):
        hint = both("写 年-月-日、年-月 或 年，如 2025-03-01", "write YYYY-MM-DD, YYYY-MM or YYYY")
        wrong("published", both(f"“{published}”不是日期", f"'{published}' is not a date"), hint)
    if confirmed not in (*YES, *NO):
        hint = both("已核实的写“是”，否则留空", "write yes where it is, else leave it empty")
        wrong(
            "confirmed", both(f"“{confirmed}”不在可选项中", f"'{confirmed}' is not one of the choices"), hint
        )
    if value is not None:
        if low is not None and low > value:
            wrong("low", both(f"{low:g} 高于数值 {value:g}", f"{low:g} is above the value {value:g}"))
        if high is not None and high < value:
            wrong("high", both(f"{high:g} 低于数值 {value:g}", f"{high:g} is below the value {value:g}"))
    if len(problems) > before or year is None:
        return None
    variable, entity = _id(text["variable"], names.variables), _id(text["entity"], names.entities)
    if value is None:
        if absent is not None:
            at = Address(source.shown, *row["value"][1])
            absent.append(Absent(variable, entity, year, text["value"], at))
        return None
    return Observation(
        variable, entity, year, value, low, high, text["unit"],
        cast(Quality, quality), cast(Role, role), text.get("source", ""), text.get("note", ""),
        Address(source.shown, *row["variable"][1]), published, confirmed in YES,
    )  # fmt: skip


def _number_hint(column: str, written: str) -> str:
    if column in TIMES:
        return both("模型时钟上的数值，如 30", "a number of the model's clock, like 30")
    if heading(column) == "year":
        return both("四位数字，如 2024", "four digits, like 2024")
    if "，" in written or "．" in written:
        return both("逗号或小数点是全角的，请改成半角", "the comma or point is full width: write a plain one")
    return both("单位写在单位列", "the unit stands in its own column")


def _id(written: str, names: Mapping[str, Text2]) -> str:
    """The id of what is called so; a name that nothing has is a new id."""
    return called(written, names)[0] or written
