"""A brief as a Word document, in Chinese laid out as official documents are (GB/T 9704-2012): A4, 37 mm above, 28 mm to the left,
a text area of 156 x 225 mm with 22 lines; title in 小标宋 二号, headings 一、黑体 （一）楷体 1.仿宋, text in 仿宋 三号.

Fonts are named as the standard names them; the font table gives each its usual substitutes. Headings, captions, numbers and
page numbers are Word's own, so that a planner can go on writing. The same brief gives the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Inches, Mm, Pt, RGBColor

from tzsim.report.brief.document import (
    UNDATED,
    Block,
    Brief,
    Caption,
    Cell,
    Heading,
    Paragraph,
    Picture,
    Row,
    Table,
)
from tzsim.report.brief.pictures import Drawn, draw
from tzsim.report.style import VERDICT
from tzsim.report.wording import Lang, say

SONG, FANG, HEI, KAI = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312"
SUBSTITUTES = {
    SONG: "方正小标宋_GBK,FZXiaoBiaoSong-B05S,华文中宋,STZhongsong,宋体",
    FANG: "仿宋,FangSong,STFangsong,华文仿宋",
    HEI: "SimHei,STHeiti,华文黑体,微软雅黑",
    KAI: "楷体,KaiTi,STKaiti,华文楷体",
}
LATIN = "Times New Roman"
CHART_WIDTHS = {"wide": 128.0, "half": 100.0}
"""Millimetres; a chart that fills a page is as wide as the text."""
LINE = 28.95
"""Points: 22 lines to the page."""
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Area:
    """Where text stands on an A4 page, in millimetres: margins above and to the left, width and height."""

    top: float
    left: float
    width: float
    height: float


AREAS: dict[Lang, Area] = {"zh": Area(37, 28, 156, 225), "en": Area(25, 25, 160, 245)}


@dataclass(frozen=True, slots=True)
class Look:
    """A paragraph style: font for Chinese, size and exact line spacing in points, indent of the first line in characters."""

    font: str
    size: float
    line: float
    first: float = 0.0
    before: float = 0.0
    after: float = 0.0
    bold: bool = False
    centred: bool = False
    keep: bool = False
    left: float = 0.0
    """Indent of all lines in points."""


ZH: dict[str, Look] = {
    "Normal": Look(FANG, 16, LINE),
    "Title": Look(SONG, 22, 31, centred=True, keep=True),
    "Subtitle": Look(KAI, 14, 22, centred=True, keep=True, after=4),
    "Heading 1": Look(HEI, 16, LINE, first=2, keep=True),
    "Heading 2": Look(KAI, 16, LINE, first=2, keep=True),
    "Body Text": Look(FANG, 16, LINE, first=2),
    "Point": Look(FANG, 12, 18, first=2),
    "Front": Look(FANG, 10.5, 13.5, first=2),
    "Plain": Look(FANG, 12, 19, first=2),
    "Quote": Look(KAI, 12, 19, left=24),
    "Model": Look(FANG, 12, 19, first=2, after=4),
    "Aside": Look(FANG, 10.5, 15),
    "Caption": Look(HEI, 10.5, 15, centred=True, before=3, after=3),
    "Figure": Look(FANG, 10.5, 15, centred=True, keep=True),
    "Gap": Look(FANG, 4, 6),
    "Table Text": Look(FANG, 7.5, 9),
    "Table Head": Look(HEI, 7.5, 9, keep=True),
    "Table Text Small": Look(FANG, 7.5, 9.2),
    "Table Head Small": Look(HEI, 7.5, 9.2, keep=True),
}
EN: dict[str, Look] = {
    "Normal": Look(FANG, 11, 15),
    "Title": Look(SONG, 17, 20, centred=True, keep=True, bold=True),
    "Subtitle": Look(KAI, 11, 14, centred=True, keep=True, after=2),
    "Heading 1": Look(HEI, 15, 20, before=10, after=4, keep=True, bold=True),
    "Heading 2": Look(KAI, 12.5, 17, before=8, after=3, keep=True, bold=True),
    "Body Text": Look(FANG, 11, 15, after=5),
    "Point": Look(FANG, 10.5, 14, after=4),
    "Front": Look(FANG, 9, 10.8, after=1.5),
    "Plain": Look(FANG, 10.5, 14, after=4),
    "Quote": Look(KAI, 10.5, 14, left=20, after=4),
    "Model": Look(FANG, 10.5, 14, after=6),
    "Aside": Look(FANG, 9, 12),
    "Caption": Look(HEI, 9.5, 13, centred=True, before=3, after=4, bold=True),
    "Figure": Look(FANG, 9, 12, centred=True, keep=True),
    "Gap": Look(FANG, 4, 6),
    "Table Text": Look(FANG, 7, 8.2),
    "Table Head": Look(HEI, 7, 8.2, keep=True, bold=True),
    "Table Text Small": Look(FANG, 7.5, 9.2),
    "Table Head Small": Look(HEI, 7.5, 9.2, keep=True, bold=True),
}
ROLES = {"body": "Plain", "quote": "Quote", "model": "Model", "aside": "Aside"}


def brief_docx(brief: Brief, drawn: Mapping[str, Drawn] | None = None) -> bytes:
    """The document as a file's content. drawn: charts by name, where they are drawn already."""
    pictures = drawn or {p.name: draw(p) for p in brief.pictures()}
    return _same_bytes(_Writer(brief, pictures).written())


