"""The result page of a hindcast, in Markdown or HTML: verdicts first, then the scores, then every case behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from tzsim.calibration.hindcast import Case, Hindcast
from tzsim.ensemble.skill import METHODS, MODEL, VERDICTS, SeriesSkill
from tzsim.files import write_whole
from tzsim.forecast.labels import unit_label
from tzsim.report.numerals import scale, unit_name
from tzsim.report.wording import Lang

PAGES = {"md": "hindcast.md", "html": "hindcast.html"}

_WORDS = {
    "title": ("回测：{name}", "Hindcast of {name}"),
    "reproduce": (
        "本页所有数字由一条命令重算：`{command}`",
        "One command computes every number of this page again: `{command}`",
    ),
    "verdicts": ("结论", "Verdicts"),
    "rule": (
        "“优于简单外推”须同时满足：对每个基准的平均误差评分（CRPS）更低，且按起点随机换号的精确检验 p 不超过0.05。"
        "起点为最后已知数据的时间；在每个起点只用到那时为止的数据重新拟合。带“◇”的序列含回忆或估算数据，只作参考，不计入结论。",
        "'Skill' takes a lower mean score (CRPS) than every baseline, and a chance of at most 0.05 in the exact test that flips signs by origin. "
        "An origin is the time whose figures were the last ones known; there the model is fitted again to the figures up to then alone. "
        "Series marked ◇ hold recalled or estimated figures: they are shown and count for nothing.",
    ),
    "series": ("序列", "series"),
    "model": ("模型", "model"),
    "origins": ("起点", "origins"),
    "cases": ("例数", "cases"),
    "verdict": ("结论", "verdict"),
    "scores": ("评分（越小越好，单位同序列）", "Scores (smaller is better, in the unit of the series)"),
    "method": ("方法", "method"),
    "interval": ("95%区间评分", "score of the 95 % interval"),
    "coverage": ("50/80/95%区间覆盖率", "coverage of 50/80/95 %"),
    "gains": ("与基准相比", "Against the baselines"),
    "baseline": ("基准", "baseline"),
    "gain": ("误差降低", "gain"),
    "range": ("90%区间", "90 % interval"),
    "wins": ("胜例", "cases won"),
    "every case": ("逐例", "Every case"),
    "origin": ("起点", "origin"),
    "figure": ("实际", "figure"),
    "median": ("模型中位数", "median"),
    "band": ("模型95%区间", "95 % band"),
    "fits": ("各起点的拟合", "The fit at each origin"),
    "spec": ("配置", "spec"),
    "figures": ("数据个数", "figures"),
    "runs": ("模型运行次数", "model runs"),
    "cut": ("起点后截断的外部走势", "paths of the outside world cut off there"),
    "none": ("无", "none"),
}


@dataclass(frozen=True, slots=True)
class Table:
    """Title, text above it, headings and cells of text."""

    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def write_pages(hindcast: Hindcast, folder: Path, lang: Lang) -> tuple[Path, ...]:
    """Write hindcast.md and hindcast.html into `folder`; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {"md": markdown(hindcast, lang), "html": html(hindcast, lang)}
    for kind, text in made.items():
        write_whole(folder / PAGES[kind], text.encode())
    return tuple(folder / name for name in PAGES.values())


def markdown(hindcast: Hindcast, lang: Lang) -> str:
    """The page as Markdown text."""
    lines = [f"# {_title(hindcast, lang)}", ""]
    for text in _head(hindcast, lang):
        lines += [text, ""]
    for table in _tables(hindcast, lang):
        lines += [f"## {table.title}", ""] + ([table.note, ""] if table.note else [])
        lines += [_row(table.columns), _row(["---"] * len(table.columns)), *(_row(r) for r in table.rows), ""]
    return "\n".join(lines)


def html(hindcast: Hindcast, lang: Lang) -> str:
    """The page as one HTML file that needs nothing else."""
    source = resources.files("tzsim.report").joinpath("templates/hindcast.html.j2").read_text("utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(source).render(
        lang="zh-CN" if lang == "zh" else "en",
        title=_title(hindcast, lang),
        head=[text.replace("`", "") for text in _head(hindcast, lang)],
        tables=_tables(hindcast, lang),
    )


def _say(line: str, lang: Lang, /, **values: str) -> str:
    zh, en = _WORDS[line]
    return (zh if lang == "zh" else en).format(**values)


def _title(hindcast: Hindcast, lang: Lang) -> str:
    return _say("title", lang, name=hindcast.spec.name.of(lang))


def _head(hindcast: Hindcast, lang: Lang) -> list[str]:
    skill = hindcast.skill
    return [skill.sentence(lang), skill.caveat.of(lang), _say("reproduce", lang, command=skill.command)]


