"""Writes the references from the code: docs/reference/recipe.md from the types and parts, cli.md from the verbs,
requests.md from the shapes of requests, starters.md from the starters' evidence; in every page the code block that
follows `<!-- file: PATH -->` from that file; in README.md the table of families and modalities, from recipes/grid.py
and what was measured, docs/grid.json.

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
from anew.cli.recipe import default_of, kind_of
from anew.deploy import starters
from anew.recipe import Adapt, Judge, Learned, Part, Recipe, Section, keywords
from anew.recipes import grid
from anew.recipes.dotted import section_of

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

REQUESTS_HEAD = """What of a request the server makes something of. Null is the same as absent. Any other field, however
deep, is let be and named in the answer's header `x-anew-ignored`; a value that is not as told here is answered with 400
and the field's path in `param`. Fields of OpenAI's that are let be: `user`, `service_tier`, `safety_identifier`,
`prompt_cache_key`, `reasoning`, `reasoning_effort`, `verbosity`, `modalities`, `prediction`, `web_search_options`,
`max_tool_calls`, and of chats `store` and `metadata`."""


STARTERS_HEAD = """Models that come with the package, trained by its own recipes on a CPU, stored in half precision and
measured so. `anew generate NAME` takes one at its first use, `anew models pull starter:NAME` before; neither asks the
network. Each folder holds its card, the evidence behind it, and the recipe that makes it again."""


def main() -> int:
    pages = {DOCS / "reference" / "recipe.md": recipe_page(), DOCS / "reference" / "cli.md": cli_page()}
    pages[DOCS / "reference" / "requests.md"] = requests_page()
    pages[DOCS / "reference" / "starters.md"] = starters_page()
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


# ------------------------------------------------------------------------------------------------ starters


def starters_page() -> str:
    """What each starter is and holds, and the headline figures of its evidence."""
    lines = [NOTE, "# Starters", "", STARTERS_HEAD, ""]
    for name in starters.names():
        folder = starters.FOLDER / name
        also = [alias for alias, own in starters.ALIASES.items() if own == name]
        evidence = json.loads((folder / "evidence.json").read_text("utf-8"))
        facts, held = evidence["facts"], sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        licences = "; ".join(f"{licence} {count:,}" for licence, count in facts["licences"].items())
        lines += [
            f"## {name}",
            "",
            *([f"`{', '.join(also)}` is another name of it.", ""] if also else []),
            f"{facts['about']}. {facts['model']['parts']}, {held / 1e6:.1f} MB with its card.",
            "",
        ]
        lines += [f"Learnt from {facts['counts'][1][1]:,} records; of what was collected: {licences}.", ""]
        lines += [f"Licence of its weights and samples: {facts['licence']}.", ""]
        shown = [evidence["metrics"][metric] for metric in facts["headline"]]
        rows = [
            [m["name"].replace("_", " "), m["shown"]["value"], m["shown"].get("interval", ""), m["note"]] for m in shown
        ]
        lines += table(iter([["figure", "value", "interval", "how measured"], *rows]))
    return "\n".join(lines).rstrip() + "\n"


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


# ------------------------------------------------------------------------------------------------ requests


def requests_page() -> str:
    """Every field of every request that the server honours, from the shapes themselves."""
    lines = [NOTE, "# Requests", "", REQUESTS_HEAD, ""]
    for address, kind in shapes():
        rows = [["field", "value", "default"]]
        described = kind.model_json_schema()
        for name, field in kind.model_fields.items():
            default = "required" if field.is_required() else "drawn" if name == "seed" else default_in(field.default)
            rows.append([f"`{field.alias or name}`", value_of(described["properties"][field.alias or name]), default])
        rows += [[f"`{name}`", "refused", reason] for name, reason in kind.refuses.items()]
        lines += [f"## {address}", "", *table(iter(rows))]
    return "\n".join(lines).rstrip() + "\n"


def shapes() -> Iterator[tuple[str, Any]]:
    from anew.server.wire import chat, completions, embeddings, filling, responses

    yield "POST /v1/chat/completions", chat.ChatRequest
    yield "POST /v1/completions", completions.CompletionRequest
    yield "POST /v1/fim/completions", filling.FimRequest
    yield "POST /infill", filling.InfillRequest
    yield "POST /v1/embeddings", embeddings.EmbeddingsRequest
    yield "POST /v1/responses", responses.ResponsesRequest


def default_in(default: Any) -> str:
    shown = default.model_dump(exclude_none=True) if hasattr(default, "model_dump") else default
    return "" if shown in (None, "", [], {}) else f"`{json.dumps(shown)}`"


def value_of(described: dict[str, Any]) -> str:
    """A field's value in words, from its JSON schema: what it is, and within which bounds."""
    if "$ref" in described:
        return "object"
    if "anyOf" in described:
        return " or ".join(dict.fromkeys(value_of(one) for one in described["anyOf"] if one.get("type") != "null"))
    if "enum" in described:
        return ", ".join(map(str, described["enum"]))
    kind = {"string": "text", "array": "list", "boolean": "true or false"}.get(described["type"], described["type"])
    if kind == "list" and "items" in described:
        kind = f"list of {value_of(described['items'])}"
    low, high = (
        next((described[name] for name in names if name in described), None)
        for names in (("minimum", "exclusiveMinimum", "minItems"), ("maximum", "exclusiveMaximum", "maxItems"))
    )
    if low is None and high is None:
        return kind
    return f"{kind}, {'' if low is None else f'{low:g} '}{'and more' if high is None else f'to {high:g}'}"


def table(rows: Iterator[list[str]]) -> list[str]:
    """Markdown lines of a table whose first row is the head."""
    head, *body = ([cell.replace("|", "\\|") for cell in row] for row in rows)
    lines = [f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *body]]
    return [*lines, ""]


if __name__ == "__main__":
    sys.exit(main())
