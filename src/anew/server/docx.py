"""A text as a file for word processors: WordprocessingML in a zip, of the parts that every reader asks for.

In: a title and a text, plain or the tokens of its Markdown. Out: the same bytes for the same text. Nothing of a text is
more than text in it: no field, no macro, no picture, and links to the web alone.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from markdown_it.token import Token

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE, METADATA = f"{R}/", f"{PACKAGE}/relationships/metadata/"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
WORD = MEDIA_TYPE.removesuffix(".document")
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0
EPOCH = (1980, 1, 1, 0, 0, 0)
DEEPEST = 8  # the last level that a list has
BULLETS, NUMBERS = 1, 2  # what a list is numbered by; each list of numbers has one of its own, which begins anew
BOLD, MONOSPACED = "<w:b/>", '<w:rFonts w:ascii="Courier New" w:hAnsi="Courier New" w:cs="Courier New"/>'
LINKED = ('<w:color w:val="0563C1"/>', '<w:u w:val="single"/>')
LOOKS = (MONOSPACED, BOLD, "<w:i/>", "<w:strike/>", *LINKED)  # in the order that the format wants
STYLES = {
    "Normal": "", "Title": '<w:rPr><w:b/><w:sz w:val="52"/></w:rPr>',
    **{f"Heading{i}": '<w:pPr><w:keepNext/><w:spacing w:before="240" w:after="80"/>'
       f'<w:outlineLvl w:val="{i - 1}"/></w:pPr><w:rPr><w:b/><w:sz w:val="{max(22, 40 - 4 * i)}"/></w:rPr>'
       for i in range(1, 7)},
    "Code": f'<w:pPr><w:shd w:val="clear" w:fill="F2F2F2"/></w:pPr><w:rPr>{MONOSPACED}<w:sz w:val="20"/></w:rPr>',
    "Quote": '<w:pPr><w:ind w:left="720"/></w:pPr><w:rPr><w:i/></w:rPr>',
    "ListParagraph": '<w:pPr><w:contextualSpacing/></w:pPr>',
}  # fmt: skip
NAMES = {"Code": "Code", "ListParagraph": "List Paragraph"} | {f"Heading{i}": f"heading {i}" for i in range(1, 7)}
BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="808080"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)
MARGINS = " ".join(f'w:{side}="1417"' for side in ("top", "right", "bottom", "left"))
MARGINS += ' w:header="708" w:footer="708" w:gutter="0"'
PAGE = f'<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar {MARGINS}/></w:sectPr>'
RULE = '<w:p><w:pPr><w:pBdr><w:bottom w:val="single" w:sz="6" w:space="1" w:color="808080"/></w:pBdr></w:pPr></w:p>'


def said(text: str) -> str:
    """Text as XML has it; what XML cannot hold is a question mark in a box."""
    return escape(ILLEGAL.sub("\ufffd", text))


def attribute(text: str) -> str:
    return quoteattr(ILLEGAL.sub("\ufffd", text))


class Body:
    """Paragraphs as they come, and the links and lists that they name."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.links: list[str] = []
        self.starts: list[int] = []  # of each list of numbers the first
        self.lists: list[int] = []  # what the lists around are numbered by
        self.quotes = 0
        self.bold = False
        self.marker = False  # whether the next paragraph is the first of its item

    def paragraph(self, runs: str, style: str = "") -> None:
        """One of this style; by itself that of a list, of a quotation, or none."""
        looks = ""
        if self.lists:
            level = min(len(self.lists) - 1, DEEPEST)
            style = style or "ListParagraph"
            if self.marker:
                looks = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{self.lists[-1]}"/></w:numPr>'
            else:
                looks = f'<w:ind w:left="{720 * (level + 1)}"/>'
            self.marker = False
        style = style or ("Quote" if self.quotes else "")
        named = f'<w:pStyle w:val="{style}"/>' if style else ""
        self.parts.append(f"<w:p><w:pPr>{named}{looks}</w:pPr>{runs}</w:p>" if named or looks else f"<w:p>{runs}</w:p>")

    def run(self, text: str, *looks: str) -> str:
        """Its lines under each other."""
        wanted = set(looks) | ({BOLD} if self.bold else set())
        properties = "".join(look for look in LOOKS if look in wanted)
        inside = "<w:br/>".join(f'<w:t xml:space="preserve">{said(line)}</w:t>' for line in text.split("\n"))
        return f"<w:r>{f'<w:rPr>{properties}</w:rPr>' if properties else ''}{inside}</w:r>"

    def inline(self, tokens: Sequence[Token]) -> str:
        runs: list[str] = []
        looks: list[str] = []
        for token in tokens:
            kind = token.type
            if kind in ("strong_open", "em_open", "s_open"):
                looks.append({"strong_open": "<w:b/>", "em_open": "<w:i/>", "s_open": "<w:strike/>"}[kind])
            elif kind in ("strong_close", "em_close", "s_close"):
                looks.pop()
            elif kind == "link_open":
                looks += LINKED
                runs.append(self.link(str(token.attrs.get("href", ""))))
            elif kind == "link_close":
                del looks[-len(LINKED) :]
                runs.append("</w:hyperlink>")
            elif kind == "softbreak":
                runs.append(self.run(" ", *looks))
            elif kind == "hardbreak":
                runs.append("<w:r><w:br/></w:r>")
            elif kind == "code_inline":
                runs.append(self.run(token.content, MONOSPACED, *looks))
            else:
                runs.append(self.run(token.content, *looks))
        return "".join(runs)

    def link(self, address: str) -> str:
        """To the web; anything else leads nowhere."""
        if not re.match(r"https?://|mailto:", address, re.IGNORECASE):
            return "<w:hyperlink>"
        self.links.append(address)
        return f'<w:hyperlink r:id="link{len(self.links)}">'

    def blocks(self, tokens: Sequence[Token]) -> None:
        heading = 0
        for token in tokens:
            kind = token.type
            if kind == "heading_open":
                heading = int(token.tag[1:])
            elif kind == "inline":
                self.placed(self.inline(token.children or ()), heading)
            elif kind == "heading_close":
                heading = 0
            elif kind in ("fence", "code_block"):
                self.paragraph(self.run(token.content.removesuffix("\n")), "Code")
            elif kind == "hr":
                self.parts.append(RULE)
            elif kind in ("bullet_list_open", "ordered_list_open"):
                self.lists.append(self.numbering(kind, int(token.attrs.get("start", 1))))
            elif kind in ("bullet_list_close", "ordered_list_close"):
                self.lists.pop()
            elif kind in ("list_item_open", "list_item_close"):
                self.marker = kind == "list_item_open"
            elif kind in ("blockquote_open", "blockquote_close"):
                self.quotes += 1 if kind == "blockquote_open" else -1
            else:
                self.table(kind)

    def placed(self, runs: str, heading: int) -> None:
        if self.parts and self.parts[-1] == "<w:tc>":
            self.parts.append(f"<w:p>{runs}</w:p>")
        else:
            self.paragraph(runs, f"Heading{heading}" if heading else "")

    def numbering(self, kind: str, start: int) -> int:
        if kind == "bullet_list_open":
            return BULLETS
        self.starts.append(start)
        return NUMBERS + len(self.starts) - 1

    def table(self, kind: str) -> None:
        self.bold = kind == "th_open"
        self.parts += {
            "table_open": [f"<w:tbl><w:tblPr><w:tblBorders>{BORDERS}</w:tblBorders></w:tblPr><w:tblGrid/>"],
            "table_close": ["</w:tbl>", "<w:p/>"], "tr_open": ["<w:tr>"], "tr_close": ["</w:tr>"],
            "th_open": ["<w:tc>"], "td_open": ["<w:tc>"], "th_close": ["</w:tc>"], "td_close": ["</w:tc>"],
        }.get(kind, [])  # fmt: skip


