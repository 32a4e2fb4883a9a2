"""Macros, expanded where they are called: each call becomes variables named `macro·variable of the call·n·name`.

A local name of a macro is its own in each call; `name$` is the model's (Vensim Reference Manual, 'Macros'). The
variables of a call carry the subscripts of the equation that calls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tzsim.errors import Address
from tzsim.ir.expr import Binary, Call, Every, Expr, Lookup, Name, Number, Ref, Subscript, Table, Unary
from tzsim.ir.functions import FUNCTIONS
from tzsim.ir.model import Equation
from tzsim.names import VarId, key
from tzsim.translate.syntax import Cursor, SyntaxProblem, Token, children, map_refs
from tzsim.translate.vensim.blocks import MacroSection
from tzsim.translate.vensim.expressions import Dialect, finished, parse_expression, parse_table
from tzsim.translate.vensim.left import Left, parse_left
from tzsim.translate.vensim.lexer import tokens

MAX_CALL_DEPTH = 16
MAX_CALLS = 10_000  # variables that macros of a model may make


@dataclass(frozen=True, slots=True)
class Macro:
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    section: MacroSection


def read_macro_head(text: str, section: MacroSection) -> Macro:
    """`NAME(input, input : output)`."""
    cursor = Cursor(tokens(text, section.start, section.end))
    token = cursor.token
    if token.kind not in ("name", "quoted"):
        raise cursor.fail("the name of a macro")
    cursor.next()
    cursor.expect("(", " after the name of a macro")
    inputs: list[str] = []
    outputs: list[str] = []
    into = inputs
    while not cursor.at(")"):
        if cursor.accept(":"):
            into = outputs
            continue
        if cursor.token.kind not in ("name", "quoted"):
            raise cursor.fail("a parameter of the macro")
        into.append(cursor.next().text)
        cursor.accept(",")
    cursor.expect(")")
    return Macro(token.text, tuple(inputs), tuple(outputs), section)


@dataclass(slots=True)
class Shared:
    """What all macro calls of a model have in common: the variables made, how often each site called, read tokens."""

    extra: dict[VarId, list[tuple[str, Equation]]]
    counts: dict[VarId, int] = field(default_factory=dict[VarId, int])
    read: dict[int, list[Token]] = field(default_factory=dict[int, list[Token]])


@dataclass(slots=True)
class MacroCalls:
    """Expands the macro calls of one equation; called by the expression parser."""

    macros: dict[VarId, Macro]
    text: str
    left: Left
    shared: Shared
    names: frozenset[VarId]
    prefix: str = ""
    depth: int = 0
    address: Address = field(default=Address(""))

    def __call__(
        self, name: str, arguments: tuple[Expr, ...], at: int, outputs: tuple[str, ...] = ()
    ) -> Expr:
        macro = self.macros[key(name)]
        if len(arguments) != len(macro.inputs):
            raise SyntaxProblem(
                at, f"macro {macro.name} takes {len(macro.inputs)} arguments, found {len(arguments)}"
            )
        if self.depth >= MAX_CALL_DEPTH:
            raise SyntaxProblem(at, f"macros call each other more than {MAX_CALL_DEPTH} deep")
        if len(outputs) > len(macro.outputs):
            raise SyntaxProblem(
                at, f"macro {macro.name} has {len(macro.outputs)} further outputs, {len(outputs)} asked"
            )
        return _expand(self, macro, arguments, at, outputs)


def free_ranges(expr: Expr) -> list[str]:
    """Names of the `range!` subscripts of an expression that no reducing call inside it binds."""
    if isinstance(expr, Call) and expr.function in FUNCTIONS and FUNCTIONS[expr.function].nature == "reduce":
        return []
    found: list[str] = []
    if isinstance(expr, Ref):
        found.extend(s.range for s in expr.subscripts if isinstance(s, Every))
    for child in children(expr):
        found.extend(free_ranges(child))
    return list(dict.fromkeys(found))


def _bind(expr: Expr) -> Expr:
    """`range!` of the free ranges becomes `range`."""
    if isinstance(expr, Call) and expr.function in FUNCTIONS and FUNCTIONS[expr.function].nature == "reduce":
        return expr

    def change(ref: Ref) -> Expr:
        return Ref(ref.name, tuple(Name(s.range) if isinstance(s, Every) else s for s in ref.subscripts))

    if isinstance(expr, Call):
        return Call(expr.function, tuple(_bind(a) for a in expr.arguments))
    return map_refs(expr, change)


def _expand(
    calls: MacroCalls, macro: Macro, arguments: tuple[Expr, ...], at: int, outputs: tuple[str, ...]
) -> Expr:
    shared = calls.shared
    if len(shared.extra) > MAX_CALLS:
        raise SyntaxProblem(at, f"macros make more than {MAX_CALLS:,} variables")
    left = calls.left
    free = list(dict.fromkeys(r for a in arguments for r in free_ranges(a)))
    subscripts = (*left.subscripts, *free)
    own: tuple[Subscript, ...] = tuple(Name(s) for s in subscripts)
    outside: tuple[Subscript, ...] = (*(Name(s) for s in left.subscripts), *(Every(r) for r in free))
    exceptions = tuple((*e, *free) for e in left.exceptions)
    place = f"{macro.name}·{calls.prefix or left.name}"
    shared.counts[key(place)] = shared.counts.get(key(place), 0) + 1
    site = f"{place}·{shared.counts[key(place)]}"

    def put(local: str, expression: Expr) -> None:
        shown = f"{site}·{local}"
        rows = shared.extra.setdefault(key(shown), [])
        rows.append((shown, Equation(subscripts, expression, exceptions, calls.address)))

    given: dict[VarId, Expr] = {}
    for parameter, argument in zip(macro.inputs, arguments, strict=True):
        bound = _bind(argument)
        if isinstance(bound, (Ref, Number)):
            given[key(parameter)] = bound
        else:
            put(parameter, bound)
            given[key(parameter)] = Ref(f"{site}·{parameter}", own)
    drafts: list[tuple[Left, Cursor]] = []
    for block in macro.section.blocks:
        if calls.text[block.start : block.end].strip():
            if block.start not in shared.read:
                shared.read[block.start] = tokens(calls.text, block.start, block.end)
            cursor = Cursor(shared.read[block.start])
            drafts.append((parse_left(cursor), cursor))
    local = {key(draft_left.name): draft_left.name for draft_left, _ in drafts}
    if key(macro.name) not in local:
        raise SyntaxProblem(macro.section.start, f"macro {macro.name} has no equation for its own name")

    def rename(ref: Ref) -> Expr:
        name = key(ref.name)
        if name in given:
            value = given[name]
            if ref.subscripts and isinstance(value, Ref):
                return Ref(
                    value.name, (*ref.subscripts, *own) if value.name.startswith(site) else ref.subscripts
                )
            return value
        if name in local:
            return Ref(f"{site}·{local[name]}", (*ref.subscripts, *own))
        if ref.name.endswith("$"):
            return Ref(ref.name[:-1], ref.subscripts)
        return ref

    local_names = frozenset(local) | frozenset(given) | calls.names
    for inner_left, cursor in drafts:
        if inner_left.subscripts:
            raise SyntaxProblem(inner_left.at, "subscripts inside a macro are not expanded", unsupported=True)
        inner = MacroCalls(
            calls.macros,
            calls.text,
            Left("equation", inner_left.name, inner_left.at),
            shared,
            local_names,
            prefix=f"{site}·{inner_left.name}",
            depth=calls.depth + 1,
        )
        dialect = Dialect(
            frozenset(calls.macros), local_names, _Within(inner, calls.left, subscripts, rename)
        )
        if inner_left.kind == "lookup":
            expression: Expr = finished(cursor, parse_table(cursor), inner_left.at)
        elif inner_left.kind in ("equation", "data"):
            expression = finished(cursor, parse_expression(cursor, dialect), inner_left.at)
        else:
            raise SyntaxProblem(inner_left.at, f"'{inner_left.name}' has no equation inside the macro")
        put(inner_left.name, _rename(expression, rename))
    for wanted, local_name in zip(outputs, macro.outputs, strict=False):
        shared.extra.setdefault(key(wanted), []).append(
            (wanted, Equation(subscripts, Ref(f"{site}·{local_name}", own), exceptions, calls.address))
        )
    return Ref(f"{site}·{macro.name}", outside)


@dataclass(slots=True)
class _Within:
    """A macro called inside a macro: its arguments are renamed first, its subscripts are the outer call's."""

    calls: MacroCalls
    left: Left
    subscripts: tuple[str, ...]
    rename: Callable[[Ref], Expr]

    def __call__(
        self, name: str, arguments: tuple[Expr, ...], at: int, outputs: tuple[str, ...] = ()
    ) -> Expr:
        if outputs:
            raise SyntaxProblem(
                at, "further outputs of a macro inside a macro are not expanded", unsupported=True
            )
        renamed = tuple(_rename(a, self.rename) for a in arguments)
        self.calls.left = Left("equation", self.calls.left.name, at, self.subscripts, self.left.exceptions)
        made = self.calls(name, renamed, at)
        return Call(_DONE, (made,))


_DONE = "·done"


def _rename(expr: Expr, rename: Callable[[Ref], Expr]) -> Expr:
    """Renames local names, but not inside what an inner macro call already made."""
    match expr:
        case Call(function, arguments) if function == _DONE:
            return arguments[0]
        case Ref():
            return rename(expr)
        case Lookup(table, argument):
            new = _rename(table, rename)
            if not isinstance(new, (Ref, Table)):
                raise SyntaxProblem(0, "a number is used as a lookup in a macro")
            return Lookup(new, _rename(argument, rename))
        case Call(function, arguments):
            return Call(function, tuple(_rename(a, rename) for a in arguments))
        case Unary(op, argument):
            return Unary(op, _rename(argument, rename))
        case Binary(op, left, right):
            return Binary(op, _rename(left, rename), _rename(right, rename))
        case _:
            return expr
