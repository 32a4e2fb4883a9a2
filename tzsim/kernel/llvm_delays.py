"""Delays whose time changes, on eight members: what is sent goes into the row of the step in which it arrives.

The history of such a delay has a row for each step of the run (row 0 takes what arrives after its end), the same again
for the step in which it was sent (information only), and two rows for each of what arrived last, of even and odd steps.
Every row is empty again once its step is reached, so that the next block of members finds it so.
"""

from __future__ import annotations

import sys
from typing import Protocol

from tzsim.kernel.llvm_code import LANES, MAGIC, Code, I, V, bits, literal, real, whole
from tzsim.kernel.program import Delay

NONE = -sys.float_info.max
"""Stands where nothing arrives."""
NEVER = -1.0
"""The step in which what never was sent was sent."""
FAR = 2.0**40


class Body(Protocol):
    """The function under construction."""

    code: Code

    def ring(self, i: int, which: int) -> str: ...
    def history(self, i: int, place: str) -> str: ...


def rows(delay: Delay, steps: int) -> list[tuple[int, float]]:
    """Numbers of rows of the parts of a delay's history, and what stands in them before a run."""
    parts = [(steps + 1, NONE), (2, NONE)]
    return parts if delay.kind == "material" else [*parts, (steps + 1, NEVER), (2, NEVER)]


def as_whole(c: Code, x: str) -> str:
    """Integers of whole numbers, at most 2^40."""
    short = c.select(c.compare("olt", x, real(FAR)), x, real(FAR))
    return c.integer("sub", c.as_bits(c.add(short, real(MAGIC))), whole(bits(MAGIC)))


def _parity(body: Body, i: int, part: int, k: str) -> str:
    """Address of the row of step k of what arrived last; part 0 what it is, 1 when it was sent."""
    c, steps = body.code, body.ring(i, 1)
    odd = c.let(f"and i64 {k}, 1")
    begin = c.let(f"add i64 {odd}, {part * 2}")
    first = c.let(f"mul i64 {steps}, {part + 1}")
    return body.history(i, c.let(f"add i64 {begin}, {first}"))


def _load(c: Code, address: str) -> str:
    return c.let(f"load {V}, ptr {address}, align 64")


def send(body: Body, i: int, delay: Delay, amount: str, waits: str) -> None:
    """What step %k sends, and what step %k + 1 will find."""
    c, add = body.code, delay.kind == "material"
    steps = body.ring(i, 1)
    number = as_whole(c, waits)
    step = c.let("sitofp i64 %k to double")
    for lane in range(LANES):
        wait = c.let(f"extractelement {I} {number}, i32 {lane}")
        due = c.let(f"add i64 %k, {wait}")
        late = c.let(f"icmp sge i64 {due}, {steps}")
        place = c.let(f"select i1 {late}, i64 0, i64 {due}")
        one = c.let(f"extractelement {V} {amount}, i32 {lane}")
        address = c.let(f"getelementptr double, ptr {body.history(i, place)}, i64 {lane}")
        if add:
            old = c.let(f"load double, ptr {address}")
            none = c.let(f"fcmp oeq double {old}, {literal(NONE)}")
            total = c.let(f"fadd double {old}, {one}")
            one = c.let(f"select i1 {none}, double {one}, double {total}")
        else:
            sent_row = body.history(i, c.let(f"add i64 {place}, {c.let(f'add i64 {steps}, 2')}"))
            c.do(f"store double {step}, ptr {c.let(f'getelementptr double, ptr {sent_row}, i64 {lane}')}")
        c.do(f"store double {one}, ptr {address}")
    after = c.let("add i64 %k, 1")
    last = c.let(f"icmp sge i64 {after}, {steps}")
    place = c.let(f"select i1 {last}, i64 0, i64 {after}")
    row = body.history(i, place)
    now = _load(c, row)
    c.do(f"store {V} {real(NONE)}, ptr {row}, align 64")
    if add:
        c.do(f"store {V} {now}, ptr {_parity(body, i, 0, after)}, align 64")
        return
    sent_row = body.history(i, c.let(f"add i64 {place}, {c.let(f'add i64 {steps}, 2')}"))
    sent = _load(c, sent_row)
    c.do(f"store {V} {real(NEVER)}, ptr {sent_row}, align 64")
    start = c.let("icmp eq i64 %k, 0")
    held = c.let(f"select i1 {start}, {V} {real(NONE)}, {V} {_load(c, _parity(body, i, 0, '%k'))}")
    newest = c.let(f"select i1 {start}, {V} {real(NEVER)}, {V} {_load(c, _parity(body, i, 1, '%k'))}")
    newer = c.compare("ogt", sent, newest)
    c.do(f"store {V} {c.select(newer, now, held)}, ptr {_parity(body, i, 0, after)}, align 64")
    c.do(f"store {V} {c.select(newer, sent, newest)}, ptr {_parity(body, i, 1, after)}, align 64")


def arriving(body: Body, i: int, delay: Delay, initial: str, waits: str, missing: str) -> str:
    """The value of a delay in step %k."""
    c = body.code
    start = c.let("icmp eq i64 %k, 0")
    found = c.let(f"select i1 {start}, {V} {real(NONE)}, {V} {_load(c, _parity(body, i, 0, '%k'))}")
    none = c.compare("oeq", found, real(NONE))
    if delay.kind == "information":
        return c.select(none, initial, found)
    early = c.compare("olt", c.spread(c.let("sitofp i64 %k to double")), waits)
    alone = c.select(early, initial, missing)
    return c.select(none, alone, c.select(early, c.add(found, initial), found))
