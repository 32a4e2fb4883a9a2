"""One brief, three formats: the same words and numbers in each, and each a proper document of its kind."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import docx
import pypdf
import pytest
from docx.oxml.ns import qn

from tzsim.errors import InputError
from tzsim.forecast.result import Forecast
from tzsim.report.brief import Brief, brief, brief_docx, brief_html, brief_pdf, write_brief
from tzsim.report.brief.document import Heading, Paragraph, Picture, Section, Table
from tzsim.report.brief.pictures import Drawn, draw, load
from tzsim.report.wording import LANGS

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def briefs(forecast: Forecast) -> dict[str, Brief]:
    return {lang: brief(forecast, lang) for lang in LANGS}


@pytest.fixture(scope="module")
def drawn(briefs: dict[str, Brief]) -> dict[str, dict[str, Drawn]]:
    return {lang: {p.name: draw(p) for p in made.pictures()} for lang, made in briefs.items()}


@pytest.fixture(scope="module")
def files(briefs: dict[str, Brief], drawn: dict[str, dict[str, Drawn]]) -> dict[tuple[str, str], bytes]:
    found: dict[tuple[str, str], bytes] = {}
    for lang, made in briefs.items():
        found[lang, "html"] = brief_html(made, drawn[lang]).encode()
        found[lang, "docx"] = brief_docx(made, drawn[lang])
        found[lang, "pdf"] = brief_pdf(made, drawn[lang])
    return found


# --- the numbers ------------------------------------------------------------------------------------------------------


NUMBER = re.compile(r"[<>≥≤−]?\d[\d,]*(?:\.\d+)?%?")


def numbers(text: str) -> Counter[str]:
    return Counter(NUMBER.findall(text))


def words_of(made: Brief) -> Iterator[str]:
    """Every text of the tree in reading order, without numbers that a format counts itself (headings, points, captions)."""
    yield from (made.title, made.subtitle)

    def block_words(block: Any) -> Iterator[str]:
        match block:
            case Paragraph():
                yield from (block.lead, block.text)
            case Heading():
                yield block.text
            case Picture():
                yield block.caption
            case Table():
                yield block.caption
                yield from (c.head for c in block.columns)
                for row in block.rows:
                    for cell in row.cells:
                        yield from (cell.text, cell.second)

    for block in made.front:
        yield from block_words(block)
    for section in made.sections:
        yield section.heading
        for block in section.blocks:
            yield from block_words(block)


class Seen(HTMLParser):
    """Visible text of a page, charts left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in ("svg", "style", "title")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("svg", "style", "title")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.text.append(data)


def docx_texts(content: bytes) -> list[str]:
    body = docx.Document(io.BytesIO(content)).element.body
    found = []
    for paragraph in body.iter(qn("w:p")):
        found.append("".join(t.text or "" for t in paragraph.iter(qn("w:t"))))
    return found


@pytest.mark.parametrize("lang", LANGS)
def test_html_holds_every_word_of_the_brief_and_no_other_number(
    briefs: dict[str, Brief], files: dict[tuple[str, str], bytes], lang: str
) -> None:
    seen = Seen()
    seen.feed(files[lang, "html"].decode())
    made = briefs[lang]
    text = re.sub(r"\s+", "", "".join(seen.text))
    for words in words_of(made):
        assert re.sub(r"\s+", "", words) in text
    own = " ".join(
        [*words_of(made), made.question, *(c.before + c.number + c.after for c in made.captions())]
    )
    own += " ".join(str(k) for k in range(1, len(made.sections) + 1)) if lang == "en" else ""
    assert set(numbers(" ".join(seen.text))) <= set(numbers(own))


