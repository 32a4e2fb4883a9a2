"""Designs: how the members of an ensemble cover the unit cube of its random inputs.

monte carlo      independent members; the error of a share follows the binomial law
latin hypercube  each input stratified over the members of a replicate (McKay, Beckman and Conover 1979)
sobol            Sobol' sequence (directions of Joe and Kuo 2008), Owen-scrambled per input by the hash of
                 Laine and Karras (2011) in the form of Burley (2020)

The two stratified designs are cut into at least eight independent replicates, whose spread gives the error of
any estimate. A member is the same in whatever block it is asked for. Names never disturb each other, except that
the Sobol' dimension of an input is its place in the list: names are added at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tzsim.ensemble.counter import stream_key, uniforms, words

Design: TypeAlias = Literal["monte carlo", "latin hypercube", "sobol"]
DESIGNS: tuple[Design, ...] = ("monte carlo", "latin hypercube", "sobol")

REPLICATES = 8
LARGEST_REPLICATE = 8192


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
        stream = stream_key(seed, f"{name}\0sobol {part.index}")
        scrambled = _owen(np.ascontiguousarray(column * 2.0**32).astype(np.uint32), stream)
        row[:] = (scrambled.astype(np.float64) + 0.5) * 2.0**-32


def _quiet_random(sequence: object, count: int) -> NDArray[np.float64]:
    """Points of the sequence; its warning on lengths that are no power of two is answered by the replicates."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return np.asarray(sequence.random(count))  # type: ignore[attr-defined]


def _owen(x: NDArray[np.uint32], stream: int) -> NDArray[np.uint32]:
    """Nested uniform scrambling of 32-bit fractions: each bit flipped by a hash of the bits above it."""
    salts = [np.uint32((stream >> (32 * k)) & 0xFFFFFFFF) for k in range(4)]
    x = _reverse_bits(x)
    x += salts[0]
    x ^= x * (salts[1] & np.uint32(0xFFFFFFFE))
    x += salts[2]
    x ^= x * (salts[3] & np.uint32(0xFFFFFFFE))
    x ^= x * np.uint32(0x3D20ADEA)
    x += salts[0] ^ salts[2]
    x *= (salts[1] >> np.uint32(16)) | np.uint32(1)
    x ^= x * np.uint32(0x05526C56)
    x ^= x * np.uint32(0x53A22864)
    return _reverse_bits(x)


def _reverse_bits(x: NDArray[np.uint32]) -> NDArray[np.uint32]:
    for shift, mask in ((1, 0x55555555), (2, 0x33333333), (4, 0x0F0F0F0F), (8, 0x00FF00FF)):
        s, m = np.uint32(shift), np.uint32(mask)
        x = ((x >> s) & m) | ((x & m) << s)
    return (x >> np.uint32(16)) | (x << np.uint32(16))
