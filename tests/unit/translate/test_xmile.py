"""The XMILE reader: arrays, modules, graphical functions, non-negative stocks, and Stella's functions as numbers."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import pytest
from scipy.stats import chisquare, geom, nbinom, norm

from tzsim.errors import InputError, Unsupported
from tzsim.ir.expr import Array, Binary, Call, Every, Expr, Lookup, Name, Number, Position, Ref, Table, Unary
from tzsim.ir.model import Model
from tzsim.kernel.interpreter import interpret
from tzsim.translate import read_model

DIMENSIONS = """<dimensions><dim name="D"><elem name="a"/><elem name="b"/><elem name="c"/></dim>
<dim name="N" size="2"/></dimensions>"""


@pytest.fixture
def read(tmp_path: Path):
    def reader(
        variables: str,
        *,
        more: str = "",
        specs: str = 'method="Euler"',
        dt: str = "<dt>0.5</dt>",
        head: str = "",
    ) -> Model:
        path = tmp_path / "m.stmx"
        path.write_text(
            '<?xml version="1.0" encoding="utf-8"?>\n'
            '<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">\n'
            f"<header>{head}</header><sim_specs {specs} time_units='Year'><start>0</start><stop>3</stop>{dt}</sim_specs>"
            f"{DIMENSIONS}<model><variables>{variables}</variables></model>{more}</xmile>"
        )
        return read_model(path)

    return reader


def aux(name: str, eqn: str, extra: str = "") -> str:
    return f'<aux name="{name}">{extra}<eqn>{eqn}</eqn></aux>'


def dims(*names: str) -> str:
    return "<dimensions>" + "".join(f'<dim name="{n}"/>' for n in names) + "</dimensions>"


def right(model: Model, name: str) -> Expr:
    return model.variables[name].equations[0].expression


X, Y = Ref("x"), Ref("y")


@pytest.mark.parametrize(
    ("eqn", "expected"),
    [
        ("x+y*2", Binary("+", X, Binary("*", Y, Number(2.0)))),
        ("x^y^2", Binary("^", X, Binary("^", Y, Number(2.0)))),
        ("-x^2", Unary("-", Binary("^", X, Number(2.0)))),
        (
            "IF x &gt; 1 AND NOT y THEN x ELSE y",
            Call("IF THEN ELSE", (Binary("and", Binary(">", X, Number(1.0)), Unary("not", Y)), X, Y)),
        ),
        ("x MOD 3", Call("FLOORMOD", (X, Number(3.0)))),
        ("x // y", Call("IF THEN ELSE", (Binary("=", Y, Number(0.0)), Number(0.0), Binary("/", X, Y)))),
        ("INT(x)", Call("FLOOR", (X,))),
        (
            "TIME - STARTTIME + DT",
            Binary("+", Binary("-", Ref("Time"), Ref("INITIAL TIME")), Ref("TIME STEP")),
        ),
        ("x {a comment} + y", Binary("+", X, Y)),
        ("SMTH1(x, 2)", Call("SMOOTH", (X, Number(2.0)))),
        ("SMTH3(x, 2, 5)", Call("SMOOTH3I", (X, Number(2.0), Number(5.0)))),
        ("DELAYN(x, 2, 4)", Call("DELAY N", (X, Number(2.0), X, Number(4.0)))),
        ("INIT(x)", Call("INITIAL", (X,))),
        ("PREVIOUS(x, 7)", Call("PREVIOUS", (X, Number(7.0)))),
        ("MAX(x, y)", Call("MAX", (X, Y))),
        ('"X"', Ref("x")),
        ("D.b", Number(2.0)),
    ],
)
def test_equations(read, eqn: str, expected: Expr) -> None:
    assert right(read(aux("x", "1") + aux("y", "2") + aux("r", eqn)), "r") == expected


def test_arrays(read) -> None:
    model = read(
        aux("x", "1", dims("D"))
        + aux("m", "2", dims("D", "N"))
        + aux("y", "x * 2", dims("D"))
        + aux("list", "1,2,3", dims("D"))
        + aux("total", "SUM(x)")
        + aux("row", "SUM(m[D, *])", dims("D"))
        + aux("all", "MEAN(m[*,*] * x[*])")
        + aux("least", "MIN(x[*])")
        + aux("count", "SIZE(m)")
        + aux("one", "x[b] + m[c, 2]")
        + aux("moving", "x[D - 1]", dims("D"))
        + aux("self", "PREVIOUS(SELF, 0) + 1", dims("D"))
        + f'<aux name="e">{dims("D")}<element subscript="a"><eqn>x</eqn></element>'
        + '<element subscript="b"><eqn>2</eqn></element><element subscript="c"><eqn>x[a]</eqn></element></aux>'
    )
    assert model.subscripts["n"].elements == ("1", "2")
    assert right(model, "y") == Binary("*", Ref("x", (Name("D"),)), Number(2.0))
    assert right(model, "list") == Array((1.0, 2.0, 3.0), (3,))
    assert right(model, "total") == Call("SUM", (Ref("x", (Every("D"),)),))
    assert right(model, "row") == Call("SUM", (Ref("m", (Name("D"), Every("N"))),))
    assert right(model, "least") == Call("VMIN", (Ref("x", (Every("D"),)),))
    assert right(model, "count") == Number(6.0)
    assert right(model, "one") == Binary("+", Ref("x", (Name("b"),)), Ref("m", (Name("c"), Name("2"))))
    assert right(model, "moving") == Ref("x", (Position(Binary("-", Ref("D"), Number(1.0))),))
    assert right(model, "self") == Binary(
        "+", Call("PREVIOUS", (Ref("self", (Name("D"),)), Number(0.0))), Number(1.0)
    )
    assert [e.subscripts for e in model.variables["e"].equations] == [("a",), ("b",), ("c",)]
    assert right(model, "e") == Ref("x", (Name("a"),))


def test_repeated_dimension_sums_all_pairs(read) -> None:
    square = "".join(
        f'<element subscript="{i},{j}"><eqn>{10 * i + j}</eqn></element>' for i in (1, 2) for j in (1, 2)
    )
    model = read(
        f'<aux name="s">{dims("N", "N")}{square}</aux>'
        + aux("all", "SUM(s[*,*])")
        + aux("row", "SUM(s[N,*])", dims("N"))
        + aux("turned", "s[N, N]", dims("N", "N"))
    )
    values = interpret(model).values
    assert values["all"][0] == 11 + 12 + 21 + 22
    assert (values["row[1]"][0], values["row[2]"][0]) == (23, 43)
    assert values["turned[1,2]"][0] == 12


def test_stocks_flows_and_graphs(read) -> None:
    model = read(
        '<stock name="s"><eqn>10</eqn><inflow>in</inflow><outflow>out</outflow></stock>'
        '<flow name="in"><eqn>x</eqn></flow><flow name="out"><eqn>2</eqn><non_negative/></flow>'
        + '<aux name="x"><eqn>TIME</eqn><gf type="discrete"><xscale min="0" max="2"/><ypts>1,2,4</ypts></gf></aux>'
        + '<aux name="f"><gf><xpts>0,1</xpts><ypts>0,5</ypts></gf></aux>'
        + aux("y", "f(0.5) + LOOKUP(x, 1)")
    )
    assert right(model, "s") == Call("INTEG", (Binary("-", Ref("in"), Ref("out")), Number(10.0)))
    assert right(model, "out") == Call("MAX", (Number(2.0), Number(0.0)))
    table = Table((0.0, 1.0, 2.0), (1.0, 2.0, 4.0), "step")
    assert right(model, "x") == Lookup(table, Ref("Time"))
    assert right(model, "x·graph") == table
    assert right(model, "y") == Binary(
        "+", Lookup(Ref("f"), Number(0.5)), Lookup(Ref("x·graph"), Number(1.0))
    )


def test_non_negative_stock_limits_its_outflows_in_order(read) -> None:
    model = read(
        '<stock name="s"><eqn>2</eqn><inflow>in</inflow><outflow>first</outflow><outflow>second</outflow>'
        '<non_negative/></stock><stock name="sink"><eqn>0</eqn><inflow>first</inflow><inflow>second</inflow></stock>'
        '<flow name="in"><eqn>1</eqn></flow><flow name="first"><eqn>3</eqn></flow><flow name="second"><eqn>9</eqn></flow>'
    )
    values = interpret(model).values
    # at 0 the stock holds 2/0.5 and 1 flows in: 3 go first, 2 are left; then only what flows in
    assert values["first"][:3] == [3.0, 1.0, 1.0]
    assert values["second"][:3] == [2.0, 0.0, 0.0]
    assert values["s"][:3] == [2.0, 0.0, 0.0]
    assert values["sink"][2] == 2.0 + 2 * 0.5 * 1  # nothing is made or lost


def test_modules(read) -> None:
    model = read(
        aux("area", "1000")
        + '<module name="hares"><connect to="size" from="area"/></module>'
        + aux("twice", "hares.count * 2"),
        more='<model name="hares"><variables><aux name="size" access="input"><eqn>0</eqn></aux>'
        '<aux name="count"><eqn>size / 4</eqn></aux></variables></model>',
    )
    assert right(model, "hares.count") == Binary("/", Ref("hares.size"), Number(4.0))
    assert right(model, "hares.size") == Ref("area")
    assert interpret(model).values["twice"][0] == 500.0


def test_time_settings(read) -> None:
    model = read(
        aux("x", "1"), specs='method="RK4" isee:save_interval="1"', dt='<dt reciprocal="true">8</dt>'
    )
    assert model.method == "rk4"
    assert right(model, "time_step") == Number(0.125)
    assert right(model, "saveper") == Number(1.0)
    assert model.time_unit == "Year"


def test_vensims_export_keeps_vensims_meaning(read) -> None:
    model = read(
        aux("x", "INT(-2.5)") + aux("y", "-10 MOD 3"),
        specs='method="RK4"',
        head="<product>Vensim</product><vendor>Ventana Systems, Inc.</vendor>",
    )
    values = interpret(model).values
    assert (values["x"][0], values["y"][0]) == (-2.0, -1.0)
    assert model.method == "euler"


@pytest.mark.parametrize(
    ("eqn", "expected"),
    [
        ("NORMALCDF(-1.3, 0.7)", norm.cdf(0.7) - norm.cdf(-1.3)),
        ("NORMALCDF(-99, 8.5)", 1.0),
        ("NORMALCDF(-9, -7.5)", norm.cdf(-7.5) - norm.cdf(-9)),
        ("NORMALCDF(3, 12, 5, 2)", norm.cdf(3.5) - norm.cdf(-1)),
        ("PMT(0.01, 36, 10000, 0)", -332.1430981),  # the example of the help page gives -332.14
        ("PV(0.01, 36, PMT(0.01, 36, 10000, 0), 0)", 10000.0),
        ("FV(0, 4, -5, 3)", 17.0),
        ("PERMUTATIONS(5, 3)", 60.0),
        ("COMBINATIONS(49, 6)", 13983816.0),
        ("FACTORIAL(10)", 3628800.0),
        ("ROOTN(-27, 3)", -3.0),
        ("SINWAVE(2, 4) + COSWAVE(3, 4)", 3.0),
        ("RANK(r[*], 2)", 4.0),  # the example of the help page: {6, 2, 8, 5}
        ("INTERPOLATE(five[*], 0.3)", 0.8 * 20 + 0.2 * 30),  # likewise: 80 % of the second, 20 % of the third
        ("INTERPOLATE(five[*], 7)", 50.0),
        ("LOOKUPAREA(g, 3, 1)", 3.5 + 4.5),
        ("LOOKUPAREA(g, 1, 3)", 3.5 + 4.5),
        ("LOOKUPAREA(g, 99)", 2.5 + 3.5 + 4.5),
        ("LOOKUPAREA(g, 0.5)", 0.5 * (2 + 2.5) / 2),
        ("HISTORY(TIME, TIME-1)", 0.0),
        ("ENDVAL(g, 7)", 7.0),
        ("SAFEDIV(1, 0, 9)", 9.0),
        ("INVNORM(0.975)", norm.ppf(0.975)),
        ("INVNORM(0.2, 10, 3)", norm.ppf(0.2, 10, 3)),
        ("CGROWTH(21)", (math.sqrt(1.21) - 1) / 0.5),
    ],
)
def test_stella_functions(read, eqn: str, expected: float) -> None:
    def elements(values: tuple[int, ...]) -> str:
        return "".join(f'<element subscript="{i + 1}"><eqn>{v}</eqn></element>' for i, v in enumerate(values))

    more = '<dimensions><dim name="Four" size="4"/><dim name="Five" size="5"/></dimensions>'
    model = read(
        f'<aux name="r">{dims("Four")}{elements((6, 2, 8, 5))}</aux>'
        f'<aux name="five">{dims("Five")}{elements((10, 20, 30, 40, 50))}</aux>'
        '<aux name="g"><eqn>TIME</eqn><gf><xpts>0,1,2,3</xpts><ypts>2,3,4,5</ypts></gf></aux>'
        + aux("v", eqn),
        more=more,
    )
    assert interpret(model).values["v"][0] == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("eqn", "law"), [("GEOMETRIC(0.3)", geom(0.3)), ("NEGBINOMIAL(4, 0.3)", nbinom(4, 0.3))]
)
def test_draws_follow_their_distribution(read, eqn: str, law) -> None:
    model = read(aux("x", eqn), dt="<dt>0.002</dt>")
    drawn = interpret(model).values["x"]
    assert chisquare(*_frequencies(drawn, law)).pvalue > 1e-3


def _frequencies(drawn: list[float], law) -> tuple[list[int], list[float]]:
    edges = [law.ppf(q) for q in (0.1, 0.25, 0.5, 0.75, 0.9)]
    bounds = [-math.inf, *dict.fromkeys(edges), math.inf]
    seen = [sum(a < x <= b for x in drawn) for a, b in pairwise(bounds)]
    return seen, [len(drawn) * (law.cdf(b) - law.cdf(a)) for a, b in pairwise(bounds)]


MACROS = """<macro name="LOGB"><eqn>LN(x)/LN(base)</eqn><parm>x</parm><parm default="10">base</parm></macro>
<macro name="LAG"><eqn>level/time</eqn><parm>input</parm><parm>time</parm><variables>
<stock name="level"><eqn>input*time</eqn><inflow>into</inflow><outflow>out</outflow></stock>
<flow name="into"><eqn>input</eqn></flow><flow name="out"><eqn>level/time</eqn></flow></variables></macro>
<macro name="TWICE"><eqn>LAG(LAG(input, time), time)</eqn><parm>input</parm><parm>time</parm></macro>
<macro name="ENDLESS"><eqn>ENDLESS(x + 1)</eqn><parm>x</parm></macro>"""


def test_macros_of_the_file(read) -> None:
    demand = aux("u", "TIME") + aux("length", "2") + f'<aux name="w">{dims("N")}<eqn>N*TIME</eqn></aux>'
    asked = (
        aux("tens", "LOGB(1000)")
        + aux("twos", "LOGB(3 + 5, 2)")
        + aux("late", "LAG(u + 1, length)")
        + aux("known", "DELAY1(u + 1, length)")
        + aux("later", "TWICE(u, length)")
        + aux("known later", "DELAY1(DELAY1(u, length), length)")
        + f'<aux name="each">{dims("N")}<eqn>LAG(w, length)</eqn></aux>'
        + f'<aux name="known each">{dims("N")}<eqn>DELAY1(w, length)</eqn></aux>'
    )
    values = interpret(read(demand + asked, more=MACROS)).values
    assert values["tens"][0] == pytest.approx(3.0)
    assert values["twos"][0] == pytest.approx(3.0)
    for made, known in (("late", "known"), ("later", "known later"), ("each[2]", "known each[2]")):
        assert values[made] == pytest.approx(values[known])
    with pytest.raises(InputError, match="macros call each other more than 16 deep"):
        read(aux("x", "ENDLESS(1)"), more=MACROS)
    with pytest.raises(InputError, match="macro LAG takes 2 arguments, found 1"):
        read(aux("x", "LAG(1)"), more=MACROS)


@pytest.mark.parametrize(
    ("eqn", "expected"),
    [("SUM(r[2:3])", 50.0), ("SUM(r[D.b:c])", 50.0), ("MEAN(r[*:part])", 20.0), ("VMAX(r[*])", 30.0),
     ("LOOKUP(VMIN, r[*])", 10.0), ("VECTOR SELECT(s[*], r[*], 0, 0, 0)", 40.0), ("mod + 1", 6.0)],
)  # fmt: skip
def test_ranges_of_elements_and_functions_of_converters(read, eqn: str, expected: float) -> None:
    more = '<dimensions><dim name="part"><elem name="a"/><elem name="c"/></dim></dimensions>'
    arrays = (
        f'<aux name="r">{dims("D")}<eqn>10*D</eqn></aux><aux name="s">{dims("D")}<eqn>1, 0, 1</eqn></aux>'
    )
    assert interpret(read(arrays + aux("mod", "5") + aux("x", eqn), more=more)).values["x"][0] == expected


def test_derivative(read) -> None:
    values = interpret(read(aux("x", "TIME^2") + aux("d", "DERIVN(x, 1)") + aux("dd", "DERIVN(x, 2)"))).values
    t = [0.5 * k for k in range(7)]
    assert values["d"][0] == 0.0
    assert values["d"][3] == pytest.approx((t[3] ** 2 - t[2] ** 2) / 0.5)
    assert values["dd"][:2] == [0.0, 0.0]
    assert values["dd"][4] == pytest.approx(2.0)


def test_faults_and_refusals(read, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(aux("x", "1 +") + "\n" + aux("y", "x + zz") + aux("z", "SUM(x, "))
    text = str(caught.value)
    assert "m.stmx:4:" in text
    assert "x: expected a number, a name, a call or '(', found the end of the equation" in text
    assert "m.stmx:5:" in text
    assert "'zz' is not defined" in text
    with pytest.raises(Unsupported, match=r"line: queues are not simulated"):
        read('<stock name="line"><eqn>1</eqn><queue/></stock>')
    with pytest.raises(Unsupported, match=r"CLOCKTIME"):
        read(aux("x", "CLOCKTIME"))
    with pytest.raises(InputError, match=r"not well-formed"):
        read("<aux name=x><eqn>1</eqn></aux>")


def test_old_files_hold_variables_in_the_model_itself(tmp_path: Path) -> None:
    path = tmp_path / "old.stmx"
    path.write_text(
        '<xmile xmlns="http://www.systemdynamics.org/XMILE"><sim_specs><start>0</start><stop>1</stop><dt>1</dt></sim_specs>'
        '<model><aux name="x"><eqn>3</eqn></aux></model></xmile>'
    )
    assert interpret(read_model(path)).values["x"] == [3.0, 3.0]


def test_entities_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xmile"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><xmile>&b;</xmile>'
    )
    with pytest.raises(InputError, match=r"entities"):
        read_model(path)
