"""Settings of the levers that were tried: every member's margin at each, kept so that nothing is run twice.

The search is decided by these numbers alone. A search that was interrupted and is started again with its state file takes the same
path through what it knows, at once, and goes on where it stopped: the answer is the same as without the interruption.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from tzsim.files import write_whole

FloatArray = NDArray[np.float64]

SAVE_EVERY = 20


class Tried:
    """Margins (member,) by setting (lever,); `run` is asked for those that are not known.

    state: file to take known settings from and to save them to; `question` says what they belong to, and a file of another question
    is not used. told: how many settings were asked for, after each.
    """

    def __init__(
        self,
        run: Callable[[FloatArray], FloatArray],
        question: str,
        state: Path | None = None,
        told: Callable[[int], None] | None = None,
    ) -> None:
        self._run, self._question, self._state = run, question, state
        self._told = told
        self._known: dict[bytes, tuple[FloatArray, FloatArray]] = {}
        self._asked: dict[bytes, tuple[FloatArray, FloatArray]] = {}
        self._unsaved = 0
        if state is not None:
            self._load(state)

    def __len__(self) -> int:
        """Settings asked for, whether known from the file or run."""
        return len(self._asked)

    def margins(self, x: FloatArray) -> FloatArray:
        """Margins (member,) at x (lever,) in 0..1."""
        name = x.tobytes()
        if name not in self._known:
            try:
                self._known[name] = (x.copy(), self._run(x))
            except KeyboardInterrupt:
                self.save()
                raise
            self._unsaved += 1
            if self._unsaved >= SAVE_EVERY:
                self.save()
        self._asked.setdefault(name, self._known[name])
        if self._told is not None:
            self._told(len(self._asked))
        return self._known[name][1]

    def settings(self) -> list[tuple[FloatArray, FloatArray]]:
        """Every setting asked for and its margins, in order; what a state file knows beyond that is no part of it."""
        return list(self._asked.values())

    def save(self) -> None:
        """Write the state file, whole or not at all."""
        if self._state is None or not self._unsaved:
            return
        self._state.parent.mkdir(parents=True, exist_ok=True)
        points = np.stack([x for x, _ in self._known.values()])
        margins = np.stack([m for _, m in self._known.values()])
        file = io.BytesIO()
        np.savez(file, allow_pickle=False, question=np.array(self._question), points=points, margins=margins)
        write_whole(self._state, file.getbuffer())
        self._unsaved = 0

    def done(self) -> None:
        """The search has ended: the state file goes."""
        if self._state is not None:
            self._state.unlink(missing_ok=True)

    def _load(self, state: Path) -> None:
        found = read_tried(state, self._question)
        for x, m in zip(*found, strict=True) if found is not None else ():
            self._known[x.tobytes()] = (x, m)


def read_tried(state: Path, question: str) -> tuple[FloatArray, FloatArray] | None:
    """Settings (setting, lever) and margins (setting, member) of a state file; None where it is not there, damaged or of another question."""
    try:
        with np.load(state, allow_pickle=False) as file:
            if str(file["question"]) != question:
                return None
            points, margins = file["points"], file["margins"]
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None
    return (points, margins) if len(points) == len(margins) else None
