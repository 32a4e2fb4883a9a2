"""The annexes: every goal, goals not judged, method and limits, and where each number comes from."""

from __future__ import annotations

from collections import Counter

from tzsim.clock import Clock, plain_time
from tzsim.report.brief.document import Block, Cell, Column, Heading, Paragraph, Picture, Row, Table
from tzsim.report.brief.front import goal_cells, goal_columns
from tzsim.report.brief.matter import Matter
from tzsim.report.charts.board import goal_board
from tzsim.report.goal_rows import GoalRow, by_area
from tzsim.report.history import is_documented, shown_history
from tzsim.report.moments import heading, moment
from tzsim.report.numerals import quantity
from tzsim.report.sentences import method
from tzsim.report.wording import Lang, say
from tzsim.scenario import Goal

HASH_BITS = "256"
BOARD_ROWS = 48
"""Goals on one page of the board."""
QUALITIES = ("official", "reported", "secondary", "estimated", "recalled", "assumption")
"""From the best to the weakest."""


def all_goals(matter: Matter) -> tuple[Block, ...]:
    """The board, on as many pages as it takes to be read, and the table of every judged goal, by area."""
    if not matter.judged:
        return ()
    groups = by_area(matter.forecast, matter.judged)
    rows: list[Row] = []
    for area, group in groups:
        rows.append(Row((Cell(area, bold=True),), heading=True))
        rows += [goal_cells(matter, row, moves=False) for row in group]
    table = Table(goal_columns(matter, moves=False), tuple(rows), matter.say("goal table"), new_page=True)
    return *_boards(matter, [[row.id for row in group] for _, group in groups]), table