@pytest.mark.parametrize("lang", LANGS)
def test_docx_holds_every_word_of_the_brief_in_order_and_nothing_else(
    briefs: dict[str, Brief], files: dict[tuple[str, str], bytes], lang: str
) -> None:
    made = briefs[lang]
    found = "".join(re.sub(r"\s+", "", t) for t in docx_texts(files[lang, "docx"]))
    captions = {id(c.block): re.sub(r"\s+", "", c.before + c.number + c.after) for c in made.captions()}
    assert found.count(captions[next(iter(captions))]) >= 1
    wanted = re.sub(r"\s+", "", "".join(words_of(made)))
    for label in captions.values():
        at = found.index(label)
        found = found[:at] + found[at + len(label) :]
    if found != wanted:
        at = next(k for k, (a, b) in enumerate(zip(found, wanted, strict=False)) if a != b)
        pytest.fail(f"{found[at - 40 : at + 40]!r} is not {wanted[at - 40 : at + 40]!r}")


@pytest.mark.parametrize("lang", LANGS)
def test_pdf_holds_every_word_of_the_brief(
    briefs: dict[str, Brief], files: dict[tuple[str, str], bytes], lang: str, tmp_path: Path
) -> None:
    """Searchable: the text as a reader would extract it holds every phrase (lines are broken, so blanks do not count)."""
    program("pdftotext")
    (tmp_path / "brief.pdf").write_bytes(files[lang, "pdf"])
    run = subprocess.run(
        ["pdftotext", "-raw", str(tmp_path / "brief.pdf"), "-"], capture_output=True, text=True, check=True
    )
    text = squeezed(run.stdout)
    pieces = [p for words in words_of(briefs[lang]) for p in re.split(r"[，。；：、（）“”\s]+", words) if p]
    missing = [p for p in pieces if squeezed(p) not in text and not across_pages(squeezed(p), text)]
    assert not missing, missing[:10]
    assert not [n for n in numbers(" ".join(words_of(briefs[lang]))) if squeezed(n) not in text]


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u00ad\u200b-]+", "", text)


def across_pages(piece: str, text: str) -> bool:
    """Whether the piece stands in the text with a page foot between its halves."""
    return any(
        re.search(re.escape(piece[:k]) + r"[—–]\d+[—–]" + re.escape(piece[k:]), text)
        for k in range(1, len(piece))
    )


# --- PDF --------------------------------------------------------------------------------------------------------------


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.mark.parametrize("lang", LANGS)
def test_pdf_is_marked_and_built_as_pdf_a(files: dict[tuple[str, str], bytes], lang: str) -> None:
    reader = pypdf.PdfReader(io.BytesIO(files[lang, "pdf"]))
    root = reader.trailer["/Root"]
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert re.search(r"pdfaid:part>\s*2<|pdfaid:part=\"2\"", xmp)
    assert re.search(r"pdfaid:conformance>\s*A<|pdfaid:conformance=\"A\"", xmp)
    intents = root["/OutputIntents"]
    assert [i.get_object()["/S"] for i in intents] == ["/GTS_PDFA1"]
    assert len(intents[0].get_object()["/DestOutputProfile"].get_object().get_data()) > 300
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith(lang)
    assert "/ID" in reader.trailer
    assert not reader.is_encrypted
    assert "/AcroForm" not in root
    assert "/JavaScript" not in root.get("/Names", {})
    assert reader.metadata is not None
    assert reader.metadata.creation_date is not None
    assert reader.metadata.creation_date.date().isoformat() == "2024-12-31"
    for page in reader.pages:
        assert [float(v) for v in page.mediabox[2:]] == pytest.approx([595.28, 841.89], abs=0.01)


ACTIONS = {
    "/URI",
    "/Launch",
    "/GoToR",
    "/GoToE",
    "/JavaScript",
    "/ImportData",
    "/ResetForm",
    "/SubmitForm",
    "/Movie",
    "/Sound",
}


def dictionaries(thing: Any) -> Iterator[Any]:
    """Every dictionary inside an object, itself included; what it refers to is an object of its own."""
    if isinstance(thing, pypdf.generic.DictionaryObject):
        yield thing
        for key in thing:
            yield from dictionaries(thing.raw_get(key))
    elif isinstance(thing, pypdf.generic.ArrayObject):
        for part in list.__iter__(thing):
            yield from dictionaries(part)


