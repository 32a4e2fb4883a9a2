"""The XML of an XMILE file as a small tree that knows line and column; entities and external files are refused."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.sax.handler import ContentHandler
from xml.sax.saxutils import unescape
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
    pieces: list[str] = field(default_factory=list[str], repr=False)
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

    def close(self) -> None:
        """Its text is whole."""
        self.text = "".join(self.pieces)
        self.pieces.clear()

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
        self.stack.pop().close()

    def characters(self, content: str) -> None:
        node = self.stack[-1]
        if not node.pieces:
            node.text_line, node.text_column = self._here()
        node.pieces.append(content)


def read_document(file: TextFile) -> Node:
    """The root element. InputError with line and column when the XML is broken or holds entities."""
    from xml.sax import SAXParseException

    import defusedxml.sax
    from defusedxml.common import DefusedXmlException

    builder = _Builder(file.path)
    found: Node | None = None
    try:
        parser = defusedxml.sax.make_parser()
        parser.setContentHandler(builder)
        parser.parse(io.BytesIO(_declared_utf8(file.text)))
    except SAXParseException as error:
        where = Address(file.path, error.getLineNumber() or 0, (error.getColumnNumber() or 0) + 1)
        mended = error.getMessage() == "mismatched tag" or _in_comment(file, where.line)
        if not mended or not _can_be_forgiven(file.text):
            raise InputError.one(f"not well-formed XML: {error.getMessage()}", where) from None
        found = _forgiving(file)
    except DefusedXmlException as error:
        raise InputError.one(
            f"XML with entities or references is refused ({type(error).__name__})", Address(file.path, 1)
        ) from None
    found = found or builder.root
    if found is None:
        raise InputError.one("an empty XML file", Address(file.path, 1))
    return found


_TAG = re.compile(
    r"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[(?P<cdata>.*?)\]\]>|<!(?P<declaration>[^>]*)>"
    r"|</\s*+(?P<end>[^\s>]++)\s*+>|<(?P<start>[^\s/>!?]++)(?P<attributes>(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)>",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"(?<![^\s\"'])([^\s=]++)\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)')", re.DOTALL)


MOST_FORGIVEN = 1 << 32
"""Tags times characters of a file whose tags are mended: a search from each `<` to the end of the file takes seconds."""


def _in_comment(file: TextFile, line: int) -> bool:
    """Whether a line stands inside `<!-- -->`, where XML forbids `--` and some writers use it."""
    start, end = file.offset(line), file.offset(line + 1)
    opened = file.text.rfind("<!--", 0, end)
    return opened >= 0 and file.text.find("-->", opened) >= start


def _can_be_forgiven(text: str) -> bool:
    """Whether what opens also closes somewhere, so that no search for an end is in vain, and the file is small enough."""
    pairs = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<", ">"))
    closed = all(text.rfind(opening) <= text.rfind(closing) for opening, closing in pairs)
    return closed and text.count("<") * len(text) < MOST_FORGIVEN


def _forgiving(file: TextFile) -> Node:
    """The tree of a file in which an element is not closed: it ends where an element around it ends.

    Other readers of such files take them the same way; the variables inside stay variables.
    """
    text = file.text
    top = Node("", {}, 0, 0)
    stack = [top]
    pos = 0
    for found in _TAG.finditer(text):
        between = text[pos : found.start()]
        if not stack[-1].pieces and between:
            where = file.address(pos)
            stack[-1].text_line, stack[-1].text_column = where.line, where.column
        stack[-1].pieces += (unescape(between, {"&quot;": '"', "&apos;": "'"}), found["cdata"] or "")
        pos = found.end()
        if found["declaration"] is not None:
            raise InputError.one("XML with a document type is refused", file.address(found.start()))
        if found["end"] is not None:
            tag = _plain(found["end"])
            for depth in range(len(stack) - 1, 0, -1):
                if stack[depth].tag == tag:
                    for node in stack[depth:]:
                        node.close()
                    del stack[depth:]
                    break
        elif found["start"] is not None:
            if len(stack) > MAX_NESTING:
                raise InputError.one(f"XML nested more than {MAX_NESTING} deep", file.address(found.start()))
            where = file.address(found.start())
            attributes = {
                _plain(m[1]): unescape(m[2] if m[2] is not None else m[3], {"&quot;": '"', "&apos;": "'"})
                for m in _ATTRIBUTE.finditer(found["attributes"])
            }
            node = Node(_plain(found["start"]), attributes, where.line, where.column)
            stack[-1].children.append(node)
            if not found["attributes"].endswith("/"):
                stack.append(node)
    for node in stack:
        node.close()
    if not top.children:
        raise InputError.one("an empty XML file", Address(file.path, 1))
    return top.children[0]


def _declared_utf8(text: str) -> bytes:
    """The text is already decoded, so an encoding in its XML declaration no longer holds."""
    if text.startswith("<?xml"):
        end = text.find("?>")
        head = text[: end + 2]
        text = '<?xml version="1.0" encoding="utf-8"?>' + "\n" * head.count("\n") + text[end + 2 :]
    return text.encode("utf-8", errors="replace")
