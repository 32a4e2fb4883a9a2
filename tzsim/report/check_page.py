"""The page of a test battery: one self-contained HTML file, for the screen and for paper."""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from tzsim.checks.result import (
    AREA_NAMES,
    AREAS,
    STATUS_NAMES,
    CheckReport,
    CheckResult,
    Evidence,
    Status,
    number,
)
from tzsim.errors import Address, InputError
from tzsim.files import write_whole
from tzsim.record import VERSION
from tzsim.report.inline import COUNTED, font_faces
from tzsim.report.wording import Lang

FONT_MARK = "/* fonts */"
_TONES: dict[Status, str] = {"pass": "good", "fail": "bad", "not applicable": "none"}
_WORDS = {
    "summary": (
        "共{all}项检验：通过{good}项，不通过{bad}项，不适用{none}项。",
        "{all} checks: {good} pass, {bad} fail, {none} are not applicable.",
    ),
    "members": (
        "每种情形用现值模型和{draws}组先验抽样（种子{seed}）各运行一次，逐组成立才算通过。",
        "Every situation is run for the model as it stands and for {draws} draws of its priors (seed {seed}); a claim must hold in each.",
    ),
    "alone": ("每种情形用现值模型运行一次。", "Every situation is run for the model as it stands."),
    "failed": ("不通过的检验", "What fails"),
    "file": ("检验文件", "Checks file"),
    "status": ("结果", "Result"),
    "check": ("检验", "Check"),
    "found": ("依据", "Evidence"),
    "as it stands": ("现值", "as it stands"),
    "draw": ("第{n}组抽样", "draw {n}"),
}


def _say(word: str, lang: Lang, **values: object) -> str:
    return _WORDS[word][0 if lang == "zh" else 1].format(**values)


@dataclass(frozen=True, slots=True)
class Row:
    """A check as the page shows it."""

    tone: str
    status: str
    name: str
    text: str
    evidence: tuple[str, ...]


def check_page(report: CheckReport, lang: Lang = "zh") -> str:
    """The page as text; the same report gives the same text. Everything that comes from a file is escaped."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    folder = files("tzsim.report") / "templates"
    template = environment.from_string((folder / "check.html.j2").read_text(encoding="utf-8"))
    counts = {
        "good": report.count("pass"),
        "bad": report.count("fail"),
        "none": report.count("not applicable"),
    }
    draws = report.members - 1
    page = template.render(
        lang="zh-CN" if lang == "zh" else "en",
        font_mark=FONT_MARK,
        css=(folder / "brief.css").read_text(encoding="utf-8"),
        title=report.name.of(lang),
        summary=_say("summary", lang, all=len(report.results), **counts),
        members=_say("members", lang, draws=draws, seed=report.seed) if draws else _say("alone", lang),
        file=f"{_say('file', lang)}: {report.checks_file}" if report.checks_file else "",
        heads=[_say(w, lang) for w in ("status", "check", "found")],
        failed=[_row(r, lang) for r in report.failures],
        failed_head=_say("failed", lang),
        areas=[
            (AREA_NAMES[a].of(lang), [_row(r, lang) for r in report.of_area(a)])
            for a in AREAS
            if report.of_area(a)
        ],
        version=VERSION,
    )
    return page.replace(FONT_MARK, str(font_faces(page + COUNTED)), 1)


def _row(result: CheckResult, lang: Lang) -> Row:
    return Row(
        _TONES[result.status],
        STATUS_NAMES[result.status].of(lang),
        result.name.of(lang),
        result.text.of(lang),
        tuple(_line(e, lang) for e in result.evidence),
    )


def _line(found: Evidence, lang: Lang) -> str:
    text = found.text.of(lang)
    parts = [found.variable, text]
    if math.isfinite(found.value) and not text.rstrip(" %)）").endswith(number(found.value)):
        parts.append(f"= {number(found.value)}")
    if math.isfinite(found.time):
        parts.append(f"t = {found.time:g}")
    if found.member is not None:
        parts.append(_say("as it stands", lang) if found.member == 0 else _say("draw", lang, n=found.member))
    if found.place:
        parts.append(found.place)
    return "  ".join(p for p in parts if p)


def check_target(path: Path) -> None:
    """Raise InputError where a page cannot be written at `path`."""
    if path.suffix.lower() not in (".html", ".htm"):
        raise InputError.one("the page is written as .html", Address(str(path)))
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise InputError.one(
            "no page can be written here", Address(str(path)), "name a file in a folder that exists"
        )


def write_check_page(report: CheckReport, path: Path, lang: Lang = "zh") -> Path:
    """Write the page and return its path; whole or not at all. Raises InputError."""
    check_target(path)
    text = check_page(report, lang)
    write_whole(path, text.encode())
    return path
