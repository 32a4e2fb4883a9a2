"""Page breaks: nothing that opens something ends a page, in any format, wherever on the page it falls.

One document holds the same few blocks in many sections, each pushed one line further down its page, so that every kind of
opening meets the foot of a page. The check itself is tried on a document that leaves its openings behind.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files as resources
from pathlib import Path

import pytest

from tzsim.report.brief import Brief, brief_docx, brief_html, brief_pdf
from tzsim.report.brief.document import (
    Block,
    Caption,
    Cell,
    Column,
    Heading,
    Paragraph,
    Row,
    Section,
    Table,
)

CHROMIUM = Path("/usr/bin/chromium")
COLUMNS = (Column("开头", 50), Column("数值", 50, "right"))
Printed = Callable[[Brief, Path], list[str]]


def section(k: int, lines: int, kept: bool) -> Section:
    """A section of `lines` lines, then a heading, what it opens, and a table of two groups. kept: openings are marked as such."""
    filler = [Paragraph(f"第{k}节第{i}行。") for i in range(lines)]
    group = Row((Cell(f"分组{k}", bold=True),), heading=True)
    rows = [Row((Cell(f"行{k}之{i}"), Cell("1"))) for i in range(3)]
    plain = Row((Cell(f"分组{k}"), Cell("")))
    blocks: list[Block] = [
        *filler,
        Heading(f"小标题{k}"),
        Paragraph(f"引文{k}", role="quote", keep=kept),
        Paragraph(f"说明{k}。", keep=kept),
        Paragraph(f"模型{k}。", role="model"),
        Table(COLUMNS, (group if kept else plain, *rows), f"表题{k}"),
        Paragraph(f"尾行{k}。"),
    ]
    return Section(f"大标题{k}", tuple(blocks))


def document(kept: bool = True) -> Brief:
    sections = tuple(section(k, lines, kept) for k, lines in enumerate(range(6, 44), 1))
    return Brief("zh", "标题", "副标题", "", (), "2024-12-31", "0", (Paragraph("首页。"),), sections)


OPENINGS = re.compile(r"(大标题|小标题|引文|说明|分组|表题)\d+\D*$|开头数值$")
FOOT = re.compile(r"^\W*\d+\W*$")


def stranded(pages: list[str]) -> list[tuple[int, str]]:
    """(page, line) of every opening that is the last thing on its page."""
    found: list[tuple[int, str]] = []
    for number, page in enumerate(pages, 1):
        lines = ["".join(line.split()) for line in page.splitlines() if line.strip()]
        while lines and FOOT.match(lines[-1]):
            lines.pop()
        if lines and OPENINGS.search(lines[-1]):
            found.append((number, lines[-1]))
    return found


def text_of(path: Path) -> list[str]:
    run = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True)
    return run.stdout.split("\f")[:-1]


def set_by_typst(made: Brief, folder: Path) -> list[str]:
    (folder / "brief.pdf").write_bytes(brief_pdf(made))
    return text_of(folder / "brief.pdf")


def printed_by_chromium(made: Brief, folder: Path) -> list[str]:
    from playwright.sync_api import sync_playwright

    (folder / "brief.html").write_text(brief_html(made), "utf-8")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        tab = browser.new_page()
        tab.goto((folder / "brief.html").as_uri())
        tab.pdf(path=str(folder / "brief.pdf"), prefer_css_page_size=True)
        browser.close()
    return text_of(folder / "brief.pdf")


def laid_out_by_office(made: Brief, folder: Path) -> list[str]:
    (folder / "brief.docx").write_bytes(brief_docx(made))
    fonts = resources("tzsim.report") / "fonts"
    (folder / "fonts.conf").write_text(
        f'<?xml version="1.0"?><fontconfig><dir>{fonts}</dir><cachedir>{folder}/cache</cachedir></fontconfig>',
        "utf-8",
    )
    subprocess.run(
        ["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(folder / "brief.docx")],
        check=True,
        capture_output=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "FONTCONFIG_FILE": str(folder / "fonts.conf")},
        timeout=300,
    )
    return text_of(folder / "brief.pdf")


FORMATS = [
    pytest.param(set_by_typst, id="pdf"),
    pytest.param(printed_by_chromium, id="html", marks=pytest.mark.slow),
    pytest.param(laid_out_by_office, id="docx", marks=pytest.mark.slow),
]


@pytest.mark.parametrize("printed", FORMATS)
def test_no_page_ends_with_an_opening(printed: Printed, tmp_path: Path) -> None:
    pages = printed(document(), tmp_path)
    assert len(pages) > 45  # many sections run over their page
    assert stranded(pages) == []


@pytest.mark.parametrize("printed", FORMATS)
def test_openings_that_are_not_kept_are_found(printed: Printed, tmp_path: Path) -> None:
    """The check sees what it is for: groups that are plain rows and quotes that are not kept end some page."""
    left = "".join(line for _, line in stranded(printed(document(kept=False), tmp_path)))
    assert "分组" in left
    assert "引文" in left or "说明" in left


def test_page_one_is_set_as_large_as_it_fits(tmp_path: Path) -> None:
    """However much stands on page one of the PDF, within reason, the first section opens page two."""
    wide = (Column("目标", 40), Column("说明", 60))
    for rows in (4, 20, 27):
        table = Table(wide, tuple(Row((Cell(f"目标{i}"), Cell("几个字"))) for i in range(rows)), "重点目标")
        text = Paragraph("很长的一段话，写在首页上。" * 12, "总体判断。")
        made = replace(document(), front=(text, text, text, table), sections=(section(1, 2, True),))
        pages = set_by_typst(made, tmp_path)
        assert f"目标{rows - 1}" in "".join(pages[0].split())
        assert "大标题1" in "".join(pages[1].split())


def test_captions_number_what_they_stand_at() -> None:
    made = document()
    captions = made.captions()
    assert [c.number for c in captions] == [str(k) for k in range(1, len(captions) + 1)]
    assert all(isinstance(c, Caption) and c.before == "表" for c in captions)
