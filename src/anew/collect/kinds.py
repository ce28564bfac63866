"""Which kind of content a file's suffix announces, and which kinds each modality can use."""

from __future__ import annotations

from pathlib import PurePosixPath

TEXT = {".txt", ".text", ".md", ".markdown", ".rst", ".tex", ".org", ".adoc"}
HTML = {".html", ".htm", ".xhtml"}
PICTURE = {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".gif", ".svg"}
PICTURE |= {".tif", ".tiff", ".heic", ".heif", ".avif", ".jp2", ".jxl", ".ico", ".psd"}  # refused as what they are
SOUND = {".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc"}
SOUND |= {".m4a", ".aac", ".wma", ".amr"}  # refused as what they are
SCORE = {".mid", ".midi", ".musicxml", ".mxl", ".abc", ".krn"}
TABLE = {".csv", ".tsv", ".jsonl", ".ndjson", ".parquet"}
ARCHIVE = {".zip", ".tar", ".tgz", ".tbz2", ".txz"}
COMPRESSED = {".gz", ".bz2", ".xz"}
CODE = set(
    """
    .py .pyi .pyx .ipy .c .h .cc .cpp .cxx .hpp .hh .hxx .cu .m .mm .rs .go .java .kt .kts .scala .groovy .clj .cljs .cs
    .fs .vb .swift .js .mjs .cjs .jsx .ts .tsx .vue .svelte .css .scss .less .php .rb .pl .pm .lua .r .jl .sh .bash .zsh
    .fish .ps1 .bat .sql .hs .lhs .ml .mli .elm .ex .exs .erl .hrl .lisp .el .scm .rkt .f .f90 .f95 .for .pas .d .dart
    .nim .zig .v .sv .vhd .vhdl .asm .s .proto .thrift .graphql .tf .cmake .mk .gradle .toml .yaml .yml .ini .cfg
    """.split()
)
USABLE = {
    "text": ("text", "html", "table"),
    "code": ("code", "table"),
    "image": ("picture", "table"),
    "audio": ("sound", "table"),
    "table": ("table",),
    "chat": ("table",),
    "music": ("score",),
}
PLAIN = {
    "text": "text", "code": "code", "image": "picture", "audio": "sound", "table": "table", "chat": "table",
    "music": "score",
}  # fmt: skip
BARE_FOLDERS = {"wav", "wavs", "clips"}  # of sounds, that say what lies in them and nothing of it


def kind_of(name: str, modality: str) -> str:
    """text, html, code, table, picture, sound, score, archive, compressed or "other". For code, HTML is source."""
    path = PurePosixPath(name.lower())
    suffixes = path.suffixes[-2:]
    if path.suffix in ARCHIVE or (len(suffixes) == 2 and suffixes[0] == ".tar" and suffixes[1] in COMPRESSED):
        return "archive"
    if path.suffix in HTML:
        return "code" if modality == "code" else "html"
    if modality == "chat" and path.suffix == ".json":
        return "table"
    if modality == "music" and path.suffix == ".xml":
        return "score"
    kinds = {
        "compressed": COMPRESSED, "score": SCORE, "table": TABLE, "picture": PICTURE, "sound": SOUND, "text": TEXT,
        "code": CODE,
    }  # fmt: skip
    return next((kind for kind, suffixes in kinds.items() if path.suffix in suffixes), "other")


def label_of(name: str) -> str | None:
    """The sub-folder that a picture or sound lies in, below the source's own folder or inside its archive; of one that
    says nothing the one above."""
    folders = PurePosixPath(name.replace("!", "/", 1)).parent.parts[1:]
    told = [one for one in folders if one.lower() not in BARE_FOLDERS]
    return told[-1] if told else None