def _tables(hindcast: Hindcast, lang: Lang) -> list[Table]:
    series = hindcast.skill.series
    return [
        verdicts(series, lang),
        scores(series, lang),
        gains(series, lang),
        *_cases(hindcast, lang),
        _fits(hindcast, lang),
    ]


def verdicts(series: Sequence[SeriesSkill], lang: Lang) -> Table:
    """One row a series: skill, no skill shown, or not known."""
    columns = tuple(_say(c, lang) for c in ("series", "model", "origins", "cases", "verdict"))
    rows = tuple(
        (
            _name(s, lang),
            s.model.of(lang),
            _years(s.origins),
            str(s.cases),
            VERDICTS[s.verdict].of(lang),
        )
        for s in series
    )
    return Table(_say("verdicts", lang), _say("rule", lang), columns, rows)


def scores(series: Sequence[SeriesSkill], lang: Lang) -> Table:
    """Mean scores of each method on each series."""
    columns = (
        _say("series", lang),
        _say("method", lang),
        "CRPS",
        _say("interval", lang),
        _say("coverage", lang),
    )
    rows = tuple(
        (
            _name(s, lang),
            s.model.of(lang) if m.method == MODEL else METHODS[m.method].of(lang),
            f"{m.crps * scale(s.unit, lang):.3g} {unit_name(s.unit, lang)}",
            f"{m.interval * scale(s.unit, lang):.3g}",
            " / ".join(f"{share:.0%}" for share in m.coverage.values()),
        )
        for s in series
        for m in s.scores
    )
    return Table(_say("scores", lang), "", columns, rows)


def gains(series: Sequence[SeriesSkill], lang: Lang) -> Table:
    """The model against each baseline, with the uncertainty of the difference."""
    columns = (
        *(_say(c, lang) for c in ("series", "model", "baseline", "gain", "range")),
        "p",
        _say("wins", lang),
    )
    rows = tuple(
        (
            _name(s, lang),
            s.model.of(lang),
            METHODS[c.baseline].of(lang),
            f"{c.gain:+.0%}",
            "" if c.low is None or c.high is None else f"{c.low:+.0%} … {c.high:+.0%}",
            f"{c.p:.3f}",
            f"{c.wins} / {s.cases}",
        )
        for s in series
        for c in s.against
    )
    return Table(_say("gains", lang), "", columns, rows)


def _cases(hindcast: Hindcast, lang: Lang) -> list[Table]:
    tables: list[Table] = []
    for s, own in zip(hindcast.skill.series, _grouped(hindcast), strict=True):
        if not own:
            continue
        methods = list(own[0].scores)
        short = [s.model.of(lang) if m == MODEL else METHODS[m].of(lang) for m in methods]
        when = hindcast.spec.scenario.clock.axis(lang)
        head = (_say("origin", lang), when, *(_say(c, lang) for c in ("figure", "median", "band")), "PIT")
        rows = tuple(
            (
                str(c.origin),
                str(c.year),
                f"{c.value:g}",
                f"{c.scores[MODEL].median:.4g}",
                f"{c.scores[MODEL].low:.4g} … {c.scores[MODEL].high:.4g}",
                f"{c.scores[MODEL].pit:.2f}",
                *(f"{c.scores[m].crps:.3g}" for m in methods),
            )
            for c in own
        )
        title = f"{_say('every case', lang)}: {_name(s, lang)} ({s.model.of(lang)}, {unit_label(s.unit).of(lang)})"
        tables.append(Table(title, "", (*head, *(f"CRPS {m}" for m in short)), rows))
    return tables


def _grouped(hindcast: Hindcast) -> list[list[Case]]:
    return [[c for c in hindcast.cases if c.series == s.id] for s in hindcast.skill.series]


def _fits(hindcast: Hindcast, lang: Lang) -> Table:
    columns = (
        *(_say(c, lang) for c in ("spec", "origin", "figures")),
        "R-hat",
        "ESS",
        _say("runs", lang),
        _say("cut", lang),
    )
    rows = tuple(
        (f.spec, str(f.origin), str(f.figures), f"{f.r_hat:.3f}", f"{f.ess:.0f}", f"{f.evaluations:,}",
         ", ".join(f.drivers) or _say("none", lang))
        for f in hindcast.fits
    )  # fmt: skip
    return Table(_say("fits", lang), "", columns, rows)


def _name(series: SeriesSkill, lang: Lang) -> str:
    return ("" if series.documented else "◇ ") + (series.name.of(lang) or series.id)


def _years(years: Sequence[float]) -> str:
    return ", ".join(map(str, years)) if len(years) < 4 else f"{years[0]} … {years[-1]} ({len(years)})"


def _row(cells: Sequence[Any]) -> str:
    return "| " + " | ".join(str(c).replace("|", "\\|") for c in cells) + " |"
