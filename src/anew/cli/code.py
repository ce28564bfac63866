"""`anew code`: what a model can do for code. Each verb reads a file; what it offers, the sandbox or the syntax tree has
passed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from anew.cli.chat import open_chat
from anew.cli.complete import complete
from anew.cli.generate import check_request
from anew.cli.terminal import Flag, Json, show, talk
from anew.cli.terminal import read as decoded
from anew.errors import DataError, NotFound, RecipeError

if TYPE_CHECKING:
    from anew.tasks.code.coder import Coder
    from anew.tasks.code.fix import Fixed
    from anew.tasks.model import Talking

app = App(name="code", help="Complete, explain, document, test and mend code.")
app.command(complete)

ModelName = Annotated[str, Parameter(name="--model", help="A name in the model store, or a run's or a model's folder.")]
Seed = Annotated[int, Parameter(help="Draft i is drawn from seed + i alone.")]
Drafts = Annotated[int, Parameter(name=["-n", "--n"], help="How many drafts are drawn.")]
Temperature = Annotated[float, Parameter(help="Below 1: likelier; 0: the likeliest, n times the same.")]
Write = Annotated[bool, Flag, Parameter(name="--write", help="Put it into the file.")]
OWN = "code"  # what the recipe code calls its model
PYTEST = re.compile(r"(?:python3? -m )?pytest\s+")


@app.command
def explain(
    place: Annotated[str, Parameter(name="FILE", help="A file; FILE::NAME a function, FILE:10-20 lines of it.")],
    /,
    *,
    model: ModelName = OWN,
    seed: Seed = 0,
    as_json: Json = False,
) -> int:
    """Say what a piece of code does. Sentences with a name or a number that the code does not hold are left out.

    The exit code is 1 when no sentence is left."""
    from anew.tasks.code.coder import talking
    from anew.tasks.code.explain import explain as run

    check_request(1, seed, {})
    file, name, lines = place_of(place)
    source, _ = load(file)
    made = run(talking(reader(model)), excerpt(source, file, name, lines), seed=seed)
    for one in made.dropped:
        talk(f"left out ({', '.join(one.missing)} not in the code): {one.sentence}")
    if not made.text:
        talk(f"of {made.draws} drafts no sentence keeps to the names in the code")
    show([made.text] if made.text else [], as_json, asdict(made))
    return 0 if made.text else 1


@app.command
def docstring(
    place: Annotated[str, Parameter(name="FILE", help="A Python file: all functions that lack one; or FILE::NAME.")],
    /,
    *,
    model: ModelName = OWN,
    seed: Seed = 0,
    write: Write = False,
    as_json: Json = False,
) -> int:
    """Write docstrings for functions that have none; shows what would change. Nothing but docstrings ever changes.

    The exit code is 1 when a function that was asked for gets none."""
    from anew.tasks.code.docstring import document
    from anew.tasks.code.functions import named

    check_request(1, seed, {})
    file, name, _ = place_of(place, lines=False)
    source, back = load(file)
    made = document(coder_of(model), source, None if name is None else [named(source, name, str(file))], seed=seed)
    for one in made.docstrings:
        if one.text is None:
            why = f"all drafts name {', '.join(one.unknown)}" if one.unknown else "no draft is whole"
            talk(f"{one.function}: no docstring, {why}")
    if not made.docstrings:
        talk("every function has a docstring")
    offer(source, made.source, file, back if write else None, as_json, asdict(made))
    return int(any(one.text is None for one in made.docstrings))


@app.command
def tests(
    place: Annotated[str, Parameter(name="FILE::NAME", help="A function of a Python file.")],
    /,
    *,
    model: ModelName = OWN,
    n: Drafts = 8,
    seed: Seed = 0,
    temperature: Temperature = 0.8,
    module: Annotated[str | None, Parameter(help="What the tests import; else the file's name.")] = None,
    out: Annotated[Path | None, Parameter(help="Write them there; else to stdout.")] = None,
    as_json: Json = False,
) -> int:
    """Write tests for a function, for pytest. Kept are those that pass on it in the sandbox and fail on a copy of it
    with one fault. They say what the code does, not what it should do. The exit code is 1 when none is kept."""
    from anew.data.files import write_atomic
    from anew.tasks.code.beside import module_at, name_of
    from anew.tasks.code.tests import write_tests

    check_request(n, seed, {"temperature": temperature})
    file, name, _ = place_of(place, lines=False)
    if name is None:
        raise RecipeError(f"for which function of {file}?", next_command=f"anew code tests {file}::NAME")
    if out is not None and out.exists():
        raise RecipeError(f"{out} is there already", next_command="another --out")
    source, _ = load(file)
    options: dict[str, Any] = {"n": n, "seed": seed, "temperature": temperature}
    made = write_tests(coder_of(model), source, name, module_at(file, source, module or name_of(file)), **options)
    talk(
        f"{made.drawn} assertions drawn, {made.distinct} different, {made.passed} pass, {made.kept} of those notice a "
        f"fault; together they notice {made.noticed} of {made.mutants} mutants"
    )
    if made.kept and out is not None:
        write_atomic(out, made.source.encode("utf-8", "replace"))
        talk(f"written to {out}")
    told = asdict(made) | {"trials": [asdict(one) | {"notices": sorted(one.notices)} for one in made.trials]}
    show([made.source] if made.kept and out is None else [], as_json, told)
    return 0 if made.kept else 1


@app.command
def fix(
    place: Annotated[str, Parameter(name="FILE", help="A Python file; FILE::NAME says which function to mend.")],
    /,
    *,
    tests: Annotated[str, Parameter(help="A file of tests that fail; 'pytest FILE' is understood too.")],
    model: ModelName = OWN,
    n: Drafts = 8,
    seed: Seed = 0,
    temperature: Temperature = 0.8,
    write: Write = False,
    as_json: Json = False,
) -> int:
    """Mend a function that makes tests fail. Drafts are run by all of the tests in the sandbox; the first that passes
    is shown as what would change. The exit code is 1 when none does."""
    from anew.tasks.code.beside import module_at
    from anew.tasks.code.fix import fix as run
    from anew.tasks.code.fix import module_in

    check_request(n, seed, {"temperature": temperature})
    file, name, _ = place_of(place, lines=False)
    source, back = load(file)
    wanted, _ = load(Path(PYTEST.sub("", tests, count=1).strip()))
    options: dict[str, Any] = {"n": n, "seed": seed, "temperature": temperature}
    module = module_at(file, source, module_in(wanted, file.stem))
    made = run(coder_of(model), source, wanted, module, name, **options)
    tried = ", ".join(f"{count} {outcome}" for outcome, count in made.outcomes.items())
    talk(f"{made.function}: {len(made.drafts)} of {n} drafts tried: {tried}")
    told = asdict(made) | {"outcomes": made.outcomes}
    if made.source is None:
        talk(*unmended(made))
        show([], as_json, told)
        return 1
    offer(source, made.source, file, back if write else None, as_json, told)
    return 0


def unmended(made: Fixed) -> Sequence[str]:
    """What is said where no draft passes: the one that came nearest, and how it fails."""
    if (near := made.nearest) is None:
        return [f"none of {len(made.drafts)} drafts could be run"]
    last = "\n".join(near.output.splitlines()[-12:])
    some = f", {near.passed} of {made.tests} tests passed" if made.tests else ""
    return [f"no draft passes the tests. The nearest{some}: {near.why}", near.body.rstrip(), *([last] if last else [])]


def coder_of(model: str) -> Coder:
    from anew.tasks.code.coder import coder

    return coder(reader(model))


def reader(model: str) -> Talking:
    """The model. Where none was named and none learnt code yet, it says what to do."""
    try:
        return open_chat(model)
    except NotFound as error:
        if model != OWN:
            raise
        raise NotFound(
            error.message, next_command="--model NAME, of a chat model, or anew run code --data FOLDER"
        ) from None


def place_of(place: str, lines: bool = True) -> tuple[Path, str | None, tuple[int, int] | None]:
    """A file, and of it a function or the lines from … to …, counted from 1."""
    file, given, name = place.partition("::")
    if given and name:
        return Path(file), name, None
    found = re.fullmatch(r"(.+?):([1-9]\d{0,8})(?:-([1-9]\d{0,8}))?", place)
    if lines and found and not Path(place).exists():
        return Path(found[1]), None, (int(found[2]), int(found[3] or found[2]))
    return Path(place), None, None


def excerpt(source: str, file: Path, name: str | None, lines: tuple[int, int] | None) -> str:
    from anew.tasks.code.functions import lines_of, named

    if name is not None:
        return named(source, name, str(file)).text
    if lines is None:
        return source
    rows = lines_of(source)
    if not lines[0] <= lines[1] <= len(rows):
        raise RecipeError(f"{file} has {len(rows)} lines: there are no lines {lines[0]} to {lines[1]}")
    return "".join(rows[lines[0] - 1 : lines[1]])


def load(file: Path) -> tuple[str, Callable[[str], bytes]]:
    """A file's text with lines that end in a line feed, and the way back to bytes like its own."""
    content = file.read_bytes()
    mark, ending = (
        b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b"",
        "\r\n" if b"\r\n" in content else "\n",
    )
    text = decoded(content, str(file)).replace("\r\n", "\n")
    return text, lambda made: mark + made.replace("\n", ending).encode("utf-8", "replace")


def offer(
    before: str, after: str, file: Path, back: Callable[[str], bytes] | None, as_json: bool, told: dict[str, Any]
) -> None:
    """What would change, or with a way `back` to bytes what has changed."""
    from anew.tasks.code.functions import difference

    changed = difference(before, after, file.name)
    if back is not None and changed:
        overwrite(file, back(before), back(after))
    elif changed:
        talk(f"{file} is not changed: the same with --write changes it")
    written = back is not None and bool(changed)
    show([changed.rstrip("\n")] if changed else [], as_json, told | {"diff": changed, "written": written})


def overwrite(file: Path, before: bytes, after: bytes) -> None:
    """Put the new content in the place of the old, under the same rights; a link stays one."""
    from anew.data.files import write_atomic

    real = file.resolve()
    if real.read_bytes() != before:
        raise DataError(f"{file}: it has changed meanwhile, or its lines end in several ways; nothing is written")
    rights = real.stat().st_mode
    write_atomic(real, after)
    real.chmod(rights)
    talk(f"{file} is changed")
