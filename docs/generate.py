"""Writes the references from the code: docs/reference/recipe.md from the types and parts, cli.md from the verbs, and
in every page the code block that follows `<!-- file: PATH -->` from that file; in README.md the table of families and
modalities, from recipes/grid.py and what was measured, docs/grid.json.

python docs/generate.py          write them
python docs/generate.py --check  exit with 1 when one is not current
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cyclopts import App

from anew import registry
from anew.cli import VERBS, build
from anew.cli.dotted import section_of
from anew.cli.recipe import default_of, kind_of
from anew.recipe import Adapt, Judge, Learned, Part, Recipe, Section, keywords
from anew.recipes import grid

DOCS = Path(__file__).parent
ROOT = DOCS.parent
MADE_BY_THE_PIPELINE = {"latent", "codes", "label", "vocabulary"}  # codecs that no recipe names
NOTE = "<!-- Written by docs/generate.py; change the source and run it again. -->"

RECIPE_HEAD = """A recipe is a TOML file. A key that is not listed here is refused with the nearest name. Every key is
also an option: `anew run digits --train.lr 0.003`. `anew recipe schema` prints this list, with `--json` as a JSON
Schema."""
PARTS = """A key of `[model]`, `[codec]`, `[codec.learned]` or `[judge]` that is not listed above goes to the part's
constructor. The columns xs to l are what the size dial sets."""
CLI_HEAD = """stdout is data, stderr is talk. With `--json` the last line of stdout is one JSON object; an error is one
too. `--debug` shows the traceback of a defect.

| exit code | meaning |
| --- | --- |
| 0 | well |
| 1 | an error without a kind of its own; `anew doctor`: something is wrong |
| 2 | a mistyped command, option or recipe |
| 3 | the data cannot be used |
| 4 | no model, run, recipe or data set has that name |
| 5 | refused: the machine, a limit or a gate says no |
| 6 | damaged: a file that anew wrote is incomplete or changed |
| 70 | a defect of anew; its traceback is in a file |
| 130 | stopped on request, with everything saved |
| 141 | the reader of stdout went away |"""


def main() -> int:
    pages = {DOCS / "reference" / "recipe.md": recipe_page(), DOCS / "reference" / "cli.md": cli_page()}
    for path in sorted([*DOCS.glob("*.md"), *DOCS.glob("clients/*.md")]):
        pages[path] = with_files(path.read_text("utf-8"))
    pages[ROOT / "README.md"] = with_grid((ROOT / "README.md").read_text("utf-8"))
    stale = [p for p, text in pages.items() if not p.is_file() or p.read_text("utf-8") != text]
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not current; run python docs/generate.py")
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(pages[path], "utf-8")
    return 0


def with_files(page: str) -> str:
    """The page with the block after each `<!-- file: PATH -->` holding the file."""

    def filled(found: re.Match[str]) -> str:
        return f"{found[1]}{(ROOT / found[2]).read_text('utf-8')}```"

    return re.sub(r"(<!-- file: (\S+) -->\n```\w*\n).*?```", filled, page, flags=re.S)


# ------------------------------------------------------------------------------------------------ recipes


def recipe_page() -> str:
    """Every table of a recipe, then the settings of every registered part."""
    lines = [NOTE, "# Recipe reference", "", RECIPE_HEAD, ""]
    for title, kind, about in sections():
        lines += [f"## {title}", "", *([about, ""] if about else []), *table(field_rows(kind))]
    lines += ["## The parts' own settings", "", PARTS, ""]
    for kind in ("models", "codecs", "objectives", "rewards"):
        for name in (n for n in registry.KINDS[kind] if n not in MADE_BY_THE_PIPELINE):
            lines += part_lines(kind, name)
    return "\n".join(lines).rstrip() + "\n"


def sections() -> Iterator[tuple[str, type[Section], str]]:
    """Title, type and docstring of each table, the top one first."""
    yield "The top of the file", Recipe, ""
    for name, field in Recipe.model_fields.items():
        kind = section_of(field)
        if kind is None:
            continue
        yield f"[{name}]", kind, own_doc(kind)
        if name == "codec":
            yield "[codec.learned]", Learned, own_doc(Learned)


def own_doc(kind: type) -> str:
    return "" if kind.__doc__ in (Section.__doc__, Part.__doc__) else inspect.cleandoc(kind.__doc__ or "")


def field_rows(kind: type[Section]) -> Iterator[list[str]]:
    yield ["key", "value", "default", "what it does"]
    for name, field in kind.model_fields.items():
        inner = section_of(field)
        if inner is None:
            yield [f"`{name}`", kind_of(field), f"`{default_of(field)}`", field.description or ""]
        elif kind in (Learned, Judge):
            yield [f"`{name}`", "a table", "", "the keys of `[train]`"]
        elif kind is Adapt:
            yield [f"`{name}`", "a table with a `name`", "", field.description or ""]


def part_lines(kind: str, name: str) -> list[str]:
    """One part's constructor keywords, with what each size sets."""
    part = registry.find(kind, name)
    known = list(keywords(part, eval_str=False).values())
    first = (inspect.getdoc(part) or "").split("\n\n")[0].replace("\n", " ")
    lines = [f"### {kind[:-1]} `{name}`", "", first, ""]
    if not known:
        return [*lines, "No settings.", ""]
    sizes: dict[str, dict[str, Any]] = getattr(part, "sizes", {})
    rows = [["key", "value", "default", *sizes]]
    for p in known:
        dial = [f"`{sizes[size][p.name]}`" if p.name in sizes[size] else "" for size in sizes]
        default = "required" if p.default is p.empty else f"`{p.default}`"
        rows.append([f"`{p.name}`", annotation(p), default, *dial])
    return [*lines, *table(iter(rows))]


