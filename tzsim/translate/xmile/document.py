"""The XML of an XMILE file as a small tree that knows line and column; entities and external files are refused."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import Locator

from tzsim.errors import Address, InputError
from tzsim.translate.text import TextFile

MAX_NESTING = 100


@dataclass(slots=True)
class Node:
    """An element. `tag` has no namespace prefix except `isee:`; `line` and `column` are where its text starts."""

    tag: str
    attributes: dict[str, str]
    line: int
    column: int
    children: list[Node] = field(default_factory=list["Node"])
    text: str = ""
    text_line: int = 0
    text_column: int = 0

    def first(self, tag: str) -> Node | None:
        return next((c for c in self.children if c.tag == tag), None)

    def all(self, tag: str) -> Iterator[Node]:
        return (c for c in self.children if c.tag == tag)

    def value(self, tag: str) -> str:
        found = self.first(tag)
        return found.text.strip() if found else ""

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)


def _plain(name: str) -> str:
    prefix, colon, local = name.rpartition(":")
    return name if prefix == "isee" else local if colon else name


class _Builder(ContentHandler):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.root: Node | None = None
        self.stack: list[Node] = []
        self.locator: Locator | None = None

    def setDocumentLocator(self, locator: Locator) -> None:
        self.locator = locator

    def _here(self) -> tuple[int, int]:
        if self.locator is None:
            return 0, 0
        return self.locator.getLineNumber() or 0, (self.locator.getColumnNumber() or 0) + 1

    def startElement(self, name: str, attrs: Any) -> None:
        line, column = self._here()
        node = Node(_plain(name), {_plain(k): v for k, v in attrs.items()}, line, column)
        if len(self.stack) >= MAX_NESTING:
            raise InputError.one(f"XML nested more than {MAX_NESTING} deep", Address(self.path, line, column))
        if self.stack:
            self.stack[-1].children.append(node)
        else:
            self.root = node
        self.stack.append(node)

    def endElement(self, name: str) -> None:
        self.stack.pop()

    def characters(self, content: str) -> None:
        node = self.stack[-1]
        if not node.text:
            node.text_line, node.text_column = self._here()
        node.text += content


def read_document(file: TextFile) -> Node:
    """The root element. InputError with line and column when the XML is broken or holds entities."""
    from xml.sax import SAXParseException

    import defusedxml.sax
    from defusedxml.common import DefusedXmlException

    builder = _Builder(file.path)
    try:
        parser = defusedxml.sax.make_parser()
        parser.setContentHandler(builder)
        parser.parse(io.BytesIO(_declared_utf8(file.text)))
    except SAXParseException as error:
        where = Address(file.path, error.getLineNumber() or 0, (error.getColumnNumber() or 0) + 1)
        raise InputError.one(f"not well-formed XML: {error.getMessage()}", where) from None
    except DefusedXmlException as error:
        raise InputError.one(
            f"XML with entities or references is refused ({type(error).__name__})", Address(file.path, 1)
        ) from None
    if builder.root is None:
        raise InputError.one("an empty XML file", Address(file.path, 1))
    return builder.root


def _declared_utf8(text: str) -> bytes:
    """The text is already decoded, so an encoding in its XML declaration no longer holds."""
    if text.startswith("<?xml"):
        end = text.find("?>")
        head = text[: end + 2]
        text = '<?xml version="1.0" encoding="utf-8"?>' + "\n" * head.count("\n") + text[end + 2 :]
    return text.encode("utf-8", errors="replace")
