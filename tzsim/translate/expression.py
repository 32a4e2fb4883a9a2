"""One expression in Vensim's words about a model that is already read, such as `SUM(output[Cluster!])`."""

from __future__ import annotations

from tzsim.errors import Address, InputError, Problem
from tzsim.ir.expr import Expr
from tzsim.ir.model import Model
from tzsim.translate.check import check_names
from tzsim.translate.syntax import Cursor, SyntaxProblem
from tzsim.translate.vensim.expressions import Dialect, finished, parse_expression
from tzsim.translate.vensim.lexer import tokens


def read_expression(text: str, model: Model) -> Expr:
    """The expression written in `text`. Raises InputError with what is wrong in it; nothing in it is executed."""
    dialect = Dialect(variables=frozenset(model.variables))
    try:
        cursor = Cursor(tokens(text, 0, len(text)))
        expression = finished(cursor, parse_expression(cursor, dialect), 0)
    except SyntaxProblem as fault:
        raise InputError.one(f"'{text}': {fault.message}", hint=fault.hint) from None
    seen = [(name, Address("", 0, at)) for name, at in dialect.references]
    problems = check_names(model.variables, model.subscripts, seen)
    if problems:
        raise InputError(Problem(None, f"'{text}': {p.message}", p.hint) for p in problems)
    return expression