def annotation(parameter: inspect.Parameter) -> str:
    text = (
        parameter.annotation
        if isinstance(parameter.annotation, str)
        else inspect.formatannotation(parameter.annotation)
    )
    return str(text).replace("|", "or")


# ------------------------------------------------------------------------------------------------ family × modality


def with_grid(page: str) -> str:
    """The page with the table of cells between `<!-- grid -->` and `<!-- /grid -->`."""
    measured = json.loads((DOCS / "grid.json").read_text("utf-8"))
    rows = [["family", *grid.MODALITIES]]
    for family in grid.FAMILIES:
        rows.append([f"**{family}**", *(cell(family, modality, measured) for modality in grid.MODALITIES)])
    made = "\n".join(table(iter(rows)))
    return re.sub(
        r"(<!-- grid -->\n).*?(<!-- /grid -->)", lambda found: f"{found[1]}\n{made}\n{found[2]}", page, flags=re.S
    )


def cell(family: str, modality: str, measured: dict[str, Any]) -> str:
    """A cell's models, each with its command and its measured result; or why there is none."""
    if (family, modality) in grid.SENSELESS:
        return f"no: {grid.SENSELESS[family, modality]}"
    told = [
        f"{c.name}: `{c.command}`<br>{measured.get(f'{c.name} {modality}', 'not yet measured')}"
        for c in grid.cell(family, modality)
    ]
    return "<br>".join(told) or "not yet"


# ------------------------------------------------------------------------------------------------ command line


def cli_page() -> str:
    """Every verb with its arguments, from the functions themselves."""
    app = build()
    lines = [NOTE, "# Command line", "", CLI_HEAD, ""]
    for verb in VERBS:
        one = app[verb]
        if one.default_command is not None:
            lines += verb_lines(f"anew {verb}", one)
            continue
        lines += [f"## anew {verb}", "", VERBS[verb][2], ""]
        for name in one:
            if not name.startswith("-"):
                lines += verb_lines(f"anew {verb} {name}", one[name], level="###")
    return "\n".join(lines).rstrip() + "\n"


def verb_lines(name: str, app: App, level: str = "##") -> list[str]:
    """A verb's docstring and its arguments as a table."""
    rows = [["argument", "value", "default", "what it does"]]
    for argument in app.assemble_argument_collection():
        default = argument.field_info.default
        shown = (
            "required"
            if argument.required
            else ""
            if default in (None, False, inspect.Parameter.empty)
            else f"`{default}`"
        )
        names = ", ".join(f"`{n}`" for n in argument.names)
        rows.append([names, hint(argument.hint), shown, argument.parameter.help or ""])
    doc = inspect.cleandoc(app.default_command.__doc__ or "") if app.default_command else ""
    return [f"{level} {name}", "", doc, "", *table(iter(rows))]


def hint(kind: Any) -> str:
    """A type in words: `int`, `text`, `path`; nothing for a flag."""
    text = kind.__name__ if inspect.isclass(kind) else str(kind)
    text = re.sub(r" \| None$|pathlib\.", "", text)
    return {"bool": "", "str": "text", "Path": "path", "tuple[str, ...]": "pairs"}.get(text, text)


def table(rows: Iterator[list[str]]) -> list[str]:
    """Markdown lines of a table whose first row is the head."""
    head, *body = ([cell.replace("|", "\\|") for cell in row] for row in rows)
    lines = [f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *body]]
    return [*lines, ""]


if __name__ == "__main__":
    sys.exit(main())
