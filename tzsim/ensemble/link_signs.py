"""link_signs: does an effect move the same way as its cause, or the opposite way, everything else as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

import numpy as np

from tzsim.ensemble.draws import Draws
from tzsim.ensemble.simulate import simulate
from tzsim.errors import TzsimError
from tzsim.ir.model import Model
from tzsim.names import VarId
from tzsim.passes.nudge import add_nudges

Sign: TypeAlias = Literal["+", "-", "?", ""]
"""'?': both ways, by time, element or member, or not known. '': the effect did not answer anywhere."""

NOISE = 1e-12
"""Answer, relative to the effect, that counts as none."""


def link_signs(
    model: Model,
    links: Iterable[tuple[VarId, VarId]],
    draws: Draws | Mapping[str, object] | None = None,
    *,
    members: int | None = None,
) -> dict[tuple[VarId, VarId], Sign]:
    """The sign of each link (cause, effect): finite differences at every saved time of every member.

    All elements of the cause are raised by a hundredth; a stock answers by its net flow. draws, members: as for `simulate`; None
    takes the model's own numbers. A model that does not run has '?' everywhere.
    """
    wanted = list(dict.fromkeys(links))
    nudged, names = add_nudges(model, wanted)
    keep = sorted({n for two in names.values() for n in (two.usual, two.higher)})
    signs: dict[tuple[VarId, VarId], Sign] = dict.fromkeys(wanted, "?")
    if not keep:
        return signs
    try:
        paths = simulate(nudged, draws, members=members, keep=keep)
    except TzsimError:
        return signs
    for link, two in names.items():
        usual = np.asarray(paths[two.usual].values, dtype=np.float64)
        higher = np.asarray(paths[two.higher].values, dtype=np.float64)
        with np.errstate(invalid="ignore"):
            change = np.where(np.isfinite(usual) & np.isfinite(higher), higher - usual, 0.0)
            least = NOISE * np.nan_to_num(np.abs(usual), nan=0.0, posinf=0.0)
        up, down = bool((change > least).any()), bool((change < -least).any())
        signs[link] = "?" if up and down else "+" if up else "-" if down else ""
    return signs
