"""Subscript ranges: numeric spans, ranges inside ranges, equal ranges and mappings, resolved to elements."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tzsim.errors import Address, InputError, Problem, nearest
from tzsim.ir.model import SubscriptRange
from tzsim.names import VarId, key
from tzsim.translate.syntax import MAX_ELEMENTS, SyntaxProblem
from tzsim.translate.vensim.left import Entry, Left, Span
from tzsim.translate.vensim.repeating import Groups, once

MAX_INSIDE = 100
_NUMBERED = re.compile(r"^(.*?)(\d+)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class RangeText:
    left: Left
    comment: str
    address: Callable[[int], Address]


def span(entry: Span) -> list[str]:
    first, last = _NUMBERED.match(entry.first), _NUMBERED.match(entry.last)
    if not first or not last or key(first[1] + "x") != key(last[1] + "x"):
        raise SyntaxProblem(
            entry.at, f"'{entry.first}-{entry.last}' is not a numeric range", "write it as 'name1-name9'"
        )
    low, high = int(first[2]), int(last[2])
    if not low <= high or high - low >= MAX_ELEMENTS:
        raise SyntaxProblem(entry.at, f"'{entry.first}-{entry.last}' has {high - low + 1:,} elements")
    return [f"{first[1]}{n}" for n in range(low, high + 1)]


def resolve_ranges(
    texts: list[RangeText],
    external: Callable[[Left], tuple[str, ...]],
    problems: list[Problem],
    repeating: set[VarId],
) -> dict[VarId, SubscriptRange]:
    """All ranges of a model by identifier. What is wrong is added to `problems`.

    A range that lists an element twice, so that two elements of another range map to it one by one (a usage of the
    Energy Policy Simulator), has the element once, mapped to both, and is added to `repeating`.
    """
    declared = {key(t.left.name): t for t in texts}
    alias_of = {key(t.left.name): key(str(t.left.entries[0])) for t in texts if t.left.kind == "alias"}
    done: dict[VarId, tuple[str, ...]] = {}
    busy: set[VarId] = set()

    def expand(entry: Entry) -> list[str]:
        if isinstance(entry, Span):
            return span(entry)
        return list(elements(key(entry))) if key(entry) in declared else [entry]

    def elements(name: VarId) -> tuple[str, ...]:
        if name in done:
            return done[name]
        text = declared[name]
        if name in busy:
            raise SyntaxProblem(text.left.at, f"subscript range '{text.left.name}' contains itself")
        if len(busy) > MAX_INSIDE:
            raise SyntaxProblem(
                text.left.at, f"subscript ranges inside each other more than {MAX_INSIDE} deep"
            )
        busy.add(name)
        try:
            if text.left.call:
                found = external(text.left)
            else:
                # a range may list an element of its own name; only other names are looked up
                found = tuple(
                    e
                    for entry in text.left.entries
                    for e in ([entry] if isinstance(entry, str) and key(entry) == name else expand(entry))
                )
                if text.left.kind == "alias" and key(str(text.left.entries[0])) not in declared:
                    raise SyntaxProblem(
                        text.left.at,
                        f"'{text.left.name}' is set equal to the unknown range '{text.left.entries[0]}'",
                        nearest(str(text.left.entries[0]), [t.left.name for t in texts]),
                    )
        finally:
            busy.discard(name)
        if len(found) > MAX_ELEMENTS:
            raise SyntaxProblem(
                text.left.at, f"subscript range '{text.left.name}' has {len(found):,} elements"
            )
        done[name] = found
        return found

    def mapped(text: RangeText, own: tuple[str, ...]) -> Groups:
        found: Groups = {}
        for mapping in text.left.mappings:
            target = key(mapping.target)
            if target not in declared:
                raise SyntaxProblem(
                    mapping.at,
                    f"'{text.left.name}' is mapped to the unknown range '{mapping.target}'",
                    nearest(mapping.target, [t.left.name for t in texts]),
                )
            groups = (
                [tuple(expand(e)) for e in declared[target].left.entries] or [(e,) for e in elements(target)]
                if mapping.entries is None
                else [tuple(x for e in group for x in expand(e)) for group in mapping.entries]
            )
            flat = [e for group in groups for e in group]
            own_groups = [expand(e) for e in text.left.entries]
            if mapping.entries is None and len(flat) == len(own):
                rows = [(e,) for e in flat]
            elif len(groups) == len(own):
                rows = groups
            elif len(flat) == len(own):
                rows = [(e,) for e in flat]
            elif len(groups) == len(own_groups):
                rows = [group for group, mine in zip(groups, own_groups, strict=True) for _ in mine]
            else:
                raise SyntaxProblem(
                    mapping.at,
                    f"'{text.left.name}' has {len(own)} elements, its mapping to '{mapping.target}' has {len(groups)}",
                )
            found[declared[target].left.name] = tuple(rows)
        return found

    result: dict[VarId, SubscriptRange] = {}
    for name, text in declared.items():
        try:
            own = elements(name)
            mappings = mapped(text, own)
            if len({key(e) for e in own}) < len(own):
                if not mappings:
                    counts = Counter(key(e) for e in own)
                    twice = next(e for e in own if counts[key(e)] > 1)
                    message = f"subscript range '{text.left.name}' lists '{twice}' twice"
                    raise SyntaxProblem(text.left.at, message)
                repeating.add(name)
                own, mappings = once(own, mappings)
        except SyntaxProblem as fault:
            problems.append(Problem(text.address(fault.at), fault.message, fault.hint))
            continue
        except InputError as error:
            problems.extend(error.problems)
            continue
        result[name] = SubscriptRange(text.left.name, own, mappings, text.comment, text.address(text.left.at))
    for one, other in alias_of.items():
        if one in result and other in result:
            identity = tuple((e,) for e in result[one].elements)
            for a, b in ((one, other), (other, one)):
                old = result[a]
                result[a] = SubscriptRange(
                    old.name,
                    old.elements,
                    {**old.mappings, result[b].name: identity},
                    old.comment,
                    old.address,
                )
    return result
