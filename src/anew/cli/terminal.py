"""How a verb speaks: talk on stderr, data on stdout, progress as a bar or as plain lines, and the closing JSON line."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Any, Self

from cyclopts import Parameter

from anew.data.progress import Progress, duration
from anew.errors import RecipeError

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

EVERY_SECONDS = 10.0
QUIET_SECONDS = 1.0

Flag = Parameter(negative="", show_default=False)
Json = Annotated[bool, Flag, Parameter(name="--json", help="End stdout with one JSON object.")]


def talk(*lines: str) -> None:
    """For people, on stderr."""
    for line in lines:
        print(harmless(line, sys.stderr.isatty()), file=sys.stderr, flush=True)


def show(lines: Iterable[str], as_json: bool, value: Mapping[str, Any]) -> None:
    """The answer on stdout: the lines, or with --json the object alone."""
    if as_json:
        print(json.dumps(value, sort_keys=True, default=plain, allow_nan=False), flush=True)
    else:
        print(harmless("\n".join(lines)), flush=True)


def harmless(text: str, terminal: bool | None = None) -> str:
    """What a model wrote, for a terminal: characters that steer one (ECMA-48) are shown as U+FFFD. A file or a pipe
    gets what was written. `terminal` None: whether stdout is one."""
    if not (sys.stdout.isatty() if terminal is None else terminal):
        return text
    return "".join("\ufffd" if unicodedata.category(c) == "Cc" and c not in "\n\t" else c for c in text)


class Typed:
    """Prints a text on stdout as it grows. A character that is not whole yet, which looks like U+FFFD, waits; however
    the block ends, what was told last is all there, and a line ends."""

    def __init__(self) -> None:
        self.text = self.printed = ""

    def __enter__(self) -> Self:
        return self

    def __call__(self, text: str) -> None:
        self.text, whole = text, text.rstrip("\ufffd")
        if whole.startswith(self.printed):
            fresh, self.printed = whole[len(self.printed) :], whole  # whatever stops the printing, it is not said twice
            print(harmless(fresh), end="", flush=True)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.text or kind is None:
            print(harmless(self.text[len(self.printed) :]), flush=True)


def read(content: bytes, where: str) -> str:
    """A text that was given, which is UTF-8. RecipeError says where it is none."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecipeError(f"{where}: byte {error.start} is not UTF-8", next_command="iconv -t utf-8") from None


def plain(value: Any) -> Any:
    """What json cannot write by itself."""
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} is not JSON")


def columns(rows: Sequence[Sequence[object]], head: Sequence[str] = ()) -> list[str]:
    """Aligned text, two blanks between columns; the last one may be long."""
    cells = [[str(c) for c in row] for row in ([head, *rows] if head else rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))] if cells else []
    return ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in cells]


class Meter:
    """A `Report` that draws: bars with the time left on a terminal, else a plain line every ten seconds."""

    def __init__(self) -> None:
        from rich.console import Console

        self.console = Console(stderr=True)
        self.bars: Bars | None = None
        self.tasks: dict[str, TaskID] = {}
        self.begun: dict[str, tuple[float, float]] = {}
        self.said: dict[str, float] = {}

    def __enter__(self) -> Self:
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        if self.console.is_terminal:
            self.bars = Bars(
                TextColumn("{task.description:<10}"),
                BarColumn(30),
                TaskProgressColumn(),
                TimeElapsedColumn(),
                TextColumn("left"),
                TimeRemainingColumn(),
                TextColumn("{task.fields[note]}"),
                console=self.console,
            )
            self.bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.bars is not None:
            self.bars.stop()

    def __call__(self, progress: Progress) -> None:
        if progress.stage == "note":
            self.console.print(progress.note, markup=False, highlight=False, soft_wrap=True)
        elif self.bars is None:
            self.line(progress)
        else:
            self.draw(self.bars, progress)

    def draw(self, bars: Bars, progress: Progress) -> None:
        """Move the stage's bar. The note that a stage begins with (a forecast) stays above the bars."""
        if progress.stage not in self.tasks:
            self.tasks[progress.stage] = bars.add_task(progress.stage, total=progress.total, note="")
            if progress.note and not progress.done:
                self.console.print(f"{progress.stage}: {progress.note}", markup=False, highlight=False, soft_wrap=True)
        task = self.tasks[progress.stage]
        note = progress.note if progress.total else counted(progress)
        bars.update(task, completed=progress.done, total=progress.total, note=note)

    def line(self, progress: Progress) -> None:
        """One line when a stage begins, every ten seconds, and when it is through."""
        now = monotonic()
        first = progress.stage not in self.begun
        start, done_then = self.begun.setdefault(progress.stage, (now, progress.done))
        through = progress.total is not None and progress.done >= progress.total
        if through and self.said.get(progress.stage) == float("inf"):
            return
        if not first and not through and now - self.said[progress.stage] < EVERY_SECONDS:
            return
        self.said[progress.stage] = float("inf") if through else now
        talk(describe(progress, now - start, progress.done - done_then))


@contextmanager
def watching(stage: str, quiet: float = QUIET_SECONDS) -> Iterator[Callable[..., None]]:
    """What is told the share that is done, and shows it after so many seconds: nothing is said of what is quick."""
    begun, meter = monotonic(), None
    with ExitStack() as stack:

        def watch(share: float, *_: object) -> None:
            nonlocal meter
            if meter is None and (share >= 1 or monotonic() - begun < quiet):
                return
            meter = meter or stack.enter_context(Meter())
            meter(Progress(stage, round(100 * share), 100))

        yield watch
        watch(1)


def describe(progress: Progress, seconds: float, moved: float) -> str:
    """`train 1,200/4,000 30%, 80 s left, loss 1.63`; without a total `collect, 950 records`."""
    if not progress.total:
        return f"{progress.stage}, {counted(progress)}"
    words = [f"{progress.stage} {progress.done:,.0f}/{progress.total:,.0f} {progress.done / progress.total:.0%}"]
    if moved > 0 and progress.done < progress.total:
        words.append(f"{duration(seconds / moved * (progress.total - progress.done))} left")
    return ", ".join([*words, progress.note] if progress.note else words)


def counted(progress: Progress) -> str:
    """How much is done where no total is known: the note, when it counts by itself, or the count and its unit."""
    counts = any(letter.isdigit() for letter in progress.note)
    return progress.note if counts else f"{progress.done:,.0f} {progress.note}".strip()
