"""A .mdl file to a Model: two rounds over its blocks, names first, right-hand sides second."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

from tzsim.errors import Address, InputError, Problem, Unsupported
from tzsim.ir.expr import NA, Array, Call, Expr, Name, Number, Ref, Table
from tzsim.ir.model import Equation, Model, SourceFile, SubscriptRange, Variable
from tzsim.names import VarId, key
from tzsim.translate.check import check_names
from tzsim.translate.datasets import DataSet, read_data_set
from tzsim.translate.samples import held_samples
from tzsim.translate.sheets import Library
from tzsim.translate.syntax import MAX_ELEMENTS, Cursor, SyntaxProblem
from tzsim.translate.text import TextFile
from tzsim.translate.vensim import external, functions
from tzsim.translate.vensim.blocks import Block, Document, split_document
from tzsim.translate.vensim.expressions import (
    Dialect,
    finished,
    make_table,
    parse_array,
    parse_expression,
    parse_tabbed,
    parse_table,
)
from tzsim.translate.vensim.left import Left, parse_left
from tzsim.translate.vensim.lexer import tokens
from tzsim.translate.vensim.macros import Macro, MacroCalls, Shared, read_macro_head
from tzsim.translate.vensim.ranges import RangeText, resolve_ranges
from tzsim.translate.vensim.repeating import refuse_counting, refuse_values
from tzsim.translate.vensim.sinteg import write_out


@dataclass(slots=True)
class Draft:
    """A block whose left side is read."""

    left: Left
    cursor: Cursor
    block: Block


@dataclass(slots=True)
class Reading:
    """What is gathered while a file is read; turned into a Model at the end."""

    document: Document
    library: Library
    data: DataSet
    problems: list[Problem]
    refused: list[Problem] = field(default_factory=list[Problem])
    ranges: dict[VarId, SubscriptRange] = field(default_factory=dict[VarId, SubscriptRange])
    repeating: set[VarId] = field(default_factory=set[VarId])
    """Ranges that list an element twice."""
    macros: dict[VarId, Macro] = field(default_factory=dict[VarId, Macro])
    variables: dict[VarId, list[tuple[Draft, Equation]]] = field(
        default_factory=dict[VarId, list[tuple[Draft, Equation]]]
    )
    made: Shared = field(default_factory=lambda: Shared({}))
    references: list[tuple[str, Address]] = field(default_factory=list[tuple[str, Address]])
    elements: int = 0

    def fault(self, fault: SyntaxProblem, variable: str = "") -> None:
        where = self.document.file.address(fault.at)
        message = f"{variable}: {fault.message}" if variable else fault.message
        (self.refused if fault.unsupported else self.problems).append(Problem(where, message, fault.hint))


def read_vensim(file: TextFile, folder: Path, data_files: Sequence[Path] = ()) -> Model:
    """The model of a .mdl file. InputError with every fault of the file, Unsupported with every refused construct.

    folder: where the files that the model names are looked for.
    """
    document = split_document(file)
    reading = Reading(document, Library(folder, document.tags), {}, list(document.problems))
    data_sources: list[SourceFile] = []
    for path in data_files:
        found, source = read_data_set(Path(path))
        reading.data.update(found)
        data_sources.append(source)
    _read_macros(reading)
    drafts = _read_lefts(reading)
    names = frozenset(key(d.left.name) for d in drafts)
    for draft in drafts:
        try:
            _read_right(reading, draft, names)
        except SyntaxProblem as fault:
            reading.fault(fault, draft.left.name)
        except InputError as error:
            where = document.file.address(draft.left.at)
            (reading.refused if isinstance(error, Unsupported) else reading.problems).extend(
                Problem(where, f"{draft.left.name}: {p.message}", p.hint) for p in error.problems
            )
    variables = held_samples(_variables(reading))
    if not variables and not reading.problems:
        reading.problems.append(
            Problem(Address(file.path, 1), "no equations found", "is it a Vensim .mdl text file?")
        )
    reading.problems.extend(
        check_names({**dict.fromkeys(names), **variables}, reading.ranges, reading.references)
    )
    if reading.problems:
        raise InputError(sorted(reading.problems + reading.refused, key=_place))
    if reading.refused:
        raise Unsupported(sorted(reading.refused, key=_place))
    sources = (
        SourceFile(Path(file.path).name, file.sha256),
        *reading.library.sources.values(),
        *data_sources,
    )
    time_step = variables.get("time_step") or variables.get("initial_time")
    return Model(
        Path(file.path).stem,
        variables,
        reading.ranges,
        document.method,
        time_step.unit if time_step else "",
        sources,
    )


def _place(problem: Problem) -> Address:
    return problem.address or Address("")


def _read_macros(reading: Reading) -> None:
    for section in reading.document.macros:
        try:
            macro = read_macro_head(reading.document.clean, section)
            reading.macros[key(macro.name)] = macro
        except SyntaxProblem as fault:
            reading.fault(fault)


def _read_lefts(reading: Reading) -> list[Draft]:
    """Reads the left side of every block, resolves the ranges and gives back the equations."""
    document = reading.document
    drafts: list[Draft] = []
    range_texts: list[RangeText] = []
    for block in document.blocks:
        if not document.clean[block.start : block.end].strip():
            continue
        try:
            cursor = Cursor(tokens(document.clean, block.start, block.end))
            left = parse_left(cursor)
        except SyntaxProblem as fault:
            reading.fault(fault)
            continue
        if left.kind in ("range", "alias"):
            range_texts.append(RangeText(left, block.comment, document.file.address))
        elif left.kind not in ("check", "text"):
            drafts.append(Draft(left, cursor, block))
    seen: dict[VarId, RangeText] = {}
    for text in range_texts:
        first = seen.setdefault(key(text.left.name), text)
        if first is not text:
            reading.problems.append(
                Problem(
                    document.file.address(text.left.at),
                    f"subscript range '{text.left.name}' is defined twice",
                    f"first at {document.file.address(first.left.at)}",
                )
            )

    def outside(left: Left) -> tuple[str, ...]:
        assert left.call is not None
        if functions.EXTERNAL.get(left.call[0]) != "subscript":
            raise SyntaxProblem(
                left.at, f"'{left.call[0]}' does not give subscript elements", unsupported=True
            )
        try:
            return external.read_elements(reading.library, left.call[1])
        except InputError as error:
            raise type(error)(
                [
                    Problem(document.file.address(left.at), f"{left.name}: {p.message}", p.hint)
                    for p in error.problems
                ]
            ) from None

    reading.ranges = resolve_ranges(list(seen.values()), outside, reading.problems, reading.repeating)
    return drafts


def range_sizes(ranges: dict[VarId, SubscriptRange], subscripts: Sequence[str]) -> tuple[int, ...]:
    """Sizes of those subscripts that are ranges."""
    return tuple(len(ranges[key(s)].elements) for s in subscripts if key(s) in ranges)


def _read_right(reading: Reading, draft: Draft, names: frozenset[VarId]) -> None:
    left, cursor, document = draft.left, draft.cursor, reading.document
    sizes = range_sizes(reading.ranges, left.subscripts)
    count = 1
    for size in sizes:
        count *= size
    if count > MAX_ELEMENTS:
        raise SyntaxProblem(left.at, f"{count:,} elements; a variable may have {MAX_ELEMENTS:,}")
    reading.elements += count
    if reading.elements > 4 * MAX_ELEMENTS:
        raise SyntaxProblem(left.at, f"the model has more than {4 * MAX_ELEMENTS:,} elements")
    text = document.file.text[draft.block.start : draft.block.end].strip()
    where = document.file.address(left.at)

    def add(expression: Expr, subscripts: tuple[str, ...] | None = None) -> None:
        equation = Equation(
            left.subscripts if subscripts is None else subscripts, expression, left.exceptions, where, text
        )
        reading.variables.setdefault(key(left.name), []).append((draft, equation))

    if left.kind == "nothing":
        for subscripts, table in _data_series(reading, left):
            add(
                Call("DATA", (make_table(list(zip(table.xs, table.ys, strict=True)), left.mode),)), subscripts
            )
        return
    outside = _external_call(cursor)
    if outside:
        function, arguments, at = outside
        refuse_values(reading.repeating, left.subscripts, at)
        kind = functions.EXTERNAL[function]
        if kind == "constants":
            add(external.read_constants(reading.library, arguments, sizes))
        elif kind in ("data", "lookups"):
            tables = external.read_series(reading.library, arguments, count, left.mode)
            for subscripts, table in zip(_elements(reading, left.subscripts), tables, strict=True):
                add(Call("DATA", (table,)) if kind == "data" else table, subscripts)
        else:
            raise SyntaxProblem(at, f"{function} may only define a subscript range")
        return
    if left.kind == "lookup":
        table = parse_table(cursor)
        add(finished(cursor, table, left.at))
        return
    calls = MacroCalls(reading.macros, document.clean, left, reading.made, names, address=where)
    dialect = Dialect(frozenset(reading.macros), names, calls)
    start = cursor.token.at
    if cursor.token.kind == "name" and functions.spelled(cursor.token.text) == "TABBED ARRAY":
        refuse_values(reading.repeating, left.subscripts, start)
        rows = [parse_tabbed(cursor)]
        add(_array(rows, sizes, start))
        finished(cursor, Number(0.0), start)
        return
    if cursor.token.kind == "end":
        raise SyntaxProblem(start, "expected an expression, found the end of the equation")
    if cursor.token.text in (":RAW:", ":EXTRAPOLATE:", ":STEP:", ":LOOK FORWARD:", ":HOLD BACKWARD:"):
        expression: Expr = parse_table(cursor)
    else:
        expression = parse_expression(cursor, dialect)
    if cursor.at(",", ";"):
        refuse_values(reading.repeating, left.subscripts, start)
        expression = _array(parse_array(cursor, expression, start), sizes, start)
    own = Ref(left.name, tuple(Name(s) for s in left.subscripts))
    try:
        expression = write_out(finished(cursor, expression, start), own)
    except SyntaxProblem as fault:
        raise SyntaxProblem(
            fault.at or start, fault.message, fault.hint, unsupported=fault.unsupported
        ) from None
    refuse_counting(reading.repeating, expression, start)
    add(expression)
    reading.references.extend((n, document.file.address(at)) for n, at in dialect.references)


def _external_call(cursor: Cursor) -> tuple[str, tuple[str, ...], int] | None:
    """A GET function as the whole right-hand side, or as the body of a lookup in parentheses."""
    wrapped = cursor.at("(") and functions.spelled(cursor.peek().text) in functions.EXTERNAL
    if wrapped:
        cursor.next()
    token = cursor.token
    if token.kind != "name" or functions.spelled(token.text) not in functions.EXTERNAL:
        return None
    cursor.next()
    cursor.expect("(")
    found: list[str] = []
    while not cursor.at(")"):
        word = cursor.next()
        if word.kind not in ("text", "quoted"):
            raise SyntaxProblem(
                word.at, f"expected a text in quotes as argument of {token.text}, found '{word.text}'"
            )
        found.append(word.text)
        if not cursor.accept(","):
            break
    cursor.expect(")")
    if wrapped:
        cursor.expect(")")
    finished(cursor, Number(0.0), token.at)
    return functions.spelled(token.text), tuple(found), token.at


def _elements(reading: Reading, subscripts: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Every element of a left-hand side, row-major."""
    rows: list[tuple[str, ...]] = [()]
    for s in subscripts:
        choices = reading.ranges[key(s)].elements if key(s) in reading.ranges else (s,)
        rows = [(*row, c) for row in rows for c in choices]
    return rows