def _boards(matter: Matter, groups: list[list[str]]) -> list[Picture]:
    """Boards of whole areas with about as many goals each, at most `BOARD_ROWS` where the areas allow it."""
    forecast, lang = matter.forecast, matter.lang
    judged = sum(len(group) for group in groups)
    pages = -(-judged // BOARD_ROWS)
    ids: list[list[str]] = [[] for _ in range(pages)]
    done = 0
    for group in groups:
        ids[min(pages - 1, int((done + len(group) / 2) * pages / judged))] += group
        done += len(group)

    def board(k: int, page: list[str]) -> Picture:
        return Picture(
            f"goals {k}" if k > 1 else "goals",
            lambda: goal_board(forecast, lang, titled=False, only=page),
            matter.say("board alt", judged=str(len(page))),
            matter.say("board title") if k == 1 else matter.say("continued", name=matter.say("board title")),
            room="page",
        )

    return [board(k, page) for k, page in enumerate((p for p in ids if p), 1)]


def unjudged(matter: Matter) -> tuple[Block, ...]:
    """Rows without a probability, each with its reason; () where all are judged."""
    rows = [row for row in matter.rows if not row.judged]
    if not rows:
        return ()
    say = matter.say
    columns = (
        Column(say("col goal"), 30),
        Column(say("col target"), 14, "right"),
        Column(say("col date"), 10),
        Column(say("col status"), 24),
        Column(say("col reason"), 34),
    )

    def texts(row: GoalRow) -> tuple[str, ...]:
        reason = row.reason or documented_value(row.result.goal, matter.forecast.scenario.clock, matter.lang)
        return f"{row.id} {row.name}", row.target, row.date, row.status, reason

    table = tuple(Row(tuple(Cell(t) for t in texts(row)), row.id) for row in rows)
    return Paragraph(say("unmodelled intro", count=str(len(rows)))), Table(columns, table, dense=True)


def method_blocks(matter: Matter) -> tuple[Block, ...]:
    """Method and limits, on one page."""
    paragraphs = method(matter.forecast, matter.lang)
    extra = [matter.say("method movers")]
    if matter.sweep is not None:
        extra.append(matter.say("method raises", members=str(matter.sweep.members)))
    blocks: list[Block] = [_opened(text, matter.lang) for text in (*paragraphs[:-1], *extra, paragraphs[-1])]
    if matter.forecast.notes:
        blocks.append(Heading(matter.say("method notes")))
        blocks += [Paragraph(note) for note in matter.forecast.notes]
    return tuple(blocks)


def _opened(text: str, lang: Lang) -> Paragraph:
    """A paragraph whose first sentence is its lead: 'Model. A stock-flow ...'."""
    lead, stop, rest = text.partition("。" if lang == "zh" else ". ")
    return Paragraph(rest, (lead + stop).strip()) if rest and len(lead) < 20 else Paragraph(text)


def provenance(matter: Matter) -> tuple[Block, ...]:
    """Run, data rows, documented goals, what the priors rest on, files read."""
    blocks: list[Block] = [_run(matter)]
    history = _history(matter)
    if history is not None:
        rows = [o for f in matter.forecast.fans for o in shown_history(f)]
        known = sum(is_documented(o.quality) for o in rows)
        counts = {"rows": str(len(rows)), "documented": str(known), "estimated": str(len(rows) - known)}
        blocks += [
            Heading(matter.say("data rows")),
            Paragraph(matter.say("data rows intro", **counts)),
            history,
        ]
    documented = [row for row in matter.rows if row.result.status == "documented as met"]
    if documented:
        blocks += [Heading(matter.say("documented as met, short")), _documented(matter, documented)]
    qualities = Counter(p.quality for p in matter.forecast.scenario.priors)
    if qualities:
        columns = (Column(matter.say("col quality"), 30), Column(matter.say("col rows"), 70))
        known = [q for q in QUALITIES if q in qualities]
        order = [*known, *sorted(set(qualities) - set(known))]
        rows = tuple(Row((Cell(quality_name(q, matter.lang)), Cell(str(qualities[q])))) for q in order)
        table = Table(columns, rows)
        blocks += [Heading(matter.say("prior rows")), table]
    if matter.forecast.hashes:
        columns = (Column(matter.say("col file"), 36), Column(matter.say("col hash", bits=HASH_BITS), 64))
        files = tuple(Row((Cell(n), Cell(h))) for n, h in sorted(matter.forecast.hashes.items()))
        blocks += [Heading(matter.say("files")), Table(columns, files, dense=True)]
    return tuple(blocks)


def quality_name(quality: str, lang: Lang) -> str:
    """The word for a quality of data."""
    return say("estimated quality" if quality == "estimated" else quality, lang)


def documented_value(goal: Goal, clock: Clock, lang: Lang) -> str:
    """The figure that settles a goal, with its year and quality; '' where there is none."""
    found = goal.documented
    if found is None:
        return ""
    value = say(
        "year of", lang, value=quantity(found.value, goal.unit, lang), **moment(clock, found.year, lang)
    )
    return value + say("paren", lang, text=quality_name(found.quality, lang))


def _run(matter: Matter) -> Table:
    forecast, say = matter.forecast, matter.say
    facts = (
        (say("scenario"), forecast.scenario.name.of(matter.lang)),
        (say("as of label"), forecast.scenario.as_of_said(matter.lang)),
        (say("run id"), forecast.run_id),
        (say("seed"), str(forecast.seed)),
        (say("draws"), str(forecast.members)),
        (say("design"), say(forecast.design)),
        (say("version"), forecast.version),
    )
    columns = (Column(say("col item"), 30), Column(say("col value"), 70))
    return Table(columns, tuple(Row((Cell(k), Cell(v))) for k, v in facts))


def _history(matter: Matter) -> Table | None:
    lang, say = matter.lang, matter.say
    rows: list[Row] = []
    for series in matter.forecast.fans:
        shown = shown_history(series)
        if shown:
            rows.append(Row((Cell(series.name.of(lang), bold=True),), heading=True))
        for o in shown:
            texts = (
                plain_time(o.year),
                quantity(o.value, o.unit, lang),
                quality_name(o.quality, lang),
                o.source,
            )
            rows.append(Row(tuple(Cell(t) for t in texts)))
    columns = (
        Column(heading(matter.forecast.scenario.clock, lang), 10),
        Column(say("col value"), 20, "right"),
        Column(say("col quality"), 12),
        Column(say("col source"), 58),
    )
    return Table(columns, tuple(rows), dense=True) if rows else None


def _documented(matter: Matter, rows: list[GoalRow]) -> Table:
    lang, say = matter.lang, matter.say
    columns = (
        Column(say("col goal"), 28),
        Column(say("col target"), 14, "right"),
        Column(say("col value"), 18, "right"),
        Column(say("col quality"), 10),
        Column(say("col source"), 30),
    )
    made: list[Row] = []
    for row in rows:
        found = row.result.goal.documented
        assert found is not None
        words = moment(matter.forecast.scenario.clock, found.year, lang)
        value = say("year of", value=quantity(found.value, row.result.goal.unit, lang), **words)
        scope = found.scope.of(lang)
        source = found.source + (say("paren", text=scope) if scope else "")
        texts = (f"{row.id} {row.name}", row.target, value, quality_name(found.quality, lang), source)
        made.append(Row(tuple(Cell(t) for t in texts)))
    return Table(columns, tuple(made), dense=True)
