"""`anew code complete`: fill in code at a place in a file; with tests, only what passes in the sandbox is offered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter, validators

from anew.cli.generate import check_request, facts
from anew.cli.opening import Floats, opened
from anew.cli.terminal import Json, show, talk
from anew.errors import DataError, RecipeError

if TYPE_CHECKING:
    from anew.safety.sandbox import Ran

COMMENTS = {".py": "#", ".sh": "#", ".rb": "#", ".toml": "#", ".yaml": "#", ".yml": "#", ".r": "#", ".pl": "#"}


def complete(
    place: Annotated[str, Parameter(name="FILE:LINE:COL", help="A file, a line and a column, both counted from 1.")],
    /,
    *,
    model: Annotated[str, Parameter(help="A name in the model store, or a run's or a model's folder.")] = "code",
    repo: Annotated[Path | None, Parameter(help="A folder whose other files the model may learn names from.")] = None,
    tests: Annotated[
        Path | None, Parameter(help="Python tests; what does not pass them in the sandbox is left out.")
    ] = None,
    n: Annotated[int, Parameter(name=["-n", "--n"], help="How many are drawn.")] = 1,
    seed: Annotated[int, Parameter(help="Completion i is drawn from seed + i alone.")] = 0,
    temperature: Annotated[float | None, Parameter(help="Below 1: likelier; 0: the likeliest.")] = None,
    top_p: Annotated[float | None, Parameter(help="Only the likeliest tokens that hold this probability.")] = None,
    max_new: Annotated[int | None, Parameter(help="At most so many tokens.")] = None,
    max_lines: Annotated[
        int | None, Parameter(help="At most so many lines.", validator=validators.Number(gte=1))
    ] = None,
    floats: Floats = False,
    as_json: Json = False,
) -> int:
    """Fill in code at a place in a file, knowing what stands before and after, and the repository.

    Code that a model wrote is run by --tests alone, and in the sandbox alone: without bubblewrap nothing is run. Then
    only completions that passed are shown, and the exit code is 1 when none did."""
    from anew.engine.middle import complete as draw
    from anew.engine.middle import sees_after

    options = {"temperature": temperature, "top_p": top_p, "max_new": max_new}
    check_request(n, seed, {name: value for name, value in options.items() if value is not None})
    file, prefix, suffix = split(place)
    others = () if repo is None else neighbours(repo, file)
    artifact = opened(model, floats=floats)
    if suffix.strip() and not sees_after(artifact):
        talk(f"{model} reads what stands before alone; a model of the recipe code reads both sides")
    comment = COMMENTS.get(file.suffix.lower(), "//")
    made = draw(artifact, prefix, suffix, others, n, seed, comment, **options)
    texts = ["\n".join(text.split("\n")[:max_lines]) for text in made.samples]
    ran = [] if tests is None else [judge(prefix + text + suffix, tests, file) for text in texts]
    kept = [i for i in range(n) if not ran or ran[i].outcome == "passed"]
    told: dict[str, Any] = facts(made, []) | {
        "samples": [texts[i] for i in kept],
        "seeds": [made.seeds[i] for i in kept],
    }
    if ran:
        told["tested"] = [{name: value for name, value in asdict(one).items() if name != "told"} for one in ran]
        talk(f"{len(kept)} of {n} passed {tests}" + "".join(f"; {one.why}" for one in ran[:1] if not kept))
    show(["\n----\n".join(texts[i] for i in kept)] if kept else [], as_json, told)
    return 0 if kept else 1


def split(place: str) -> tuple[Path, str, str]:
    """The file, what stands before the place and what stands after it."""
    name, line, column = ([*place.rsplit(":", 2), "", ""])[:3]
    if not (line.isdecimal() and column.isdecimal() and int(line) and int(column)):
        raise RecipeError(f"{place!r} names no place", next_command="anew code complete FILE:LINE:COL")
    text = read(Path(name))
    rows = re.split("(?<=\n)", text)  # a form feed is no line's end, as in editors
    if int(line) > len(rows) or int(column) > len(rows[int(line) - 1].rstrip("\n")) + 1:
        raise RecipeError(f"{place}: there is no such place; the file has {len(rows)} lines")
    at = sum(map(len, rows[: int(line) - 1])) + int(column) - 1
    return Path(name), text[:at], text[at:]


def read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise DataError(f"{path}: not UTF-8 text") from None


def neighbours(repo: Path, file: Path) -> Iterator[tuple[str, str]]:
    """Names and texts of the repository's other files of code, as collecting would read them."""
    from anew.collect import own_code

    if not repo.is_dir():
        raise DataError(f"{repo}: no such folder")
    for record in own_code(repo):
        name = record.origin.partition("/")[2]
        if (repo / name).resolve() != file.resolve():
            yield name, str(record.value)


def judge(program: str, tests: Path, file: Path) -> Ran:
    from anew.safety.trial import try_program
    from anew.tasks.code.beside import module_at
    from anew.tasks.code.fix import module_in

    wanted = read(tests)
    return try_program(program, wanted, module=module_at(file, program, module_in(wanted, file.stem)))
