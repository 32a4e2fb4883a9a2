"""Time settings of XMILE, `<sim_specs>`, as the four variables that every model has, and the integration method."""

from __future__ import annotations

from tzsim.errors import Address, Problem
from tzsim.ir.expr import Expr, Number, Ref
from tzsim.ir.model import Equation, Method, Variable
from tzsim.names import VarId, key
from tzsim.translate.xmile.document import Node
from tzsim.translate.xmile.reading import Reading

_METHODS: dict[str, Method] = {"euler": "euler", "rk2": "heun", "rk4": "rk4"}


def _number(reading: Reading, node: Node | None, name: str) -> float | None:
    if node is None:
        reading.problems.append(Problem(Address(reading.file.path, 1), f"sim_specs without <{name}>"))
        return None
    try:
        value = float(node.text.strip())
    except ValueError:
        reading.problems.append(
            Problem(reading.address(node), f"<{name}> is '{node.text.strip()}'", "expected a number")
        )
        return None
    if name == "dt" and node.get("reciprocal").lower() == "true" and value:
        value = 1.0 / value
    return value


def time_settings(reading: Reading, specs: Node | None, variables: dict[VarId, Variable]) -> Method:
    """Puts INITIAL TIME, FINAL TIME, TIME STEP and SAVEPER among the variables; gives the method back."""
    if specs is None:
        reading.problems.append(
            Problem(Address(reading.file.path, 1), "no <sim_specs>", "the model needs start, stop and dt")
        )
        return "euler"
    where = Address(reading.file.path, specs.line, specs.column)
    start = _number(reading, specs.first("start"), "start")
    stop = _number(reading, specs.first("stop"), "stop")
    dt_node = specs.first("dt")
    dt = _number(reading, dt_node, "dt") if dt_node else 1.0
    save: Expr = Ref("TIME STEP")
    interval = specs.get("save_interval") or specs.get("isee:save_interval")
    try:
        if interval and float(interval) > (dt or 0.0):
            save = Number(float(interval))
    except ValueError:
        pass
    unit = specs.get("time_units")
    settings: list[tuple[str, Expr]] = [
        ("INITIAL TIME", Number(start if start is not None else 0.0)),
        ("FINAL TIME", Number(stop if stop is not None else 0.0)),
        ("TIME STEP", Number(dt if dt is not None else 1.0)),
        ("SAVEPER", save),
    ]
    for name, expression in settings:
        if key(name) not in variables:
            variables[key(name)] = Variable(name, (Equation((), expression, (), where),), unit, address=where)
    if (
        reading.names.vensim
        and specs.get("simulation_delay") == ""
        and specs.get("isee:simulation_delay") == ""
    ):
        # Vensim's own export writes RK4 whatever the model is set to: each public model at hand that exists in both
        # formats (SDXorg/test-models rounding, subscripted_trig, zeroled_decimals) is set to Euler and printed so
        return "euler"
    wanted = [m.strip().lower() for m in specs.get("method", "euler").split(",")]
    method: Method | None = next((_METHODS[m] for m in wanted if m in _METHODS), None)
    if method is None:
        reading.refused.append(
            Problem(where, f"the integration method '{specs.get('method')}' is not simulated")
        )
        return "euler"
    return method
