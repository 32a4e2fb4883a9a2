"""`tzsim show --diagram`: a model's stock-flow diagram as files, one a group where the model is large."""

from __future__ import annotations

import re
from pathlib import Path

from tzsim.ensemble.link_signs import link_signs
from tzsim.errors import Address, InputError
from tzsim.ir.describe import causes, kinds_of
from tzsim.ir.model import Model
from tzsim.report.charts.stock_flow import groups_of, stock_flow_diagram
from tzsim.report.style import figure_bytes
from tzsim.report.wording import Lang
from tzsim.scenario.shown_names import names_file, read_names

FORMATS = ("svg", "png", "pdf")
WHOLE = 30
"""Stocks, flows and auxiliaries that one diagram still shows readably."""


def _file_part(title: str) -> str:
    return re.sub(r"[^\w]+", "-", title.lower()).strip("-") or "group"


def write_diagrams(
    path: Path, model: Model, target: Path, *, group: str | None, constants: bool, lang: Lang
) -> list[Path]:
    """Draw a model, or one group of it, into `target`; a large model gets one file a group, named target-group.

    Raises InputError for a format that is not known, a group that is not there and a file that cannot be written.
    """
    kind = target.suffix.removeprefix(".").lower()
    if kind not in FORMATS:
        hint = f"name a file that ends in .{', .'.join(FORMATS)}"
        raise InputError.one("a diagram is written as SVG, PNG or PDF", Address(str(target)), hint)
    place = names_file(path) if lang == "zh" else None
    names = {} if place is None else read_names(place, model)
    kinds, moving = kinds_of(model), ("stock", "auxiliary")
    groups: dict[str | None, Path] = {group: target}
    if group is None and sum(k in moving for k in kinds.values()) > WHOLE:
        groups = {
            title: target.with_name(f"{target.stem}-{_file_part(title)}{target.suffix}")
            for title, members in groups_of(model).items()
            if any(kinds[n] in moving for n in members)
        }
    links = [(c, v) for v, found in causes(model).items() for c in found]
    signs = link_signs(model, links) if len(groups) > 1 else None
    written: list[Path] = []
    for title, file in groups.items():
        figure = stock_flow_diagram(model, title, lang=lang, constants=constants, signs=signs, names=names)
        content = figure_bytes(figure, kind)
        part = file.with_name(file.name + ".part")
        try:
            part.write_bytes(content)
            part.replace(file)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise InputError.one(f"cannot be written: {error.strerror}", Address(str(file))) from None
        written.append(file)
    return written
