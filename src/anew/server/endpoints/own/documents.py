"""/v1/anew/documents: a text or a creation as a file to keep: plain, Markdown, a page that needs nothing else, or one
for word processors."""

from __future__ import annotations

import base64
import html
import json
import re
from typing import Annotated, Any, Literal

from fastapi import Request, Response
from markdown_it import MarkdownIt
from pydantic import Field

from anew.codecs.origin import IPTC, MADE
from anew.server import docx
from anew.server.access import Asker, needs
from anew.server.database.creations import Creation
from anew.server.endpoints.own.creations import content_of_row, database, row_of
from anew.server.endpoints.own.routing import own_router
from anew.server.errors import Problem
from anew.server.wire.own import Own, Text

router = own_router("/documents", needs("read"))
routers = (router,)
MOST_MARKDOWN = 1 << 19  # characters that are read as Markdown: a book's worth, and seconds of work at the worst
MOST_PARTS = 50_000  # of a docx, which takes a tenth of a second for a thousand at the worst
MARKDOWN = MarkdownIt("commonmark", {"html": False, "maxNesting": 100}).enable("table").disable("image")
PAGES = ("html", "docx")  # what Markdown is read for
MARKS = re.compile(r"([\\`*_\[\]<&])")  # what a title's letters would mean in Markdown
TYPES = {
    "txt": "text/plain; charset=utf-8", "md": "text/markdown; charset=utf-8", "html": "text/html; charset=utf-8",
    "docx": docx.MEDIA_TYPE,
}  # fmt: skip
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="generator" content="anew">
{meta}<title>{title}</title>
<style>
body {{ font: 1rem/1.6 system-ui, sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem; }}
:root {{ color-scheme: light dark; overflow-wrap: anywhere; }} img {{ max-width: 100%; }}
pre {{ overflow-x: auto; background: #8882; padding: .8rem; }}
table {{ border-collapse: collapse; }} td, th {{ border: 1px solid #8888; padding: .2rem .6rem; }}
blockquote {{ border-left: 3px solid #8888; margin: 1rem 0; padding-left: 1rem; }}
footer {{ font-size: .85rem; border-top: 1px solid #8888; margin-top: 2rem; }}
</style>
<main>
{body}</main>
{foot}</html>
"""


class Document(Own):
    """A `text` or a `creation` by its id. `markdown`: whether a text is read as Markdown, for `html` and `docx`."""

    text: Text | None = None
    creation: Annotated[str, Field(max_length=100)] | None = None
    title: Annotated[str, Field(max_length=200)] = ""
    markdown: bool = True
    format: Literal["txt", "md", "html", "docx"] = "html"


@router.post("", response_class=Response)
def export(asked: Document, who: Asker, request: Request) -> Response:
    """The file. A creation says by which model and request it was made."""
    if (asked.text is None) == (asked.creation is None):
        raise Problem(400, "text or creation, one of them", param="text", code="missing_required_parameter")
    row = None if asked.creation is None else row_of(database(request), who, asked.creation)
    title = " ".join((asked.title or (row.title if row is not None else "")).split())
    made = (asked.text or "").encode("utf-8", "replace") if row is None else content_of_row(request, row)
    file = whole(asked, made, row, title)
    name = re.sub(r"[^A-Za-z0-9]+", "-", title).strip("-").lower()[:60] or "document"
    headers = {"content-disposition": f'attachment; filename="{name}.{asked.format}"'}
    headers["content-security-policy"] = "sandbox; default-src 'none'"
    return Response(file, media_type=TYPES[asked.format], headers=headers)


def whole(asked: Document, made: bytes, row: Creation | None, title: str) -> bytes:
    kind = "text/plain" if row is None else row.media_type.partition(";")[0]
    if "markdown" in asked.model_fields_set and (asked.format not in PAGES or kind != "text/plain"):
        raise Problem(400, "markdown: of a page or a docx of a text", param="markdown", code="unsupported_parameter")
    if not (kind.startswith("text/") or kind == "application/jsonl"):
        if asked.format != "html" or not kind.startswith("image/"):
            what = f"format: a creation of {kind} goes into a page if it is a picture, and into no {asked.format}"
            raise Problem(400, what, param="format", code="unsupported_parameter")
        source = f"data:{kind};base64,{base64.b64encode(made).decode()}"
        return page(title, f'<p><img alt="{html.escape(title)}" src="{source}"></p>\n', row)
    text = made.decode("utf-8", "replace")
    markdown = asked.markdown and kind == "text/plain"
    if asked.format == "html":
        return page(title, body(text, title, markdown), row)
    if asked.format == "docx":
        tokens = MARKDOWN.parse(readable(text)) if markdown else None
        parts = text.count("\n") if tokens is None else sum(1 + len(one.children or ()) for one in tokens)
        if parts > MOST_PARTS:
            what = f"text: more than {MOST_PARTS:,} paragraphs and marked words make no docx; html and md take them"
            raise Problem(400, what, param="text", code="invalid_value")
        return docx.document(title, text, tokens, how_made(row))
    head = MARKS.sub(r"\\\1", f"# {title}") if asked.format == "md" else title
    plain = (f"{head}\n\n" if title else "") + text + ("" if text.endswith("\n") else "\n")
    return plain.encode("utf-8", "replace")


def readable(text: str) -> str:
    """A text that is short enough to be read as Markdown."""
    if len(text) > MOST_MARKDOWN:
        what = f"text: more than {MOST_MARKDOWN:,} characters are not read as Markdown; with markdown false they stay"
        raise Problem(400, what, param="text", code="invalid_value")
    return text


def how_made(row: Creation | None) -> str:
    """The model and the request of a creation."""
    if row is None:
        return ""
    return f"Made by the model {row.model}: {request_of(row)}"


def request_of(row: Creation) -> str:
    made: dict[str, Any] = json.loads(row.request)
    return json.dumps({key: made[key] for key in ("address", "body", "index")}, ensure_ascii=False)


def body(text: str, title: str, markdown: bool) -> str:
    """What it says; no tag of the text's own, no picture from elsewhere, no address that runs anything."""
    head = f"<h1>{html.escape(title)}</h1>\n" if title else ""
    if not markdown:
        return f"{head}<pre>\n{html.escape(text)}</pre>\n"
    return head + str(MARKDOWN.render(readable(text)))


def page(title: str, inside: str, row: Creation | None) -> bytes:
    """A creation's page says that a model made it, and how."""
    meta = foot = ""
    if row is not None:
        how = html.escape(request_of(row))
        meta = f'<meta name="digitalSourceType" content="{IPTC}{MADE}">\n'
        foot = f"<footer>Made by the model {html.escape(row.model)}: <code>{how}</code></footer>\n"
    whole = PAGE.format(title=html.escape(title or "Document"), body=inside, meta=meta, foot=foot)
    return whole.encode("utf-8", "replace")
