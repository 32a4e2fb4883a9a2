"""What makes an HTML page self-contained: charts as inline SVG with real text, and the fonts cut to the page's characters."""

from __future__ import annotations

import base64
import io
import re
from importlib.resources import as_file, files

import matplotlib
from fontTools import subset
from fontTools.ttLib import TTFont
from markupsafe import Markup
from matplotlib.figure import Figure

from tzsim.report.style import FAMILY, FONT_FILES, styled

COUNTED = "〇一二三四五六七八九十（）.0123456789"
"""Numerals that the style sheet writes before headings and points."""

UNUSED_TABLES = ("GSUB", "GPOS", "GDEF", "BASE", "vhea", "vmtx", "VORG", "STAT")


def inline_svg(figure: Figure, label: str) -> Markup:
    """The figure as an SVG element for an HTML page; its text stays text and is drawn with the page's own font.

    Matplotlib escapes every text it writes, so names from files cannot break out.
    """
    target = io.StringIO()
    with styled():
        matplotlib.rcParams["svg.fonttype"] = "none"
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    svg = target.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r"<style type=\"text/css\">.*?</style>", "", svg, flags=re.S)
    svg = re.sub(r"<g id=\"[A-Za-z_.]+_\d+\">", "<g>", svg)
    head, rest = svg.split(">", 1)
    view = re.search(r'viewBox="([^"]+)"', head)
    box = view.group(1) if view else "0 0 100 100"
    opening = Markup('<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ')
    opening += Markup('viewBox="{}" role="img" aria-label="{}">').format(box, label)
    return opening + Markup(rest)


def font_faces(text: str) -> Markup:
    """@font-face rules holding the shipped fonts cut to the characters of `text`, as WOFF in data addresses."""
    rules: list[str] = []
    wanted = {ord(c) for c in text} | set(range(0x20, 0x7F))
    for name, weight in FONT_FILES:
        data = base64.b64encode(_cut(name, wanted)).decode("ascii")
        rules.append(
            f'@font-face{{font-family:"{FAMILY}";font-weight:{weight};'
            f'src:url(data:font/woff;base64,{data}) format("woff")}}'
        )
    return Markup("\n".join(rules))


def _cut(name: str, wanted: set[int]) -> bytes:
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.drop_tables += list(UNUSED_TABLES)
    options.notdef_outline = True
    with as_file(files("tzsim.report") / "fonts" / name) as path:
        font = TTFont(io.BytesIO(path.read_bytes()), recalcTimestamp=False, lazy=True)
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=sorted(wanted))
        cutter.subset(font)
        font.flavor = "woff"
        target = io.BytesIO()
        font.save(target)
    return target.getvalue()
