"""The evidence grade of a goal: how much of the prior variance of its measure the data removed."""

from __future__ import annotations

CALIBRATED, PARTLY = 0.5, 0.1
"""More than half of the variance removed; at least a tenth."""


def grade(removed: float, *, delivery: bool = False) -> str:
    """The grade from 1 - posterior variance / prior variance; nan (a measure that never varied) is 'prior only'.

    delivery: nothing but a delivery programme stands behind the goal.
    """
    if delivery:
        return "delivery plan only"
    if removed > CALIBRATED:
        return "calibrated"
    return "partly" if removed >= PARTLY else "prior only"
