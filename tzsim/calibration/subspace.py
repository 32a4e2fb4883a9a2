"""The few directions among hundreds of coordinates that documented figures can inform.

The Gauss-Newton Hessian of the log likelihood, J' J with J the slope of the figures in units of their errors, averaged
over a few particles; its leading eigenvectors span the likelihood-informed subspace (Cui, Martin, Marzouk, Solonen &
Spantini 2014, Inverse Problems 30). It turns as the particles move towards the posterior, so it is found again at
each temperature.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tzsim.calibration.moves import FloatArray

STEP = 0.3
"""Distance over which slopes are taken: wide, so that kinks of a model count by their average effect."""

LEAST = 0.05
"""Eigenvalues kept: a direction with eigenvalue h has its prior variance cut to about 1/(1 + h)."""


def informed_directions(
    predict: Callable[[FloatArray], FloatArray], sds: FloatArray, points: FloatArray, *, most: int = 60
) -> FloatArray:
    """(parameter, direction), orthonormal, by falling information; at most `most` of them, perhaps none.

    predict: (draw, parameter) -> (figure, draw). sds: (figure,). points: (point, parameter) where slopes are taken; those
    that are not finite count as zero. Costs parameters + 1 predictions a point.
    """
    count, parameters = points.shape
    slopes: list[FloatArray] = []
    for point in points:
        found = predict(np.vstack([point, point + STEP * np.eye(parameters)]))
        slope = (found[:, 1:] - found[:, :1]) / (STEP * sds[:, None])
        slopes.append(np.nan_to_num(slope, nan=0.0, posinf=0.0, neginf=0.0))
    _, singular, rows = np.linalg.svd(np.concatenate(slopes) / count**0.5, full_matrices=False)
    return _signed(rows[(singular**2 > LEAST) & (np.arange(len(singular)) < most)].T)


def _signed(vectors: FloatArray) -> FloatArray:
    """Directions with their largest entry positive, whatever sign the library chose."""
    if not vectors.size:
        return vectors
    largest = vectors[np.argmax(np.abs(vectors), axis=0), np.arange(vectors.shape[1])]
    return np.ascontiguousarray(vectors * np.sign(largest))
