"""Words of the command line whose help is in the language of the call. The English stands in the code, the Chinese in `help_zh`."""

from __future__ import annotations

import copy
from collections.abc import Iterable

import click

from tzsim.cli import help_zh
from tzsim.cli.language import spoken

GAP, FIRST = 2, 30
"""Columns between an option and its help, and the widest of the first column."""


class Word(click.Command):
    """A word with its help."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if spoken() == "en":
            super().format_help_text(ctx, formatter)
        else:
            _paragraphs(formatter, help_zh.WORDS[_key(ctx)])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if spoken() == "en":
            super().format_options(ctx, formatter)
            return
        options = [p for p in self.get_params(ctx) if isinstance(p, click.Option)]
        rows = [_in_chinese(p).get_help_record(ctx) for p in options]
        _rows(formatter, "选项：", [row for row in rows if row is not None])


class Words(click.Group, Word):
    """A group of words."""

    command_class = Word

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        Word.format_options(self, ctx, formatter)
        if spoken() == "zh":
            self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if spoken() == "en":
            super().format_commands(ctx, formatter)
            return
        above = _key(ctx)
        names = {n: n if above == "tzsim" else f"{above} {n}" for n in self.list_commands(ctx)}
        firsts = [(n, help_zh.WORDS[path].partition("\n")[0]) for n, path in names.items()]
        _rows(formatter, "命令：", firsts)


Words.group_class = Words


def _key(ctx: click.Context) -> str:
    """'tzsim', 'run', 'data check'."""
    return ctx.command_path.partition(" ")[2] or "tzsim"


def _in_chinese(param: click.Option) -> click.Option:
    if param.help not in help_zh.OPTIONS:
        return param
    shown = copy.copy(param)
    shown.help = help_zh.OPTIONS[param.help]
    return shown


def _paragraphs(formatter: click.HelpFormatter, text: str) -> None:
    for part in text.split("\n\n"):
        formatter.write_paragraph()
        if part.startswith("\b\n"):
            lines = part.splitlines()[1:]
        else:
            lines = wrapped("".join(part.splitlines()), formatter.width - 2)
        formatter.write("".join(f"  {line}\n" for line in lines))


def _rows(formatter: click.HelpFormatter, title: str, rows: Iterable[tuple[str, str]]) -> None:
    """A list of two columns under a title."""
    listed = list(rows)
    first = min(FIRST, max((len(a) for a, _ in listed), default=0)) + 2 + GAP
    formatter.write(f"\n{title}\n")
    for name, text in listed:
        head, *rest = wrapped(text, max(20, formatter.width - first)) or [""]
        fits = len(name) + 2 + GAP <= first
        lines = [f"  {name}".ljust(first) + head] if fits else [f"  {name}", " " * first + head]
        formatter.write("".join(f"{line}\n" for line in [*lines, *(" " * first + line for line in rest)]))


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns; Chinese breaks between any two characters but before a stop, Western text at blanks."""
    from rich.cells import cell_len

    lines, line = [""], 0
    for piece in _pieces(text):
        size = cell_len(piece)
        if line + size > width and line:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
            line, piece = 0, piece.lstrip()
            size = cell_len(piece)
        lines[-1] += piece
        line += size
    return [x for x in lines if x]


def _pieces(text: str) -> list[str]:
    """What is not torn apart: a Chinese character with the stops that follow it, a Western word, a blank."""
    pieces: list[str] = []
    for c in text:
        western = c.isascii() and not c.isspace()
        joined = western and pieces and pieces[-1][-1].isascii() and not pieces[-1][-1].isspace()
        if (
            joined
            or (pieces and c in "，。；：、）》”！？>]")
            or (pieces and pieces[-1] in ("（", "《", "“", "[", "<"))
        ):
            pieces[-1] += c
        else:
            pieces.append(c)
    return pieces
