"""The .mdl reader: what each construct of Vensim's text becomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tzsim.errors import InputError, Unsupported
from tzsim.ir.expr import NA, Array, Binary, Call, Every, Expr, Lookup, Name, Number, Ref, Table, Unary
from tzsim.ir.model import Model
from tzsim.kernel.interpreter import interpret
from tzsim.translate import read_model

CONTROL = """
INITIAL TIME = 0 ~ Month ~|
FINAL TIME = 10 ~ Month ~|
TIME STEP = 0.5 ~ Month [0,?] ~|
SAVEPER = TIME STEP ~ Month ~|
"""


@pytest.fixture
def read(tmp_path: Path):

    def reader(text: str | bytes, control: str = CONTROL, name: str = "m.mdl") -> Model:
        raw = text if isinstance(text, bytes) else (text + control).encode()
        (tmp_path / name).write_bytes(raw)
        return read_model(tmp_path / name)

    return reader


def right(model: Model, name: str) -> Expr:
    return model.variables[name].equations[0].expression


X, Y, Z = Ref("x"), Ref("y"), Ref("z")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x + y * z", Binary("+", X, Binary("*", Y, Z))),
        ("x - y - z", Binary("-", Binary("-", X, Y), Z)),
        ("x / y * z", Binary("*", Binary("/", X, Y), Z)),
        ("x ^ y ^ z", Binary("^", X, Binary("^", Y, Z))),
        ("-x ^ y", Unary("-", Binary("^", X, Y))),
        ("x ^ -y", Binary("^", X, Unary("-", Y))),
        ("(-x) ^ y", Binary("^", Unary("-", X), Y)),
        ("-3", Number(-3.0)),
        ("--x", X),
        ("1e-3 + .5 + 2.", Binary("+", Binary("+", Number(0.001), Number(0.5)), Number(2.0))),
        (":NA:", Number(NA)),
        (
            "IF THEN ELSE(x > 1 :AND: :NOT: y = 2 :OR: z <> 0, x, y)",
            Call(
                "IF THEN ELSE",
                (
                    Binary(
                        "or",
                        Binary(
                            "and",
                            Binary(">", X, Number(1.0)),
                            Unary("not", Binary("=", Y, Number(2.0))),
                        ),
                        Binary("<>", Z, Number(0.0)),
                    ),
                    X,
                    Y,
                ),
            ),
        ),
        ("POWER(x, 2)", Binary("^", X, Number(2.0))),
        ("if_then_else(x, y, z)", Call("IF THEN ELSE", (X, Y, Z))),
        ("GAME(x)", X),
        ("RANDOM UNIFORM(x, y)", Call("RANDOM UNIFORM", (X, Y, Number(0.0)))),
        (
            "WITH LOOKUP(x, ([(0,0)-(10,10),(3,3)],(0,1),(2,5)))",
            Lookup(Table((0.0, 2.0), (1.0, 5.0)), X),
        ),
        ("x {a comment, with | and ~ and {another} in it} + y", Binary("+", X, Y)),
        ("x \\\n\t\t+ y", Binary("+", X, Y)),
    ],
)
def test_right_hand_sides(read, text: str, expected: Expr) -> None:
    model = read(f"x=1~~|\ny=2~~|\nz=3~~|\nresult = {text} ~ unit ~ note |\n")
    assert right(model, "result") == expected


def test_units_comments_groups_and_limits(read) -> None:
    model = read(
        "********\n\t.Water sector\n********~\n\t a group|\n"
        "Reservoir storage = 3 ~ million m3 [0,?,1] ~ What is \\\n\t\tstored. ~ :SUPPLEMENTARY |\n"
    )
    found = model.variables["reservoir_storage"]
    assert (found.name, found.unit, found.comment) == ("Reservoir storage", "million m3", "What is stored.")
    assert found.limits == (0.0, None)
    assert found.group == "Water sector"
    assert model.time_unit == "Month"


def test_names_are_one_across_case_blanks_and_underscores(read) -> None:
    model = read(
        'Machine  Tools = 2 ~~|\ny = machine_tools + "Machine Tools" ~~|\n"a \\" quote" = 1~~|\nw="a \\" quote"~~|\n'
    )
    assert right(model, "y") == Binary("+", Ref("machine_tools"), Ref("Machine Tools"))
    assert right(model, "w") == Ref('a \\" quote')


def test_addresses_point_at_the_name(read) -> None:
    model = read("{UTF-8}\nx = 1\n\t~\t~ |\n\n   y = x + 1 ~~|\n")
    assert (model.variables["x"].address.line, model.variables["x"].address.column) == (2, 1)
    assert (model.variables["y"].address.line, model.variables["y"].address.column) == (5, 4)


def test_ranges_spans_subranges_and_mappings(read) -> None:
    model = read(
        "A: (A1-A3), A5 -> B, (C: (C1,C2), C3, C3, SubC) ~~|\nB: B1,B2,B3,B4 ~~|\nC: C1,C2,C3 ~~|\nSubC: C1,C3~~|\n"
        "All: A, extra ~~|\nD <-> B ~~|\nx[A] = 1~~|\n"
    )
    ranges = model.subscripts
    assert ranges["a"].elements == ("A1", "A2", "A3", "A5")
    assert ranges["all"].elements == ("A1", "A2", "A3", "A5", "extra")
    assert ranges["a"].mappings["B"] == (("B1",), ("B2",), ("B3",), ("B4",))
    assert ranges["a"].mappings["C"] == (("C1", "C2"), ("C3",), ("C3",), ("C1", "C3"))
    assert ranges["d"].elements == ranges["b"].elements
    assert ranges["d"].mappings["B"] == (("B1",), ("B2",), ("B3",), ("B4",))


def test_arrays_exceptions_and_running_subscripts(read) -> None:
    model = read(
        "A: A1,A2 ~~|\nB: B1,B2,B3 ~~|\n"
        "k[A,B] = 1,2,3;4,5,-6; ~~|\nt[A,B] = TABBED ARRAY(\n1 2 3\n4 5 6) ~~|\nv[A1,B] = 7,8,9 ~~|\nv[A2,B] = 0 ~~|\n"
        "e[A,B] :EXCEPT: [A1,B1],[A2,B] = k[A,B] ~~|\ne[A1,B1]=1~~|\ne[A2,B]=2~~|\ns[A] = SUM(k[A,B!]) ~~|\n"
    )
    assert right(model, "k") == Array((1.0, 2.0, 3.0, 4.0, 5.0, -6.0), (2, 3))
    assert right(model, "t") == Array((1.0, 2.0, 3.0, 4.0, 5.0, 6.0), (2, 3))
    assert right(model, "v") == Array((7.0, 8.0, 9.0), (3,))
    assert model.variables["e"].equations[0].exceptions == (("A1", "B1"), ("A2", "B"))
    assert right(model, "s") == Call("SUM", (Ref("k", (Name("A"), Every("B"))),))


def test_lookup_variables(read) -> None:
    model = read(
        "f([(0,0)-(9,9)],(2,20),(1,10)) ~~|\ng(0,1,2,5,6,7) ~~|\ny = f(g(1)) ~~|\nz = LOOKUP FORWARD(f, 1.5) ~~|\n"
    )
    assert right(model, "f") == Table((1.0, 2.0), (10.0, 20.0))
    assert right(model, "g") == Table((0.0, 1.0, 2.0), (5.0, 6.0, 7.0))
    assert right(model, "y") == Lookup(Ref("f"), Lookup(Ref("g"), Number(1.0)))
    assert right(model, "z") == Call("LOOKUP FORWARD", (Ref("f"), Number(1.5)))


def test_macros_are_expanded_once_for_each_call(read) -> None:
    model = read(
        ":MACRO: SMALL(input, gain : extra)\nSMALL = INTEG(gain * input - local, Time$) ~~|\nlocal = SMALL / 2 ~~|\n"
        "extra = local + 1 ~~|\n:END OF MACRO:\n"
        "A: A1,A2~~|\nx[A]=1~~|\ny[A] = SMALL(x[A] + 1, 3 : other) + SMALL(x[A], 4) ~~|\n"
    )
    own = (Name("A"),)
    first, second = "SMALL·y·1", "SMALL·y·2"
    assert right(model, "y") == Binary("+", Ref(f"{first}·SMALL", own), Ref(f"{second}·SMALL", own))
    assert model.variables[f"{first}·SMALL".lower()].equations[0].subscripts == ("A",)
    assert right(model, f"{first}·input".lower()) == Binary("+", Ref("x", own), Number(1.0))
    flow = Binary("-", Binary("*", Number(4.0), Ref("x", own)), Ref(f"{second}·local", own))
    assert right(model, f"{second}·SMALL".lower()) == Call("INTEG", (flow, Ref("Time")))
    assert right(model, "other") == Ref(f"{first}·extra", own)


@pytest.mark.parametrize(
    ("digit", "method"),
    [("0", "euler"), ("1", "rk4"), ("2", "euler"), ("3", "heun"), ("4", "heun"), ("5", "rk4")],
)
def test_settings_line_holds_the_method(read, digit: str, method: str) -> None:
    sketch = f"\n\\\\\\---/// Sketch\nV300\n*View 1\n///---\\\\\\\n:L<%^E!@\n9:run\n15:0,0,0,{digit},0,0\n"
    assert read("x=1~~|\n", CONTROL + sketch).method == method


def test_encodings(read) -> None:
    text = "{UTF-8}\n\u6c34\u5e93 = 1 ~ \u4ebf\u5143 ~ \u6c34\u5e93\u7684\u5bb9\u91cf\u3002 |\n" + CONTROL
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        model = read(text.replace("{UTF-8}", "").encode(encoding))
        assert model.variables["\u6c34\u5e93"].unit == "\u4ebf\u5143"
    model = read(("x = 1 ~ degr\u00e9 ~|" + CONTROL).encode("latin-1"))
    assert model.variables["x"].unit == "degr\u00e9"


def test_sinteg_is_held_within_its_bounds(read) -> None:
    model = read("r=1~~|\nx = SINTEG(r, 5, 0, 4, :NA:, :NA:, :NA:) ~~|\n")
    held = Call("MIN", (Ref("r"), Binary("/", Binary("-", Number(4.0), Ref("x")), Ref("TIME STEP"))))
    net = Call("MAX", (held, Binary("/", Binary("-", Number(0.0), Ref("x")), Ref("TIME STEP"))))
    initial = Call("MAX", (Call("MIN", (Number(5.0), Number(4.0))), Number(0.0)))
    assert right(model, "x") == Call("INTEG", (net, initial))


def test_data_variables(read, tmp_path: Path) -> None:
    (tmp_path / "d.dat").write_text("flow in[A1]\n0\t1\n5\t2\nflow in[A2]\n0\t3\n")
    (tmp_path / "m.mdl").write_text("A: A1,A2~~|\nFlow In[A] ~ l/s ~|\nx[A]=Flow In[A]~~|\n" + CONTROL)
    model = read_model(tmp_path / "m.mdl", [tmp_path / "d.dat"])
    rows = model.variables["flow_in"].equations
    assert [e.subscripts for e in rows] == [("A1",), ("A2",)]
    assert rows[0].expression == Call("DATA", (Table((0.0, 5.0), (1.0, 2.0)),))
    (tmp_path / "m.mdl").write_text("A: A1,A2~~|\nFlow In[A]:RAW: ~ l/s ~|\nx[A]=Flow In[A]~~|\n" + CONTROL)
    values = interpret(read_model(tmp_path / "m.mdl", [tmp_path / "d.dat"])).values["x[A1]"]
    assert values == [1.0] + [NA] * 9 + [2.0] + [NA] * 10  # raw data are :NA: between their times
    with pytest.raises(Unsupported, match=r"m.mdl:2:1: Flow In: a data variable whose data are not here"):
        read_model(tmp_path / "m.mdl")


def test_every_fault_is_named_with_its_place(read, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(
            "x = 1 + ~~|\nproduction = (2 ~~|\nz = prodution + 1 ~~|\nq = MIN(1,2 ~~|\nw = SQRT(1,2)~~|\nx2 x3 = 4 5~~|\n"
        )
    text = str(caught.value)
    assert "m.mdl:1:9: x: expected a number, a name, a call or '(', found the end of the equation" in text
    assert "m.mdl:2:17: production: expected ')' that closes '(', found the end of the equation" in text
    assert "m.mdl:3:5: 'prodution' is not defined" in text
    assert "did you mean 'production'?" in text
    assert "m.mdl:5:5: w: SQRT takes 1 arguments, found 2" in text
    assert "m.mdl:6:11: x2 x3: expected an operator before it, found '5'" in text
    assert len(caught.value.problems) == 6


def test_refusals_are_all_named(read) -> None:
    with pytest.raises(Unsupported) as caught:
        read("x = A FUNCTION OF(y) ~~|\ny = MY OWN THING(1) ~~|\nz = DELAY CONVEYOR(1,2,3,4,5,6) ~~|\n")
    problems = [str(p) for p in caught.value.problems]
    assert len(problems) == 3
    assert "m.mdl:1:5: x: A FUNCTION OF" in problems[0]
    assert "'MY OWN THING' is not a function that tzsim knows" in problems[1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1 ~~|\nx = 2 ~~|\n", "'x' is defined twice"),
        ("A: A1,A1~~|\nx[A]=1~~|\n", "lists 'A1' twice"),
        ("A: B~~|\nB: A~~|\nx=1~~|\n", "contains itself"),
        ("A: A1,A2 -> (B: B1)~~|\nB: B1~~|\nx=1~~|\n", "has 2 elements, its mapping to 'B' has 1"),
        ("A: A1,A2~~|\nk[A]=1,2,3~~|\n", "3 numbers for 2 elements"),
        ("A: A1,A2~~|\nk[A]=1~~|\nk=2~~|\n", "is defined with 0 and 1 subscripts"),
        ("x = 1 ~~|\ny = 2", "without its closing '|'"),
        ('x = "y ~~|\n', "closing"),
        ("f((0,1),(1,2)~~|\n", "expected '[)]'"),
        (":MACRO: M(a)\nM=a~~|\nx=M(1,2)~~|\n", "without ':END OF MACRO:'"),
        ("", "no equations"),
    ],
)
def test_faulty_files(read, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(text, "" if text == "" else CONTROL if not text.endswith("= 2") else "")