class _Writer:
    """A document being written."""

    def __init__(self, brief: Brief, drawn: Mapping[str, Drawn]) -> None:
        self.brief, self.drawn = brief, drawn
        self.looks = ZH if brief.lang == "zh" else EN
        self.area = AREAS[brief.lang]
        self.captions = {id(c.block): c for c in brief.captions()}
        self.document: Any = Document()
        self.pictures = 0

    def written(self) -> bytes:
        brief, document = self.brief, self.document
        _prepare(document, brief, self.looks)
        self._text("Title", brief.title)
        self._text("Subtitle", brief.subtitle)
        for block in brief.front:
            self._block(block, front=True)
        for section in brief.sections:
            if section.new_page:
                self._drop_gap()
            paragraph = self._text("Heading 1", section.heading)
            paragraph.paragraph_format.page_break_before = section.new_page
            for block in section.blocks:
                self._block(block)
        body = document.element.body
        body.append(body.find(qn("w:sectPr")))
        target = io.BytesIO()
        document.save(target)
        return target.getvalue()

    def _drop_gap(self) -> None:
        """Takes the blank line off a table that ends its page: on a full page it would make an empty one."""
        last = self.document.element.body.iterchildren(qn("w:p"), reversed=True)
        gap = next(last, None)
        if gap is not None and gap.pPr is not None and gap.pPr.style == "Gap":
            gap.getparent().remove(gap)

    def _text(self, style: str, text: str, lead: str = "") -> Any:
        paragraph = self.document.add_paragraph(style=style)
        if lead:
            paragraph.add_run(lead + ("" if self.brief.lang == "zh" else " ")).bold = True
        paragraph.add_run(text)
        return paragraph

    def _block(self, block: Block, front: bool = False) -> None:
        match block:
            case Heading():
                if block.new_page:
                    self._drop_gap()
                self._text("Heading 2", block.text).paragraph_format.page_break_before = block.new_page
            case Paragraph():
                style = "Point" if block.numbered else ROLES[block.role]
                if block.role == "body" and front:
                    style = "Front"
                self._text(style, block.text, block.lead).paragraph_format.keep_with_next = block.keep or None
            case Picture():
                self._picture(block)
            case Table():
                self._table(block)

    def _picture(self, picture: Picture) -> None:
        made = self.drawn[picture.name]
        width = min(
            made.width,
            CHART_WIDTHS.get(picture.room, self.area.width) / 25.4,
            made.width / made.height * (self.area.height - 36) / 25.4,
        )
        paragraph = self.document.add_paragraph(style="Figure")
        shape = paragraph.add_run().add_picture(io.BytesIO(made.png), width=Inches(width))
        properties = shape._inline.docPr
        self.pictures += 1
        properties.set("name", f"{picture.name}")
        properties.set("descr", picture.alt)
        paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
        caption = self.captions.get(id(picture))
        if caption is not None:
            self._caption(caption)

    def _caption(self, caption: Caption) -> Any:
        """'图' and a number that Word counts on, then the words."""
        kind = "Figure" if isinstance(caption.block, Picture) else "Table"
        paragraph = self.document.add_paragraph(style="Caption")
        paragraph.add_run(caption.before)
        paragraph._p.append(
            parse_xml(
                f'<w:fldSimple {nsdecls("w")} w:instr=" SEQ {kind} \\* ARABIC "><w:r><w:t>{caption.number}</w:t></w:r></w:fldSimple>'
            )
        )
        paragraph.add_run(f"{caption.after}  {caption.words}")
        return paragraph

    def _table(self, table: Table) -> None:
        caption = self.captions.get(id(table))
        if caption is not None:
            shape = self._caption(caption).paragraph_format
            shape.keep_with_next, shape.page_break_before = True, table.new_page or None
        body = self.document.element.body
        body.insert(len(body) - 1, parse_xml(_table_xml(table, self.area.width)))
        self.document.add_paragraph(style="Gap")


