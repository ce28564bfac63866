"""Ctrl-C and SIGTERM as a wish: the step is finished and saved first. ENOUGH as another: what was learnt is kept."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ENOUGH = "enough"  # a file in a run's folder, after which it learns no more and its model is kept as it is
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def on_signal() -> Iterator[Callable[[], bool]]:
    """A function that tells whether one came. A second one acts as it would have without us."""
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False  # only the main thread may catch signals
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def note(number: int, frame: FrameType | None) -> None:
        came.append(number)
        signal.signal(number, before[number])

    for number in SIGNALS:
        signal.signal(number, note)
    try:
        yield lambda: bool(came)
    finally:
        for number in SIGNALS:
            signal.signal(number, before[number])