def unfit_for_an_archive(content: bytes) -> list[str]:
    """What clauses 6.1 to 6.6 of ISO 19005-2 forbid anywhere in the file: ways out of it, filters and fonts that are not in it."""
    reader = pypdf.PdfReader(io.BytesIO(content))
    found: list[str] = []
    numbers = range(1, int(reader.trailer["/Size"]))
    for thing in (d for n in numbers for d in dictionaries(reader.get_object(n))):
        kind = thing.get("/S")
        found += [f"action {kind}"] if kind in ACTIONS else []
        filters = thing.get("/Filter", ())
        filters = filters if isinstance(filters, list) else [filters]
        found += [f"filter {f}" for f in filters if f in ("/LZWDecode", "/Crypt")]
        found += [
            key for key in ("/EmbeddedFiles", "/F", "/OPI", "/PS") if key in thing and "/Length" in thing
        ]
        if thing.get("/Subtype") == "/Image" and thing.get("/Interpolate"):
            found.append("interpolated image")
        if thing.get("/Type") == "/Font" and thing.get("/Subtype") in (
            "/Type1",
            "/TrueType",
            "/CIDFontType0",
            "/CIDFontType2",
        ):
            files = {"/FontFile", "/FontFile2", "/FontFile3"} & set(thing["/FontDescriptor"].get_object())
            found += [] if files else [f"font {thing['/BaseFont']}"]
    return found


@pytest.mark.parametrize("lang", LANGS)
def test_pdf_holds_nothing_that_an_archive_forbids(files: dict[tuple[str, str], bytes], lang: str) -> None:
    assert unfit_for_an_archive(files[lang, "pdf"]) == []
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(files[lang, "pdf"]))
    writer.add_uri(0, "https://example.org", pypdf.generic.RectangleObject((0, 0, 9, 9)))
    font = next(f for p in writer.pages for f in p["/Resources"]["/Font"].values()).get_object()
    descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
    for key in {"/FontFile2", "/FontFile3"} & set(descriptor):
        del descriptor[key]
    changed = io.BytesIO()
    writer.write(changed)
    found = unfit_for_an_archive(changed.getvalue())
    assert "action /URI" in found
    assert any(f.startswith("font ") for f in found)


@pytest.mark.parametrize("lang", LANGS)
def test_pdf_embeds_every_font(files: dict[tuple[str, str], bytes], lang: str, tmp_path: Path) -> None:
    program("pdffonts")
    (tmp_path / "brief.pdf").write_bytes(files[lang, "pdf"])
    run = subprocess.run(
        ["pdffonts", str(tmp_path / "brief.pdf")], capture_output=True, text=True, check=True
    )
    rows = run.stdout.splitlines()[2:]
    assert rows
    for row in rows:
        assert "NotoSansSC" in row
        embedded, subset, unicode = row.split()[-5:-2]
        assert (embedded, subset, unicode) == ("yes", "yes", "yes")


def test_pdf_structure_is_sound(files: dict[tuple[str, str], bytes], tmp_path: Path) -> None:
    program("qpdf")
    (tmp_path / "brief.pdf").write_bytes(files["zh", "pdf"])
    subprocess.run(["qpdf", "--check", str(tmp_path / "brief.pdf")], capture_output=True, check=True)


