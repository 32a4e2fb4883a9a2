"""What the words of the command line have in common: exit codes, the language, shares and lists of outputs."""

from __future__ import annotations

from typing import Any, cast

import click

from tzsim.cli.language import VARIABLE, said
from tzsim.errors import both

OK, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


class _Share(click.ParamType):
    """A share between 0 and 1, written 0.5 or 50%."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        text = str(value).strip().replace("％", "%")
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            self.fail(
                said(
                    both(
                        f"“{value}”不是概率：写 0.5 或 50%", f"'{value}' is no probability: write 0.5 or 50%"
                    )
                )
            )
        if not 0 < share < 1:
            meant = (
                both(f"：是否应为 {share / 100:g}？", f": did you mean {share / 100:g}?")
                if 1 <= share < 100
                else both("", "")
            )
            text = both(
                f"“{value}”不在 0 与 1 之间{meant.zh}", f"'{value}' does not lie between 0 and 1{meant}"
            )
            self.fail(said(text))
        return share


class _Outputs(click.ParamType):
    """A list of outputs, parted by commas."""

    name = "list"
    known = ("tables", "charts", "brief", "page")

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return cast("tuple[str, ...]", value)
        asked = [x.strip() for x in str(value).replace("，", ",").split(",") if x.strip()]
        wrong = [x for x in asked if x not in self.known]
        if wrong or not asked:
            listed, bad = ", ".join(self.known), ", ".join(wrong) or str(value)
            self.fail(said(both(f"“{bad}”不在可选项中：{listed}", f"'{bad}' is not one of {listed}")))
        return tuple(asked)


SHARE, OUTPUTS = _Share(), _Outputs()
LANGUAGE = click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    default="zh",
    show_default=True,
    envvar=VARIABLE,
    show_envvar=True,
    help="Language of messages, tables, charts and the brief.",
)
