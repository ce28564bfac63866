"""Documents as files: each opens as what it says it is, and nothing in a text becomes more than text."""

from __future__ import annotations

import io
import time
import zipfile
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import docx
import httpx2
import pytest
from markdown_it import MarkdownIt

HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</main></html><script>alert(1)</script>",
    "<svg/onload=alert(1)>", "[a](javascript:alert(1))", "[a](JaVaScRiPt:alert(1))", "<javascript:alert(1)>",
    "[a](&#106;avascript:alert(1))", "[a](java\tscript:alert(1))", "[a](vbscript:x)", "[a](file:///etc/passwd)",
    "[a](data:text/html;base64,PHNjcmlwdD4=)", "[a](data:image/svg+xml;base64,PHN2Zz4=)", "![a](http://x/y.png)",
    "![a](javascript:alert(1))", '[a](http://x/"onmouseover="alert(1))', '[a](http://x "\\" onclick=\\"alert(1)")',
    "```\"><script>alert(1)</script>\nx\n```", "```a onclick=alert(1)\nx\n```", "<!-- --><script>",
    "<![CDATA[<script>]]>",
    "[a]: javascript:alert(1)\n\n[a]", "|<script>|\n|---|\n|<img src=x>|", "&lt;script&gt;", "`<script>`",
    "{body} {0} %s",
    "<style>*{background:url(http://x)}</style>", "<meta http-equiv=refresh content=0>", "<base href=http://x>",
    "\0<script\0>", "<a href='javascript:1'>", "<iframe srcdoc='<script>'>", "\u2028<script>", "a\x1b[31m<script>",
]  # fmt: skip
TAGS = {
    "html", "meta", "title", "style", "main", "footer", "code", "p", "h1", "h2", "a", "em", "strong", "pre", "table",
    "thead", "tbody", "tr", "th", "td", "ul", "ol", "li", "blockquote", "hr", "br",
}  # fmt: skip


