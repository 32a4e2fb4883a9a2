"""Stock-flow and loop diagrams: what is drawn is what the equations say, and no text lies on another."""

from __future__ import annotations

import itertools
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch

from tests.unit.report.test_charts import assert_no_overlap, texts
from tzsim.cli.diagram import write_diagrams
from tzsim.ensemble.draws import draw
from tzsim.ensemble.link_signs import link_signs
from tzsim.errors import InputError
from tzsim.ir.describe import causes, kinds_of
from tzsim.ir.flows import flows, follows
from tzsim.ir.model import Model
from tzsim.names import key
from tzsim.report.charts.diagram_sheet import PAGE
from tzsim.report.charts.loop_diagram import causal_loop, loop_diagram
from tzsim.report.charts.sector_map import couplings, sector_map
from tzsim.report.charts.stock_flow import groups_of, stock_flow_diagram
from tzsim.report.layered import Edge, columns, layered
from tzsim.report.style import figure_bytes
from tzsim.report.wording import LANGS
from tzsim.scenario.shown_names import read_names
from tzsim.translate import read_model

MODELS = Path(__file__).parents[3] / "models"
pytestmark = pytest.mark.filterwarnings("error")

PREY = """{UTF-8}
Prey= INTEG(births-eaten, 100) ~ Animal ~ Prey (猎物). |
Predators= INTEG(Predators*(gain*Prey-death rate), 10) ~ Animal ~ Predators. |
births= growth*Prey ~ Animal/Year ~ |
eaten= bite*Prey*Predators ~ Animal/Year ~ |
growth= 0.5 ~ 1/Year ~ |
bite= 0.01 ~ 1/Animal/Year ~ |
gain= 0.002 ~ 1/Animal/Year ~ |
death rate= 0.3 ~ 1/Year ~ |
Seen= INTEG((Prey-Seen)/lag, Prey) ~ Animal ~ |
lag= 2 ~ Year ~ |
INITIAL TIME= 0 ~ Year ~ |
FINAL TIME= 20 ~ Year ~ |
TIME STEP= 0.0625 ~ Year ~ |
SAVEPER= 1 ~ Year ~ |
"""


def read_text(text: str) -> Model:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "m.mdl"
        file.write_text(text, encoding="utf-8")
        return read_model(file)


@pytest.fixture(scope="module")
def prey() -> Model:
    return read_text(PREY)


@pytest.fixture(scope="module")
def sir() -> Model:
    return read_model(MODELS / "sir.mdl")


def words(figure: Figure) -> set[str]:
    """Lines of text drawn."""
    return {text for text, _ in texts(figure)}


# --- structure ---------------------------------------------------------------------------------------------------


def test_net_flows_come_apart_into_their_terms(prey: Model) -> None:
    kinds = kinds_of(prey)
    named = {(f.name, f.sign) for f in flows(prey, key("Prey"), kinds)}
    assert named == {("births", 1), ("eaten", -1)}
    (own,) = flows(prey, key("Predators"), kinds)
    assert own.name is None
    assert own.both
    assert set(own.causes) == {"predators", "gain", "prey", "death_rate"}
    assert follows(prey, key("Seen")) == {"prey"}
    assert flows(prey, key("Seen"), kinds) == ()


# --- signs -------------------------------------------------------------------------------------------------------


def test_signs_are_those_of_the_partial_derivatives(prey: Model) -> None:
    graph = causes(prey)
    found = link_signs(prey, [(c, v) for v in graph for c in graph[v]])
    for link, sign in {
        ("prey", "births"): "+",
        ("prey", "eaten"): "+",
        ("predators", "eaten"): "+",
        ("births", "prey"): "+",
        ("eaten", "prey"): "-",
        ("death_rate", "predators"): "-",
        ("prey", "predators"): "+",
        ("prey", "seen"): "+",
        ("seen", "seen"): "-",
        # gain x prey - death rate changes its sign on the way
        ("predators", "predators"): "?",
    }.items():
        assert found[link] == sign, link
    # the gap closes faster or slower, whichever way it is open
    assert found[("lag", "seen")] == "?"


