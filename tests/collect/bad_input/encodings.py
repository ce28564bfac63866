"""Texts in encodings that nobody declared."""

from __future__ import annotations

from pathlib import Path

from bad_input.case import GOOD, case, put


@case(records=1, text="A good line")
def byte_order_mark(folder: Path) -> Path:
    return put(folder, "in/a.txt", b"\xef\xbb\xbf" + GOOD.encode()).parent


@case(records=1, text="A good line")
def utf_16_with_mark(folder: Path) -> Path:
    return put(folder, "in/a.txt", GOOD.encode("utf-16")).parent


@case(records=1, text="A good line")
def utf_16_without_mark(folder: Path) -> Path:
    return put(folder, "in/a.txt", GOOD.encode("utf-16-be")).parent


@case(records=1, text="A good line")
def utf_32(folder: Path) -> Path:
    return put(folder, "in/a.txt", GOOD.encode("utf-32")).parent


@case(records=1, text="Füße und Bären, über Straßen: häßlich größer")
def latin_1(folder: Path) -> Path:
    return put(folder, "in/a.txt", "Füße und Bären, über Straßen: häßlich größer\n".encode("latin-1")).parent


@case(records=1, text="naïve — “café”\nnaïve café")
def two_encodings_in_one_file(folder: Path) -> Path:
    mixed = "naïve — “café”\n".encode() + "naïve café\n".encode("cp1252") + GOOD.encode() * 20
    return put(folder, "in/a.txt", mixed).parent


@case(records=1, text="schön und größer")
def text_decoded_twice(folder: Path) -> Path:
    return put(folder, "in/a.txt", "schön und größer als zuvor".encode().decode("latin-1")).parent


@case(records=1, text="one line of text\nand another line\nand a third")
def three_kinds_of_line_ends(folder: Path) -> Path:
    return put(folder, "in/a.txt", b"one line of text\r\nand another line\rand a third").parent


@case(records=1, rules=("binary",))
def zero_bytes(folder: Path) -> Path:
    put(folder, "in/a.txt", b"text\0with\0zeros" + bytes(99))
    return put(folder, "in/b.txt", GOOD).parent


@case(records=1, rules=("binary",))
def binary_named_text(folder: Path) -> Path:
    put(folder, "in/a.txt", bytes(range(1, 32)) * 40)
    return put(folder, "in/b.txt", GOOD).parent
