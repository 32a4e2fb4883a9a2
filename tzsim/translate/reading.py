"""`read_model`: chooses the reader by what the path is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tzsim.errors import InputError, nearest
from tzsim.ir.model import Model
from tzsim.translate.cache import cache_key, load, store
from tzsim.translate.text import text_file

XMILE_KINDS = (".xmile", ".stmx", ".xml", ".itmx")


def read_model(path: str | Path, data_files: Sequence[str | Path] = ()) -> Model:
    """The model in a `.mdl` or XMILE file, or in a folder of sector files coupled by name.

    data_files: Vensim data sets (.dat, .tab) for data variables that have no equation.
    Raises InputError with every fault, each with file, line and column; Unsupported when the file is sound but uses
    constructs that are refused by name. Nothing in the file is executed, and files it names are read only from its folder.
    """
    path = Path(path)
    if path.is_dir():
        from tzsim.translate.coupling import read_folder

        return read_folder(path, [Path(p) for p in data_files])
    return read_file(path, [Path(p) for p in data_files])


def _read(path: Path, kind: str, shown: str, data_files: Sequence[Path]) -> Model:
    if kind == ".mdl":
        from tzsim.translate.vensim.reader import read_vensim

        return read_vensim(text_file(path, shown), path.parent, data_files)
    from tzsim.translate.xmile.reader import read_xmile

    return read_xmile(text_file(path, shown), path.parent)


def read_file(path: Path, data_files: Sequence[Path] = (), shown: str | None = None) -> Model:
    kind = path.suffix.lower()
    if not path.exists():
        near = nearest(path.name, [p.name for p in path.parent.iterdir()]) if path.parent.is_dir() else ""
        raise InputError.one(f"'{path}' does not exist", None, near)
    if kind == ".mdl" or kind in XMILE_KINDS:
        name = shown or str(path)
        stored_as = cache_key(path, data_files)
        model = load(stored_as, path.parent, name)
        if model is None:
            model = _read(path, kind, name, data_files)
            store(stored_as, model, name, data_files)
        return model
    raise InputError.one(
        f"'{path}' is of a kind that is not read ('{kind}')",
        None,
        "read are .mdl, .xmile, .stmx, .xml and folders",
    )