def _data_series(reading: Reading, left: Left) -> list[tuple[tuple[str, ...], Table]]:
    found: list[tuple[tuple[str, ...], Table]] = []
    missing: list[str] = []
    for subscripts in _elements(reading, left.subscripts):
        table = reading.data.get((key(left.name), tuple(key(s) for s in subscripts)))
        if table is None:
            missing.append(",".join(subscripts))
        else:
            found.append((subscripts, table))
    if missing and found:  # an element without data is :NA: (Vensim Reference Manual, 'Data Variables')
        found.extend((tuple(s.split(",")), Table((0.0,), (NA,))) for s in missing)
    elif missing:
        what = (
            f" for [{missing[0]}]" + (f" and {len(missing) - 1} more" if missing[1:] else "")
            if missing[0]
            else ""
        )
        raise SyntaxProblem(
            left.at,
            f"a data variable whose data are not here{what}",
            "pass its data set as data_files=(...), a .dat or .tab file",
            unsupported=True,
        )
    return found


def _array(rows: list[list[float]], sizes: tuple[int, ...], at: int) -> Expr:
    values = tuple(v for row in rows for v in row)
    wanted = 1
    for size in sizes:
        wanted *= size
    if len(values) != wanted:
        raise SyntaxProblem(at, f"{len(values)} numbers for {wanted} elements")
    return Array(values, sizes)


