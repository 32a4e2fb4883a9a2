"""How the sectors of a coupled model hang together: who computes what the others read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from tzsim.errors import InputError
from tzsim.ir.describe import CONTROLS, causes, kinds_of
from tzsim.ir.model import Model
from tzsim.names import VarId, key
from tzsim.report.charts.diagram_parts import Pen
from tzsim.report.charts.frame import EDGE, POINTS, SUBTITLE_SIZE, TITLE_SIZE, Text, framed, height_of
from tzsim.report.style import FORECAST, INK, QUIET, styled
from tzsim.report.typeset import text_width
from tzsim.report.wording import Lang

CELL = 0.42
SIZE = 7.4
WORDS: Mapping[str, Mapping[Lang, str]] = {
    "title": {"en": "Couplings of the sectors", "zh": "部门之间的联系"},
    "key": {
        "en": "How many variables of the sector on the left (stocks, flows and auxiliaries) the sector above reads.",
        "zh": "左侧部门有多少个变量（存量、流量和辅助变量）被上方部门使用。",
    },
}


def couplings(model: Model) -> dict[tuple[str, str], tuple[VarId, ...]]:
    """(owner, user) -> variables of the owner's file, not constants, that equations of the user's file read."""
    kinds, controls = kinds_of(model), {key(c) for c in CONTROLS}
    found: dict[tuple[str, str], dict[VarId, None]] = {}
    for user, reads in causes(model).items():
        for cause in reads:
            if kinds[cause] in ("stock", "auxiliary") and cause not in controls:
                pair = sector_of(model, cause), sector_of(model, user)
                if pair[0] != pair[1]:
                    found.setdefault(pair, {})[cause] = None
    return {pair: tuple(sorted(names)) for pair, names in sorted(found.items())}


def sector_of(model: Model, name: VarId) -> str:
    """The name of the file that defines a variable."""
    return PurePath(model.variables[name].address.file).stem


def sector_map(model: Model, *, lang: Lang = "zh", names: Mapping[str, str] | None = None) -> Figure:
    """Draw the couplings as a square: owners in rows, users in columns, in the order of the files.

    names: sector -> name to show. Raises InputError for a model of one file.
    """
    sectors = list(dict.fromkeys(sector_of(model, n) for n in model.variables))
    if len(sectors) < 2:
        raise InputError.one("the model has one sector only", hint="a map needs a folder of sector files")
    pairs = couplings(model)
    shown = [(names or {}).get(s, s) for s in sectors]
    room = max(text_width(s, SIZE) for s in shown) / POINTS + 0.15
    count = len(sectors)
    above = [Text(WORDS["title"][lang], TITLE_SIZE, bold=True)]
    below = [Text(WORDS["key"][lang], SUBTITLE_SIZE - 2.0, QUIET)]
    most = max(len(v) for v in pairs.values())
    with styled():
        width = max(room + count * CELL + 0.6 + 2 * EDGE, 4.4)
        height = room + count * CELL + 0.2 + height_of(above, width) + height_of(below, width) + 2 * EDGE
        frame = framed(width, height, above, below)
        pen = Pen.on(frame, -room, -count * CELL, count * CELL + 0.1, room)
        for i, name in enumerate(shown):
            pen.ax.text(
                -0.08, -(i + 0.5) * CELL, name, size=SIZE, color=INK, ha="right", va="center_baseline"
            )
            pen.ax.text(
                (i + 0.5) * CELL, 0.08, name, size=SIZE, color=INK, ha="center", va="bottom", rotation=90
            )
            for j, other in enumerate(sectors):
                number = len(pairs.get((sectors[i], other), ()))
                shade = 0.08 + 0.5 * number / most if number else 0.0
                box = Rectangle((j * CELL, -(i + 1) * CELL), CELL, CELL, fc=FORECAST, alpha=shade, ec="none")
                rim = Rectangle((j * CELL, -(i + 1) * CELL), CELL, CELL, fc="none", ec="#D9DCE0", lw=0.6)
                pen.ax.add_patch(box)
                pen.ax.add_patch(rim)
                said = "" if not number else str(number)
                pen.ax.text(
                    (j + 0.5) * CELL, -(i + 0.5) * CELL, said, size=SIZE, color=INK, ha="center", va="center"
                )
            pen.ax.add_patch(
                Rectangle((i * CELL, -(i + 1) * CELL), CELL, CELL, fc="#D9DCE0", ec="none", zorder=2)
            )
    return frame.figure
