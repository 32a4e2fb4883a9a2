"""What stands around every chart: title, subtitle and the source line, set so that nothing overlaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tzsim.forecast.result import PRIOR_ONLY, Forecast
from tzsim.report.style import INK, QUIET, new_figure
from tzsim.report.typeset import wrap
from tzsim.report.wording import Lang, say

POINTS = 72.0
EDGE = 0.12
TITLE_SIZE = 10.5
SUBTITLE_SIZE = 8.2
SOURCE_SIZE = 6.2
LEADING = 1.45


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph of the frame: its words and how they are set."""

    words: str
    size: float
    colour: str = INK
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """A figure and the box (inches from the lower left corner) left free for the axes."""

    figure: Figure
    left: float
    bottom: float
    right: float
    top: float

    def axes(self, left: float, bottom: float, right: float, top: float) -> Axes:
        """Axes inside the free box, at these distances (inches) from its sides."""
        width, height = self.figure.get_size_inches()
        x0, y0 = self.left + left, self.bottom + bottom
        x1, y1 = self.right - right, self.top - top
        return self.figure.add_axes((x0 / width, y0 / height, (x1 - x0) / width, (y1 - y0) / height))


def framed(width: float, height: float, above: Sequence[Text], below: Sequence[Text]) -> Frame:
    """A figure with paragraphs above and below; their lines are broken to its width."""
    figure = new_figure(width, height)
    room = (width - 2 * EDGE) * POINTS
    top = height - EDGE
    for text in above:
        for line in wrap(text.words, room, text.size, text.bold):
            _line(figure, line, text, top, "top")
            top -= text.size * LEADING / POINTS
        top -= 0.03
    bottom = EDGE * 0.7
    for text in reversed(below):
        for line in reversed(wrap(text.words, room, text.size, text.bold)):
            _line(figure, line, text, bottom, "bottom")
            bottom += text.size * LEADING / POINTS
    return Frame(figure, EDGE, bottom, width - EDGE, top)


def height_of(texts: Sequence[Text], width: float) -> float:
    """Inches that paragraphs take when broken to a figure of that width."""
    room = (width - 2 * EDGE) * POINTS
    return sum(len(wrap(t.words, room, t.size, t.bold)) * t.size * LEADING / POINTS + 0.03 for t in texts)


def _line(figure: Figure, words: str, text: Text, inches: float, side: str) -> None:
    width, height = figure.get_size_inches()
    figure.text(
        EDGE / width,
        inches / height,
        words,
        size=text.size,
        color=text.colour,
        weight="bold" if text.bold else "normal",
        va=side,
        ha="left",
    )


def source_texts(forecast: Forecast, lang: Lang, factor: float, *extra: str) -> list[Text]:
    """The source line and the note on evidence that stand under every chart."""
    source = say(
        "chart source",
        lang,
        version=forecast.version,
        scenario=forecast.scenario.name.of(lang),
        members=str(forecast.members),
        seed=str(forecast.seed),
        run=forecast.run_id[:12],
    )
    if forecast.evidence == PRIOR_ONLY:
        note = say("prior note", lang)
    else:
        note = say("evidence note", lang, evidence=say(forecast.evidence, lang))
    size = SOURCE_SIZE * factor
    return [Text(note, size, INK), *(Text(words, size, QUIET) for words in extra), Text(source, size, QUIET)]


def axes_inches(ax: Axes) -> tuple[float, float]:
    """Width and height of the axes in inches."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    width, height = figure.get_size_inches()
    box = ax.get_position()
    return float(box.width * width), float(box.height * height)