# --- tables -----------------------------------------------------------------------------------------------------------


def _table_xml(table: Table, width: float) -> str:
    """The table across a text of that width in millimetres."""
    total = sum(c.width for c in table.columns)
    widths = [round(c.width / total * width / 25.4 * 1440) for c in table.columns]
    small = " Small" if table.dense else ""
    heads = tuple(Cell(c.head) for c in table.columns)
    rows = [_row_xml(table, Row(heads), widths, "TableHead" + small.strip(), head=True)]
    rows += [_row_xml(table, row, widths, "TableText" + small.strip()) for row in table.rows]
    grid = "".join(f'<w:gridCol w:w="{w}"/>' for w in widths)
    return (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="BriefTable"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblLayout w:type="fixed"/><w:tblLook w:val="0420" w:firstRow="1" w:lastRow="0" '
        f'w:firstColumn="0" w:lastColumn="0" w:noHBand="0" w:noVBand="1"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
        + "".join(rows)
        + "</w:tbl>"
    )


def _row_xml(table: Table, row: Row, widths: list[int], style: str, head: bool = False) -> str:
    start = "<w:tr><w:trPr><w:cantSplit/>" + ("<w:tblHeader/>" if head else "") + "</w:trPr>"
    if row.heading:
        span = f'<w:tcW w:w="{sum(widths)}" w:type="dxa"/><w:gridSpan w:val="{len(widths)}"/>'
        style = style.replace("TableText", "TableHead")
        return f"{start}<w:tc><w:tcPr>{span}</w:tcPr>{_line(row.cells[0].text, style, 'left')}</w:tc></w:tr>"
    cells: list[str] = []
    for cell, column, width in zip(row.cells, table.columns, widths, strict=True):
        shade = ""
        if cell.tone.startswith("p"):
            shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{_pale(VERDICT[int(cell.tone[1])])}"/>'
        size = ' w:val="bottom"' if head else ' w:val="top"'
        properties = f'<w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}<w:vAlign{size}/></w:tcPr>'
        lines = _line(cell.text, style, column.align, cell.bold)
        if cell.second:
            lines += _line(cell.second, style, column.align, quiet=True)
        cells.append(f"<w:tc>{properties}{lines}</w:tc>")
    return start + "".join(cells) + "</w:tr>"


def _line(text: str, style: str, align: str, bold: bool = False, quiet: bool = False) -> str:
    justify = '<w:jc w:val="right"/>' if align == "right" else ""
    marks = ("<w:b/>" if bold else "") + ('<w:color w:val="5D636B"/>' if quiet else "")
    run = f"<w:rPr>{marks}</w:rPr>" if marks else ""
    parts = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(part)}</w:t>' for part in text.split("\n"))
    return f"<w:p><w:pPr><w:pStyle w:val={quoteattr(style)}/>{justify}</w:pPr><w:r>{run}{parts}</w:r></w:p>"


def _pale(colour: str) -> str:
    """The colour mixed with two parts of white, so that text reads well on it."""
    parts = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
    return "".join(f"{(p + 2 * 255) // 3:02X}" for p in parts)