def test_without_typst_the_pdf_names_the_command_that_installs_it(
    briefs: dict[str, Brief], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    from tzsim.report.result_folder import missing_formats

    assert missing_formats() == ()
    monkeypatch.setitem(sys.modules, "typst", None)
    assert missing_formats() == (("brief.pdf", "pip install 'tzsim[brief]'"),)
    with pytest.raises(InputError, match=r"typst.*\n?.*pip install 'tzsim\[brief\]'"):
        write_brief(briefs["zh"], tmp_path / "brief.pdf")
    assert not list(tmp_path.iterdir())


def test_only_known_endings_are_written(briefs: dict[str, Brief], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.odt"):
        write_brief(briefs["zh"], tmp_path / "brief.odt")


# --- DOCX -------------------------------------------------------------------------------------------------------------


def part(files: dict[tuple[str, str], bytes], lang: str, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(files[lang, "docx"])) as archive:
        return archive.read(name).decode("utf-8")


def test_docx_is_laid_out_as_official_documents_are(files: dict[tuple[str, str], bytes]) -> None:
    document = docx.Document(io.BytesIO(files["zh", "docx"]))
    section = document.sections[0]
    millimetres = [
        round(v.mm)
        for v in (section.page_width, section.page_height, section.top_margin, section.left_margin)
    ]
    assert millimetres == [210, 297, 37, 28]
    assert round(section.page_width.mm - section.left_margin.mm - section.right_margin.mm) == 156
    assert round(section.page_height.mm - section.top_margin.mm - section.bottom_margin.mm) == 225
    fonts = {}
    for name in ("Title", "Heading 1", "Heading 2", "Body Text"):
        style = document.styles[name]
        fonts[name] = (style.element.rPr.rFonts.get(qn("w:eastAsia")), style.font.size.pt)
    assert fonts == {
        "Title": ("方正小标宋简体", 22),
        "Heading 1": ("黑体", 16),
        "Heading 2": ("楷体_GB2312", 16),
        "Body Text": ("仿宋_GB2312", 16),
    }
    indent = document.styles["Body Text"].element.pPr.find(qn("w:ind"))
    assert (indent.get(qn("w:firstLineChars")), indent.get(qn("w:firstLine"))) == ("200", "640")
    table = part(files, "zh", "word/fontTable.xml")
    for name in ("方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312"):
        assert re.search(f'w:name="{name}"><w:altName w:val="[^"]+,', table)


def text_sizes(content: bytes) -> dict[str, set[float]]:
    """Sizes in which the running text behind page one is set, by style; headings, captions and tables left out."""
    document = docx.Document(io.BytesIO(content))
    found: dict[str, set[float]] = {}
    inside = False
    for paragraph in document.paragraphs:
        name = paragraph.style.name
        inside = inside or name == "Heading 1"
        if inside and paragraph.text and not name.startswith(("Heading", "Caption")):
            sizes = {r.font.size.pt for r in paragraph.runs if r.font.size is not None}
            found.setdefault(name, set()).update(sizes or {paragraph.style.font.size.pt})
    return found


@pytest.mark.parametrize("lang", LANGS)
def test_docx_sets_its_running_text_in_one_size(
    files: dict[tuple[str, str], bytes],
    briefs: dict[str, Brief],
    drawn: dict[str, dict[str, Drawn]],
    lang: str,
) -> None:
    """A sentence about a series without a goal is set like the points of those with one, not in the large body type."""
    sizes = text_sizes(files[lang, "docx"])
    assert "Body Text" not in sizes
    assert sizes["Plain"] <= {10.5, 11, 12}
    assert sizes["Point"] <= {10.5, 12}
    whole = docx.Document(io.BytesIO(files[lang, "docx"]))
    stray = next(p for p in whole.paragraphs if p.style.name == "Plain")
    stray.style = whole.styles["Body Text"]
    changed = io.BytesIO()
    whole.save(changed)
    assert "Body Text" in text_sizes(changed.getvalue())


def test_docx_numbers_its_headings_itself(
    files: dict[tuple[str, str], bytes], briefs: dict[str, Brief]
) -> None:
    numbering = part(files, "zh", "word/numbering.xml")
    for text in ("%1、", "（%2）", "%3."):
        assert f'w:lvlText w:val="{text}"' in numbering
    document = docx.Document(io.BytesIO(files["zh", "docx"]))
    heads = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert heads == [s.heading for s in briefs["zh"].sections]
    for k, name in enumerate(("Heading 1", "Heading 2", "Point")):
        number = document.styles[name].element.pPr.numPr
        assert (number.ilvl.val if number.ilvl is not None else 0) == k


@pytest.mark.parametrize("lang", LANGS)
def test_docx_tables_and_charts(
    files: dict[tuple[str, str], bytes], briefs: dict[str, Brief], lang: str
) -> None:
    document = docx.Document(io.BytesIO(files[lang, "docx"]))
    tables = [b for b in briefs[lang].blocks() if isinstance(b, Table)]
    assert len(document.tables) == len(tables)
    section = document.sections[0]
    room = (section.page_width - section.left_margin - section.right_margin) / 635  # twips
    for table in document.tables:
        rows = table._tbl.findall(qn("w:tr"))
        assert rows[0].find(qn("w:trPr")).find(qn("w:tblHeader")) is not None
        assert all(r.find(qn("w:trPr")).find(qn("w:cantSplit")) is not None for r in rows)
        width = sum(int(c.get(qn("w:w"))) for c in table._tbl.tblGrid)
        assert width <= room + len(rows)
    pictures = list(briefs[lang].pictures())
    alts = [p.get("descr") for p in document.element.body.iter(qn("wp:docPr"))]
    assert alts == [p.alt for p in pictures]
    assert all(len(a) > 20 for a in alts)
    ids = [p.get("id") for p in document.element.body.iter(qn("wp:docPr"))]
    assert len(set(ids)) == len(ids)
    xml = part(files, lang, "word/document.xml")
    assert xml.count("SEQ Figure") == len(pictures)
    footers = [part(files, lang, f"word/footer{k}.xml") for k in (1, 2)]
    assert all("PAGE" in f for f in footers)


def test_docx_has_no_clock_in_it(files: dict[tuple[str, str], bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(files["zh", "docx"])) as archive:
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
        assert "thumbnail" not in " ".join(archive.namelist())
    assert core.count("2024-12-31T00:00:00Z") == 2


def test_charts_laid_aside_come_back_the_same(drawn: dict[str, dict[str, Drawn]], tmp_path: Path) -> None:
    made = next(iter(drawn["zh"].values()))
    made.save(tmp_path / "1")
    again = load(tmp_path / "1")
    assert (again.svg, again.png) == (made.svg, made.png)
    assert (again.width, again.height) == pytest.approx((made.width, made.height), abs=0.01)


def test_hostile_names_stay_text_in_every_format(hostile: Forecast) -> None:
    from defusedxml.ElementTree import fromstring

    made = brief(hostile, "zh")
    drawn = {p.name: draw(p) for p in made.pictures()}
    with zipfile.ZipFile(io.BytesIO(brief_docx(made, drawn))) as archive:
        for name in archive.namelist():
            if name.endswith(".xml"):
                fromstring(archive.read(name))
        assert "&lt;script&gt;" in archive.read("word/document.xml").decode()
    text = "".join(
        page.extract_text() for page in pypdf.PdfReader(io.BytesIO(brief_pdf(made, drawn))).pages[:3]
    )
    assert "<script>alert" in re.sub(r"\s+", "", text)


# --- as a printer would see it ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def printed(
    files: dict[tuple[str, str], bytes], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[str]]:
    """The text of each page of the DOCX as LibreOffice lays it out."""
    return laid_out({lang: files[lang, "docx"] for lang in LANGS}, tmp_path_factory.mktemp("printed"))


def laid_out(documents: dict[str, bytes], folder: Path) -> dict[str, list[str]]:
    """Pages of each document where no official font is installed: the shipped one for Chinese, the wide DejaVu Serif for the rest."""
    office = program("soffice")
    program("pdftotext")
    from importlib.resources import files as resources

    import matplotlib

    instead = dict.fromkeys(("方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312"), "Noto Sans SC")
    instead["Times New Roman"] = "DejaVu Serif"
    same = "".join(
        f'<match target="pattern"><test name="family"><string>{name}</string></test>'
        f'<edit name="family" mode="assign" binding="strong"><string>{other}</string></edit></match>'
        for name, other in instead.items()
    )
    folders = (resources("tzsim.report") / "fonts", Path(matplotlib.get_data_path()) / "fonts" / "ttf")
    known = "".join(f"<dir>{place}</dir>" for place in folders)
    (folder / "fonts.conf").write_text(
        f'<?xml version="1.0"?><fontconfig>{known}<cachedir>{folder}/cache</cachedir>{same}</fontconfig>',
        "utf-8",
    )
    for lang in LANGS:
        (folder / f"{lang}.docx").write_bytes(documents[lang])
    subprocess.run(
        [office, "--headless", "--convert-to", "pdf", "--outdir", str(folder)]
        + [str(folder / f"{lang}.docx") for lang in LANGS],
        check=True,
        capture_output=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "FONTCONFIG_FILE": str(folder / "fonts.conf")},
        timeout=300,
    )
    pages = {}
    for lang in LANGS:
        run = subprocess.run(
            ["pdftotext", "-layout", str(folder / f"{lang}.pdf"), "-"],
            capture_output=True,
            text=True,
            check=True,
        )
        pages[lang] = run.stdout.split("\f")[:-1]
    return pages


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGS)
def test_page_one_of_the_docx_stands_alone(
    printed: dict[str, list[str]], briefs: dict[str, Brief], lang: str
) -> None:
    """The whole key table is on page one, the first section opens page two, and no page is empty (a foot alone has five signs)."""
    table = next(b for b in briefs[lang].front if isinstance(b, Table))
    for row in table.rows:
        assert row.id in printed[lang][0]
    first = briefs[lang].sections[0].heading
    squeeze = [re.sub(r"\s+", "", page) for page in printed[lang]]
    assert re.sub(r"\s+", "", first) in squeeze[1][:80]
    assert all(len(page) > 15 for page in squeeze)
    for section in briefs[lang].sections:
        at = next(k for k, page in enumerate(squeeze) if re.sub(r"\s+", "", section.heading) in page)
        assert not squeeze[at].rstrip("—–0123456789").endswith(re.sub(r"\s+", "", section.heading)), (
            "an orphan heading"
        )