class Page(HTMLParser):
    """A page as a browser's parser takes it: its tags, and what stands in each."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.said: dict[str, list[str]] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "br", "hr"):
            self.open.append(tag)
            self.said.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        for tag in set(self.open):
            self.said[tag][-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


MAIN = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def docx_of(own: httpx2.Client, **asked: Any) -> dict[str, bytes]:
    answer = own.post("/documents", json=asked | {"format": "docx"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].endswith("wordprocessingml.document")
    assert answer.content == own.post("/documents", json=asked | {"format": "docx"}).content
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        return {name: file.read(name) for name in file.namelist()}


def lines_of(parts: dict[str, bytes]) -> list[tuple[str, str]]:
    """The style and the text of each paragraph."""
    found = []
    for one in ElementTree.fromstring(parts["word/document.xml"]).iter(f"{MAIN}p"):
        style = one.find(f"{MAIN}pPr/{MAIN}pStyle")
        letters = {f"{MAIN}br": "\n", f"{MAIN}tab": "\t"}
        text = "".join(
            letters.get(inside.tag, inside.text or "") for inside in one.iter() if inside.tag in (f"{MAIN}t", *letters)
        )
        found.append(("" if style is None else style.attrib[f"{MAIN}val"], text))
    return found


@pytest.mark.parametrize("markdown", [True, False])
def test_nothing_hostile_becomes_more_than_text_of_a_docx(own: httpx2.Client, markdown: bool) -> None:
    tags = {
        "document", "body", "p", "pPr", "pStyle", "numPr", "ilvl", "numId", "ind", "r", "rPr", "rFonts", "b", "i",
        "strike", "u", "t", "br", "tab", "hyperlink", "tbl", "tblPr", "tblStyle", "tblW", "tblLook", "tblGrid",
        "gridCol", "tr", "tc", "tcPr", "tcW", "sectPr", "pgSz", "pgMar", "cols", "docGrid",
    }  # fmt: skip
    for text in HOSTILE:
        parts = docx_of(own, text=text, title=text[:150], markdown=markdown)
        for name, part in ((name, part) for name, part in parts.items() if name.endswith((".xml", ".rels"))):
            root = ElementTree.fromstring(part)
            if name == "word/document.xml":
                assert {one.tag.removeprefix(MAIN) for one in root.iter()} <= tags, text
            for one in root.iter():
                target = one.attrib.get("Target", "")
                assert one.attrib.get("TargetMode") != "External" or target.startswith(
                    ("http://", "https://", "mailto:")
                ), (text, target)
        if not markdown:
            lines = "\n".join(line for _, line in lines_of(parts)[1:])
            assert lines == "".join(c if c >= " " or c in "\t\n" else "\ufffd" for c in text), text


def test_a_docx_has_headings_lists_code_and_tables(own: httpx2.Client) -> None:
    text = "## Part\n\nIt *is* **so** `x < y`.\n\n- one\n  1. deep\n- two\n\n3. three\n\n> said\n\n```\na\n b\n```\n"
    text += "\n| h |\n|---|\n| c |\n"
    parts = docx_of(own, text=text + "\n[a](https://example.org/?a=1&b=2)", title="Rain & <Sun>")
    assert lines_of(parts) == [
        ("Title", "Rain & <Sun>"), ("Heading2", "Part"), ("", "It is so x < y."), ("ListBullet", "one"),
        ("ListNumber2", "deep"), ("ListBullet", "two"), ("ListNumber", "three"), ("Quote", "said"),
        ("NoSpacing", "a\n b"), ("", "h"), ("", "c"), ("", "a"),
    ]  # fmt: skip
    assert (
        b"Rain &amp; &lt;Sun&gt;" in parts["docProps/core.xml"]
        and b"?a=1&amp;b=2" in parts["word/_rels/document.xml.rels"]
    )
    starts = ElementTree.fromstring(parts["word/numbering.xml"]).iter(f"{MAIN}startOverride")
    assert [one.attrib[f"{MAIN}val"] for one in starts] == ["1", "3"]


def test_a_docx_opens_in_another_reader(own: httpx2.Client) -> None:
    text = "## Part\n\nIt *is*.\n\n| h |\n|---|\n| c |\n"
    answer = own.post("/documents", json={"text": text, "title": "T", "format": "docx"})
    opened = docx.Document(io.BytesIO(answer.content))
    assert [one.style.name for one in opened.paragraphs[:3]] == ["Title", "Heading 2", "Normal"]
    assert [[cell.text for cell in row.cells] for row in opened.tables[0].rows] == [["h"], ["c"]]


def page_of(own: httpx2.Client, **asked: Any) -> Page:
    answer = own.post("/documents", json=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    return Page(answer.text)


@pytest.mark.parametrize("markdown", [True, False])
def test_nothing_hostile_becomes_more_than_text(own: httpx2.Client, markdown: bool) -> None:
    for text in HOSTILE:
        page = page_of(own, text=text, title=text[:150], markdown=markdown)
        for tag, attributes in page.tags:
            assert tag in TAGS, (text, tag)
            allowed = {"a": {"href", "title"}, "code": {"class"}, "td": {"style"}, "th": {"style"}, "html": {"lang"}}
            assert tag == "meta" or set(attributes) <= allowed.get(tag, set()), (text, tag, attributes)
            href = attributes.get("href") or ""
            assert href.partition(":")[0].lower() not in ("javascript", "vbscript", "file", "data"), (text, href)
        assert len(page.said["style"]) == 1 and len(page.said["main"]) == 1, text
        metas = [one.get("http-equiv") for tag, one in page.tags if tag == "meta" and "http-equiv" in one]
        assert metas == ["content-security-policy"], text


def test_titles_code_tables_and_lists_are_what_was_written(own: httpx2.Client) -> None:
    code = 'if a < b && c:\n    print("<b>&amp;</b>")\n'
    deep = "".join(f"{'  ' * i}- level {i}\n" for i in range(30))
    text = f"## Part\n\n```python\n{code}```\n\n| a | b |\n|:--|--:|\n| 1 \\| 2 | *x* |\n\n{deep}\n1. one\n2. two\n"
    page = page_of(own, text=text, title="Rain &\n <Sun>")
    assert page.said["title"] == page.said["h1"] == ["Rain & <Sun>"] and page.said["h2"] == ["Part"]
    assert page.said["pre"] == [code] and ("code", {"class": "language-python"}) in page.tags
    assert page.said["th"] == ["a", "b"] and page.said["td"] == ["1 | 2", "x"] and page.said["em"] == ["x"]
    assert "level 29" in page.said["main"][0] and page.said["ol"][0].split() == ["one", "two"]
    plain = page_of(own, text=text, title="T", markdown=False)
    assert plain.said["pre"] == ["\n" + text], "a browser drops the first end of a line"


def test_markdown_and_plain_files_hold_the_title_and_the_text(own: httpx2.Client) -> None:
    title = "1 * 2 * 3 [a](b) `c` <i> &amp; my_file_name\\"
    asked = {"text": "## Two\n\ntext", "title": title.replace(" ", "\n ", 1), "format": "md"}
    answer = own.post("/documents", json=asked)
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    heading = MarkdownIt("commonmark").parse(answer.text)[1]
    assert "".join(one.content for one in heading.children or ()) == title
    assert {one.type for one in heading.children or ()} <= {"text", "text_special"}
    assert answer.text.endswith("\n\n## Two\n\ntext\n")
    plain = own.post("/documents", json=asked | {"format": "txt"})
    assert plain.headers["content-type"] == "text/plain; charset=utf-8"
    assert plain.text == f"{title}\n\n## Two\n\ntext\n" and ".txt" in plain.headers["content-disposition"]


def test_what_a_page_cannot_hold_is_refused_by_its_field(own: httpx2.Client) -> None:
    long = "a*b " * (1 << 18)
    begun = time.monotonic()
    for asked, param in (
        ({"text": long}, "text"), ({"text": "a", "format": "md", "markdown": True}, "markdown"),
        ({"text": long, "format": "docx"}, "text"), ({"text": "*a* " * 60_000, "format": "docx"}, "text"),
        ({"text": "a", "creation": "b"}, "text"), ({"text": "a", "colour": 1}, "colour"),
    ):  # fmt: skip
        answer = own.post("/documents", json=asked)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, param), answer.text
    assert time.monotonic() < begun + 5
    assert page_of(own, text=long, markdown=False).said["pre"] == ["\n" + long]
