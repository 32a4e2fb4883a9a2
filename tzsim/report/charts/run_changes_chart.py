"""Two stored runs: the goals whose probability moved most, and the part of the inputs that moved it."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from tzsim.forecast.compare_runs import RunComparison
from tzsim.report.charts.answer_words import answer_source, word
from tzsim.report.charts.frame import SUBTITLE_SIZE, TITLE_SIZE, Text, framed
from tzsim.report.style import GOAL, INK, LIMIT_COLOURS, QUIET, page, styled
from tzsim.report.typeset import wrap
from tzsim.report.wording import Lang

MOST = 20
"""Goals drawn."""


def run_changes_chart(comparison: RunComparison, lang: Lang = "zh") -> Figure:
    """Draw stacked steps and the whole change of each goal; says so where nothing moved."""
    sheet = page("a4")
    table = comparison.tables()["probabilities"]
    parts = [i for i, c in enumerate(table.columns) if i >= 5 and c.read]
    names = [table.columns[i].name.of(lang) for i in parts]
    rows = [r for r in table.rows if isinstance(r[4], float) and abs(r[4]) >= 5e-4][:MOST]
    above = [Text(word("runs title", lang), TITLE_SIZE, bold=True)]
    source = answer_source(comparison.new.scenario, comparison.members, lang)
    if not rows:
        with styled():
            return framed(sheet.width, 1.2, [*above, Text(word("runs same", lang), 9)], source).figure
    above.append(Text(word("runs subtitle", lang), SUBTITLE_SIZE - 0.4, QUIET))
    labels = [
        wrap(f"{r[0]} {comparison.new.scenario.goal(str(r[0])).name.of(lang)}", 172, 6.6)[:2] for r in rows
    ]
    with styled():
        height = 1.85 + sum(0.16 + 0.1 * len(x) for x in labels)
        frame = framed(sheet.width, height, above, source)
        ax = frame.axes(2.5, 0.62, 0.1, 0.05)
        for place, row in enumerate(rows):
            up = down = 0.0
            for k, value in enumerate(row[i] for i in parts):
                if isinstance(value, float) and value:
                    start = up if value > 0 else down
                    ax.barh(
                        place,
                        100 * value,
                        left=100 * start,
                        height=0.55,
                        color=LIMIT_COLOURS[k % len(LIMIT_COLOURS)],
                    )
                    up, down = (up + value, down) if value > 0 else (up, down + value)
            assert isinstance(row[4], float)
            ax.plot([100 * row[4]], [place], "D", color=INK, ms=3.4)
        ax.margins(x=0.04)
        ax.axvline(0, color=GOAL, lw=0.8)
        ax.set_yticks(range(len(rows)), ["\n".join(x) for x in labels])
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.tick_params(labelsize=6.6, length=0)
        ax.set_xlabel(word("points", lang), size=7)
        handles = [Patch(fc=LIMIT_COLOURS[k % len(LIMIT_COLOURS)]) for k in range(len(names))]
        width, tall = frame.figure.get_size_inches()
        if names:
            at = (frame.left / width, frame.bottom / tall)
            frame.figure.legend(
                handles,
                names,
                loc="lower left",
                bbox_to_anchor=at,
                ncols=min(4, len(names)),
                fontsize=6.6,
                borderaxespad=0,
            )
    return frame.figure
