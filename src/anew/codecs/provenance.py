"""Notes inside picture files: how a picture was made, as a program reads it and as people's tools show it.

In: notes (a keyword and its text) for a file that is written, or the bytes of a file, which may be anything. Out: what
Pillow writes, or the notes again. Nothing is unpacked but the notes, and of these at most MOST_NOTE bytes.

PNG holds each note in a chunk of its own (PNG 3rd edition, section 11.3.3), NOTE as iTXt, PARAMETERS as tEXt, where
tools look for it, unless it has letters beyond Latin-1; either is read from any kind. JPEG and WebP hold NOTE as
the EXIF tag UserComment (EXIF 2.32, 4.6.6), which is ASCII.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator, Mapping

from PIL import Image as Pictures
from PIL.PngImagePlugin import PngInfo

from anew.errors import DataError

NOTE, PARAMETERS = "anew", "parameters"
XMP = "XML:com.adobe.xmp"
SIGNATURE = b"\x89PNG\r\n\x1a\n"
EXIF_IFD, USER_COMMENT, ASCII = 0x8769, 0x9286, b"ASCII\0\0\0"
MOST_NOTE = 1 << 20  # bytes of one note
MOST_CHUNKS = 100_000
MOST_EXIF = 60_000  # bytes that fit into a JPEG's one segment, with room for what is around them


def chunks_of(xmp: str, notes: Mapping[str, str]) -> PngInfo:
    """Chunks for Pillow to write: XMP as its part 3 says, and a note each."""
    info = PngInfo()
    if xmp:
        info.add_itxt(XMP, xmp)
    for keyword, text in notes.items():
        held = text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
        (info.add_itxt if keyword == NOTE else info.add_text)(keyword, held)
    return info


def exif_of(notes: Mapping[str, str]) -> bytes:
    """The EXIF block with the note called NOTE; empty without one, or where it is too long for a JPEG."""
    told = notes.get(NOTE, "").encode("ascii", "replace")
    if not told or len(told) > MOST_EXIF:
        return b""
    exif = Pictures.Exif()
    exif.get_ifd(EXIF_IFD)[USER_COMMENT] = ASCII + told
    return exif.tobytes()


def notes_of(content: bytes, origin: str = "picture") -> dict[str, str]:
    """NOTE and PARAMETERS, as far as the file holds them. DataError, naming `origin`: no picture that may hold notes,
    or notes that are damaged or too long."""
    if content.startswith(SIGNATURE):
        return dict(in_png(content, origin))
    found = comment_of(content, origin)
    if found.startswith(ASCII):
        return {NOTE: found.removeprefix(ASCII).rstrip(b"\0 ").decode("ascii", "replace")}
    if found.startswith(b"UNICODE\0"):  # as other tools write their parameters, in either order of bytes
        text = found[8:]
        high = sum(byte == 0 for byte in text[0:200:2]) >= sum(byte == 0 for byte in text[1:200:2])
        return {PARAMETERS: text.decode("utf-16-be" if high else "utf-16-le", "replace")}
    return {}


def in_png(content: bytes, origin: str) -> Iterator[tuple[str, str]]:
    """Keyword and text of the chunks that hold one of the two notes."""
    place = len(SIGNATURE)
    for _ in range(MOST_CHUNKS):
        if place + 12 > len(content):
            return
        size, kind = struct.unpack_from(">I4s", content, place)
        body = content[place + 8 : place + 8 + size] if kind in (b"tEXt", b"zTXt", b"iTXt") else b""
        keyword, _, rest = body.partition(b"\0")
        if keyword.decode("latin-1") in (NOTE, PARAMETERS):
            yield keyword.decode("latin-1"), text_of(kind, rest, f"{origin}: its note {keyword.decode('latin-1')!r}")
        place += size + 12
        if kind == b"IEND":
            return
    raise DataError(f"{origin}: more than {MOST_CHUNKS:,} chunks")


def text_of(kind: bytes, rest: bytes, what: str) -> str:
    """The text behind a chunk's keyword, unpacked as far as it may be long."""
    packed = kind == b"zTXt"
    if kind == b"iTXt":
        flag, rest = rest[:1], rest[2:]
        parts = rest.split(b"\0", 2)  # language, the keyword in that language, the text
        if flag not in (b"\0", b"\1") or len(parts) < 3:
            raise DataError(f"{what} is damaged")
        packed, rest = flag == b"\1", parts[2]
    elif packed:
        rest = rest[1:]
    if packed:
        try:
            unpacking = zlib.decompressobj()
            rest = unpacking.decompress(rest, MOST_NOTE + 1)
            if len(rest) <= MOST_NOTE and not unpacking.eof:
                raise zlib.error
        except zlib.error:
            raise DataError(f"{what} is damaged") from None
    if len(rest) > MOST_NOTE:
        raise DataError(f"{what} is longer than {MOST_NOTE:,} bytes")
    try:
        return rest.decode("utf-8" if kind == b"iTXt" else "latin-1")
    except UnicodeDecodeError:
        raise DataError(f"{what} is not UTF-8") from None


def comment_of(content: bytes, origin: str) -> bytes:
    """EXIF's UserComment in a JPEG or WebP, of which no pixel is unpacked; empty where there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Pictures.open(io.BytesIO(content), formats=("JPEG", "WEBP")) as file:
                found = file.getexif().get_ifd(EXIF_IFD).get(USER_COMMENT, b"")
    except Exception:  # damaged files fail in Pillow's readers in a dozen ways
        raise DataError(f"{origin}: no PNG, JPEG or WebP picture, so that nothing says how it was made") from None
    found = found.encode("latin-1", "replace") if isinstance(found, str) else found
    if not isinstance(found, bytes) or len(found) > MOST_NOTE:
        raise DataError(f"{origin}: its EXIF comment is no text of at most {MOST_NOTE:,} bytes")
    return found


__all__ = ["NOTE", "PARAMETERS", "chunks_of", "exif_of", "notes_of"]
