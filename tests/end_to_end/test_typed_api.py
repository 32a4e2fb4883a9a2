"""The public names as an editor sees them: their types by pyright in strict mode, their signatures by help()."""

from __future__ import annotations

import inspect
import json
import pydoc
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import tzsim

USER = Path(__file__).with_name("typed_user.py")
ROOT = Path(__file__).parents[2]


def test_a_users_script_names_every_public_name() -> None:
    text = USER.read_text("utf-8")
    assert [name for name in tzsim.__all__ if name not in text] == []


def checked(folder: Path, text: str) -> list[str]:
    """What pyright objects to in a script of somebody who has installed tzsim."""
    (folder / "user.py").write_text(text, "utf-8")
    settings = {"pythonVersion": "3.11", "extraPaths": [str(ROOT)], "include": ["user.py"]}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), "utf-8")
    tool = shutil.which("pyright", path=str(Path(sys.executable).parent)) or shutil.which("pyright")
    assert tool is not None
    command = [tool, "--outputjson", "--pythonpath", sys.executable, "-p", str(folder)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    said = json.loads(found.stdout)
    assert said["summary"]["filesAnalyzed"] == 1
    return [f"{d['range']['start']['line'] + 1}: {d['message']}" for d in said["generalDiagnostics"]]


@pytest.mark.slow
def test_a_users_script_is_typed_throughout(tmp_path: Path) -> None:
    text = USER.read_text("utf-8")
    assert checked(tmp_path, text) == []
    wrong = text.replace('noise="student t"', 'noise="poisson"').replace(
        "sd=40, replicates=200", "sd=40, replicate=200"
    )
    objections = "\n".join(checked(tmp_path, wrong))
    assert "poisson" in objections
    assert "SelfCheck" in objections


@pytest.mark.parametrize("verb", [tzsim.calibrate, tzsim.self_check])
def test_help_shows_the_real_signature(verb: object) -> None:
    text = pydoc.plain(pydoc.render_doc(verb))
    for name in ("priors:", "observed:", "sd:", "relative_sd:", "noise:", "seed:", "settings:"):
        assert name in text
    assert inspect.isfunction(verb)


def test_the_verb_stays_a_function_whatever_is_imported() -> None:
    code = "import tzsim.calibration.smc, tzsim.calibration.calibrate, tzsim; print(type(tzsim.calibrate).__name__)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "function"


def test_the_reference_has_every_public_name_where_it_lives() -> None:
    text = (ROOT / "docs" / "reference.md").read_text("utf-8")
    listed = [line.removeprefix("::: ") for line in text.splitlines() if line.startswith("::: ")]
    assert sorted(p.rsplit(".", 1)[1] for p in listed) == sorted({*tzsim.__all__} - {"__version__"})
    assert "`tzsim.__version__`" in text
    for path in listed:
        home, name = path.rsplit(".", 1)
        found = getattr(import_module(home), name)
        public = getattr(tzsim, name)
        assert found is public or name == "forecast", path
        assert (found.__doc__ or "").strip(), path
