"""`anew task`: what a chat model can do with a text. Each verb reads a file or a pipe and writes to stdout."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter, validators

from anew.cli.chat import open_chat
from anew.cli.generate import Name
from anew.cli.opening import Floats
from anew.cli.terminal import Json, read, show, talk
from anew.errors import DataError, RecipeError

app = App(name="task", help="Summarise, answer, extract, rewrite, translate, brainstorm, outline and draft.")

File = Annotated[str, Parameter(help="A text file; - reads a pipe.", allow_leading_hyphen=True)]
Topic = Annotated[str, Parameter(help="What it is about.")]
Seed = Annotated[
    int, Parameter(help="The same seed gives the same result.", validator=validators.Number(gte=0, lt=2**63))
]
Words = Annotated[int, Parameter(help="About so many words.")]


@app.command
def summarise(
    model: Name,
    file: File = "-",
    /,
    *,
    words: Words = 60,
    seed: Seed = 0,
    floats: Floats = False,
    as_json: Json = False,
) -> None:
    """Summarise a text of any length. Sentences whose numbers or names the text does not hold are left out."""
    from anew.tasks.summarise import summarise as run

    made = run(open_chat(model, floats=floats), content(file), words=words, seed=seed)
    for one in made.dropped:
        talk(f"left out ({', '.join(one.missing)} not in the text): {one.sentence}")
    finish([made.text], made, as_json)


@app.command
def answer(
    model: Name,
    question: Annotated[str, Parameter(help="The question.")],
    files: Annotated[list[str] | None, Parameter(help="Text files; - reads a pipe.", allow_leading_hyphen=True)] = None,
    /,
    *,
    seed: Seed = 0,
    floats: Floats = False,
    as_json: Json = False,
) -> None:
    """Answer a question from texts, with the sentence that the answer rests on; or say that they do not answer it."""
    from anew.tasks.answer import answer as run

    names = files or ["-"]
    made = run(
        open_chat(model, floats=floats), question, [content(name) for name in names], seed=seed, tell=calibrating
    )
    where = [f"  {names[q.document]}, {q.start}-{q.end}: “{q.text}”" for q in made.quotes]
    lines = [made.text, *where] if made.text is not None else ["The texts do not answer that."]
    finish([str(line) for line in lines], made, as_json, abstained=made.abstained)


@app.command
def extract(
    model: Name,
    file: File = "-",
    /,
    *,
    fields: Annotated[str | None, Parameter(help="What to look for: 'name, born:integer, works:list'.")] = None,
    schema: Annotated[str | None, Parameter(help="A JSON schema, or a file with one.")] = None,
    seed: Seed = 0,
    floats: Floats = False,
    as_json: Json = False,
) -> None:
    """Write what a text says as JSON of the fields or of the schema."""
    from anew.tasks.extract import extract as run
    from anew.tasks.extract import schema_of

    if (fields is None) == (schema is None):
        raise RecipeError("either --fields or --schema says what to look for", next_command="anew task extract --help")
    wanted = schema_of(fields) if fields is not None else schema_from(schema or "")
    made = run(open_chat(model, floats=floats), content(file), wanted, seed=seed)
    if made.unsupported:
        talk(f"not in the text in these words: {', '.join(made.unsupported)}")
    finish([json.dumps(made.value, ensure_ascii=False, indent=1)], made, as_json)


@app.command
def rewrite(
    model: Name,
    file: File = "-",
    /,
    *,
    how: Annotated[str, Parameter(help="simpler, shorter, formal, friendly, correct, or a sentence.")] = "simpler",
    drafts: Annotated[int, Parameter(help="Drafts of which the best is kept.")] = 4,
    rounds: Annotated[int, Parameter(help="Each goes on from the one before.")] = 1,
    seed: Seed = 0,
    floats: Floats = False,
    as_json: Json = False,
) -> None:
    """Put a text into other words; tells Flesch's reading ease before and after."""
    from anew.tasks.rewrite import rewrite as run

    made = run(open_chat(model, floats=floats), content(file), how, drafts=drafts, rounds=rounds, seed=seed)
    before, after = ("-" if ease is None else f"{ease:.0f}" for ease in (made.before, made.after))
    talk(f"reading ease {before} before, {after} after")
    if made.added:
        talk(f"not in the text: {', '.join(made.added)}")
    finish([made.text], made, as_json)


