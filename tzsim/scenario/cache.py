"""Large YAML files already read, kept by the hash of their text under the user's cache folder (JSON, no pickle).

Scanning YAML takes most of the time of reading a scenario; a goal or prior table changes rarely. Only files without a problem
are kept, so every error comes from the text itself. A damaged or foreign entry is read over.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tzsim.files import write_whole
from tzsim.scenario.located import Document, NodePath, Position, Source, parse_yaml
from tzsim.translate.cache import cache_folder

FORM = "1"
"""Raise it when `located` reads a text differently."""
LEAST = 4_000
"""Shorter texts are read faster than looked up."""


def read_document(source: Source) -> Document:
    """As `located.parse_yaml`, from the cache where the same text was read before."""
    if len(source.text) < LEAST:
        return parse_yaml(source)
    entry = cache_folder().parent / "yaml" / f"{source.sha256}-{FORM}.json"
    try:
        with entry.open(encoding="utf-8") as file:
            return _unpacked(source, json.load(file))
    except (OSError, ValueError, TypeError, IndexError, RecursionError):
        pass
    document = parse_yaml(source)
    _store(entry, _packed(document))
    return document


def _store(entry: Path, packed: Any) -> None:
    """Whole or not at all; a folder that cannot be written is no error."""
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        write_whole(entry, json.dumps(packed, ensure_ascii=False, separators=(",", ":")).encode())
    except OSError:
        return


def _packed(document: Document) -> Any:
    """Nested lists: [line, column, kind, content], kind m (mapping: [key, line, column, node]), l (list) or v (value)."""

    def pack(node: Any, path: NodePath) -> Any:
        at = document.values[path]
        if isinstance(node, dict):
            pairs = [[k, *document.keys[(*path, k)], pack(v, (*path, k))] for k, v in node.items()]  # pyright: ignore[reportUnknownVariableType]
            return [*at, "m", pairs]
        if isinstance(node, list):
            return [*at, "l", [pack(v, (*path, i)) for i, v in enumerate(node)]]  # pyright: ignore[reportUnknownArgumentType]
        return [*at, "v", node]

    return pack(document.data, ())


def _unpacked(source: Source, packed: Any) -> Document:
    values: dict[NodePath, Position] = {}
    keys: dict[NodePath, Position] = {}

    def unpack(node: Any, path: NodePath) -> Any:
        line, column, kind, content = node
        values[path] = (line, column)
        if kind == "m":
            made: dict[Any, Any] = {}
            for k, key_line, key_column, inner in content:
                below = (*path, k)
                keys[below] = (key_line, key_column)
                made[k] = unpack(inner, below)
            return made
        if kind == "l":
            return [unpack(inner, (*path, i)) for i, inner in enumerate(content)]
        if kind != "v" or isinstance(content, dict | list):
            raise ValueError(kind)
        return content

    data = unpack(packed, ())
    return Document(source, data, values, keys)
