"""Functions of time. `time` is the start of the step, `step` the TIME STEP.

STEP, PULSE, PULSE TRAIN and PULSE MAGNITUDE do not change inside a step whatever the integration method and compare
with Time + TIME STEP / 2 (Vensim Help, 'STEP', 'PULSE', 'PULSE TRAIN'); RAMP is continuous.
"""

from __future__ import annotations

from tzsim.ir.arithmetic import divide, floor

_SLACK = 1e-6


def step_input(time: float, step: float, height: float, start: float) -> float:
    """STEP(height, start)."""
    return height if time + 0.5 * step > start else 0.0


def ramp(time: float, slope: float, start: float, end: float) -> float:
    """RAMP(slope, start, end): from 0 at `start`, held after `end`; an end before the start never comes."""
    if time > start:
        return slope * (time - start) if time < end or start > end else slope * (end - start)
    return 0.0


def pulse(time: float, step: float, start: float, width: float) -> float:
    """PULSE(start, width): 1 for start < time + step/2 < start + width; a width of 0 is one step."""
    plus = time + 0.5 * step
    return 1.0 if start < plus < start + (width if width != 0.0 else step) else 0.0


def pulse_train(time: float, step: float, start: float, width: float, interval: float, end: float) -> float:
    """PULSE TRAIN(start, width, interval, end): pulses of at least one step, the last begins at or before `end`.

    Nothing after `end`, but a pulse that starts exactly at the end time shows (SDEverywhere pulsetrain, from Vensim).
    An interval below the width gives 1 from start to end.
    """
    plus = time + 0.5 * step
    width = max(width, step)
    if plus <= start or time > end + _SLACK * step:
        return 0.0
    if interval <= width:
        return 1.0 if interval > 0.0 or plus < start + width else 0.0
    begun = start + interval * floor(divide(plus - start, interval))
    return 1.0 if plus < begun + width and begun <= end + _SLACK * step else 0.0


def pulse_magnitude(time: float, step: float, magnitude: float, first: float, interval: float) -> float:
    """XMILE PULSE(magnitude, first, interval): magnitude / step in one step; interval 0 for one pulse only."""
    plus = time + 0.5 * step
    if plus <= first:
        return 0.0
    since = plus - first
    if interval > 0.0:
        since -= interval * floor(divide(since, interval))
    return magnitude / step if since <= step else 0.0
