"""Lay a whole project out in a folder: models, scenarios, calibration, ready to run and to edit."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import tzsim
from tzsim.errors import Address, Both, InputError, both

FOLDERS = ("models", "scenarios", "calibration")
CARRIED = frozenset({".mdl", ".yaml", ".json", ".csv", ".npz", ".md"})
"""Kinds of file that a project consists of; anything else that lies about is not copied."""

_README = """\
# 滕州项目 · The Tengzhou project

    tzsim run scenarios/baseline.yaml

- `scenarios/`：一个文件一个问题；`goals/` 目标，`levers/` 政策手段，`shocks/` 冲击，`views/` 图表。
- `models/`：分部门的存量流量模型（Vensim 文本格式）。
- `calibration/`：历史数据及来源、先验、已保存的后验。
- 复制 `scenarios/dry_spell.yaml`，改几行，就是一个新问题。改动模型、先验或数据后，用
  `tzsim calibrate calibration/tengzhou.yaml` 重新校准，或用 `--prior-only` 先看先验结果。

- `scenarios/`: one file a question; goals, levers, shocks and views beside them.
- `models/`: the sectors of the stock-flow model, in Vensim's text format.
- `calibration/`: history with its sources, priors, the recorded posterior.
- Copy `scenarios/dry_spell.yaml`, change a few lines, and you have asked a new question. After a change of model, priors or
  data fit again with `tzsim calibrate calibration/tengzhou.yaml`, or look at the priors alone with `--prior-only`.
"""


def init_project(folder: str | Path) -> tuple[Path, ...]:
    """Lay out the Tengzhou project in `folder`, which must not exist or be empty; the files written, relative to it.

    Nothing is left half-written: the project is laid out beside its place and then moved there. The working folder, '.', will do.

    Raises InputError where the folder holds something, is a file, or cannot be written.
    """
    target = Path(folder)
    problem = _in_the_way(target)
    if problem is not None:
        raise InputError.one(
            problem,
            Address(str(target)),
            both(
                "换一个新文件夹名，如 tzsim init my-project；没有写出任何文件",
                "name a new folder: tzsim init my-project; nothing was written",
            ),
        )
    target.resolve().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".tzsim-init-", dir=target.resolve().parent) as scratch:
        draft = Path(scratch) / "project"
        files = _copy(_source(), draft)
        umask = os.umask(0)
        os.umask(umask)
        draft.chmod(0o777 & ~umask)
        if target.is_dir():
            for part in sorted(draft.iterdir()):
                part.rename(target / part.name)
        else:
            draft.rename(target)
    return files


def _in_the_way(target: Path) -> Both | None:
    if target.is_dir():
        return both("文件夹不是空的", "the folder is not empty") if any(target.iterdir()) else None
    there = target.exists() or target.is_symlink()
    return both("已有同名文件", "there is a file of this name") if there else None


def _source() -> Path:
    """Where the project's files are: inside an installed package, or around it in a checkout."""
    package = Path(tzsim.__file__).parent
    for place in (package / "project", package.parent):
        if all((place / name).is_dir() for name in FOLDERS):
            return place
    text = both("本安装不含滕州项目", "this installation does not carry the Tengzhou project")
    hint = both("请用安装包（wheel）安装 tzsim", "install tzsim from its wheel")
    raise InputError.one(text, Address(str(package)), hint)


def _copy(source: Path, draft: Path) -> tuple[Path, ...]:
    files = [
        path.relative_to(source)
        for name in FOLDERS
        for path in sorted((source / name).rglob("*"))
        if path.is_file() and path.suffix in CARRIED and not path.name.startswith(".")
    ]
    for file in files:
        (draft / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / file, draft / file)
    (draft / "README.md").write_text(_README, "utf-8")
    return (Path("README.md"), *files)
