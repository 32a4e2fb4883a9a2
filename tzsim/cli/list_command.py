"""`tzsim list`: what a scenario file may name: goals, levers, shocks, constants, and the figures of the past."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.text import Text

from tzsim.cli.grid import Column, console, grid, left_out
from tzsim.clock import plain_time
from tzsim.errors import InputError, both
from tzsim.scenario import Scenario, Text2, read_scenario
from tzsim.scenario.figure_names import names_beside, read_figure_names

KINDS = ("goals", "levers", "shocks", "constants", "figures")
_TITLES = {
    "goals": ("目标（targets，explain 和 achieve 的 GOAL）", "goals (targets, GOAL of explain and achieve)"),
    "levers": ("政策手段（levers）", "levers"),
    "shocks": ("冲击（shocks）", "shocks"),
    "constants": ("常数（set）", "constants (set)"),
    "figures": ("数据文件中的指标和地区", "variables and entities of files of figures"),
}
_HEADINGS = {
    "id": ("编号", "id"),
    "zh": ("中文名", "Chinese"),
    "en": ("英文名", "English"),
    "target": ("目标值", "target"),
    "unit": ("单位", "unit"),
    "date": ("期限", "date"),
    "status": ("状态", "status"),
    "from": ("下限", "from"),
    "to": ("上限", "to"),
    "neutral": ("不调整", "neutral"),
    "cost": ("成本", "cost"),
    "cost unit": ("货币", "money"),
    "cost basis": ("成本口径", "cost of"),
    "years": ("年份", "years"),
    "entity": ("地区", "entity"),
}
_RIGHT = ("target", "from", "to", "neutral", "cost")
_RANKS = {"cost basis": 6, "status": 5, "en": 4, "neutral": 3, "date": 2}
_WRAPS = ("zh", "en", "cost basis", "years", "id")
MOST_ROWS = 200
"""Longest part that is listed unasked: a longer one would push the others off the screen."""


def list_names(path: Path, *, only: Sequence[str], find: str, as_json: bool, lang: str) -> None:
    """Print what a scenario may name, or give it as JSON. find: only rows that hold this text.

    Without `only` and `find`, a part of more than MOST_ROWS rows is counted, not listed. Raises InputError.
    """
    scenario = read_scenario(path)
    wanted = [k for k in KINDS if not only or k in only]
    tables = {kind: [r for r in _rows(scenario, kind, lang) if _holds(r, find)] for kind in wanted}
    if as_json:
        print(json.dumps(tables, ensure_ascii=False, indent=2))
        return
    if find and not any(tables.values()):
        raise InputError.one(both(f"没有名称含“{find}”的条目", f"nothing is called like '{find}'"))
    out, unknown = console(), ("未知", "not known")[lang == "en"]
    for kind, rows in tables.items():
        if not rows:
            continue
        out.print(Text(_TITLES[kind][lang == "en"], style="bold"))
        if len(rows) > MOST_ROWS and not only and not find:
            out.print(Text(_how_to_list(kind, len(rows), lang), style="dim"))
            continue
        names = list(rows[0])
        columns = [
            Column(_HEADINGS[n][lang == "en"], n in _RIGHT, n in _WRAPS, _RANKS.get(n, 0)) for n in names
        ]
        shown = [[Text(r[n] or (unknown if n == "cost" else "")) for n in names] for r in rows]
        table, missing = grid(columns, shown, out.width)
        out.print(table)
        if line := left_out(missing, lang):
            out.print(Text(line, style="dim"))


def _how_to_list(kind: str, count: int, lang: str) -> str:
    if lang == "zh":
        return f"共{count}项，此处不列：用 --only {kind} 全部列出，或用 --find 文字 查找"
    return f"{count} of them, not listed here: --only {kind} lists all, --find TEXT finds some"


def _holds(row: dict[str, str], find: str) -> bool:
    return any(find.casefold() in v.casefold() for v in row.values())


def _rows(s: Scenario, kind: str, lang: str) -> list[dict[str, str]]:
    if kind == "goals":
        return [
            {"id": g.id, "zh": g.name.zh, "en": g.name.en, "target": f"{g.comparison} {g.value:g}", "unit": g.unit,
             "date": ", ".join(plain_time(t) for t in g.each_year or (() if g.date is None else (g.date,))), "status": g.status}
            for g in s.goals
        ]  # fmt: skip
    if kind == "levers":
        return [
            {"id": v.id, "zh": v.name.zh, "en": v.name.en, "from": f"{v.low:g}", "to": f"{v.high:g}", "neutral": f"{v.neutral:g}",
             "unit": v.unit, "cost": "" if v.cost is None else f"{v.cost:g}",
             "cost unit": "" if v.cost is None else v.cost_unit, "cost basis": v.cost_basis.of(lang)}
            for v in s.lever_table
        ]  # fmt: skip
    if kind == "shocks":
        return [{"id": x.id, "zh": x.name.zh, "en": x.name.en, "unit": x.elements[0].unit} for x in s.shocks]
    if kind == "constants":
        variables = s.model.variables
        known = {k: v for k, v in s.view.inputs.items() if k in variables}
        return [
            {"id": variables[k].name, "zh": v.zh, "en": v.en, "unit": variables[k].unit}
            for k, v in known.items()
        ]
    series: dict[tuple[str, str], list[float]] = {}
    units: dict[tuple[str, str], str] = {}
    for o in s.history:
        series.setdefault((o.variable, o.entity), []).append(o.year)
        units[(o.variable, o.entity)] = o.unit
    places = {Path(o.address.file) for o in s.history if o.address.file}
    names = read_figure_names(next((f for p in sorted(places) if (f := names_beside(p)) is not None), None))
    return [
        {"id": key[0], "zh": _named(names.variables, key[0]), "entity": f"{key[1]} {_named(names.entities, key[1])}".strip(),
         "unit": units[key], "years": _span(years)}
        for key, years in sorted(series.items())
    ]  # fmt: skip


def _named(names: Mapping[str, Text2], id: str) -> str:
    return names[id].zh if id in names else ""


def _span(years: Sequence[float]) -> str:
    first, last = min(years), max(years)
    return str(first) if first == last else f"{first}–{last} ({len(years)})"
