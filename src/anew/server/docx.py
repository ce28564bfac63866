"""A text as a file for word processors, by python-docx.

In: a title and a text, plain or the tokens of its Markdown. Out: the same bytes for the same text. Nothing of a text is
more than text in it: no field, no macro, no picture, and links to the web alone.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.numbering import CT_Num
from docx.shared import Inches
from docx.text.run import Run
from markdown_it.token import Token

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ILLEGAL = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0, and returns
EPOCH = (1980, 1, 1, 0, 0, 0)
LINKED = "link"
LOOKS = {"strong_open": "bold", "em_open": "italic", "s_open": "strike"}
CODE = "Courier New"
DEEPEST = 3  # levels of lists that have styles of their own


class Body:
    """A document as its tokens come."""

    def __init__(self) -> None:
        self.document: Any = docx.Document()
        self.cell: Any = None  # of the table that is written
        self.lists: list[tuple[str, int | None]] = []  # around: the style, and by which numbers it counts
        self.quotes = 0
        self.bold = False
        self.marker = False  # whether the next paragraph is the first of its item
        self.cells: Iterator[Any] = iter(())
        self.number = 1000  # of the last list of numbers: beyond those of the template
        self.numbering: Any = self.document.part.numbering_part.element
        usual = self.document.styles["List Number"].element.pPr.numPr.numId.val
        self.counting = self.numbering.num_having_numId(usual).abstractNumId.val

    def paragraph(self, style: str = "") -> Any:
        """One of this style; by itself that of a list, of a quotation, or none."""
        made: Any = self.document.add_paragraph()
        if self.lists and not style:
            level = min(len(self.lists), DEEPEST)
            kind, number = self.lists[-1] if self.marker else ("ListContinue", None)
            style = f"{kind}{level if level > 1 else ''}"
            if number is not None:
                numbered = made._p.get_or_add_pPr().get_or_add_numPr()
                numbered.get_or_add_ilvl().val, numbered.get_or_add_numId().val = 0, number
            made.paragraph_format.left_indent = Inches(0.25 * len(self.lists)) if len(self.lists) > DEEPEST else None
            self.marker = False
        style = style or ("Quote" if self.quotes else "")
        if style:
            made._p.style = style
        return made

    def run(self, within: Any, text: str, looks: Sequence[str] = (), font: str | None = None) -> None:
        """Its lines under each other; what XML cannot hold is a question mark in a box."""
        made = Run(OxmlElement("w:r"), self.document)
        made.text = ILLEGAL.sub("\ufffd", text)
        for look in {*looks} - {LINKED}:
            setattr(made.font, look, True)
        if self.bold:
            made.font.bold = True
        if font:
            made.font.name = font
        if LINKED in looks:
            made.font.underline = True
        within.append(made._r)

    def inline(self, paragraph: Any, tokens: Sequence[Token]) -> None:
        within, looks = paragraph, list[str]()
        for token in tokens:
            kind = token.type
            if kind in LOOKS:
                looks.append(LOOKS[kind])
            elif kind == "link_open":
                looks.append(LINKED)
                within = self.link(within, str(token.attrs.get("href", "")))
            elif kind.endswith("_close"):
                looks.pop()
                within = paragraph if kind == "link_close" else within
            elif kind in ("softbreak", "hardbreak"):
                self.run(within, " " if kind == "softbreak" else "\n", looks)
            else:
                self.run(within, token.content, looks, CODE if kind == "code_inline" else None)

    def link(self, within: Any, address: str) -> Any:
        """To the web; anything else leads nowhere."""
        made: Any = OxmlElement("w:hyperlink")
        if re.match(r"https?://|mailto:", address, re.IGNORECASE):
            plain = ILLEGAL.sub("\ufffd", address)
            made.set(qn("r:id"), self.document.part.relate_to(plain, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
        within.append(made)
        return made

    def blocks(self, tokens: Sequence[Token]) -> None:
        heading = ""
        for at, token in enumerate(tokens):
            kind = token.type
            if kind == "heading_open":
                heading = f"Heading{token.tag[1:]}"
            elif kind == "heading_close":
                heading = ""
            elif kind == "inline":
                where = self.paragraph(heading)._p if self.cell is None else self.cell.p_lst[0]
                self.inline(where, token.children or ())
            elif kind in ("fence", "code_block"):
                self.run(self.paragraph("NoSpacing")._p, token.content.removesuffix("\n"), font=CODE)
            elif kind == "hr":
                self.run(self.paragraph()._p, "\u2500" * 30)
            elif kind in ("bullet_list_open", "ordered_list_open"):
                self.lists.append(self.listed(kind, int(token.attrs.get("start", 1))))
            elif kind in ("bullet_list_close", "ordered_list_close"):
                self.lists.pop()
            elif kind in ("list_item_open", "list_item_close"):
                self.marker = kind == "list_item_open"
            elif kind in ("blockquote_open", "blockquote_close"):
                self.quotes += 1 if kind == "blockquote_open" else -1
            else:
                self.tabled(kind, tokens, at)

    def listed(self, kind: str, start: int) -> tuple[str, int | None]:
        """The style of a list. Each of numbers counts for itself."""
        if kind == "bullet_list_open":
            return "ListBullet", None
        self.number += 1
        made = CT_Num.new(self.number, self.counting)  # type: ignore[no-untyped-call]
        made.add_lvlOverride(ilvl=0).add_startOverride(start)
        self.numbering.append(made)
        return "ListNumber", self.number

    def tabled(self, kind: str, tokens: Sequence[Token], at: int) -> None:
        if kind == "table_open":
            table = self.document.add_table(*shape(tokens, at), "Table Grid")._tbl
            self.cells = (cell for row in table.tr_lst for cell in row.tc_lst)
        elif kind in ("th_open", "td_open"):
            self.cell, self.bold = next(self.cells), kind == "th_open"
        elif kind in ("th_close", "td_close"):
            self.cell, self.bold = None, False


def shape(tokens: Sequence[Token], at: int) -> tuple[int, int]:
    """The rows and columns of the table that begins there: each row has as many cells as the heading."""
    end = next(i for i in range(at, len(tokens)) if tokens[i].type == "table_close")
    kinds = Counter(token.type for token in tokens[at:end])
    return kinds["tr_open"], kinds["th_open"]


def document(title: str, text: str, tokens: Sequence[Token] | None = None, how: str = "") -> bytes:
    """The file. `tokens`: those of the text's Markdown, where it is some; `how`: how it was made, a property."""
    body = Body()
    properties = body.document.core_properties
    properties.title, properties.author, properties.comments = ILLEGAL.sub("\ufffd", title), "anew", how[:255]
    if title:
        body.run(body.paragraph("Title")._p, title)
    if tokens is None:
        for line in text.split("\n"):
            body.run(body.paragraph()._p, line)
    else:
        body.blocks(tokens)
    held = io.BytesIO()
    body.document.save(held)
    return dated(held.getvalue())


def dated(file: bytes) -> bytes:
    """A zip with the same parts, of no hour."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as read, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for name in read.namelist():
            made.writestr(zipfile.ZipInfo(name, EPOCH), read.read(name), zipfile.ZIP_DEFLATED)
    return held.getvalue()
