"""What a brief is: a tree of frozen values, computed once from a forecast and written three ways (HTML, DOCX, PDF).

Every text here is finished: numbers are already words, both taken from the forecast. A renderer decides how it looks and adds
nothing to what it says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from matplotlib.figure import Figure as Drawing

from tzsim.report.wording import Lang, say

Align: TypeAlias = Literal["left", "right"]
Role: TypeAlias = Literal["body", "quote", "model", "aside"]


UNDATED = "2000-01-01"
"""Date that a file format asks for where the document has none, the same in every run."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; `lead` is its opening in bold. role: running text, words quoted, what the model says, or an aside.

    numbered: it is a point under its heading (1., 2., ...); numbers are counted by the format. keep: it stays on the page of what
    follows.
    """

    text: str
    lead: str = ""
    role: Role = "body"
    numbered: bool = False
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its text, a smaller second line, bold or not, and the tone of a verdict ('p0' to 'p6')."""

    text: str
    second: str = ""
    bold: bool = False
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: heading (a line break where it may be broken), alignment, and width as a share of the widths of the table."""

    head: str
    width: float
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Row:
    """Cells from left to right. id: the goal that the row is about, '' for none. heading: the row opens a group, one cell."""

    cells: tuple[Cell, ...]
    id: str = ""
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose head is repeated on every page; no page ends with its head or with the heading of a group."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    caption: str = ""
    dense: bool = False
    """Set in the smallest type: sources and hashes."""
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart: how to draw it, what it shows in words (for those who cannot see it), its caption and its file name."""

    name: str
    draw: Callable[[], Drawing]
    alt: str
    caption: str
    room: Literal["page", "wide", "half"] = "wide"
    """Fills a page, stands across the text, or shares the page with another of its kind."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A numbered heading inside a section: （一）, （二） in Chinese."""

    text: str
    new_page: bool = False


Block: TypeAlias = Paragraph | Table | Picture | Heading


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered section of the first level, with its blocks in order."""

    heading: str
    blocks: tuple[Block, ...]
    new_page: bool = True


@dataclass(frozen=True, slots=True)
class Brief:
    """The whole document. `front` is page one and stands alone."""

    lang: Lang
    title: str
    subtitle: str
    question: str
    keywords: tuple[str, ...]
    day: str
    """Date of the document, ISO: the scenario's as-of date; '' where its clock is no calendar."""
    run_id: str
    front: tuple[Block, ...]
    sections: tuple[Section, ...]

    def pictures(self) -> Iterator[Picture]:
        """Every chart in reading order."""
        for block in self.blocks():
            if isinstance(block, Picture):
                yield block

    def blocks(self) -> Iterator[Block]:
        """Every block in reading order."""
        yield from self.front
        for section in self.sections:
            yield from section.blocks

    def captions(self) -> tuple[Caption, ...]:
        """Every captioned picture and table in reading order, figures and tables counted apart."""
        counts = {"figure": 0, "table": 0}
        found: list[Caption] = []
        for block in self.blocks():
            if isinstance(block, Picture | Table) and block.caption:
                kind = "figure" if isinstance(block, Picture) else "table"
                counts[kind] += 1
                before, after = say(kind, self.lang, number="\0").split("\0")
                found.append(Caption(block, before, str(counts[kind]), after, block.caption))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Caption:
    """'图', '1', '', and the caption's words."""

    block: Picture | Table
    before: str
    number: str
    after: str
    words: str

    @property
    def text(self) -> str:
        return f"{self.before}{self.number}{self.after}  {self.words}"