def test_signs_hold_over_draws_and_are_mixed_where_draws_differ(sir: Model) -> None:
    text = PREY.replace("births= growth*Prey", "births= growth*Prey-crowding*Prey")
    model = read_text(text.replace("growth= 0.5", "crowding= 0 ~ 1/Year ~ |\ngrowth= 0.5"))
    link = ("prey", "births")
    assert link_signs(model, [link])[link] == "+"
    drawn = draw({"crowding": [0.0, 1.0]}, members=2)
    assert link_signs(model, [link], drawn)[link] == "?"


def test_a_cause_that_does_not_act_has_no_sign() -> None:
    model = read_text(
        "a= 1 ~ ~ |\nb= MAX(2, a) ~ ~ |\nx= INTEG(b, 0) ~ ~ |\nINITIAL TIME= 0 ~ ~ |\nFINAL TIME= 1 ~ ~ |\nTIME STEP= 1 ~ ~ |\nSAVEPER= 1 ~ ~ |\n"
    )
    assert link_signs(model, [("a", "b"), ("b", "x")]) == {("a", "b"): "", ("b", "x"): "+"}


# --- layout ------------------------------------------------------------------------------------------------------


def test_columns_run_from_causes_to_effects_and_only_loops_turn() -> None:
    edges = [Edge(0, 1), Edge(1, 2), Edge(2, 3), Edge(3, 1, 0.5), Edge(0, 3)]
    column, turned = columns(4, edges)
    assert column == [0, 1, 2, 3]
    assert turned == [False, False, False, True, False]


def test_boxes_of_a_column_stay_apart_and_a_straight_pipe_stays_straight() -> None:
    edges = [Edge(0, 3, 10.0), Edge(1, 3), Edge(2, 3), Edge(3, 4, 10.0), Edge(0, 4)]
    heights = [0.4, 0.3, 0.3, 0.2, 0.4]
    column, turned = columns(5, edges)
    found = layered(heights, edges, column, turned, gap=0.1, passing=0.08)
    for i, j in itertools.combinations(range(5), 2):
        if column[i] == column[j]:
            assert abs(found.y[i] - found.y[j]) >= (heights[i] + heights[j]) / 2 + 0.1 - 1e-9
    assert found.y[0] == pytest.approx(found.y[3])
    assert found.y[3] == pytest.approx(found.y[4])
    assert len(found.routes[4]) == 1


def test_the_order_has_no_crossing_where_none_is_needed() -> None:
    edges = [Edge(0, 5), Edge(1, 4), Edge(2, 3)]
    column, turned = columns(6, edges)
    found = layered([0.2] * 6, edges, column, turned, gap=0.1, passing=0.1)
    order = sorted(range(3), key=lambda n: found.y[n])
    assert [5 - n for n in order] == sorted((3, 4, 5), key=lambda n: found.y[n])


# --- stock-flow diagrams -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", ["sir", "inventory", "lotka_volterra", "teacup"])
def test_small_models_are_drawn_whole(name: str, lang: Any) -> None:
    model = read_model(MODELS / f"{name}.mdl")
    for constants in (False, True):
        figure = stock_flow_diagram(model, lang=lang, constants=constants)
        assert_no_overlap(figure)
        assert figure_bytes(figure, "svg") == figure_bytes(figure, "svg")


def test_every_variable_stands_once_and_constants_are_optional(prey: Model) -> None:
    shown = [text for text, _ in texts(stock_flow_diagram(prey, lang="en"))]
    assert [shown.count(n) for n in ("Prey", "Predators", "births", "eaten", "Seen")] == [1] * 5
    assert not {"growth", "bite", "lag"} & set(shown)
    assert {"growth", "bite", "lag"} <= words(stock_flow_diagram(prey, lang="en", constants=True))
    assert "bite" in words(stock_flow_diagram(prey, lang="en", constants=["bite"]))
    assert "猎物" in words(stock_flow_diagram(prey, lang="zh"))
    assert "狩猎" in words(stock_flow_diagram(prey, lang="zh", names={"Prey": "狩猎"}))


def test_pipes_are_the_terms_of_the_net_flows(prey: Model) -> None:
    figure = stock_flow_diagram(prey, lang="en")
    # births and eaten with a cloud each, the unnamed flow of predators: two pieces of pipe each; none into Seen
    assert pipe_pieces(figure) == 6


def pipe_pieces(figure: Figure) -> int:
    return sum(
        isinstance(p, PathPatch) and p.get_linewidth() == pytest.approx(3.6) for p in figure.axes[0].patches
    )


