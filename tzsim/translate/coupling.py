"""A folder of sector files to one model.

What a sector needs from elsewhere stands in its group `.Inputs` as a stand-in, so that the sector runs alone. Coupling
drops a stand-in where another file defines the same name outside `.Inputs`: that file owns it. Owner and stand-in must
agree in unit and subscripts; a name has one owner; ranges, time settings and integration method are equal in all files.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tzsim.errors import Address, InputError, Problem, Unsupported
from tzsim.ir.model import Model, SourceFile, SubscriptRange, Variable
from tzsim.names import VarId, key
from tzsim.translate.spelling import plain_unit
from tzsim.translate.text import broken_text

INPUTS = "inputs"
CONTROL = ("initial_time", "final_time", "time_step", "saveper")
SECTOR_KINDS = (".mdl", ".xmile", ".stmx")


def read_folder(folder: Path, data_files: Sequence[Path] = ()) -> Model:
    """The coupled model of all sector files of a folder, in the order of their names."""
    from tzsim.translate.reading import read_file

    paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in SECTOR_KINDS and p.is_file())
    if not paths:
        raise InputError.one(f"'{folder}' holds no sector files", None, "a sector is a .mdl or XMILE file")
    models: list[tuple[str, Model]] = []
    problems: list[Problem] = []
    only_refused = True
    for path in paths:
        broken = broken_text(path)
        if broken is not None:
            problems.append(broken)
            only_refused = False
            continue
        try:
            models.append((path.name, read_file(path, data_files)))
        except InputError as error:
            only_refused = only_refused and isinstance(error, Unsupported)
            problems.extend(error.problems)
    if problems:
        raise (Unsupported if only_refused else InputError)(problems)
    return couple(folder.name, models)


def is_input(variable: Variable) -> bool:
    """Whether a variable is a stand-in of its file."""
    return key(variable.group.removeprefix(".")) == INPUTS


def couple(name: str, models: Sequence[tuple[str, Model]]) -> Model:
    """One model of several, each given with the name of its file. InputError with everything that does not fit."""
    problems: list[Problem] = []
    ranges: dict[VarId, SubscriptRange] = {}
    range_file: dict[VarId, str] = {}
    owners: dict[VarId, tuple[str, Variable]] = {}
    stand_ins: dict[VarId, list[tuple[str, Variable]]] = {}
    sources: list[SourceFile] = []
    for file, model in models:
        sources.extend(s for s in model.sources if s not in sources)
        for identifier, found in model.subscripts.items():
            _range(ranges, range_file, identifier, found, file, problems)
        for identifier, variable in model.variables.items():
            if identifier in CONTROL:
                _control(owners, identifier, variable, file, problems)
            elif is_input(variable):
                stand_ins.setdefault(identifier, []).append((file, variable))
            elif identifier in owners:
                other_file, other = owners[identifier]
                problems.append(
                    Problem(
                        variable.address,
                        f"'{variable.name}' is defined in {file} and in {other_file}: it needs exactly one owner",
                        f"the other at {other.address}; make one of them a stand-in in group .Inputs",
                    )
                )
            else:
                owners[identifier] = (file, variable)
    _same_method(models, problems)
    _all_settings(models, problems)
    for identifier, rows in stand_ins.items():
        for file, variable in rows:
            owner = owners.get(identifier)
            if owner:
                problems.extend(_fit(ranges, owner, (file, variable)))
        if identifier not in owners:  # nobody owns it: the first stand-in stays, the others must equal it
            first_file, first = rows[0]
            for file, variable in rows[1:]:
                if _content(variable) != _content(first):
                    problems.append(
                        Problem(
                            variable.address,
                            f"the stand-in '{variable.name}' differs between {file} and {first_file}, and no sector defines it",
                            f"the other at {first.address}; define it in one sector, or write both alike",
                        )
                    )
                problems.extend(_fit(ranges, (first_file, first), (file, variable)))
            owners[identifier] = rows[0]
    if problems:
        raise InputError(problems)
    first = models[0][1]
    return Model(
        name,
        {identifier: variable for identifier, (_, variable) in owners.items()},
        ranges,
        first.method,
        first.time_unit,
        tuple(sources),
    )


def _content(variable: Variable) -> object:
    return [(tuple(map(key, e.subscripts)), e.expression, e.exceptions) for e in variable.equations]


def _range(
    ranges: dict[VarId, SubscriptRange],
    range_file: dict[VarId, str],
    identifier: VarId,
    found: SubscriptRange,
    file: str,
    problems: list[Problem],
) -> None:
    first = ranges.get(identifier)
    if first is None:
        ranges[identifier], range_file[identifier] = found, file
        return
    if [key(e) for e in first.elements] != [key(e) for e in found.elements]:
        problems.append(
            Problem(
                found.address,
                f"subscript range '{found.name}' is {', '.join(found.elements)} in {file}"
                f" but {', '.join(first.elements)} in {range_file[identifier]}",
                f"the other at {first.address}",
            )
        )
    elif dict(first.mappings) != dict(found.mappings):
        if first.mappings and found.mappings:
            problems.append(
                Problem(
                    found.address,
                    f"subscript range '{found.name}' has other mappings in {file} than in {range_file[identifier]}",
                    f"the other at {first.address}",
                )
            )
        elif found.mappings:
            ranges[identifier] = found


def _control(
    owners: dict[VarId, tuple[str, Variable]],
    identifier: VarId,
    variable: Variable,
    file: str,
    problems: list[Problem],
) -> None:
    if identifier not in owners:
        owners[identifier] = (file, variable)
        return
    other_file, other = owners[identifier]
    if _content(variable) != _content(other) or plain_unit(variable.unit) != plain_unit(other.unit):
        problems.append(
            Problem(
                variable.address,
                f"'{variable.name}' differs between {file} and {other_file}: time settings must be equal",
                f"the other at {other.address}",
            )
        )


def _same_method(models: Sequence[tuple[str, Model]], problems: list[Problem]) -> None:
    first_file, first = models[0]
    for file, model in models[1:]:
        if model.method != first.method:
            problems.append(
                Problem(
                    None,
                    f"{file} is integrated with {model.method}, {first_file} with {first.method}",
                    "set the same method in the settings line 15 of both",
                )
            )


def _all_settings(models: Sequence[tuple[str, Model]], problems: list[Problem]) -> None:
    """Every sector runs alone, so every sector has its time settings."""
    given = {i: m.variables[i].name for _, m in models for i in CONTROL[:3] if i in m.variables}
    for file, model in models:
        missing = [given.get(i, i.replace("_", " ").upper()) for i in CONTROL[:3] if i not in model.variables]
        if missing:
            at = next(iter(model.variables.values())).address if model.variables else None
            where = Address(at.file) if at else None
            problems.append(
                Problem(
                    where,
                    f"{file} has no {', '.join(missing)}",
                    "each sector runs alone: give it the time settings",
                )
            )


def _dimensions(ranges: dict[VarId, SubscriptRange], variable: Variable) -> list[frozenset[VarId]]:
    """For each subscript position the elements that the variable has there."""
    positions: list[set[VarId]] = [set() for _ in variable.equations[0].subscripts]
    for equation in variable.equations:
        for position, subscript in zip(positions, equation.subscripts, strict=False):
            own = ranges.get(key(subscript))
            position.update(key(e) for e in own.elements) if own else position.add(key(subscript))
    return [frozenset(p) for p in positions]


def _fit(
    ranges: dict[VarId, SubscriptRange], owner: tuple[str, Variable], stand_in: tuple[str, Variable]
) -> list[Problem]:
    """What keeps a stand-in from being replaced by its owner."""
    owner_file, own = owner
    file, variable = stand_in
    found: list[Problem] = []
    if plain_unit(own.unit) != plain_unit(variable.unit):
        found.append(
            Problem(
                variable.address,
                f"the stand-in '{variable.name}' in {file} has the unit '{variable.unit}',"
                f" its owner in {owner_file} has '{own.unit}'",
                f"the owner at {own.address}",
            )
        )
    if _dimensions(ranges, own) != _dimensions(ranges, variable):
        found.append(
            Problem(
                variable.address,
                f"the stand-in '{variable.name}' in {file} has the subscripts {_shown(variable)},"
                f" its owner in {owner_file} has {_shown(own)}",
                f"the owner at {own.address}",
            )
        )
    return found


def _shown(variable: Variable) -> str:
    subscripts = variable.equations[0].subscripts
    return f"[{','.join(subscripts)}]" if subscripts else "none"