# --- page, styles, numbering, fonts -----------------------------------------------------------------------------------


def _prepare(document: Any, brief: Brief, looks: Mapping[str, Look]) -> None:
    """Page, styles, numbering, page numbers, properties; the template's own thumbnail goes."""
    section, area = document.sections[0], AREAS[brief.lang]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(area.top), Mm(297 - area.top - area.height)
    section.left_margin, section.right_margin = Mm(area.left), Mm(210 - area.left - area.width)
    section.footer_distance = Mm(297 - area.top - area.height - 10)
    _number(document, brief.lang, looks)
    for name, look in looks.items():
        _style(document, name, look, brief.lang)
    _table_style(document)
    _fonts(document)
    _page_numbers(document, section, brief.lang)
    properties = document.core_properties
    day = datetime.fromisoformat(brief.day or UNDATED)
    properties.title, properties.subject, properties.author = brief.title, brief.subtitle, "tzsim"
    properties.keywords = "; ".join(brief.keywords)[:255]
    properties.comments = f"{say('run id', brief.lang)} {brief.run_id}"
    properties.language = "zh-CN" if brief.lang == "zh" else "en-GB"
    properties.created = properties.modified = day
    properties.last_modified_by, properties.revision = "tzsim", 1
    package = document.part.package
    for key, relation in list(package.rels.items()):
        if relation.reltype.endswith("/thumbnail"):
            del package.rels[key]


def _style(document: Any, name: str, look: Look, lang: Lang) -> None:
    styles = document.styles
    known = [s.name for s in styles]
    style = styles[name] if name in known else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    if name not in ("Normal",):
        style.base_style = styles["Normal"]
        style.quick_style = True
    font = style.font
    font.size, font.bold, font.italic = Pt(look.size), look.bold, False
    font.color.rgb = RGBColor(0, 0, 0)
    properties = style.element.get_or_add_rPr()
    for tag in ("w:rFonts", "w:spacing", "w:kern"):
        for old in properties.findall(qn(tag)):
            properties.remove(old)
    fonts = parse_xml(
        f'<w:rFonts {nsdecls("w")} w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:cs="{LATIN}" w:eastAsia="{look.font}"/>'
    )
    properties.insert(0, fonts)
    for old in properties.findall(qn("w:lang")):
        properties.remove(old)
    properties.append(
        parse_xml(
            f'<w:lang {nsdecls("w")} w:val="{"en-US" if lang == "zh" else "en-GB"}" w:eastAsia="zh-CN"/>'
        )
    )
    paragraph = style.paragraph_format
    paragraph.line_spacing_rule, paragraph.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(look.line)
    paragraph.space_before, paragraph.space_after = Pt(look.before), Pt(look.after)
    paragraph.keep_with_next, paragraph.widow_control = look.keep, True
    table = name.startswith("Table")
    if look.centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    else:
        justified = lang == "zh" and not table and name != "Aside"
        paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY if justified else WD_ALIGN_PARAGRAPH.LEFT
    shape = style.element.get_or_add_pPr()
    for old in shape.findall(qn("w:pBdr")):
        shape.remove(old)
    indent = shape.get_or_add_ind()
    for attribute in list(indent.attrib):
        del indent.attrib[attribute]
    indent.set(qn("w:left"), str(round(20 * look.left)))
    indent.set(qn("w:right"), "0")
    if look.first:
        indent.set(qn("w:firstLineChars"), str(round(100 * look.first)))
        indent.set(qn("w:firstLine"), str(round(20 * look.first * look.size)))
    else:
        indent.set(qn("w:firstLineChars"), "0")
        indent.set(qn("w:firstLine"), "0")


LEVELS = ("Heading 1", "Heading 2", "Point")