def parse_unit(text: str) -> tuple[str, tuple[float | None, float | None]]:
    """`Month [0,?,1]` -> unit and limits; `?` is no limit. The increment is for sliders and left out."""
    found = re.search(r"\[([^\[\]]*)\]\s*$", text)
    if not found:
        return text.strip(), (None, None)
    unit = text[: found.start()].strip()
    limits: list[float | None] = []
    for part in found[1].split(",")[:2]:
        try:
            bound = float(part)
            limits.append(bound if isfinite(bound) else None)
        except ValueError:
            limits.append(None)
    while len(limits) < 2:
        limits.append(None)
    return unit, (limits[0], limits[1])


def _variables(reading: Reading) -> dict[VarId, Variable]:
    made: dict[VarId, Variable] = {}
    for name, rows in reading.variables.items():
        unit, limits, comment = "", (None, None), ""
        for draft, _ in rows:
            own, bounds = parse_unit(draft.block.unit)
            unit = unit or own
            limits = limits if limits != (None, None) else bounds
            comment = comment or draft.block.comment
        first = rows[0][0]
        made[name] = Variable(
            first.left.name,
            tuple(equation for _, equation in rows),
            unit,
            comment,
            limits,
            first.block.group,
            reading.document.file.address(first.left.at),
        )
        widths = {len(equation.subscripts) for _, equation in rows}
        if len(widths) > 1:
            reading.problems.append(
                Problem(
                    made[name].address,
                    f"'{first.left.name}' is defined with {' and '.join(str(w) for w in sorted(widths))} subscripts",
                )
            )
        _check_twice(reading, rows)
    for name, added in reading.made.extra.items():
        display = added[0][0]
        address = added[0][1].address
        made[name] = Variable(display, tuple(e for _, e in added), "", "", (None, None), "", address)
    return made


def _check_twice(reading: Reading, rows: list[tuple[Draft, Equation]]) -> None:
    seen: dict[tuple[VarId, ...], Equation] = {}
    for _, equation in rows:
        left = tuple(key(s) for s in equation.subscripts)
        first = seen.setdefault(left, equation)
        if first is not equation and first.exceptions == equation.exceptions:
            shown = f"[{','.join(equation.subscripts)}]" if equation.subscripts else ""
            reading.problems.append(
                Problem(
                    equation.address,
                    f"'{rows[0][0].left.name}{shown}' is defined twice",
                    f"first at {first.address}",
                )
            )


__all__ = ["parse_unit", "read_vensim"]
