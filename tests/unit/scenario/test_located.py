"""YAML with places: same values as ruamel.yaml's own reader, every node where it stands, bombs and tricks refused."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from tzsim.errors import InputError
from tzsim.scenario.cache import read_document
from tzsim.scenario.located import Document, Source, excerpt, parse_yaml, read_text


def read(text: str) -> Document:
    return parse_yaml(Source(Path("x.yaml"), "x.yaml", text, "0"))


def complaint(text: str) -> str:
    with pytest.raises(InputError) as error:
        read(text)
    return str(error.value)


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20),
)
trees = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abc地方 -#", min_size=1, max_size=6), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(trees, st.booleans())
def test_what_ruamel_writes_is_read_back(tree: Any, flow: bool) -> None:
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = flow
    yaml.allow_unicode = True
    out = io.StringIO()
    yaml.dump(tree, out)
    try:
        understood = YAML(typ="safe", pure=True).load(out.getvalue()) == tree
    except YAMLError:
        understood = False
    assume(understood and out.getvalue().strip().removesuffix("...").strip() != "")
    assert read(out.getvalue()).data == tree


@settings(deadline=None)
@given(trees)
def test_every_place_leads_to_its_value(tree: Any) -> None:
    """The text at a scalar's place begins with what is written there."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    out = io.StringIO()
    yaml.dump(tree, out)
    document = read(out.getvalue())
    lines = out.getvalue().splitlines()
    for path, (line, column) in document.values.items():
        node: Any = document.data
        for step in path:
            node = node[step]
        if isinstance(node, int) and not isinstance(node, bool):
            assert lines[line - 1][column - 1 :].startswith(str(node))


def test_the_core_schema_of_yaml_1_2() -> None:
    text = "a: 010\nb: 0x1F\nc: 0o17\nd: 1e3\ne: .5\nf: yes\ng: 12:30\nh: 2024-12-31\ni: ~\nj:\nk: 1_000\nl: 'true'\n"
    assert read(text).data == {
        "a": 10, "b": 31, "c": 15, "d": 1000.0, "e": 0.5, "f": "yes", "g": "12:30", "h": "2024-12-31", "i": None, "j": None,
        "k": "1_000", "l": "true",
    }  # fmt: skip


def test_places_count_from_one() -> None:
    document = read("名: 滕州\nlist:\n  - {a: 1, b: [2, 3]}\n")
    assert document.keys[("名",)] == (1, 1)
    assert document.values[("名",)] == (1, 4)
    assert document.values[("list", 0, "b", 1)] == (3, 19)
    assert document.where(("list", 0, "c", 5)) == (3, 5)


BOMB = "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 10)}]\n" for i in range(9)
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (BOMB, "anchor '&a' is not allowed"),
        ("a: *b\n", "alias '*b' is not allowed"),
        ("<<: {a: 1}\n", "merge key"),
        ("a: !!python/object/apply:os.system [ls]\n", "tag"),
        ("a: 1\n---\nb: 1\n", "second document"),
        ("a: 1\na: 2\n", "x.yaml:2:1: key 'a' stands here a second time"),
        ("a: {b: 1, b: 2}\n", "x.yaml:1:11: key 'b' stands here a second time"),
        ("? {a: 1}\n: 2\n", "cannot be a key"),
        ("a: .nan\nb: -.inf\nc: 1e999\n", "x.yaml:3:4: '1e999' is not a finite number"),
        ("[" * 5000, "nested more than 40 deep"),
        ("a: [1, 2\nb: 3\n", "x.yaml:1:4: not YAML: the bracket opened here is not closed before line 2"),
        ('a: "x\n', "x.yaml:1:4: not YAML: a quotation mark opened here is never closed"),
        ("a:\n\t- 1\n", "indent with blanks"),
        ("", "the file is empty"),
        ("# nothing\n", "the file is empty"),
        ("a: 9" + "9" * 400 + "\n", "a number of 401 digits"),
    ],
)
def test_what_is_refused(text: str, says: str) -> None:
    assert says in complaint(text)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read(text)
    except InputError as error:
        first = error.problems[0]
        assert first.address is not None
        assert first.message


def test_the_caret_stands_under_wide_characters() -> None:
    shown = excerpt("名字: {zh: 滕州, em: x}", 1, 14)
    line, caret = shown.splitlines()
    # before column 14 stand 13 characters, four of them two columns wide
    assert caret == " " * 17 + "^"
    assert line[13:15] == "em"


def test_a_long_line_is_cut_around_the_caret() -> None:
    shown = excerpt("x" * 300 + "!" + "y" * 300, 1, 301)
    line, caret = shown.splitlines()
    assert len(line) < 110
    assert line[caret.index("^")] == "!"


def test_files_that_cannot_be_text(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes("a: 滕州\nb: ".encode() + b"\xff\n")
    with pytest.raises(InputError, match=r"a\.yaml:2: neither UTF-8 nor GB18030 text: byte 0xff"):
        read_text(tmp_path / "a.yaml", "a.yaml")
    (tmp_path / "big.yaml").write_bytes(b"#" * 2_000_001)
    with pytest.raises(InputError, match="2,000,001 bytes; at most 2,000,000"):
        read_text(tmp_path / "big.yaml", "big.yaml")
    with pytest.raises(InputError, match="no such file") as error:
        read_text(tmp_path / "aa.yaml", "aa.yaml")
    assert "did you mean 'a.yaml'?" in str(error.value)
    with pytest.raises(InputError, match="is a folder"):
        read_text(tmp_path, "here")


def test_text_as_offices_save_it(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes("a: 滕州\nb: 1".encode("gb18030"))
    assert parse_yaml(read_text(tmp_path / "a.yaml", "a.yaml")).data == {"a": "滕州", "b": 1}


def test_a_byte_order_mark_is_no_character(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    document = parse_yaml(read_text(tmp_path / "a.yaml", "a.yaml"))
    assert document.data == {"a": 1}
    assert document.keys[("a",)] == (1, 1)


@settings(max_examples=25, deadline=None)
@given(trees)
def test_the_cache_gives_the_same_document(tmp_path_factory: pytest.TempPathFactory, tree: Any) -> None:
    folder = tmp_path_factory.mktemp("cache")
    yaml = YAML(typ="safe", pure=True)
    yaml.allow_unicode = True
    yaml.default_flow_style = False
    out = io.StringIO()
    yaml.dump({"tree": tree, 2025: 1, "pad": "x" * 5000}, out)
    file = folder / "a.yaml"
    file.write_text(out.getvalue(), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZSIM_CACHE", str(folder / "cache"))
        source = read_text(file, "a.yaml")
        first, second = read_document(source), read_document(source)
        assert list((folder / "cache" / "yaml").iterdir())
    plain = parse_yaml(source)
    for document in (first, second):
        assert document.data == plain.data
        assert document.values == plain.values
        assert document.keys == plain.keys


def test_a_damaged_cache_is_read_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZSIM_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "a.yaml"
    file.write_text("a: " + "x" * 5000, "utf-8")
    source = read_text(file, "a.yaml")
    read_document(source)
    (entry,) = (tmp_path / "cache" / "yaml").iterdir()
    for damage in ("", "[1, 2", '[1,1,"m"]', '{"a": 1}', "7"):
        entry.write_text(damage, "utf-8")
        assert read_document(source).data == {"a": "x" * 5000}
