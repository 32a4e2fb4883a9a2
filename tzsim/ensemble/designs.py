"""Designs: how the members of an ensemble cover the unit cube of its random inputs.

monte carlo      independent members; the error of a share follows the binomial law
latin hypercube  each input stratified over the members of a replicate (McKay, Beckman and Conover 1979)
sobol            Sobol' sequence (directions of Joe and Kuo 2008) under random linear scrambling with a digital shift
                 (Matousek 1998): every point is uniform, nets stay nets, and the variance of an estimate is that of
                 Owen's nested scrambling (Owen 2003)

The two stratified designs are cut into at least eight independent replicates, whose spread gives the error of
any estimate. Sobol' points are balanced where a replicate holds a power of two of them, and with tens of inputs a few hundred
members are too few to keep all pairs of inputs apart: a Latin hypercube is the design for those.
A member is the same in whatever block it is asked for. Names never disturb each other, except that
the Sobol' dimension of an input is its place in the list: names are added at the end.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from numbers import Integral
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tzsim.ensemble.counter import uniforms, words
from tzsim.errors import Problem, TzsimWarning

Design: TypeAlias = Literal["monte carlo", "latin hypercube", "sobol"]
DESIGNS: tuple[Design, ...] = ("monte carlo", "latin hypercube", "sobol")

REPLICATES = 8
LARGEST_REPLICATE = 8192
_BITS = 32


class UnbalancedDesign(TzsimWarning):
    """A stratified design of a size at which it is not, or hardly, stratified."""


@dataclass(frozen=True, slots=True)
class Replicate:
    """Members first .. first + size - 1, one independent randomisation of a stratified design."""

    index: int
    first: int
    size: int


def replicates(design: Design, members: int) -> tuple[Replicate, ...]:
    """The replicates of a design in member order; plain Monte Carlo is one.

    Sizes differ by at most one; never fewer than eight replicates unless there are fewer members.
    """
    if design == "monte carlo":
        return (Replicate(0, 0, members),)
    count = min(members, max(REPLICATES, -(-members // LARGEST_REPLICATE)))
    bounds = [members * r // count for r in range(count + 1)]
    return tuple(Replicate(r, a, b - a) for r, (a, b) in enumerate(pairwise(bounds)))


def check_design(design: Design, members: int) -> None:
    """Warn (`UnbalancedDesign`) of a size for which a design does not do what it is chosen for."""
    if design == "monte carlo":
        return
    sizes = [part.size for part in replicates(design, members)]
    if min(sizes) < 2:
        warnings.warn(
            f"{members} members are too few for the {REPLICATES} replicates of design {design!r}: they are independent,"
            f" not stratified; take {4 * REPLICATES} or more",
            UnbalancedDesign,
            stacklevel=3,
        )
    elif design == "sobol" and any(size & (size - 1) for size in sizes):
        below = 1 << (members.bit_length() - 1)
        warnings.warn(
            f"Sobol' points are balanced where a replicate holds a power of two of them; {members} members make"
            f" {len(sizes)} replicates of {max(sizes)}: take {below} or {2 * below}",
            UnbalancedDesign,
            stacklevel=3,
        )


def seed_problems(seed: object) -> list[Problem]:
    """What is wrong with a seed, wherever one is given: it is a whole number from 0 to 2**63 - 1."""
    if isinstance(seed, Integral) and 0 <= int(seed) < 2**63:
        return []
    return [Problem(None, f"seed: expected a whole number from 0 to 2**63 - 1, not {seed!r}")]


def unit_cube(
    design: Design, names: Sequence[str], members: int, seed: int, first: int, count: int
) -> NDArray[np.float64]:
    """(name, count) uniforms in (0, 1) of members first .. first + count - 1, out of `members` in all.

    Raises ValueError for an unknown design or members outside 0 .. members.
    """
    if design not in DESIGNS:
        raise ValueError(f"design {design!r} is none of {', '.join(DESIGNS)}")
    if first < 0 or first + count > members:
        raise ValueError(f"members {first} to {first + count - 1} of an ensemble of {members}")
    cube = np.empty((len(names), count))
    if design == "monte carlo":
        for row, name in zip(cube, names, strict=True):
            row[:] = uniforms(seed, name, first, count)
        return cube
    for part in replicates(design, members):
        begin, end = max(first, part.first), min(first + count, part.first + part.size)
        if begin >= end:
            continue
        inside = slice(begin - part.first, end - part.first)
        target = cube[:, begin - first : end - first]
        if design == "latin hypercube":
            _latin_hypercube(target, names, seed, part, inside)
        else:
            _sobol(target, names, seed, part, inside)
    return cube


def _latin_hypercube(
    target: NDArray[np.float64], names: Sequence[str], seed: int, part: Replicate, inside: slice
) -> None:
    for row, name in zip(target, names, strict=True):
        stream = f"{name}\0hypercube {part.index}"
        strata = np.argsort(words(seed, stream, 0, part.size), kind="stable")[inside]
        jitter = uniforms(seed, stream + "\0within", inside.start, inside.stop - inside.start)
        row[:] = (strata + jitter) / part.size


def _sobol(
    target: NDArray[np.float64], names: Sequence[str], seed: int, part: Replicate, inside: slice
) -> None:
    from scipy.stats import qmc

    sequence = qmc.Sobol(len(names), scramble=False, bits=32)
    if inside.start:
        sequence.fast_forward(inside.start)
    points = _quiet_random(sequence, inside.stop - inside.start)
    for row, name, column in zip(target, names, points.T, strict=True):
        scrambled = _scrambled((column * 2.0**32).astype(np.uint32), seed, f"{name}\0sobol {part.index}")
        row[:] = (scrambled.astype(np.float64) + 0.5) * 2.0**-32


def _quiet_random(sequence: object, count: int) -> NDArray[np.float64]:
    """Points of the sequence; its warning on lengths that are no power of two is `check_design`'s."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return np.asarray(sequence.random(count))  # type: ignore[attr-defined]


def _scrambled(x: NDArray[np.uint32], seed: int, stream: str) -> NDArray[np.uint32]:
    """L x + e over the bits of 32-bit fractions: L random, lower triangular with a unit diagonal, and e random.

    Bit i of the result is bit i of x, flipped by a random parity of the bits above it.
    """
    raw = words(seed, stream, 0, _BITS + 1) >> np.uint64(_BITS)
    # Column j of L: what a one in bit j (from the top) adds; itself, and a random half of the bits below.
    columns = [(1 << (_BITS - 1 - j)) | (int(raw[j]) & ((1 << (_BITS - 1 - j)) - 1)) for j in range(_BITS)]
    result = np.full(x.shape, np.uint32(raw[_BITS]))
    for byte in range(4):
        table = np.zeros(256, dtype=np.uint32)
        for bit in range(8):
            size = 1 << bit
            table[size : 2 * size] = table[:size] ^ np.uint32(columns[8 * byte + 7 - bit])
        result ^= table[(x >> np.uint32(24 - 8 * byte)) & np.uint32(0xFF)]
    return result