@pytest.mark.slow
def test_page_one_of_the_docx_has_room_for_answers(briefs: dict[str, Brief], tmp_path: Path) -> None:
    """Twelve key goals of long names and as much text as a county with two clusters apart and two answers about levers has on page
    one, in the widest fonts, leave it whole."""
    names = {
        "zh": "数字经济和新一代信息技术产业集群营收",
        "en": "Machine tools and high-end equipment, revenue",
    }
    longest = {"zh": 760, "en": 2100}
    more = {
        "zh": "多项手段并用也不能使“机床和高端装备产业集群营收、规模以上工业总产值”目标有90%的把握，最高为13%。",
        "en": 'No setting of the levers makes "Above-scale industrial output" 90% sure; 13% is the most. ',
    }
    made: dict[str, Brief] = {}
    for lang in LANGS:
        whole = briefs[lang]
        *texts, table = whole.front
        assert isinstance(table, Table)
        told = [t for t in texts if isinstance(t, Paragraph)]
        missing = longest[lang] - sum(len(t.lead + t.text) for t in told)
        assert missing > 0
        told[-2] = replace(
            told[-2], text=f"{told[-2].text} {more[lang] * 20}"[: missing + len(told[-2].text)]
        )
        rows = tuple(
            replace(r, id="", cells=(replace(r.cells[0], text=f"K{k} {names[lang]}"), *r.cells[1:]))
            for k, r in enumerate((*table.rows, *table.rows)[:12])
        )
        opening = Section("Next page", (Paragraph("x"),))
        made[lang] = replace(whole, front=(*told, replace(table, rows=rows)), sections=(opening,))
    pages = laid_out({lang: brief_docx(made[lang]) for lang in LANGS}, tmp_path)
    for lang in LANGS:
        assert len(pages[lang]) == 2
        assert "K11 " in pages[lang][0]


