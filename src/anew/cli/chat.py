"""`anew chat`: a conversation with a model, on a terminal or through a pipe."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from anew.cli.generate import Adapters, weighted
from anew.cli.opening import Floats, opened
from anew.cli.terminal import Json, Typed, columns, read, show, talk
from anew.errors import AnewError, Interrupted, NotFound, RecipeError

if TYPE_CHECKING:
    from anew.tasks.chat import Chat, Said
    from anew.tasks.conversation import Conversation
    from anew.tasks.model import Talking

COMMANDS = """/system TEXT   what the model is told before the conversation; alone, to see it
/seed N        draw from another seed
/retry         answer the last message again, differently
/save FILE     write the conversation as Markdown
/quit          end; so does Ctrl-D"""


def chat(
    model: Annotated[str | None, Parameter(help="A model's name; with --resume the one talked with before.")] = None,
    message: Annotated[str | None, Parameter(help="Say this, print the answer and end.")] = None,
    /,
    *,
    resume: Annotated[str | None, Parameter(help="Go on with a conversation, by its id; 'last' is the newest.")] = None,
    system: Annotated[str | None, Parameter(help="What the model is told before the conversation.")] = None,
    seed: Annotated[int | None, Parameter(help="Answer n of a conversation is drawn from seed + n.")] = None,
    temperature: Annotated[float | None, Parameter(help="Below 1: likelier; 0: the likeliest.")] = None,
    max_new: Annotated[int, Parameter(help="An answer has at most so many tokens.")] = 256,
    adapter: Adapters = (),
    floats: Floats = False,
    list_kept: Annotated[bool, Parameter(name="--list", negative="", help="List the conversations.")] = False,
    as_json: Json = False,
) -> None:
    """Talk with a model. What comes through a pipe is one message, behind MESSAGE where both are there.

    Every conversation is kept as it goes and can be resumed, under the same adapters unless others or another model are
    named. Ctrl-C stops an answer; what it said is kept. Commands on a terminal: /system, /seed, /retry, /save, /help,
    /quit."""
    from anew.tasks.conversation import Conversation

    if list_kept:
        list_conversations(as_json)
        return
    if max_new < 1 or (seed is not None and not 0 <= seed < 2**63) or not 0 <= (temperature or 0) <= 100:
        raise RecipeError("--max-new is 1 or more, --seed and --temperature 0 or more", next_command="anew chat --help")
    talk_of = Conversation.resume(resume) if resume is not None else None
    name = model or (talk_of.model if talk_of is not None else None)
    if name is None:
        raise RecipeError("with which model?", next_command="anew models list")
    laid = tuple(weighted(adapter)) or as_before(talk_of, name)
    try:
        with_model = open_chat(name, laid, floats)
    except NotFound as error:
        if talk_of is not None and name == model and message is None:  # it was meant for a message
            error.next_command = f"anew chat {talk_of.model} {shlex.quote(name)} --resume {talk_of.id}"
        raise
    given = piped(message)
    if given is None and as_json:
        raise RecipeError("--json answers one message: say it, or pipe it in", next_command="anew chat --help")
    talk_of = talk_of or Conversation.begin(name, seed or 0, adapters=laid)
    if (name, laid) != (talk_of.model, talk_of.adapters):
        talk_of.set_model(name, laid)
    if resume is not None and seed is not None:
        talk_of.set_seed(seed)
    if system is not None:
        talk_of.set_system(system)
    options: dict[str, Any] = {"max_new": max_new, "temperature": temperature}
    if given is not None:
        once(talk_of, with_model, given, options, as_json)
    else:
        converse(talk_of, with_model, options)


def as_before(talk_of: Conversation | None, model: str) -> tuple[tuple[str, float], ...]:
    """The adapters that a conversation with this model was under, which are told."""
    if talk_of is None or talk_of.model != model or not talk_of.adapters:
        return ()
    talk(f"under {', '.join(f'{name}={weight:g}' for name, weight in talk_of.adapters)}, as before")
    return talk_of.adapters


def open_chat(model: str, adapters: Sequence[tuple[str, float]] = (), floats: bool = False) -> Talking:
    from anew.deploy.store import Store
    from anew.tasks.model import Talking

    try:
        entry = Store().show(model)
    except NotFound:
        return Talking(opened(model, adapters, floats))
    return Talking(opened(model, adapters, floats), None if adapters else entry.id, entry.name)


def piped(message: str | None) -> str | None:
    """The message, and behind it what a pipe brings; None: a person sits there."""
    if sys.stdin is None or sys.stdin.isatty():
        return message
    if message is not None and not ready():
        return message
    content = read(sys.stdin.buffer.read(), "the pipe")
    both = "\n\n".join(part for part in (message, content) if part and part.strip())
    if not both:
        raise RecipeError("nothing was said: the pipe was empty", next_command="anew chat --help")
    return both


def ready() -> bool:
    """Whether a pipe or a file waits to be read, and not what a service left open."""
    import os
    import stat

    mode = os.fstat(sys.stdin.fileno()).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)


def once(talk_of: Conversation, model: Chat, message: str, options: dict[str, Any], as_json: bool) -> None:
    """One message, its answer on stdout."""
    talk_of.say(message)
    try:
        said = answer(talk_of, model, options, silent=as_json)
    except KeyboardInterrupt:
        again = f"anew chat --resume {talk_of.id}"
        raise Interrupted("stopped; what was said is kept", next_command=again) from None
    if as_json:
        facts = {"text": said.text, "finish": said.finish, "conversation": talk_of.id, "model": model.name}
        show([], True, facts | {"seed": talk_of.seed + talk_of.answers - 1})


def answer(talk_of: Conversation, model: Chat, options: dict[str, Any], silent: bool = False) -> Said:
    """An answer, printed as it grows."""
    if silent:
        return talk_of.answer(model, lambda text: None, **options)
    with Typed() as typed:
        said = talk_of.answer(model, typed, **options)
    if said.finish == "length":
        talk("(cut off here; --max-new gives it more room)")
    return said


def converse(talk_of: Conversation, model: Chat, options: dict[str, Any]) -> None:
    """Until the person ends it."""
    import contextlib

    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  (arrows and history at the prompt)
    talk(f"{model.name}, conversation {talk_of.id}; /help tells what else can be typed")
    for turn in talk_of.turns:
        talk(f"{turn.role}> {turn.content}")
    while True:
        try:
            line = input("> ").strip()
        except (EOFError, KeyboardInterrupt):
            break
        try:
            if line in ("/quit", "/exit"):
                break
            if line and reply_to(talk_of, model, line):
                answer(talk_of, model, options)
        except KeyboardInterrupt:
            talk("", "(stopped; what it said is kept)")
        except AnewError as error:
            talk(f"anew: {error}")
    talk("", f"kept; go on with: anew chat --resume {talk_of.id}")


def reply_to(talk_of: Conversation, model: Chat, line: str) -> bool:
    """Do what a line says; True when the model is to answer now."""
    command, _, rest = line.partition(" ")
    rest = rest.strip()
    if not line.startswith("/") or line.startswith("//"):
        talk_of.say(line[1:] if line.startswith("//") else line)
        return True
    if command == "/retry":
        talk_of.retry()
        return True
    if command == "/system" and not rest:
        talk(talk_of.system or "nothing is set")
    elif command == "/system":
        talk_of.set_system(rest)
    elif command == "/seed" and rest.isdecimal():
        talk_of.set_seed(int(rest))
    elif command == "/save" and rest:
        talk(f"written to {save(talk_of, Path(rest), model.name)}")
    else:
        talk(COMMANDS)
    return False


def save(talk_of: Conversation, path: Path, model: str) -> Path:
    """The conversation as a text, and beside it the file that says that a model made part of it."""
    from anew.contract import Options
    from anew.engine.generated import Generated

    path = path.expanduser()
    if path.is_dir():
        raise RecipeError(f"{path} is a folder", next_command=f"/save {path / (talk_of.id + '.md')}")
    target = path if path.suffix else path.with_suffix(".md")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return Generated([talk_of.text()], [talk_of.seed], [None], "text", Options(), model).save(target)[0]
    except OSError as error:
        raise RecipeError(f"{target}: {error.strerror}", next_command="/save ANOTHER") from None


def list_conversations(as_json: bool) -> None:
    """Each conversation with its model and how it begins."""
    from anew.tasks.conversation import Conversation, kept

    rows = []
    for name in kept():
        try:
            one = Conversation.resume(name)
        except AnewError as error:
            talk(str(error))
            continue
        begun = next((turn.content for turn in one.turns if turn.role == "user"), "")
        rows.append((name, one.model, len(one.turns), " ".join(begun.split())[:60]))
    lines = columns(rows, ("CONVERSATION", "MODEL", "TURNS", "BEGINS")) if rows else ["no conversations yet"]
    keys = ("id", "model", "turns", "begins")
    show(lines, as_json, {"conversations": [dict(zip(keys, row, strict=True)) for row in rows]})
