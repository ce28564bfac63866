"""The command line: one file a verb, loaded when the verb is typed. stdout is data, stderr is talk.

Every verb is a function of typed arguments that returns an exit code or None. Errors meant for people end here, in
one or two lines and an exit code; anything else is a defect, whose traceback goes into a file.
"""

from __future__ import annotations

import errno
import gc
import json
import os
import re
import shlex
import signal
import sys
import traceback
from collections.abc import Sequence
from io import TextIOWrapper
from itertools import pairwise
from types import FrameType
from typing import Any

from cyclopts import App, CycloptsError, Group

from anew.errors import AnewError, RecipeError

DEFECT, PIPE, STOPPED = 70, 141, 130
# What the system says no to without a fault of ours: a path, a permission, a full disk.
OUTSIDE = {errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EROFS, errno.ENAMETOOLONG}
OUTSIDE |= {errno.ENOSPC, errno.EDQUOT, errno.ELOOP, errno.EEXIST}
WORK, KEPT = Group("From data to a model", sort_key=1), Group("What is there", sort_key=2)
# The help texts stand here so that `anew --help` loads no verb.
VERBS = {
    "run": (WORK, "run:run", "Run a recipe through all five stages."),
    "collect": (WORK, "stages:collect", "Stage 1: read the sources into records."),
    "clean": (WORK, "stages:clean", "Stage 2: mend, drop and split the records."),
    "train": (WORK, "stages:train", "Stage 3: train the model, its learned codec and its judge."),
    "validate": (WORK, "stages:validate", "Stage 4: measure the model and write the report."),
    "deploy": (WORK, "stages:deploy", "Stage 5: put the model into the store."),
    "generate": (WORK, "generate:generate", "Draw samples from a model."),
    "compose": (WORK, "compose:compose", "Compose music, go on with a score, harmonise a melody."),
    "complete": (WORK, "complete:complete", "Fill in code at a place in a file: anew code complete, in short."),
    "code": (WORK, "code:app", "Complete, explain, document, test and mend code."),
    "speak": (WORK, "speak:speak", "Say a text, into a sound's file."),
    "transcribe": (WORK, "transcribe:transcribe", "Write down what is said in a recording."),
    "chat": (WORK, "chat:chat", "Talk with a language model, on a terminal or through a pipe."),
    "serve": (WORK, "serve:serve", "Serve models over HTTP, for any client that speaks OpenAI's."),
    "embed": (WORK, "embed:embed", "Turn texts into vectors, or find the texts nearest to a question."),
    "task": (WORK, "task:app", "Summarise, answer, extract, rewrite, translate, brainstorm, outline and draft."),
    "upscale": (WORK, "upscale:upscale", "Make pictures larger by a model that learnt to."),
    "interpolate": (WORK, "latent:interpolate", "Show the way between pictures, seeds or captions."),
    "detect": (WORK, "detect:detect", "Flag pictures that are unlike the normal ones, and show where."),
    "map": (WORK, "latent:draw_map", "Draw a flat map of a latent space, with pictures at their places."),
    "augment": (WORK, "augment:augment", "Make more items of a rare class, and measure whether they help."),
    "compare": (WORK, "compare:compare", "Train models of several families on one data set and rank them."),
    "truth": (WORK, "truth:truth", "Train each family on data whose density is known: how far is it from the truth?"),
    "recipe": (KEPT, "recipe:app", "List, show and compare recipes."),
    "data": (KEPT, "data:app", "List, fetch and look at known data sets."),
    "models": (KEPT, "models:app", "The model store: list, show, verify, move, name and remove models."),
    "runs": (KEPT, "runs:app", "The runs: list, show, compare and remove them."),
    "keys": (KEPT, "keys:app", "The server's API keys: create, list and revoke them."),
    "consent": (KEPT, "consent:app", "Who agreed that their voice be used: make, check and revoke a record."),
    "audit": (KEPT, "audit:app", "The server's log of administrative acts: show and verify it."),
    "service": (KEPT, "service:app", "Install the server as a service of systemd, remove it, or say how it is."),
    "doctor": (KEPT, "doctor:doctor", "Look at this machine and say what is wrong and what mends it."),
}
EPILOGUE = """First: anew run digits. Any verb explains itself: anew run --help.
ANEW_HOME names the folder that anew keeps everything in. --debug shows the traceback of a defect."""


