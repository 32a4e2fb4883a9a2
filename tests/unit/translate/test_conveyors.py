"""Conveyors: closed forms of transit, leakage and room, and pysimlin on the same files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tzsim.errors import Unsupported
from tzsim.kernel.compile import compile_model
from tzsim.kernel.interpreter import interpret
from tzsim.translate import read_model

HEAD = '<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">'
STEP = 0.5


def file_of(
    path: Path, belt: str, flows: str, *, initial: str = "0", outflows: str = "", more: str = ""
) -> Path:
    """A conveyor `belt` with the inflow `on`, the outflow `off` and more."""
    path.write_text(
        f'{HEAD}<header><name>m</name><vendor>v</vendor><product version="1">p</product></header><sim_specs method="Euler"><start>0</start><stop>8</stop><dt>{STEP}</dt>'
        '</sim_specs><dimensions><dim name="D"><elem name="a"/><elem name="b"/></dim></dimensions><model><variables>'
        f'<stock name="belt"><eqn>{initial}</eqn><inflow>on</inflow><outflow>off</outflow>{outflows}{belt}</stock>'
        f'<flow name="off"/>{flows}{more}</variables></model></xmile>'
    )
    return path


def run(path: Path) -> dict[str, np.ndarray]:
    """Every variable, the same from both compiled backends as from the interpreter."""
    model = read_model(path)
    values = {n: np.array(v) for n, v in interpret(model).values.items()}
    for backend in ("numpy", "llvm"):
        kernel = compile_model(model, outputs=tuple(values), backend=backend)
        ran = kernel.run(kernel.defaults[:, None])
        for i, name in enumerate(kernel.outputs):
            assert ran.values[i, :, 0] == pytest.approx(values[name], rel=1e-12, abs=1e-9), (backend, name)
    return values


TIMES = np.arange(17) * STEP


def test_outflow_is_the_inflow_a_transit_time_ago(tmp_path: Path) -> None:
    v = run(
        file_of(
            tmp_path / "m.xmile", "<conveyor><len>2</len></conveyor>", flow("on", "10 + TIME"), initial="80"
        )
    )
    assert v["off"] == pytest.approx(np.where(TIMES < 2, 40.0, 8 + TIMES))
    assert np.diff(v["belt"]) == pytest.approx(STEP * (v["on"] - v["off"])[:-1])


def test_a_transit_time_that_changes_places_material_by_its_own_time(tmp_path: Path) -> None:
    length = "<conveyor><len>IF TIME LT 2 THEN 2 ELSE 1</len></conveyor>".replace("LT", "&lt;")
    model = read_model(file_of(tmp_path / "m.xmile", length, flow("on", "TIME")))
    off = interpret(model).values["off"]
    # what got on before time 2 takes 2 time units, later 1: at 3 and 3.5 two batches arrive together
    assert off[6] == pytest.approx(1.0 + 2.0)
    assert off[7] == pytest.approx(1.5 + 2.5)
    assert off[8] == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("kind", "share"), [("", 0.3), (' exponential_leak="true"', 1 - (1 - 0.1 * STEP) ** 4)]
)
def test_leakage_takes_its_share_of_what_gets_on(tmp_path: Path, kind: str, share: float) -> None:
    leak = f'<flow name="lost"><eqn>{0.3 if not kind else 0.1}</eqn><leak/></flow>'
    path = file_of(
        tmp_path / "m.xmile",
        f"<conveyor{kind}><len>2</len></conveyor>",
        flow("on", "10") + leak,
        outflows="<outflow>lost</outflow>",
    )
    v = run(path)
    assert v["off"][-1] == pytest.approx(10 * (1 - share))
    assert v["lost"][-1] == pytest.approx(10 * share)
    assert np.diff(v["belt"]) == pytest.approx(STEP * (v["on"] - v["off"] - v["lost"])[:-1])


def test_a_belt_with_leaks_starts_in_its_steady_state(tmp_path: Path) -> None:
    leak = '<flow name="lost"><eqn>0.5</eqn><leak/></flow>'
    # four slats hold E(1 + 7/8 + 6/8 + 5/8) = 26, so E = 8 got on in each step
    path = file_of(
        tmp_path / "m.xmile",
        "<conveyor><len>2</len></conveyor>",
        flow("on", "16") + leak,
        initial="26",
        outflows="<outflow>lost</outflow>",
    )
    v = run(path)
    assert v["belt"] == pytest.approx(np.full(17, 26.0))
    assert v["off"] == pytest.approx(np.full(17, 8.0))


def test_zones_leak_what_reaches_them(tmp_path: Path) -> None:
    leaks = (
        '<flow name="early" leak_start="0" leak_end="0.5"><eqn>0.5</eqn><leak/></flow>'
        '<flow name="late" leak_start="0.5" leak_end="1"><eqn>0.5</eqn><leak/></flow>'
    )
    path = file_of(
        tmp_path / "m.xmile",
        "<conveyor><len>2</len></conveyor>",
        flow("on", "8") + leaks,
        outflows="<outflow>early</outflow><outflow>late</outflow>",
    )
    v = run(path)
    assert (v["early"][-1], v["late"][-1], v["off"][-1]) == pytest.approx((4.0, 2.0, 2.0))


def test_room_and_inflow_limit(tmp_path: Path) -> None:
    path = file_of(
        tmp_path / "m.xmile",
        "<conveyor><len>2</len><capacity>6</capacity><in_limit>5</in_limit></conveyor>",
        flow("on", "8"),
    )
    v = run(path)
    assert v["on"][:4] == pytest.approx([5.0, 5.0, 2.0, 0.0])
    assert v["belt"].max() == pytest.approx(6.0)


def test_arrays_have_a_belt_for_each_element(tmp_path: Path) -> None:
    dims = '<dimensions><dim name="D"/></dimensions>'
    elements = '<element subscript="a"><eqn>1</eqn></element><element subscript="b"><eqn>3</eqn></element>'
    text = file_of(
        tmp_path / "m.xmile",
        f'{dims}<conveyor exponential_leak="true"><len>time_on</len></conveyor>',
        f'<flow name="on">{dims}<eqn>10</eqn></flow><flow name="lost">{dims}<eqn>0.2</eqn><leak/></flow>'
        f'<aux name="time on">{dims}{elements}</aux>',
        outflows="<outflow>lost</outflow>",
        more='<stock name="all"><eqn>0</eqn><inflow>off</inflow></stock>',
    ).read_text()
    (tmp_path / "m.xmile").write_text(text.replace('<flow name="off"/>', f'<flow name="off">{dims}</flow>'))
    v = run(tmp_path / "m.xmile")
    assert v["off[a]"][-1] == pytest.approx(10 * 0.9**2)
    assert v["off[b]"][-1] == pytest.approx(10 * 0.9**6)
    assert np.diff(v["all"]) == pytest.approx(STEP * (v["off[a]"] + v["off[b]"])[:-1])


def test_slats_can_be_read(tmp_path: Path) -> None:
    more = (
        aux("mean", "MEAN(belt)")
        + aux("first", "belt[1]")
        + aux("number", "SIZE(belt)")
        + aux("whole", "SUM(belt)")
    )
    v = run(file_of(tmp_path / "m.xmile", "<conveyor><len>2</len></conveyor>", flow("on", "TIME"), more=more))
    assert v["number"][0] == 4.0
    assert v["whole"] == pytest.approx(v["belt"])
    assert v["mean"] == pytest.approx(v["belt"] / 4)
    assert v["first"] == pytest.approx(STEP * v["off"])


@pytest.mark.parametrize(
    ("belt", "what"),
    [
        ('<conveyor discrete="true"><len>2</len></conveyor>', 'discrete="true"'),
        ("<conveyor><len>2</len><arrest>TIME</arrest></conveyor>", "<arrest>"),
        ("<conveyor/>", "<len>"),
    ],
)
def test_what_is_not_simulated_is_named(tmp_path: Path, belt: str, what: str) -> None:
    with pytest.raises(Unsupported, match=f"belt: .*{what}"):
        read_model(file_of(tmp_path / "m.xmile", belt, flow("on", "1")))


@pytest.mark.parametrize(
    "belt",
    [
        "<conveyor><len>2</len><capacity>30</capacity></conveyor>",
        "<conveyor><len>1.3</len></conveyor>",
        '<conveyor exponential_leak="true"><len>2</len></conveyor>',
        "<conveyor><len>3</len></conveyor>",
    ],
)
def test_as_pysimlin(tmp_path: Path, belt: str) -> None:
    simlin = pytest.importorskip("simlin")
    leaks = '<flow name="lost" leak_end="0.6"><eqn>0.2</eqn><leak/></flow>' if "<len>1.3" not in belt else ""
    outflows = "<outflow>lost</outflow>" if leaks else ""
    path = file_of(
        tmp_path / "m.xmile", belt, flow("on", "10 + 3 * TIME") + leaks, initial="20", outflows=outflows
    )
    v, theirs = run(path), simlin.load(path).base_case.results
    for name in ("belt", "on", "off", *(["lost"] if leaks else [])):
        assert v[name] == pytest.approx(theirs[name].to_numpy(), rel=1e-9), name


def flow(name: str, eqn: str) -> str:
    return f'<flow name="{name}"><eqn>{eqn}</eqn></flow>'


def aux(name: str, eqn: str) -> str:
    return f'<aux name="{name}"><eqn>{eqn}</eqn></aux>'
