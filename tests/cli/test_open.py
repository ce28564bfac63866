"""`anew serve --open`: a browser where somebody sees it, the address where nobody does."""

from __future__ import annotations

import threading

import pytest

from anew.cli import serve


@pytest.fixture(autouse=True)
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What browsers were told to show. None is opened in a test."""
    told: list[str] = []
    monkeypatch.setattr(serve.webbrowser, "open", told.append)
    monkeypatch.setattr(serve.sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    return told


def shown(address: str) -> None:
    before = {*threading.enumerate()}
    serve.show(address)
    for thread in {*threading.enumerate()} - before:
        thread.join(5)


@pytest.mark.parametrize(
    ("display", "platform", "terminal", "opens"),
    [
        ("DISPLAY", "linux", True, True), ("WAYLAND_DISPLAY", "linux", True, True), (None, "darwin", True, True),
        (None, "win32", True, True), ("DISPLAY", "linux", False, False), (None, "linux", True, False),
        (None, "darwin", False, False),
    ],
)  # fmt: skip
def test_a_browser_opens_on_a_desktop_alone(
    display: str | None, platform: str, terminal: bool, opens: bool, opened: list[str],
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    if display is not None:
        monkeypatch.setenv(display, ":0")
    monkeypatch.setattr(serve.sys, "platform", platform)
    monkeypatch.setattr(serve.sys.stderr, "isatty", lambda: terminal)
    shown("http://localhost:8080/")
    assert opened == (["http://localhost:8080/"] if opens else [])
    assert ("http://localhost:8080/" in capsys.readouterr().err) is not opens