AGEING = """{UTF-8}
Young= INTEG(sales-Young/age*pace, 100) ~ Unit ~ |
Old= INTEG(Young/age*pace-Old*loss, 50) ~ Unit ~ |
sales= 10 ~ Unit/Year ~ |
age= 7 ~ Year ~ |
loss= 0.2 ~ 1/Year ~ |
pace= 1+0.01*Time ~ Dmnl ~ |
INITIAL TIME= 0 ~ Year ~ |
FINAL TIME= 20 ~ Year ~ |
TIME STEP= 0.0625 ~ Year ~ |
SAVEPER= 1 ~ Year ~ |
"""


def test_what_leaves_one_stock_and_fills_another_is_one_flow_and_its_sign_is_that_of_the_flow() -> None:
    figure = stock_flow_diagram(read_text(AGEING), lang="en")
    # sales from a cloud (2), from young to old (2), from old to a cloud (2)
    assert pipe_pieces(figure) == 6
    assert [text for text, _ in texts(figure)].count("Young/age*pace") == 1
    # pace moves both the stock that it empties and the one that it fills; all that is drawn is what it does to the flow
    signs = [line for line in figure.axes[0].lines if line.get_zorder() == 7]
    assert len(signs) == 2  # one plus: its two strokes
    alone = stock_flow_diagram(read_text(AGEING), lang="en", variables=["Young", "pace"])
    assert len([line for line in alone.axes[0].lines if line.get_zorder() == 7]) == 2


def test_flows_without_a_name_are_called_by_what_they_do(prey: Model) -> None:
    assert {"净流量"} <= words(stock_flow_diagram(prey, lang="zh"))
    assert {"流出"} <= words(stock_flow_diagram(read_text(AGEING), lang="zh"))


def test_words_that_share_two_shadows_have_them_apart() -> None:
    text = "a= Time ~ ~ |\nb= 2*Time ~ ~ |\nx= a+b ~ ~ |\ny= a*b ~ ~ |\nz= a ~ ~ |\n"
    text += "INITIAL TIME= 0 ~ ~ |\nFINAL TIME= 1 ~ ~ |\nTIME STEP= 1 ~ ~ |\nSAVEPER= 1 ~ ~ |\n"
    shown = [t for t, _ in texts(stock_flow_diagram(read_text(text), lang="en", variables=["x", "y", "z"]))]
    assert shown.count("a") == 3
    assert shown.count("b") == 2
    shown = [t for t, _ in texts(stock_flow_diagram(read_text(text), lang="en", variables=["x", "z"]))]
    assert shown.count("a") == 1


def test_a_diagram_wider_than_its_page_is_drawn_another_way() -> None:
    names = [f"a variable with a rather long name {i}" for i in range(9)]
    chain = "".join(f"{b}= 2*{a} ~ ~ |\n" for a, b in itertools.pairwise(["Time", *names]))
    text = chain + "INITIAL TIME= 0 ~ ~ |\nFINAL TIME= 1 ~ ~ |\nTIME STEP= 1 ~ ~ |\nSAVEPER= 1 ~ ~ |\n"
    width, height = stock_flow_diagram(read_text(text), lang="en").get_size_inches()
    assert width < PAGE[0] + 0.6
    assert height > width


def test_sectors_are_groups_and_what_comes_from_elsewhere_is_grey() -> None:
    model = read_model(MODELS / "tengzhou")
    title = "people: Work"
    assert title in groups_of(model)
    figure = stock_flow_diagram(model, title, lang="en", signs={})
    assert_no_overlap(figure)
    kinds = kinds_of(model)
    own = set(groups_of(model)[title])
    reads = {c for n in own for c in causes(model)[n] if c not in own and kinds[c] in ("stock", "auxiliary")}
    grey = {
        t.get_text() for t in figure.axes[0].texts if to_rgb(t.get_color()) == to_rgb("#6B7078")
    }  # fmt: skip
    assert {model.variables[n].name for n in reads if " " not in model.variables[n].name} <= grey


def test_the_overlap_check_sees_an_overlap_in_a_diagram(prey: Model) -> None:
    figure = stock_flow_diagram(prey, lang="en")
    label = next(t for t in figure.axes[0].texts if t.get_text() == "births")
    figure.axes[0].text(*label.get_position(), "another", ha="center")
    with pytest.raises(AssertionError):
        assert_no_overlap(figure)


