"""Questions that `tzsim run` answers beside the forecast, so that brief and page carry them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tzsim.cli.goal_table import Lang
from tzsim.cli.search_state import resumable
from tzsim.errors import InputError, Problem

if TYPE_CHECKING:
    from tzsim.forecast.achieve import Achievement
    from tzsim.forecast.explain import Explanation
    from tzsim.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Questions:
    """explain: goals to explain. achieve: goals to be met together, a group a question, with this probability."""

    explain: tuple[str, ...] = ()
    achieve: tuple[tuple[str, ...], ...] = ()
    probability: float = 0.8

    def __bool__(self) -> bool:
        return bool(self.explain or self.achieve)

    def answers(
        self, scenario: Scenario, target: Path, lang: Lang, *, threads: int | None, shown: bool
    ) -> tuple[Explanation | Achievement, ...]:
        """The answers, from the scenario's members (the first 20,000 at most). shown: whether progress is."""
        from tzsim.cli.progress import progress_bar
        from tzsim.forecast.achieve import SEARCH_MEMBERS, SEARCH_RUNS, achieve, most_settings
        from tzsim.forecast.explain import explain
        from tzsim.forecast.gather import EXACT_MEMBERS

        scenario = replace(scenario, draws=min(scenario.draws, EXACT_MEMBERS))
        found: list[Explanation | Achievement] = []
        for goal in dict.fromkeys(self.explain):
            words = (f"解释{goal}", f"explaining {goal}")
            with progress_bar(scenario.draws, lang, shown, words) as progress:
                found.append(explain(scenario, goal, threads=threads, progress=progress))
        for goals in dict.fromkeys(self.achieve):
            names = "-".join(goals)
            words = (f"试算{names}的手段组合", f"trying settings for {names}")
            # what was tried stands beside the result until it is there: started again, the search goes on
            state = target.with_name(f".{target.name}-achieve-{names}.tried.npz")
            size = {"members": SEARCH_MEMBERS, "runs": SEARCH_RUNS}
            with (
                resumable(state, scenario, goals, self.probability, lang, **size, shown=shown),
                progress_bar(most_settings(SEARCH_RUNS), lang, shown, words) as progress,
            ):
                found.append(
                    achieve(
                        scenario,
                        goals,
                        probability=self.probability,
                        threads=threads,
                        state=state,
                        progress=progress,
                    )
                )
        return tuple(found)


def questions_asked(
    scenario: Scenario, explain: Iterable[str], achieve: Iterable[str], probability: float
) -> Questions:
    """What a person wrote, as ids: goals by id or name, several of one question with commas between them.

    Raises InputError with everything that is wrong with the questions, before anything runs.
    """
    from tzsim.forecast.achieve import question_asked
    from tzsim.forecast.asked import goal_asked, goals_listed

    problems: list[Problem] = []
    explained: list[str] = []
    achieved: list[tuple[str, ...]] = []
    for goal in explain:
        try:
            explained.append(goal_asked(scenario, goal).id)
        except InputError as error:
            problems += error.problems
    for text in achieve:
        try:
            goals, _ = question_asked(scenario, goals_listed(scenario, text), probability)
            achieved.append(tuple(g.id for g in goals))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(dict.fromkeys(problems))
    return Questions(tuple(explained), tuple(achieved), probability)


def answer_line(answer: Explanation | Achievement, lang: Lang, brief: bool = True) -> str:
    """What came out in a line, and where it stands. brief: whether one was written."""
    from tzsim.forecast.achieve_tables import cost_unit
    from tzsim.forecast.explain import Explanation
    from tzsim.report.answer_folder import answer_name

    zh, place = lang == "zh", f"{answer_name(answer)}/"
    also = "" if not brief else "简报和 " if zh else "the brief and "
    if isinstance(answer, Explanation):
        goal = answer.goal.id
        return f"{goal}的解释：见{also}{place}" if zh else f"{goal} explained: see {also}{place}"
    goals, wanted, p = (
        ", ".join(g.id for g in answer.goals),
        f"{answer.wanted:.0%}",
        f"{answer.confirmed.value:.1%}",
    )
    if answer.reachable:
        cost, money = f"{answer.cost:.4g}", cost_unit(answer)
        zh_text, en_text = (
            f"达到{wanted}的最低成本为{cost}{money.zh}",
            f"{wanted} at a least cost of {cost} ({money.en})",
        )
    elif answer.undecided:
        zh_text, en_text = (
            f"能否达到{wanted}在抽样误差之内难以断定，新抽样为{p}",
            f"whether {wanted} is reached lies within sampling error, {p} on fresh members",
        )
    else:
        zh_text, en_text = f"达不到{wanted}，最高为{p}", f"{wanted} is out of reach, {p} at most"
    return f"{goals}{zh_text}：见{also}{place}" if zh else f"{goals}: {en_text}; see {also}{place}"


def answer_values(answer: Explanation | Achievement) -> dict[str, object]:
    """An answer as plain JSON values."""
    from tzsim.forecast.explain import Explanation
    from tzsim.report.answer_folder import answer_name

    if isinstance(answer, Explanation):
        return {"explain": answer.goal.id, "folder": answer_name(answer)}
    return {
        "achieve": [g.id for g in answer.goals],
        "wanted": answer.wanted,
        "reachable": answer.reachable,
        "undecided": answer.undecided,
        "cost": answer.cost,
        "probability": answer.confirmed.value,
        "probability_low": answer.confirmed.low,
        "probability_high": answer.confirmed.high,
        "moves": {m.lever.id: m.after for m in answer.moves if m.after != m.before},
        "unpriced": {
            u.lever.id: {"cost": u.lever.cost, "kept": u.kept, "instead": u.instead, "change": u.change.value}
            for u in answer.unpriced
        },
        "folder": answer_name(answer),
    }
