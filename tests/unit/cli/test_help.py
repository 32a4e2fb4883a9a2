"""Every word and option of the command line has its help in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from tzsim.cli import commands, help_zh
from tzsim.cli.bilingual import wrapped
from tzsim.cli.language import speak


def words(of: click.Command = commands, path: str = "tzsim") -> Iterator[tuple[str, click.Command]]:
    yield path, of
    if isinstance(of, click.Group):
        for name, word in of.commands.items():
            yield from words(word, f"{path} {name}")


WORDS = dict(words())


def chinese(text: str) -> bool:
    return any("一" <= c <= "鿿" for c in text)


@pytest.fixture(autouse=True)
def speak_english_again() -> Iterator[None]:
    yield
    speak("en")


def test_the_chinese_help_is_of_the_words_and_options_there_are() -> None:
    assert set(help_zh.WORDS) == {path.removeprefix("tzsim ") for path in WORDS}
    said = {p.help for word in WORDS.values() for p in word.params if isinstance(p, click.Option)}
    assert said - set(help_zh.OPTIONS) == set()
    assert set(help_zh.OPTIONS) - said == {"Show this message and exit."}


@pytest.mark.parametrize("path", WORDS)
def test_help_in_both_languages(path: str) -> None:
    arguments = [*path.split()[1:], "--help"]
    texts = {}
    for lang in ("zh", "en"):
        speak(lang)
        found = CliRunner().invoke(commands, arguments, prog_name="tzsim", terminal_width=80)
        assert found.exit_code == 0, found.output
        texts[lang] = found.output
    assert not chinese(texts["en"].replace("显示本帮助。", ""))  # click makes this option once a process
    for option in WORDS[path].params:
        if isinstance(option, click.Option):
            assert option.opts[-1] in texts["zh"]
            assert option.opts[-1] in texts["en"]
    sentences = [x for x in texts["zh"].split("选项：")[0].splitlines()[1:] if x.strip() and "tzsim" not in x]
    assert any(chinese(x) for x in sentences) or path == "tzsim completion"
    assert max(cell_len(x) for x in texts["zh"].splitlines()) <= 80


def test_lines_break_between_chinese_characters_and_western_words() -> None:
    text = "用文献数据校准模型，保存后验（posterior），并给出诊断图表。"
    lines = wrapped(text, 16)
    assert "".join(lines) == text
    assert all(cell_len(x) <= 16 + 2 for x in lines)
    assert not any(x[0] in "，。）" for x in lines)
    assert any("posterior" in x for x in lines)