def test_a_group_that_is_not_there_is_named_with_the_nearest() -> None:
    model = read_model(MODELS / "inventory.mdl")
    with pytest.raises(InputError, match="Ordring"):
        stock_flow_diagram(model, "Ordring")
    with pytest.raises(InputError, match="'inventori'"):
        stock_flow_diagram(model, variables=["inventori"])


# --- loop diagrams -----------------------------------------------------------------------------------------------


def test_a_loop_has_the_sign_of_its_links(sir: Model, prey: Model) -> None:
    assert causal_loop(sir, ["infectious", "infection"]).polarity == "R"
    assert causal_loop(sir, ["susceptible", "infection"]).polarity == "B"
    assert causal_loop(sir, ["infectious", "recovery"]).polarity == "B"
    hunt = causal_loop(prey, ["Prey", "Predators", "eaten"])
    assert hunt.path == ("prey", "predators", "eaten")
    assert hunt.polarity == "B"
    assert causal_loop(prey, ["Predators"]).polarity == "?"


def test_variables_between_are_found_and_delays_marked() -> None:
    model = read_model(MODELS / "inventory.mdl")
    loop = causal_loop(model, ["orders", "Inventory"])
    assert loop.path == ("orders", "arrivals", "inventory")
    assert loop.delayed == (True, False, False)
    assert loop.polarity == "B"


@pytest.mark.parametrize("lang", LANGS)
def test_loop_diagrams_have_no_overlapping_text(sir: Model, lang: Any) -> None:
    assert_no_overlap(loop_diagram(sir, ["infectious", "infection"], lang=lang))
    model = read_model(MODELS / "tengzhou")
    through = [
        "output",
        "cluster pull",
        "Attraction",
        "attraction index",
        "signing",
        "Signed Projects",
        "starting",
    ]
    through += ["outside starts", "starts", "Capital"]
    loop = causal_loop(model, through, signs={})
    assert len(loop.path) > 12
    assert_no_overlap(loop_diagram(model, loop, lang=lang))


def test_variables_that_join_to_no_loop_are_refused(sir: Model) -> None:
    with pytest.raises(InputError, match="no equations join"):
        causal_loop(sir, ["recovered", "infection"])
    with pytest.raises(InputError, match="infectius"):
        causal_loop(sir, ["infectius"])


# --- the command and the names ----------------------------------------------------------------------------------


def test_show_writes_a_diagram_or_one_a_group(tmp_path: Path) -> None:
    model = MODELS / "inventory.mdl"
    for kind in ("svg", "png", "pdf"):
        written = write_diagrams(
            model, read_model(model), tmp_path / f"d.{kind}", group=None, constants=False, lang="en"
        )
        assert written == [tmp_path / f"d.{kind}"]
        assert written[0].stat().st_size > 1000
    folder = MODELS / "tengzhou"
    (one,) = write_diagrams(
        folder, read_model(folder), tmp_path / "w.svg", group="water: Demand", constants=False, lang="zh"
    )
    assert one.name == "w.svg"
    with pytest.raises(InputError, match="SVG, PNG or PDF"):
        write_diagrams(model, read_model(model), tmp_path / "d.bmp", group=None, constants=False, lang="en")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["d.pdf", "d.png", "d.svg", "w.svg"]


def test_names_that_the_model_does_not_have_are_named_with_their_line(prey: Model, tmp_path: Path) -> None:
    file = tmp_path / "m.names.zh.yaml"
    file.write_text("Prey: 猎物\nPredator: 捕食者\neaten: 3\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_names(file, prey)
    said = str(caught.value)
    assert ":2:1" in said
    assert "Predators" in said
    assert "eaten: expected a name in Chinese" in said
    file.write_text("Prey: 猎物\n", encoding="utf-8")
    assert read_names(file, prey) == {"Prey": "猎物"}


def test_a_map_needs_sectors_and_counts_what_they_read(prey: Model) -> None:
    model = read_model(MODELS / "tengzhou")
    pairs = couplings(model)
    assert "wage_index" in pairs[("people", "clusters")]
    assert all(a != b for a, b in pairs)
    assert_no_overlap(sector_map(model, lang="en"))
    with pytest.raises(InputError, match="one sector only"):
        sector_map(prey)
