"""brief: Forecast -> Brief. Which sections there are and in what order; what they say is computed in the modules beside this one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from tzsim.forecast.compare import Comparison
from tzsim.forecast.movers import Mover
from tzsim.forecast.result import Forecast
from tzsim.forecast.sweep import Sweep
from tzsim.report.brief.annex import all_goals, method_blocks, provenance, unjudged
from tzsim.report.brief.answers import further_answers
from tzsim.report.brief.comparison import compared_blocks, comparison_front
from tzsim.report.brief.document import (
    Block,
    Brief,
    Cell,
    Column,
    Heading,
    Paragraph,
    Picture,
    Row,
    Section,
    Table,
)
from tzsim.report.brief.front import front
from tzsim.report.brief.matter import Answer, Matter, matter
from tzsim.report.brief.plan import contradictions, together
from tzsim.report.brief.series import series_blocks
from tzsim.report.charts.binding_chart import binding_map
from tzsim.report.goal_rows import element_name, limit_name
from tzsim.report.moments import moment
from tzsim.report.numerals import ordinal, percent
from tzsim.report.sentences import binding_sentences, binding_year
from tzsim.report.wording import Lang, opened

RUN_ON = ("conflicts", "unmodelled")
"""Sections that follow on the page of the one before."""


def brief(
    forecast: Forecast,
    lang: Lang = "zh",
    *,
    sweep: Sweep | None = None,
    answers: Iterable[Answer] = (),
    moved: Mapping[str, tuple[Mover, ...]] | None = None,
) -> Brief:
    """The brief about one forecast.

    sweep: the effect of each lever (`tzsim.sweep`); without it the brief says that it is not known what would raise a goal.
    answers: explanations, achievements and a comparison, shown where they belong.
    moved: what moves each goal (`tzsim.movers`), where that is known already.
    """
    made = matter(forecast, lang, sweep, answers, moved)
    scenario = forecast.scenario
    subtitle = made.say("brief subtitle", scenario=scenario.name.of(lang), date=scenario.as_of_said(lang))
    return _put_together(made, made.say("brief title"), subtitle, scenario.question.of(lang), front)


def comparison_brief(
    comparison: Comparison, lang: Lang = "zh", *, sweep: Sweep | None = None, answers: Iterable[Answer] = ()
) -> Brief:
    """The brief about a comparison: page one says what changes, the rest is the base scenario's brief."""
    base = comparison.forecasts[0]
    made = matter(base, lang, sweep, (*answers, comparison))
    names = [f.scenario.name.of(lang) for f in comparison.forecasts]
    others = made.listed(dict.fromkeys(names[1:]))
    date = base.scenario.as_of_said(lang)
    subtitle = made.say("comparison subtitle", others=others, base=names[0], date=date)
    return _put_together(
        made,
        made.say("comparison title"),
        subtitle,
        "",
        lambda m, where: comparison_front(m, comparison, where),
        comparison.run_id,
    )


def _put_together(
    matter: Matter,
    title: str,
    subtitle: str,
    question: str,
    first: Callable[[Matter, str], tuple[Block, ...]],
    run_id: str = "",
) -> Brief:
    sections = _sections(matter)
    where = _where(matter, [key for key, _ in sections]) if matter.judged else ""
    forecast = matter.forecast
    return Brief(
        lang=matter.lang,
        title=title,
        subtitle=subtitle,
        question=question,
        keywords=tuple(dict.fromkeys(row.area for row in matter.rows)),
        day=forecast.scenario.as_of_said("en") if forecast.scenario.clock.calendar else "",
        run_id=run_id or forecast.run_id,
        front=first(matter, where),
        sections=tuple(Section(matter.say(key), blocks, key not in RUN_ON) for key, blocks in sections),
    )


def _where(matter: Matter, keys: Sequence[str]) -> str:
    places = {"number": keys.index("all goals") + 1, "method": keys.index("method") + 1}
    return matter.say("front below", **{k: ordinal(n, matter.lang) for k, n in places.items()})


def _sections(matter: Matter) -> list[tuple[str, tuple[Block, ...]]]:
    """(key of the heading, blocks) of every section that has something to say."""
    found: tuple[tuple[str, tuple[Block, ...]], ...] = (
        ("compared", compared_blocks(matter)),
        ("clusters", _series(matter, "clusters")),
        ("limits", _limits(matter)),
        ("others", _series(matter, "others")),
        ("answers", further_answers(matter)),
        ("tensions", contradictions(matter)),
        ("conflicts", together(matter)),
        ("all goals", all_goals(matter)),
        ("unmodelled", unjudged(matter)),
        ("method", method_blocks(matter)),
        ("provenance", provenance(matter)),
    )
    return [(key, blocks) for key, blocks in found if blocks]


def _series(matter: Matter, which: str) -> tuple[Block, ...]:
    """A page for each cluster; the others follow each other."""
    full = which == "clusters"
    series = matter.clusters if full else matter.others
    return tuple(
        b
        for k, s in enumerate(series)
        for b in series_blocks(matter, s, new_page=full and k > 0, full=full, room="wide" if full else "half")
    )


def _limits(matter: Matter) -> tuple[Block, ...]:
    """The map of what binds, in words and as a table, then the resources that are limits themselves."""
    forecast, lang = matter.forecast, matter.lang
    blocks: list[Block] = []
    year, clock = binding_year(forecast), forecast.scenario.clock
    whole = forecast.binding.whole
    if not forecast.binding.empty and year is not None:
        blocks.append(
            Picture(
                "binding",
                lambda: binding_map(forecast, lang, titled=False),
                matter.say("binding alt, whole" if whole else "binding alt", **moment(clock, year, lang)),
                matter.say(
                    "binding title"
                    if clock.calendar and not forecast.binding.whole
                    else "binding title, times"
                ),
            )
        )
        blocks.append(
            Heading(
                matter.say(
                    "limits of the whole" if whole else "limits of clusters", **moment(clock, year, lang)
                )
            )
        )
        for element in forecast.binding.elements:
            text = matter.join(binding_sentences(forecast, element, year, lang))
            if text:
                name = element_name(forecast, element, lang) + matter.say("full stop").strip()
                blocks.append(Paragraph(text, name, numbered=True))
        blocks += _binding_table(matter, year)
    for series in matter.resources:
        blocks += series_blocks(matter, series, new_page=False, room="half")
    return tuple(blocks)


def _binding_table(matter: Matter, year: float) -> list[Block]:
    """Share of draws and mean loss of each limit in one year."""
    binding, lang = matter.forecast.binding, matter.lang
    if year not in binding.years:
        return []
    j = binding.years.index(year)
    head = Column(matter.say("col whole" if binding.whole else "col cluster"), 28)
    limits = [
        Column(opened(limit_name(matter.forecast, limit, lang)), 14, "right") for limit in binding.limits
    ]
    rows = tuple(
        Row(
            (
                Cell(element_name(matter.forecast, element, lang)),
                *(
                    Cell(percent(float(share)), percent(float(cost), 1))
                    for share, cost in zip(binding.share[i, j, :-1], binding.cost[i, j], strict=True)
                ),
            )
        )
        for i, element in enumerate(binding.elements)
    )
    return [
        Table(
            (head, *limits),
            rows,
            matter.say("binding caption", **moment(matter.forecast.scenario.clock, year, lang)),
        )
    ]
