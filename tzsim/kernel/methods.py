"""Integration methods with a fixed step: Euler, Heun, classical Runge-Kutta."""

from __future__ import annotations

from collections.abc import Callable

from tzsim.ir.model import Method

Rates = Callable[[int, float, list[float]], list[float]]
"""(stage, share of the step, slope) -> derivatives at start + share * step * slope."""


def euler(start: list[float], k1: list[float], dt: float, rates: Rates) -> list[float]:
    """Order 1."""
    return [y + dt * a for y, a in zip(start, k1, strict=True)]


def heun(start: list[float], k1: list[float], dt: float, rates: Rates) -> list[float]:
    """Order 2: the mean of the slopes at both ends (RK2 of Vensim and Stella)."""
    k2 = rates(1, 1.0, k1)
    return [y + dt * (0.5 * (a + b)) for y, a, b in zip(start, k1, k2, strict=True)]


def rk4(start: list[float], k1: list[float], dt: float, rates: Rates) -> list[float]:
    """Order 4: the classical Runge-Kutta method with a fixed step."""
    k2 = rates(1, 0.5, k1)
    k3 = rates(2, 0.5, k2)
    k4 = rates(3, 1.0, k3)
    return [
        y + dt * ((a + 2.0 * (b + c) + d) / 6.0)
        for y, a, b, c, d in zip(start, k1, k2, k3, k4, strict=True)
    ]  # fmt: skip


METHODS: dict[Method, Callable[[list[float], list[float], float, Rates], list[float]]] = {
    "euler": euler,
    "heun": heun,
    "rk4": rk4,
}
