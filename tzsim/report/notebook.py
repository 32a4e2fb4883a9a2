"""The tables that a forecast shows in a notebook."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from tzsim.forecast.result import PRIOR_ONLY, Forecast
from tzsim.report.goal_rows import goal_rows
from tzsim.report.numerals import FAN_LEVEL, LIKELIHOOD, SAMPLING_LEVEL, percent
from tzsim.report.sentences import likelihood_table
from tzsim.report.style import FAINT, QUIET, VERDICT
from tzsim.report.wording import Lang, say


def forecast_html(forecast: Forecast, lang: Lang = "zh") -> str:
    """The goal table of a forecast as an HTML fragment without script or outside reference; names are escaped."""
    heads = [
        (say("col goal", lang), False),
        (say("col target", lang), True),
        (say("col median", lang, level=percent(FAN_LEVEL)), True),
        (say("col probability", lang, level=percent(SAMPLING_LEVEL)), True),
        (say("col verdict", lang), False),
        (say("col evidence", lang), False),
        (say("col binds", lang), False),
    ]
    colours = {f"p{word.rank}": VERDICT[word.rank] for word in LIKELIHOOD} | {"met": QUIET, "other": FAINT}
    line = say(
        "notebook line",
        lang,
        members=str(forecast.members),
        seed=str(forecast.seed),
        date=forecast.scenario.as_of_said(lang),
        run=forecast.run_id[:12],
    )
    template = (files("tzsim.report") / "templates" / "forecast.html.j2").read_text(encoding="utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(template).render(
        lang="zh-CN" if lang == "zh" else "en",
        scenario=forecast.scenario.name.of(lang),
        line=line,
        heads=heads,
        rows=goal_rows(forecast, lang),
        colours=colours,
        note=say("prior note", lang) if forecast.evidence == PRIOR_ONLY else "",
        scale=say("method words", lang, table=likelihood_table(lang)),
    )
