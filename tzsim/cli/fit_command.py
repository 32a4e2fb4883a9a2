"""`tzsim fit`: the priors of a model against documented figures, as tables."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from tzsim.forecast.labels import unit_label

if TYPE_CHECKING:
    from rich.console import Console

    from tzsim.calibration.history_fit import HistoryFit, SeriesFit

Lang = Literal["zh", "en"]

_WORDS: dict[str, tuple[str, str]] = {
    "figures title": ("有据可查的数据与先验的95%区间", "documented figures and the 95 % band of the priors"),
    "widths title": (
        "各序列：区间宽度（中位数），以及中位路径误差的泰尔分解",
        "series: median width of the band, and Theil's parts of the median's error",
    ),
    "left title": ("未纳入比较的有据数据", "documented rows left out"),
    "wider title": ("先验超出调研区间的参数", "priors beyond their researched range"),
    "series": ("指标", "series"),
    "year": ("年份", "year"),
    "documented": ("实际值", "documented"),
    "low": ("下限", "low"),
    "median": ("中位", "median"),
    "high": ("上限", "high"),
    "unit": ("单位", "unit"),
    "inside": ("在区间内", "inside"),
    "quality": ("数据质量", "quality"),
    "figures": ("数据个数", "figures"),
    "width": ("宽度", "width"),
    "naive width": ("随机游走宽度", "random walk"),
    "narrower": ("更窄", "narrower"),
    "error": ("误差", "error"),
    "bias": ("偏差", "bias"),
    "variance": ("方差", "variance"),
    "covariance": ("协方差", "covariance"),
    "row": ("数据", "row"),
    "of": ("对象", "of"),
    "value": ("数值", "value"),
    "reason": ("原因", "reason"),
    "constant": ("参数", "constant"),
    "range low": ("调研下限", "range low"),
    "range high": ("调研上限", "range high"),
    "over": ("宽度之比", "width"),
    "source": ("先验来源", "source of the prior"),
    "yes": ("是", "yes"),
    "no": ("否", "NO"),
    "at least": ("以上", "at least"),
    "at most": ("以内", "at most"),
    "verdict": (
        "{figures}个数据中{inside}个落在95%区间内（{coverage}），对应{rows}行有据数据，另有{left}行未纳入；{members}次模拟{failed}",
        "{inside} of {figures} figures inside their band ({coverage}); they rest on {rows} documented rows, {left} rows are left out; "
        "{members} members{failed}",
    ),
    "failed": ("，其中{count}次失败", ", {count} of them failed"),
    "widths": (
        "不少于{least}个数据的序列共{count}个，与带漂移的随机游走比较，区间比它更宽即为未通过：{narrow}个更窄，{wide}个更宽{which}",
        "series of {least} figures and more, held against a random walk with drift, where a wider band is a miss: {count}, of which "
        "{narrow} narrower and {wide} wider{which}",
    ),
    "misses": ("未通过：{which}", "misses: {which}"),
    "no misses": ("没有未通过的数据和序列", "no misses"),
    "ranges": (
        "先验超出调研区间的参数{count}个，其中区间宽于调研区间的{wide}个",
        "priors beyond their researched range: {count}, of which {wide} wider than it",
    ),
}  # fmt: skip
_LEFT_ALIGNED = frozenset({"series", "unit", "quality", "row", "of", "reason", "constant", "source"})
WIDER = 1.0 + 1e-9


def fit_spec(
    spec: Path, *, draws: int | None, seed: int | None, threads: int | None, out: Path | None, lang: str
) -> None:
    """Compare and print; write the CSV to `out` where it is given. Raises InputError, SimulationError."""
    from tzsim.calibration.history_fit import MEMBERS, fit_history, write_history_csv
    from tzsim.calibration.history_spec import read_history_spec
    from tzsim.cli.grid import console

    fit = fit_history(read_history_spec(spec), members=draws or MEMBERS, seed=seed, threads=threads)
    if out is not None:
        write_history_csv(fit, out)
    _print(console(), fit, cast("Lang", lang))


def _said(key: str, lang: Lang, **values: object) -> str:
    return _WORDS[key][lang == "en"].format(**values)


def _print(out: Console, fit: HistoryFit, lang: Lang) -> None:
    from tzsim.report.wording import say

    def yes(holds: bool) -> str:
        return _said("yes" if holds else "no", lang)

    def bound(text: str) -> str:
        return _said(text, lang) if text else ""

    _table(
        out, lang, "figures title",
        ("series", "year", "documented", "low", "median", "high", "unit", "inside", "quality"),
        [
            (f.figure.name.of(lang), str(f.figure.year), *(f"{v:.4g}" for v in (f.figure.value, f.low, f.median, f.high)),
             f"{unit_label(f.figure.unit).of(lang)} {bound(f.figure.bound)}".strip(), yes(f.inside), say(f.figure.quality, lang))
            for f in fit.figures
        ],
    )  # fmt: skip
    _table(
        out, lang, "widths title",
        ("series", "figures", "width", "naive width", "unit", "narrower", "error", "bias", "variance", "covariance"),
        [(s.name.of(lang), str(len(s.figures)), f"{s.width:.4g}", *_naive(s, lang), *_theil(s)) for s in fit.series],
    )  # fmt: skip
    _table(
        out, lang, "left title",
        ("row", "of", "year", "value", "unit", "reason"),
        [
            (x.row.variable, x.row.entity, str(x.row.year), f"{x.row.value:g}", unit_label(x.row.unit).of(lang), x.reason.of(lang))
            for x in fit.left_out
        ],
    )  # fmt: skip
    _table(
        out, lang, "wider title",
        ("constant", "low", "high", "range low", "range high", "unit", "over", "source"),
        [
            (w.prior.variable, *(f"{v:.4g}" for v in (w.prior.distribution.low, w.prior.distribution.high, w.low, w.high)),
             unit_label(w.prior.unit).of(lang), f"{w.width:.2f} x", w.prior.source)
            for w in fit.wider
        ],
    )  # fmt: skip
    for line in _verdicts(fit, lang):
        out.print(line, soft_wrap=True, highlight=False, markup=False)


def _naive(s: SeriesFit, lang: Lang) -> tuple[str, str, str]:
    """Naive width, unit, and whether the band is narrower; blanks where the series is too short."""
    if isnan(s.naive_width):
        return "", unit_label(s.unit).of(lang), ""
    return (
        f"{s.naive_width:.4g}",
        unit_label(s.unit).of(lang),
        _said("no" if s.wider_than_naive else "yes", lang),
    )


def _theil(s: SeriesFit) -> tuple[str, str, str, str]:
    if s.theil is None:
        return "", "", "", ""
    return (
        f"{s.theil.root:.1%}",
        f"{s.theil.bias:.2f}",
        f"{s.theil.variance:.2f}",
        f"{s.theil.covariance:.2f}",
    )


def _verdicts(fit: HistoryFit, lang: Lang) -> list[str]:
    """Coverage, widths, misses by name, and priors beyond their range."""
    from tzsim.calibration.history_fit import LEAST_FOR_WIDTH

    stop, comma = ("、", "：") if lang == "zh" else (", ", ": ")
    wide = [s.name.of(lang) for s in fit.too_wide]
    lines = [
        _said(
            "verdict",
            lang,
            inside=fit.inside,
            figures=len(fit.figures),
            coverage=f"{fit.coverage:.0%}",
            rows=sum(len(f.figure.rows) for f in fit.figures),
            left=len(fit.left_out),
            members=f"{fit.members:,}",
            failed=_said("failed", lang, count=fit.failed) if fit.failed else "",
        ),
        _said(
            "widths",
            lang,
            least=LEAST_FOR_WIDTH,
            count=len(fit.long_series),
            narrow=len(fit.long_series) - len(wide),
            wide=len(wide),
            which=comma + stop.join(wide) if wide else "",
        ),
    ]
    missed = [f"{f.figure.name.of(lang)} {f.figure.year}" for f in fit.outside]
    missed += [f"{name}（{_said('width', lang)}）" if lang == "zh" else f"width of {name}" for name in wide]
    lines.append(_said("misses", lang, which=stop.join(missed)) if missed else _said("no misses", lang))
    if fit.wider:
        wider = sum(w.width > WIDER for w in fit.wider)
        lines.append(_said("ranges", lang, count=len(fit.wider), wide=wider))
    return lines


def _table(
    out: Console, lang: Lang, title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]
) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    if not rows:
        return
    grid = Table(
        title=_said(title, lang),
        title_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
        header_style="bold",
    )
    for name in columns:
        side = "left" if name in _LEFT_ALIGNED else "right"
        grid.add_column(_said(name, lang), justify=side, overflow="fold")
    for row in rows:
        grid.add_row(*map(escape, row))
    out.print(grid)
