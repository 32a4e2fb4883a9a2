"""A search for the least cost that was interrupted: what is said when it goes on, starts anew, or stops."""

from __future__ import annotations

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tzsim.cli.goal_table import Lang

if TYPE_CHECKING:
    from tzsim.scenario import Scenario


@contextmanager
def resumable(
    state: Path,
    scenario: Scenario,
    goals: Sequence[str],
    probability: float,
    lang: Lang,
    *,
    members: int,
    runs: int,
    shown: bool = True,
) -> Generator[None]:
    """Says what is taken from the state file of `achieve`, and where the search is interrupted, how it goes on."""
    import click

    from tzsim.forecast.achieve import kept_settings

    zh = lang == "zh"
    kept = kept_settings(state, scenario, goals, probability=probability, members=members, runs=runs)
    if kept is None:
        if state.is_file() and shown:
            _say(
                f"{state} 中的试算记录属于另一个问题（情景、目标、概率、种子或试算规模已改变），不予采用，从头开始"
                if zh
                else f"what {state} holds belongs to another question (scenario, goals, probability, seed or size of the search have"
                " changed) and is not used: starting anew"
            )
    elif shown:
        _say(
            f"接续上次未完成的试算：已试过 {kept} 种组合"
            if zh
            else f"going on with an unfinished search: {kept} settings are tried already"
        )
    try:
        yield
    except KeyboardInterrupt:
        kept = kept_settings(state, scenario, goals, probability=probability, members=members, runs=runs)
        if kept is None:
            raise
        _say(
            f"已中断；试过的 {kept} 种组合保留在 {state}：再次运行同一命令即可接续"
            if zh
            else f"interrupted; the settings tried ({kept}) are kept in {state}: the same command goes on from there"
        )
        raise click.exceptions.Exit(130) from None


def _say(text: str) -> None:
    print(text, file=sys.stderr)