def document(title: str, text: str, tokens: Sequence[Token] | None = None, how: str = "") -> bytes:
    """The file. `tokens`: those of the text's Markdown, where it is some; `how`: how it was made, a property."""
    body = Body()
    if title:
        body.paragraph(body.run(title), "Title")
    if tokens is None:
        for line in text.split("\n"):
            body.paragraph(body.run(line))
    else:
        body.blocks(tokens)
    inside = f"<w:body>{''.join(body.parts)}{PAGE}</w:body>"
    whole = (("officeDocument", "word/document.xml", OFFICE), ("core-properties", "docProps/core.xml", METADATA))
    within = (("styles", "styles.xml", OFFICE), ("numbering", "numbering.xml", OFFICE))
    parts = {
        "[Content_Types].xml": content_types(),
        "_rels/.rels": relations(*whole),
        "docProps/core.xml": properties(title, how),
        "word/document.xml": f'<w:document xmlns:w="{W}" xmlns:r="{R}">{inside}</w:document>',
        "word/styles.xml": styles(),
        "word/numbering.xml": numberings(body.starts),
        "word/_rels/document.xml.rels": relations(*within, links=body.links),
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        for name, part in parts.items():
            file.writestr(zipfile.ZipInfo(name, EPOCH), (HEAD + part).encode(), zipfile.ZIP_DEFLATED)
    return held.getvalue()


def content_types() -> str:
    kinds = {
        "/word/document.xml": f"{WORD}.document.main+xml", "/word/styles.xml": f"{WORD}.styles+xml",
        "/word/numbering.xml": f"{WORD}.numbering+xml",
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
    }  # fmt: skip
    rows = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in kinds.items())
    plain = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    plain += '<Default Extension="xml" ContentType="application/xml"/>'
    return f'<Types xmlns="{PACKAGE}/content-types">{plain}{rows}</Types>'