@app.command
def translate(
    model: Name,
    file: File = "-",
    /,
    *,
    to: Annotated[str, Parameter(help="The language, by its English name.")],
    seed: Seed = 0,
    floats: Floats = False,
    as_json: Json = False,
) -> None:
    """Translate a text; says so when it came out in another language, or with other numbers."""
    from anew.tasks.translate import translate as run

    made = run(open_chat(model, floats=floats), content(file), to, seed=seed)
    if not made.as_asked:
        talk(f"this does not look like {to.capitalize()} (it looks like {made.found!r})")
    if made.lost or made.made_up:
        talk(f"numbers lost: {', '.join(made.lost) or 'none'}; made up: {', '.join(made.made_up) or 'none'}")
    finish([made.text], made, as_json)


@app.command
def brainstorm(
    model: Name,
    topic: Topic,
    /,
    *,
    angle: Annotated[list[str] | None, Parameter(help="Look at it like this; may come again.")] = None,
    count: Annotated[int, Parameter(help="Ideas from each angle.")] = 3,
    seed: Seed = 0,
    floats: Floats = False,
    as_json: Json = False,
) -> None:
    """Have ideas about a topic from several angles."""
    from anew.tasks.ideas import ANGLES
    from anew.tasks.ideas import brainstorm as run

    made = run(open_chat(model, floats=floats), topic, angles=angle or ANGLES, count=count, seed=seed)
    lines = []
    for seen in dict.fromkeys(idea.angle for idea in made.ideas):
        lines += [seen, *(f"- {idea.text}" for idea in made.ideas if idea.angle == seen), ""]
    finish(lines[:-1], made, as_json)


@app.command
def outline(
    model: Name,
    topic: Topic,
    /,
    *,
    sections: Annotated[int, Parameter(help="How many sections.")] = 4,
    points: Annotated[int, Parameter(help="How many points in each.")] = 3,
    seed: Seed = 0,
    floats: Floats = False,
    as_json: Json = False,
) -> None:
    """Plan a text: a title, sections and their points."""
    from anew.tasks.ideas import outline as run

    made = run(open_chat(model, floats=floats), topic, sections=sections, points=points, seed=seed)
    finish([made.text()], made, as_json)


@app.command
def draft(
    model: Name, topic: Topic, /, *, words: Words = 300, seed: Seed = 0, floats: Floats = False, as_json: Json = False
) -> None:
    """Outline a text and write it out, section by section."""
    from anew.tasks.draft import draft as run

    made = run(open_chat(model, floats=floats), topic, words=words, seed=seed)
    finish([made.text], made, as_json)


def content(name: str) -> str:
    """A file's text, or what a pipe brings."""
    if name != "-":
        return read(Path(name).read_bytes(), name)
    if sys.stdin is None or sys.stdin.isatty():
        raise DataError("name a file, or pipe a text in", next_command="anew task --help")
    return read(sys.stdin.buffer.read(), "the pipe")


def schema_from(given: str) -> dict[str, Any]:
    """A JSON schema that was typed, or the one in the file of that name."""
    text = given if given.lstrip().startswith("{") else read(Path(given).read_bytes(), given)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RecipeError(f"the schema is not JSON: {error}", next_command="anew task extract --help") from None
    if not isinstance(found, dict):
        raise RecipeError("a schema is a JSON object", next_command="anew task extract --help")
    return found


def calibrating(done: int, of: int) -> None:
    if done == 0:
        talk("measuring once what the model makes of texts that answer nothing; it is kept")


def finish(lines: list[str], made: Any, as_json: bool, **more: Any) -> None:
    """The result on stdout, for people or for programs."""
    show(lines, as_json, asdict(made) | more)
