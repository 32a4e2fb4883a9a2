"""Innovation and delivery: patents, ladder and programmes are conserved, and stop where research, money or people stop."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.models.tengzhou_runs import CLUSTERS, ensemble, extremes, member, model
from tzsim.names import key

START, END = 2018.0, 2031.0
PROGRAMMES = model().subscripts["programme"].elements
YEARLY = (
    "platforms",
    "firm service",
    "key technology",
    "key talent",
    "renovation",
    "finance meetings",
    "job fairs",
    "strip cropping",
)
OFFICE = ("firm service", "finance meetings", "job fairs")
"""Programmes of every year that need people but no programme money."""
ARMS = ("services", "works")


def gain(name: str) -> np.ndarray:
    return extremes().at(name, END) - extremes().at(name, START)


def over(name: str) -> np.ndarray:
    return extremes().integral(name, START, END)


def same(left: np.ndarray, right: np.ndarray) -> None:
    np.testing.assert_allclose(left, right, rtol=1e-8, atol=1e-6)


# --- conservation, in every extreme


def test_an_invention_is_in_work_under_examination_granted_or_refused() -> None:
    same(
        gain("Inventions in Work") + gain("Under Examination"),
        over("inventions") - over("patents granted") - over("patents refused"),
    )
    same(
        gain("Ordinary Patents") + gain("High Value Patents"),
        over("patents granted") - over("patents lapsed"),
    )


def test_a_firm_stands_on_one_rung() -> None:
    same(
        gain("High Tech Untitled") + gain("Titled Firms"), over("firms certified") - over("certificates lost")
    )
    assert (gain("Titled Firms") < over("firms promoted") - over("titles lost")).all()


def test_research_staff_is_conserved() -> None:
    same(gain("Research Staff"), over("researchers hired") - over("researchers left"))


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_an_item_is_listed_under_way_delivered_failed_or_withdrawn(programme: str) -> None:
    now = [gain(f"{s}[{programme}]") for s in ("Listed", "Under Way", "Delivered", "Failed", "Withdrawn")]
    same(np.sum(now, axis=0), over(f"announcing[{programme}]"))


@pytest.mark.parametrize("arm", ARMS)
def test_money_of_programmes_is_conserved(arm: str) -> None:
    spent = over(f"committed[{arm}]") + over(f"returned[{arm}]")
    same(gain(f"Programme Money[{arm}]"), over(f"appropriated[{arm}]") - spent)


def test_people_of_programmes_are_free_or_bound() -> None:
    """Per item as in the model file, written here again."""
    per_item = dict(
        zip(PROGRAMMES, (0.5, 0.25, 0.5, 0.4, 0.4, 10, 1.9, 1.9, 3, 0.3, 3, 2, 4, 0.4), strict=True)
    )
    bound = np.sum([n * extremes().path(f"Under Way[{p}]") for p, n in per_item.items()], axis=0)
    free = extremes().path("Free Staff[services]") + extremes().path("Free Staff[works]")
    all_people = free + bound - extremes().path("Extra Staff")
    kept = np.arange(all_people.shape[1]) != member("no programme staff")
    same(all_people[:, kept], np.broadcast_to(all_people[0, kept], all_people[:, kept].shape))


# --- extremes


def test_without_research_patents_decay_and_no_firm_rises() -> None:
    none, base = member("no research"), member("baseline")
    assert (
        extremes().total("patents granted", 2030)[none]
        < 1e-3 * extremes().total("patents granted", 2030)[base]
    )
    stock = extremes().path("Ordinary Patents")[:, none] + extremes().path("High Value Patents")[:, none]
    assert (np.diff(stock[len(stock) // 2 :]) < 0).all()
    assert extremes().total("firms certified", 2026)[none] < 1e-9
    assert extremes().at("Research Staff", END)[none] < 0.45 * extremes().at("Research Staff", START)[none]


def test_without_research_clusters_lose_ground_slowly() -> None:
    none, base = member("no research"), member("baseline")
    made = {year: extremes().five("output", year) for year in (2025, 2030)}
    assert 1 > made[2025][none] / made[2025][base] > made[2030][none] / made[2030][base] > 0.7


def test_without_money_only_office_work_is_delivered() -> None:
    none = member("no programme money")
    for p in PROGRAMMES:
        delivered = extremes().total(f"delivering[{p}]", 2026)[none]
        assert (delivered > 1) == (p in OFFICE), (p, delivered)


def test_without_people_nothing_is_delivered() -> None:
    none = member("no programme staff")
    for p in PROGRAMMES:
        assert extremes().total(f"delivering[{p}]", 2030)[none] == pytest.approx(0.0, abs=1e-3), p


def test_a_delivered_work_never_exceeds_what_the_plan_names() -> None:
    for p, named in (
        ("Mozi site", 1),
        ("historic streets", 3),
        ("demonstration areas", 6),
        ("linkage areas", 7),
    ):
        assert (ensemble().path(f"Delivered[{p}]") <= named + 1e-9).all()


def test_offices_deliver_what_they_list_less_what_fails() -> None:
    """Steady programmes: the yearly deliveries are near, never above, the list."""
    base = member("baseline")
    for p in YEARLY:
        listed, done = (
            extremes().total(f"announcing[{p}]", 2029)[base],
            extremes().total(f"delivering[{p}]", 2029)[base],
        )
        assert 0.4 * listed < done < listed, p


# --- documented figures


def test_the_high_tech_rank_follows_its_documented_count_up_to_2022() -> None:
    """158 at the end of 2022, 36 more than a year before, in every draw: an anchor, not a result."""
    total = [
        ensemble().at("High Tech Untitled", t) + ensemble().at("Titled Firms", t) for t in (2022.0, 2023.0)
    ]
    np.testing.assert_allclose(total[1], 158.0, rtol=1e-9)
    np.testing.assert_allclose(total[1] - total[0], 36.0, rtol=1e-9)


def test_new_titles_of_2022_lie_inside_the_prior_band() -> None:
    low, high = np.percentile(ensemble().total("new titles", 2022), [2.5, 97.5])
    assert low <= 53 <= high


def test_research_is_about_two_per_cent_of_GDP() -> None:
    """No outlay of the county is documented; its aim for 2022 was 2.1 %."""
    share = 100 * ensemble().total("reported research outlay", 2022) / ensemble().total("GDP", 2022)
    assert 1.6 < np.median(share) < 2.4


def test_every_cluster_has_knowledge_that_its_rivals_do_not_lack() -> None:
    for c in CLUSTERS:
        ratio = extremes().at(f"Knowledge[{c}]", END) / extremes().at(f"Rival Knowledge[{c}]", END)
        assert 0.2 < ratio[member("baseline")] < 5, c


def test_the_named_programmes_are_the_plans() -> None:
    assert {key(p) for p in PROGRAMMES} >= {key(p) for p in YEARLY}
