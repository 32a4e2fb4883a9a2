"""The brief: one content from a forecast, written as HTML, DOCX and PDF."""

from __future__ import annotations

from pathlib import Path

from tzsim.errors import Address, InputError
from tzsim.files import write_whole
from tzsim.report.brief.content import brief, comparison_brief
from tzsim.report.brief.document import Brief
from tzsim.report.brief.html import brief_html
from tzsim.report.brief.pdf import brief_pdf
from tzsim.report.brief.word import brief_docx

__all__ = ["Brief", "brief", "brief_docx", "brief_html", "brief_pdf", "comparison_brief", "write_brief"]


def write_brief(brief: Brief, path: Path) -> Path:
    """Write a brief in the format that the ending of `path` names (.html, .docx, .pdf) and return the path.

    The same brief gives the same bytes. Raises InputError for another ending, and for .pdf where typst is missing.
    """
    match path.suffix:
        case ".html":
            content = brief_html(brief).encode("utf-8")
        case ".docx":
            content = brief_docx(brief)
        case ".pdf":
            content = brief_pdf(brief)
        case _:
            raise InputError.one(
                f"a brief is no '{path.suffix}' file", Address(str(path)), hint="use .html, .docx or .pdf"
            )
    write_whole(path, content)
    return path
