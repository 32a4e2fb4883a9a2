"""The built wheel, in an environment of its own: it carries the project, and `tzsim init` lays it out ready to run."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

import tzsim
from tzsim.errors import InputError

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=clean, capture_output=True, text=True, encoding="utf-8", check=False
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.mark.slow
def test_wheel_carries_the_project_and_runs_it(tmp_path: Path) -> None:
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    run(*pip, "wheel", ROOT, "--no-deps", "--no-build-isolation", "-w", tmp_path / "wheel", cwd=tmp_path)
    (wheel,) = (tmp_path / "wheel").glob("tzsim-*.whl")
    home = tmp_path / "environment"
    venv.create(home, with_pip=False)
    scripts = home / ("Scripts" if os.name == "nt" else "bin")
    run(*pip, "--python", home, "install", "--no-deps", "--no-index", wheel, cwd=tmp_path)
    # The libraries are those of this environment; a path file inside a path file is not read, so its tzsim is not seen.
    site = run(
        scripts / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path
    )
    Path(site.stdout.strip(), "libraries.pth").write_text(sysconfig.get_path("purelib"), "utf-8")

    place = run(scripts / "python", "-c", "import tzsim; print(tzsim.__file__)", cwd=tmp_path)
    assert Path(place.stdout.strip()).is_relative_to(home)
    assert Path(place.stdout.strip()).with_name("py.typed").is_file()
    run(scripts / "tzsim", "init", "county", cwd=tmp_path)
    county = tmp_path / "county"
    run(scripts / "tzsim", "run", "scenarios/baseline.yaml", "--draws", "200", "--quiet", cwd=county)
    assert (county / "out" / "baseline" / "goals.csv").is_file()
    again = run(scripts / "tzsim", "init", "county", cwd=tmp_path, code=2)
    assert "文件夹不是空的" in again.stderr


def test_laid_out_files_are_those_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    files = tzsim.init_project(tmp_path / "new")
    assert {f.parts[0] for f in files} == {"README.md", "models", "scenarios", "calibration"}
    for file in files[1:]:
        assert (tmp_path / "new" / file).read_bytes() == (ROOT / file).read_bytes()
    on_disk = {p.relative_to(tmp_path / "new") for p in (tmp_path / "new").rglob("*") if p.is_file()}
    assert on_disk == set(files)
    assert [p.name for p in tmp_path.iterdir()] == ["new"]


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep me", "utf-8")
    (tmp_path / "file").write_text("keep me too", "utf-8")
    for name, words in (("mine", "not empty"), ("file", "a file of this name")):
        with pytest.raises(InputError, match=words):
            tzsim.init_project(tmp_path / name)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["file", "letter.txt", "mine"]