def build(verb: str | None = None) -> App:
    """The command tree; the verbs' modules stay unloaded. The one about to run explains itself by its own docstring."""
    from importlib.metadata import version

    app = App(
        name="anew",
        version=lambda: version("anew"),
        help="Learn a distribution from your own data and generate new content from it.",
        help_format="plaintext",  # markdown makes every start-up slower
        help_epilogue="" if verb in VERBS else EPILOGUE,
        suppress_keyboard_interrupt=False,  # it is answered below, in words
    )
    for place, (name, (group, target, text)) in enumerate(VERBS.items()):
        overview = {} if name == verb else {"help": text}
        app.command(f"anew.cli.{target}", name=name, group=group, sort_key=place, **overview)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    tokens = list(sys.argv[1:] if arguments is None else arguments)
    debug, tokens = "--debug" in tokens, [t for t in tokens if t != "--debug"]
    as_json = "--json" in tokens
    signal.signal(signal.SIGTERM, interrupt)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # half a surrogate pair, which a byte-level model may write, is a "?"
    gc.set_threshold(20_000, 20, 20)  # a start makes many objects that stay: looking them through costs a tenth of it
    try:
        answer = build(next(iter(tokens), None))(
            tokens, exit_on_error=False, print_error=False, result_action="return_value"
        )
        sys.stdout.flush()
        return answer if isinstance(answer, int) else 0
    except CycloptsError as error:
        return refuse(usage(error, tokens), as_json)
    except AnewError as error:
        return refuse(error, as_json)
    except KeyboardInterrupt:
        return refuse(AnewError("stopped", next_command=spoken(tokens)), as_json, STOPPED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has gone; say nothing more
        return PIPE
    except Exception as error:
        if debug:
            raise
        if isinstance(error, OSError) and error.errno in OUTSIDE:
            return refuse(outside(error), as_json)
        return refuse(defect(error, tokens), as_json, DEFECT)


def interrupt(number: int, frame: FrameType | None) -> None:
    """A polite kill is a Ctrl-C."""
    raise KeyboardInterrupt


def usage(error: CycloptsError, tokens: list[str]) -> AnewError:
    """A mistyped command as one of our own errors."""
    verb = next((t for t in tokens if t in VERBS), None)
    message = str(error).removeprefix("Error: ").strip()
    return RecipeError(message, next_command=f"anew {verb} --help" if verb else "anew --help")


def refuse(error: AnewError, as_json: bool, code: int | None = None) -> int:
    """Say what happened and what to type next; under --json the same as the last line of stdout."""
    code = error.exit_code if code is None else code
    print(f"anew: {error}", file=sys.stderr)
    if as_json:
        found: dict[str, Any] = {"error": error.message, "exit_code": code, "next_command": error.next_command}
        print(json.dumps(found, sort_keys=True), flush=True)
    return code


def spoken(tokens: list[str]) -> str:
    """The command line as it may be typed again, shown and kept: without a key."""
    kept = ["KEY" if before == "--api-key" else token for before, token in pairwise(["anew", *tokens])]
    return shlex.join(["anew", *(re.sub(r"(?s)^(--api-key=).*", r"\1KEY", token) for token in kept)])


def outside(error: OSError) -> AnewError:
    """A file or disk that does not let us: what the system says of it."""
    where = f"{error.filename}: " if error.filename else ""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return AnewError(f"{where}{error.strerror}", next_command="anew doctor" if full else None)


def defect(error: Exception, tokens: list[str]) -> AnewError:
    """An error that nobody foresaw: its traceback goes into a file that can be sent."""
    from anew.data.home import home

    what = f"a defect of anew, {type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no message'}"
    text = "".join([spoken(tokens) + "\n\n", *traceback.format_exception(error)])
    path = home() / "defects" / f"{type(error).__name__}-{os.getpid()}.txt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    except OSError:
        return AnewError(what, next_command=f"{spoken(tokens)} --debug")
    return AnewError(f"{what}\n  the traceback is in {path}", next_command="anew doctor")


__all__ = ["build", "main"]
