"""A brief as PDF/A, set by typst (extra `brief`): fonts embedded and cut down, text searchable, charts with a text alternative.

The same brief gives the same bytes: the document's date is the forecast's as-of date and nothing else tells the time.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from datetime import date
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from tzsim.errors import InputError
from tzsim.report.brief.document import (
    UNDATED,
    Block,
    Brief,
    Cell,
    Heading,
    Paragraph,
    Picture,
    Section,
    Table,
)
from tzsim.report.brief.pictures import Drawn, draw
from tzsim.report.numerals import ordinal
from tzsim.report.style import FAMILY, VERDICT
from tzsim.report.wording import say

STANDARD = "a-2a"
"""PDF/A-2, level A: also tagged, so that its structure and charts can be read aloud."""
INSTALL = "pip install 'tzsim[brief]'"


def has_typst() -> bool:
    """Whether the PDF can be made here."""
    from importlib.util import find_spec

    return find_spec("typst") is not None


def brief_pdf(brief: Brief, drawn: Mapping[str, Drawn] | None = None) -> bytes:
    """The document as a file's content. drawn: charts by name, where they are drawn already.

    Raises InputError, naming what to install, where typst is missing.
    """
    if not has_typst():
        raise InputError.one("the brief as PDF needs typst, which is not installed", hint=INSTALL)
    import typst

    pictures = drawn or {p.name: draw(p) for p in brief.pictures()}
    day = date.fromisoformat(brief.day or UNDATED)
    with tempfile.TemporaryDirectory() as folder, as_file(files("tzsim.report") / "fonts") as fonts:
        root = Path(folder)
        places = {p.name: f"picture-{k}.svg" for k, p in enumerate(brief.pictures())}
        for name, file in places.items():
            (root / file).write_text(
                pictures[name].svg.replace(f"'{FAMILY}'", "'Noto Sans SC'"), encoding="utf-8"
            )
        (root / "brief.json").write_text(
            json.dumps(_tree(brief, places, pictures), ensure_ascii=False), encoding="utf-8"
        )
        template = (files("tzsim.report") / "templates" / "brief.typ").read_text(encoding="utf-8")
        (root / "brief.typ").write_text(template, encoding="utf-8")
        made = typst.compile(
            str(root / "brief.typ"),
            root=str(root),
            font_paths=[str(fonts)],
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=[STANDARD],
            timestamp=(day - date(1970, 1, 1)).days * 86_400,
        )
    assert isinstance(made, bytes)
    return made


def _tree(brief: Brief, places: Mapping[str, str], pictures: Mapping[str, Drawn]) -> dict[str, Any]:
    captions = {id(c.block): c.text for c in brief.captions()}
    points = 0

    def block(b: Block) -> dict[str, Any]:
        nonlocal points
        match b:
            case Heading():
                points = 0
                return {"kind": "heading", "text": b.text, "new_page": b.new_page}
            case Paragraph():
                points += b.numbered
                number = f"{points}. " if b.numbered else ""
                words = {"text": b.text, "lead": b.lead, "role": b.role, "keep": b.keep, "number": number}
                return {"kind": "paragraph", **words}
            case Picture():
                caption = captions.get(id(b), "")
                return {
                    "kind": "picture",
                    "file": places[b.name],
                    "alt": b.alt,
                    "caption": caption,
                    "room": b.room,
                    "shape": pictures[b.name].height / pictures[b.name].width,
                }
            case Table():
                return _table(b, captions.get(id(b), ""))

    def section(k: int, s: Section) -> dict[str, Any]:
        nonlocal points
        points = 0
        mark = ordinal(k, brief.lang) + ("、" if brief.lang == "zh" else ". ")
        counted = 0
        blocks: list[dict[str, Any]] = []
        for b in s.blocks:
            made = block(b)
            if isinstance(b, Heading):
                counted += 1
                prefix = f"（{ordinal(counted, 'zh')}）" if brief.lang == "zh" else f"{k}.{counted} "
                made["text"] = prefix + b.text
            blocks.append(made)
        return {"heading": mark + s.heading, "new_page": s.new_page, "blocks": blocks}

    day = date.fromisoformat(brief.day or UNDATED)
    return {
        "lang": brief.lang,
        "title": brief.title,
        "subtitle": brief.subtitle,
        "question": brief.question,
        "keywords": list(brief.keywords),
        "day": [day.year, day.month, day.day],
        "page": say("page of", brief.lang, page="\0").split("\0"),
        "front": [block(b) for b in brief.front],
        "sections": [section(k, s) for k, s in enumerate(brief.sections, 1)],
    }


def _table(table: Table, caption: str) -> dict[str, Any]:
    return {
        "kind": "table",
        "caption": caption,
        "dense": table.dense,
        "new_page": table.new_page,
        "columns": [{"head": c.head, "width": c.width, "align": c.align} for c in table.columns],
        "rows": [{"heading": r.heading, "cells": [_cell(c) for c in r.cells]} for r in table.rows],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    fill = ""
    if cell.tone.startswith("p"):
        parts = [int(VERDICT[int(cell.tone[1])][k : k + 2], 16) for k in (1, 3, 5)]
        fill = "#" + "".join(f"{(p + 2 * 255) // 3:02x}" for p in parts)
    return {"text": cell.text, "second": cell.second, "bold": cell.bold, "fill": fill}