def test_levers_are_told_as_the_sweep_found_them(forecast: Forecast) -> None:
    """The strongest lever, its share of the gap, and the table: recomputed here from a sweep made by hand."""
    from tzsim.forecast.paired import Difference
    from tzsim.forecast.sweep import Effect, Sweep
    from tzsim.scenario import Lever, Text2

    def lever(id: str, zh: str, cost: float | None) -> Lever:
        return Lever(
            id,
            id,
            (id,),
            Text2(zh, id),
            0,
            0,
            80,
            "WanTce/Year",
            cost,
            Text2(),
            None,
            Text2(),
            "",
            "assumption",
        )

    quota = Effect(
        lever("quota", "争取能耗指标", 0.02),
        0,
        80,
        Difference(0.05, 0.02, 0.08, None),
        Difference(16.5, 15.0, 18.0, None),
    )
    faint = Effect(
        lever("faint", "微弱手段", None),
        0,
        80,
        Difference(0.0, -0.01, 0.01, None),
        Difference(0.1, 0.05, 0.15, None),
    )
    harmful = Effect(
        lever("bad", "有害手段", None),
        0,
        80,
        Difference(-0.1, -0.2, -0.05, None),
        Difference(-9.0, -9.5, -8.5, None),
    )
    levers = Sweep(128, {id: (faint, harmful, quota) if id == "T026" else (faint,) for id in forecast.judged})
    made = brief(forecast, "zh", sweep=levers)
    texts = [b.text for b in made.blocks() if isinstance(b, Paragraph) and b.lead == "什么能提高。"]
    median = forecast.result("T026").median
    assert median is not None
    share = 16.5 / (700 - median)
    assert (
        "“争取能耗指标”（0→80万吨标准煤/年），2026年均值向目标靠近16亿元" in texts[0]
        or "靠近17亿元" in texts[0]
    )
    assert f"相当于当前缺口的{100 * share:.1f}%" in texts[0] or f"{100 * share:.0f}%" in texts[0]
    table = next(b for b in made.blocks() if isinstance(b, Table) and b.columns[0].head == "手段")
    assert [c.text for c in table.rows[0].cells] == [
        "争取能耗指标",
        "0→80万吨标准煤/年",
        "16.5（15.0—18.0）",
        "5（2—8）",
        "1.6",
    ]
    assert len(table.rows) == 1  # neither the faint lever nor the harmful one
    assert all("没有明显作用" in t for t in texts[1:3])
    first = " ".join(b.text for b in made.front if isinstance(b, Paragraph))
    assert "最多为5个百分点（争取能耗指标，化工和新材料产业集群营收）" in first


def test_a_folder_is_written_after_a_pdf_was_made_in_the_same_process(
    forecast: Forecast, tmp_path: Path
) -> None:
    """typst keeps threads; processes forked after it must not wait for them. A child of its own, so that a hang is seen."""
    script = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]); import synthetic\n"
        "from dataclasses import replace\n"
        "from tzsim.report.brief import brief, write_brief\n"
        "from tzsim.report.result_folder import write_brief_files\n"
        "made = synthetic.forecast(); made = replace(made, fans=made.fans[:1]); out = Path(sys.argv[2])\n"
        "write_brief(brief(made), out / 'first.pdf')\n"
        "(out / 'folder').mkdir(); write_brief_files(brief(made), out / 'folder', processes=2)\n"
    )
    here = str(Path(__file__).parent)
    subprocess.run([sys.executable, "-c", script, here, str(tmp_path)], check=True, timeout=240)
    assert (tmp_path / "folder" / "brief.pdf").read_bytes()[:5] == b"%PDF-"
    assert not (tmp_path / "folder" / ".drawn").exists()