def relations(*parts: tuple[str, str, str], links: Sequence[str] = ()) -> str:
    rows = [
        f'<Relationship Id="part{i}" Type="{where}{kind}" Target="{target}"/>'
        for i, (kind, target, where) in enumerate(parts, 1)
    ]
    rows += [
        f'<Relationship Id="link{i}" Type="{OFFICE}hyperlink" Target={attribute(address)} TargetMode="External"/>'
        for i, address in enumerate(links, 1)
    ]
    return f'<Relationships xmlns="{PACKAGE}/relationships">{"".join(rows)}</Relationships>'


def properties(title: str, how: str) -> str:
    spaces = f'xmlns:cp="{PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    inside = f"<dc:title>{said(title)}</dc:title><dc:creator>anew</dc:creator>"
    inside += f"<dc:description>{said(how)}</dc:description>" if how else ""
    return f"<cp:coreProperties {spaces}>{inside}</cp:coreProperties>"


def styles() -> str:
    usual = '<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:cs="Calibri"/>'
    usual += '<w:sz w:val="22"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:after="160" w:line="264"'
    usual += ' w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>'
    rows = []
    for id_, looks in STYLES.items():
        based = "" if id_ == "Normal" else '<w:basedOn w:val="Normal"/>'
        first = ' w:default="1"' if id_ == "Normal" else ""
        name = f'<w:name w:val="{NAMES.get(id_, id_)}"/>'
        rows.append(f'<w:style w:type="paragraph" w:styleId="{id_}"{first}>{name}{based}<w:qFormat/>{looks}</w:style>')
    return f'<w:styles xmlns:w="{W}">{usual}{"".join(rows)}</w:styles>'


def numberings(starts: Sequence[int]) -> str:
    kinds = []
    for number, how, text in ((0, "bullet", "\u2022"), (1, "decimal", "")):
        levels = "".join(
            f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="{how}"/>'
            f'<w:lvlText w:val="{text or f"%{i + 1}."}"/>'
            f'<w:pPr><w:ind w:left="{720 * (i + 1)}" w:hanging="360"/></w:pPr></w:lvl>'
            for i in range(DEEPEST + 1)
        )
        kinds.append(f'<w:abstractNum w:abstractNumId="{number}">{levels}</w:abstractNum>')
    rows = [f'<w:num w:numId="{BULLETS}"><w:abstractNumId w:val="0"/></w:num>']
    for i, start in enumerate(starts):
        anew = "".join(
            f'<w:lvlOverride w:ilvl="{level}"><w:startOverride w:val="{start}"/></w:lvlOverride>'
            for level in range(DEEPEST + 1)
        )
        rows.append(f'<w:num w:numId="{NUMBERS + i}"><w:abstractNumId w:val="1"/>{anew}</w:num>')
    return f'<w:numbering xmlns:w="{W}">{"".join(kinds)}{"".join(rows)}</w:numbering>'
