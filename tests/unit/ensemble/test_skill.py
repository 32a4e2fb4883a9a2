"""The skill of a forecast: what is read from beside the posterior, what is said of it, and the honest default."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tzsim.ensemble.skill import Skill, read_skill
from tzsim.errors import InputError

HASHES = {"model": "a", "spec": "b"}


def series(id: str, verdict: str, gain: float, *, documented: bool = True) -> dict[str, object]:
    return {
        "id": id,
        "name": {"zh": "产值", "en": "Output"},
        "model": {"zh": "耦合模型", "en": "coupled model"},
        "unit": "Yi",
        "documented": documented,
        "first": 2011,
        "last": 2017,
        "origins": [2013, 2014],
        "cases": 7,
        "verdict": verdict,
        "scores": [
            {
                "method": "model",
                "crps": 2.0,
                "interval": 9.0,
                "coverage": {"0.5": 0.4, "0.8": 0.8, "0.95": 1.0},
            }
        ],
        "against": [
            {"baseline": "last value", "gain": 0.4, "low": 0.1, "high": 0.6, "p": 0.03, "wins": 6},
            {
                "baseline": "random walk with drift",
                "gain": gain,
                "low": None,
                "high": None,
                "p": 0.25,
                "wins": 4,
            },
        ],
    }


def write(folder: Path, *rows: dict[str, object], **changes: object) -> None:
    whole = {
        "format": 1,
        "hashes": HASHES,
        "series": rows,
        "caveat": {"zh": "", "en": ""},
        "command": "x",
        **changes,
    }
    (folder / "hindcast.json").write_text(json.dumps(whole), "utf-8")


def test_without_a_hindcast_skill_is_not_known(tmp_path: Path) -> None:
    found = read_skill(tmp_path, HASHES)
    assert found == Skill()
    assert found.verdict == "not known"
    assert "not known: no hindcast has been recorded" in found.sentence("en")
    assert "尚未做历史回测" in found.sentence("zh")


def test_a_hindcast_of_another_model_is_no_evidence(tmp_path: Path) -> None:
    write(tmp_path, series("a", "skill", 0.3))
    found = read_skill(tmp_path, HASHES | {"model": "c"})
    assert found.verdict == "not known"
    assert "another model or data" in found.sentence("en")


def test_skill_needs_every_documented_series_and_names_the_hardest_baseline(tmp_path: Path) -> None:
    write(tmp_path, series("a", "skill", 0.3), series("b", "no skill shown", -0.2))
    found = read_skill(tmp_path, HASHES)
    assert found.verdict == "no skill shown"
    assert found.series[0].scores[0].coverage == {0.5: 0.4, 0.8: 0.8, 0.95: 1.0}
    sentence = found.sentence("en")
    assert "no skill over simple extrapolation was shown on 1 of 2 series" in sentence
    assert "CRPS 20% above that of a random walk with drift; 2 origins and 7 cases, p = 0.25" in sentence
    assert "比带漂移随机游走高20%" in found.sentence("zh")
    assert sentence.startswith(found.headline("en"))
    assert "CRPS" not in found.headline("en")
    write(tmp_path, series("b", "no skill shown", 0.2))
    few = read_skill(tmp_path, HASHES).sentence("en")
    assert (
        "CRPS 20% below that of a random walk with drift, but 2 origins and 7 cases are too few to tell"
        in few
    )
    write(tmp_path, series("a", "skill", 0.3), series("b", "no skill shown", -0.2, documented=False))
    assert read_skill(tmp_path, HASHES).verdict == "skill"
    write(tmp_path, series("b", "not known", 0.0))
    assert read_skill(tmp_path, HASHES).verdict == "not known"


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"format": 9}', '{"format": 1, "hashes": {"model": "a", "spec": "b"}}']
)
def test_an_unreadable_hindcast_is_an_error_that_names_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "hindcast.json").write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"posteriors/x/hindcast\.json: the hindcast cannot be read"):
        read_skill(tmp_path, HASHES, shown="posteriors/x")
