"""Model to JSON text and back, without loss and without running anything from the text.

Expressions are short lists: ["n", 1.5], ["r", "x", [subscripts]], ["b", "+", left, right] ... Addresses name their file
by its number in the list of files, so that a stored model can be given the place where it is read today.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from tzsim.errors import Address
from tzsim.ir.expr import (
    Array,
    Binary,
    Call,
    Every,
    Expr,
    Lookup,
    Name,
    Number,
    Position,
    Ref,
    Subscript,
    Table,
    Text,
    Unary,
)
from tzsim.ir.model import Equation, Model, SourceFile, SubscriptRange, Variable

VERSION = 1


def encode_model(model: Model) -> str:
    """JSON text of a model (compact, keys in file order, non-ASCII kept)."""
    files: dict[str, int] = {}

    def place(address: Address) -> list[int]:
        return [files.setdefault(address.file, len(files)), address.line, address.column]

    variables = [
        [
            v.name,
            [
                [
                    list(e.subscripts),
                    _encode(e.expression),
                    [list(x) for x in e.exceptions],
                    place(e.address),
                    e.text,
                ]
                for e in v.equations
            ],
            v.unit,
            v.comment,
            list(v.limits),
            v.group,
            place(v.address),
        ]
        for v in model.variables.values()
    ]
    ranges = [
        [
            r.name,
            list(r.elements),
            [[target, [list(row) for row in rows]] for target, rows in r.mappings.items()],
            r.comment,
            place(r.address),
        ]
        for r in model.subscripts.values()
    ]
    return json.dumps(
        {
            "tzsim model": VERSION,
            "name": model.name,
            "method": model.method,
            "time_unit": model.time_unit,
            "sources": [[s.path, s.sha256] for s in model.sources],
            "variable_ids": list(model.variables),
            "variables": variables,
            "range_ids": list(model.subscripts),
            "ranges": ranges,
            "files": list(files),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def decode_model(text: str, *, files: Mapping[str, str] | None = None) -> Model:
    """The model of `encode_model`'s text. ValueError when the text is something else.

    files: new paths for the files that addresses name.
    """
    try:
        found = json.loads(text)
        if found.get("tzsim model") != VERSION:
            raise ValueError("another version of the stored form")
        names = [str((files or {}).get(f, f)) for f in found["files"]]
        places: dict[tuple[int, int, int], Address] = {}

        def place(row: Sequence[int]) -> Address:
            where = (row[0], row[1], row[2])
            if where not in places:
                places[where] = Address(names[row[0]], row[1], row[2])
            return places[where]

        variables = {
            identifier: Variable(
                row[0],
                tuple(
                    Equation(tuple(e[0]), _decode(e[1]), tuple(tuple(x) for x in e[2]), place(e[3]), e[4])
                    for e in row[1]
                ),
                row[2],
                row[3],
                (row[4][0], row[4][1]),
                row[5],
                place(row[6]),
            )
            for identifier, row in zip(found["variable_ids"], found["variables"], strict=True)
        }
        ranges = {
            identifier: SubscriptRange(
                row[0],
                tuple(row[1]),
                {target: tuple(tuple(r) for r in rows) for target, rows in row[2]},
                row[3],
                place(row[4]),
            )
            for identifier, row in zip(found["range_ids"], found["ranges"], strict=True)
        }
        return Model(
            found["name"],
            variables,
            ranges,
            found["method"],
            found["time_unit"],
            tuple(SourceFile(p, h) for p, h in found["sources"]),
        )
    except (KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a stored model ({type(error).__name__})") from None


def content_of(model: Model) -> str:
    """JSON text of what a model says: equations, units, subscripts, method; the same whatever its layout.

    Comments, groups, sketches, places, files, the order of variables and blanks are no part of it.
    """
    variables = [
        [
            identifier,
            "".join(v.unit.split()),
            [
                [list(e.subscripts), _encode(e.expression), [list(x) for x in e.exceptions]]
                for e in v.equations
            ],
        ]
        for identifier, v in sorted(model.variables.items())
    ]
    ranges = [
        [
            identifier,
            list(r.elements),
            sorted([t, [list(row) for row in rows]] for t, rows in r.mappings.items()),
        ]
        for identifier, r in sorted(model.subscripts.items())
    ]
    return json.dumps([VERSION, model.method, model.time_unit, variables, ranges], ensure_ascii=False)


def _subscript(subscript: Subscript) -> list[Any]:
    match subscript:
        case Name(name):
            return ["n", name]
        case Every(name):
            return ["e", name]
        case Position(index):
            return ["p", _encode(index)]


def _encode(expr: Expr) -> list[Any]:
    match expr:
        case Number(value):
            return ["n", value]
        case Text(value):
            return ["t", value]
        case Ref(name, subscripts):
            return ["r", name, [_subscript(s) for s in subscripts]] if subscripts else ["r", name]
        case Unary(op, argument):
            return ["u", op, _encode(argument)]
        case Binary(op, left, right):
            return ["b", op, _encode(left), _encode(right)]
        case Call(function, arguments):
            return ["c", function, *(_encode(a) for a in arguments)]
        case Table(xs, ys, mode):
            return ["T", list(xs), list(ys), mode]
        case Lookup(table, argument):
            return ["l", _encode(table), _encode(argument)]
        case Array(values, shape):
            return ["a", list(values), list(shape)]


def _decode_subscript(row: list[Any]) -> Subscript:
    if row[0] == "n":
        return Name(row[1])
    return Every(row[1]) if row[0] == "e" else Position(_decode(row[1]))


def _decode(row: list[Any]) -> Expr:
    kind = row[0]
    if kind == "n":
        return Number(float(row[1]))
    if kind == "r":
        return Ref(row[1], tuple(_decode_subscript(s) for s in row[2])) if len(row) > 2 else Ref(row[1])
    if kind == "b":
        return Binary(row[1], _decode(row[2]), _decode(row[3]))
    if kind == "u":
        return Unary(row[1], _decode(row[2]))
    if kind == "c":
        return Call(row[1], tuple(_decode(a) for a in row[2:]))
    if kind == "l":
        return Lookup(cast(Table | Ref, _decode(row[1])), _decode(row[2]))
    if kind == "T":
        return Table(tuple(map(float, row[1])), tuple(map(float, row[2])), row[3])
    if kind == "a":
        return Array(tuple(map(float, row[1])), tuple(row[2]))
    if kind == "t":
        return Text(row[1])
    raise ValueError(f"unknown kind of expression {kind!r}")
