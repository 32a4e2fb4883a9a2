"""`tzsim show`: what a stranger's model contains, before anything runs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tzsim.cli.grid import console
from tzsim.errors import Address, InputError, Problem
from tzsim.ir.describe import KINDS, Described, Description, describe
from tzsim.ir.model import Model
from tzsim.ir.one_namespace import renamed_subscripts
from tzsim.ir.printer import print_model
from tzsim.ir.sketch import with_sketch
from tzsim.passes.unit_check import check_units
from tzsim.report.wording import Lang
from tzsim.translate import read_model

MOST_ROWS = 500
"""Rows of a table on the terminal."""


@dataclass(frozen=True, slots=True)
class Diagram:
    """A stock-flow diagram that is asked for: the file, one group of the model, and what stands in it."""

    file: Path
    group: str | None
    constants: bool
    lang: Lang


def show_model(
    path: Path,
    *,
    as_json: bool,
    merge: Path | None = None,
    sketch: bool = False,
    diagram: Diagram | None = None,
) -> None:
    """Print a description; with `merge`, also write the model as one file in Vensim's text format; with `sketch`, draw its files anew;
    with `diagram`, draw its stocks and flows.

    As JSON, what is refused stands under `refused` and the units that do not fit under `unit_findings`. Raises
    InputError (Unsupported names each construct with its equation) after all else is printed, also where `merge`
    already exists.
    """
    model = read_model(path)
    found = describe(model)
    renamed: dict[str, str] = {}
    if merge is not None:
        write_merged(model, merge)
        renamed = renamed_subscripts(model)
    if sketch:
        redraw(path)
    drawn: list[Path] = []
    if diagram is not None:
        from tzsim.cli.diagram import write_diagrams

        asked = diagram
        drawn = write_diagrams(
            path, model, asked.file, group=asked.group, constants=asked.constants, lang=asked.lang
        )
    units = check_units(model)
    if as_json:
        refusal = _refusal(model)
        rows = {
            **asdict(found),
            "unit_findings": [_row(p) for p in units],
            "refused": [_row(p) for p in refusal.problems] if refusal else [],
            **({"renamed": renamed} if renamed else {}),
        }
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        if refusal:
            raise refusal
        return
    out = console()
    _head(out, found)
    fit = "units agree in every equation" if not units else f"units do not fit in {len(units)} places"
    out.print(Text(fit))
    for kind in KINDS:
        rows = found.of_kind(kind)
        if rows:
            out.print(_variables(f"{kind} ({len(rows)})", rows))
    for file in drawn:
        out.print(Text(f"diagram: {file}"))
    for old, new in renamed.items():
        why = "Vensim keeps variables and subscripts in one list of names"
        out.print(Text(f"in {merge} the subscript '{old}' is written as '{new}': {why}"))
    check_runs(model)
    out.print(Text("every construct of this model is supported", style="green"))


def _refusal(model: Model) -> InputError | None:
    try:
        check_runs(model)
    except InputError as error:
        return error
    return None


def _row(problem: Problem) -> dict[str, object]:
    where = problem.address
    place = {"file": where.file, "line": where.line, "column": where.column} if where else {}
    return {**place, "message": problem.message, "hint": problem.hint}


def write_merged(model: Model, target: Path) -> None:
    """Write a model, sectors coupled, as one `.mdl` that Vensim opens. Raises InputError where the file exists."""
    if target.suffix != ".mdl":
        raise InputError.one("the merged model is written as .mdl", Address(str(target)))
    text = print_model(model)
    try:
        with target.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
    except FileExistsError:
        raise InputError.one(
            "the file exists", Address(str(target)), "give another name to --merge"
        ) from None
    except OSError as error:
        raise InputError.one(f"cannot be written: {error.strerror}", Address(str(target))) from None


def redraw(path: Path) -> None:
    """Put a new diagram into a .mdl file, or into each of a folder; equations and settings stay. Raises InputError."""
    files = sorted(path.glob("*.mdl")) if path.is_dir() else [path]
    if any(f.suffix.lower() != ".mdl" for f in files) or not files:
        raise InputError.one("a sketch section belongs to a .mdl file", Address(str(path)))
    for file in files:
        text = file.read_text(encoding="utf-8")
        new = with_sketch(text, read_model(file))
        part = file.with_name(file.name + ".part")
        try:
            part.write_text(new, encoding="utf-8", newline="")
            part.replace(file)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise InputError.one(f"cannot be written: {error.strerror}", Address(str(file))) from None


def check_runs(model: Model) -> None:
    """Take the model through every pass, as a run would. Raises InputError (Unsupported) with what is refused."""
    from tzsim.ensemble.shapes import wanted_names
    from tzsim.kernel.compile import compile_model

    compile_model(model, outputs=wanted_names(model, None), backend="numpy")


def _head(out: Console, found: Description) -> None:
    out.print(Text(found.name or "model", style="bold"))
    for file in found.files:
        out.print(Text(f"  {file}"))
    out.print(Text(f"{found.counts}; {found.elements} scalar equations"))
    settings = ", ".join(f"{name} {value}" for name, value in found.time.items())
    unit = f" {found.time_unit}" if found.time_unit else ""
    out.print(Text(f"time{unit}: {settings}; integrated by {found.method}"))
    for name, elements in found.subscripts:
        out.print(Text(f"subscript {name}: {', '.join(elements)}"))
    loops = found.loops
    count = str(loops.count) if loops.complete else f"at least {loops.count}"
    out.print(
        Text(
            f"feedback loops: {count}, through {loops.in_loops} variables; "
            f"the largest knot holds {loops.largest}"
        )
    )
    if found.functions:
        used = ", ".join(f"{name} {n}" for name, n in found.functions.items())
        out.print(Text(f"functions: {used}"))


def _variables(title: str, rows: tuple[Described, ...]) -> Table:
    grid = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in ("name", "runs over", "unit", "group"):
        grid.add_column(name)
    grid.add_column("comment", max_width=70)
    for row in rows[:MOST_ROWS]:
        comment = " ".join(row.comment.split())
        cells = (row.name, ", ".join(row.subscripts), row.unit, row.group, comment)
        grid.add_row(*(Text(c) for c in cells))
    if len(rows) > MOST_ROWS:
        grid.add_row(Text(f"... and {len(rows) - MOST_ROWS:,} more: --json lists all"))
    return grid