def _number(document: Any, lang: Lang, looks: Mapping[str, Look]) -> None:
    """One list of three levels tied to the styles: 一、（一）1. in Chinese, 1. 1.1 1. in English."""
    zh = lang == "zh"
    forms = (
        (("chineseCountingThousand", "%1、"), ("chineseCountingThousand", "（%2）"), ("decimal", "%3."))
        if zh
        else (("decimal", "%1."), ("decimal", "%1.%2"), ("decimal", "%3."))
    )
    numbering = document.part.numbering_part.element
    levels = ""
    for k, ((form, text), name) in enumerate(zip(forms, LEVELS, strict=True)):
        first = round(20 * looks[name].first * looks[name].size)
        levels += (
            f'<w:lvl w:ilvl="{k}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:pStyle w:val="{name.replace(" ", "")}"/>'
            f'<w:suff w:val="{"nothing" if zh else "space"}"/><w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/>'
            f'<w:pPr><w:ind w:left="0" w:firstLine="{first}"/></w:pPr></w:lvl>'
        )
    own = "90"
    abstract = parse_xml(
        f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{own}"><w:multiLevelType w:val="multilevel"/>{levels}</w:abstractNum>'
    )
    first_num = numbering.find(qn("w:num"))
    first_num.addprevious(abstract)
    numbering.append(
        parse_xml(f'<w:num {nsdecls("w")} w:numId="{own}"><w:abstractNumId w:val="{own}"/></w:num>')
    )
    styles = document.styles
    for k, name in enumerate(LEVELS):
        if name not in [s.name for s in styles]:
            styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        shape = styles[name].element.get_or_add_pPr()
        shape._insert_numPr(
            parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{k}"/><w:numId w:val="{own}"/></w:numPr>')
        )


def _table_style(document: Any) -> None:
    """A style of our own: a rule above and below, a thinner one under the head, hair lines between rows."""
    line = '<w:{0} w:val="single" w:sz="{1}" w:space="0" w:color="{2}"/>'
    borders = (
        line.format("top", 8, "22262B")
        + line.format("bottom", 8, "22262B")
        + line.format("insideH", 2, "A9AEB5")
    )
    head = line.format("bottom", 6, "22262B")
    document.styles.element.append(
        parse_xml(
            f'<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="BriefTable"><w:name w:val="Brief Table"/>'
            f'<w:basedOn w:val="TableNormal"/><w:uiPriority w:val="59"/><w:tblPr><w:tblBorders>{borders}</w:tblBorders>'
            f'<w:tblCellMar><w:top w:w="14" w:type="dxa"/><w:left w:w="50" w:type="dxa"/><w:bottom w:w="14" w:type="dxa"/>'
            f'<w:right w:w="50" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblStylePr w:type="firstRow"><w:tcPr>'
            f"<w:tcBorders>{head}</w:tcBorders></w:tcPr></w:tblStylePr></w:style>"
        )
    )


def _fonts(document: Any) -> None:
    """The font table: each official font with its usual substitutes, for machines without it."""
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{others}"/><w:charset w:val="86"/><w:family w:val="{family}"/></w:font>'
        for name, others in SUBSTITUTES.items()
        for family in ("swiss" if name == HEI else "roman",)
    )
    latin = f'<w:font w:name="{LATIN}"><w:charset w:val="00"/><w:family w:val="roman"/><w:pitch w:val="variable"/></w:font>'
    text = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:fonts {nsdecls("w")}>{fonts}{latin}</w:fonts>'
    for relation in document.part.rels.values():
        if relation.reltype == RELATIONSHIP_TYPE.FONT_TABLE:
            relation.target_part._blob = text.encode("utf-8")


def _page_numbers(document: Any, section: Any, lang: Lang) -> None:
    """'— 1 —' outside at the foot: to the right on odd pages, to the left on even ones."""
    document.settings.odd_and_even_pages_header_footer = True
    before, after = say("page of", lang, page="\0").split("\0")
    for footer, align in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph.alignment = align
        paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
        paragraph.add_run(before)
        paragraph._p.append(
            parse_xml(f'<w:fldSimple {nsdecls("w")} w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>')
        )
        paragraph.add_run(after)
        for run in paragraph.runs:
            run.font.size = Pt(14 if lang == "zh" else 10)


def _same_bytes(content: bytes) -> bytes:
    """The package again without the clock in its entries."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            new.writestr(entry, old.read(name))
    return target.getvalue()
