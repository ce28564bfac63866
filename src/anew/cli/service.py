"""`anew service`: the server as a service of systemd, of a user or of the system."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from anew.cli.terminal import Flag, Json, show, talk
from anew.errors import NotFound, Refused

app = App(name="service", help="Install the server as a service of systemd, remove it, or say how it is.")

NAME = "anew.service"
RUNNING = Path("/run/systemd/system")  # is there where systemd is the first process
OF_THE_SYSTEM = Path("/etc/systemd/system")
OUT_OF_REACH = (Path("/home"), Path("/root"), Path("/run/user"))  # of the system's unit (ProtectHome)

System = Annotated[bool, Flag, Parameter(help="The system's, for all users; needs root's rights.")]
Force = Annotated[bool, Flag, Parameter(help="Also where the unit was edited.")]


@app.command
def install(
    *models: Annotated[str, Parameter(help="Models to serve; without any, all of the store.")],
    host: Annotated[str, Parameter(help="The address to listen at; beyond loopback a key is needed.")] = "127.0.0.1",
    port: Annotated[int, Parameter(help="The port to listen at.")] = 8080,
    system: System = False,
    force: Force = False,
) -> None:
    """Write the unit. It does not start by itself: the next command is told."""
    from anew.data.files import write_atomic
    from anew.server.unit import unit

    python = Path(sys.executable).absolute()
    if system and any(python.is_relative_to(folder) for folder in OUT_OF_REACH):
        what = f"a service of the system cannot reach {python}"
        raise Refused(what, next_command="anew service install, for a service of this user")
    if {'"', "'"} & set(str(python)):
        raise Refused(f"systemd runs no program of this name: {python}", next_command="anew serve, by hand")
    command = [str(python), "-m", "anew", "serve", *models, "--host", host, "--port", str(port)]
    path = place(system)
    kept(path, force)
    path.parent.mkdir(parents=True, exist_ok=True)
    home = os.environ.get("ANEW_HOME")
    write_atomic(path, unit(command, system=system, home=home and str(Path(home).absolute())).encode())
    show([str(path)], False, {})
    systemctl = words(system)
    talk(f"next: {systemctl} daemon-reload && {systemctl} enable --now anew")
    if not system:
        talk("it ends with your last session; to let it go on: loginctl enable-linger")
    if not RUNNING.is_dir():
        talk("systemd does not run here: on this machine the unit does nothing; anew serve does the same by hand")


@app.command
def uninstall(*, system: System = False, force: Force = False) -> None:
    """Remove the unit of a service that is disabled."""
    path = place(system)
    if not path.is_file():
        raise NotFound(f"there is no {path}", next_command="anew service install")
    if wanted(path):
        raise Refused("the service is enabled", next_command=f"{words(system)} disable --now anew")
    kept(path, force)
    path.unlink()
    talk(f"removed {path}", f"next: {words(system)} daemon-reload")


@app.command
def status(*, system: System = False, as_json: Json = False) -> None:
    """Whether the unit is there, edited, enabled, and running."""
    from anew.server.unit import edited

    path = place(system)
    there = path.is_file()
    running = RUNNING.is_dir()
    found = {
        "unit": str(path), "installed": there, "edited": there and edited(path.read_text("utf-8")),
        "enabled": wanted(path), "systemd": running, "state": state(system) if running else None,
    }  # fmt: skip
    words = ["installed" if there else "not installed"]
    words += ["edited"] * bool(found["edited"]) + ["enabled"] * bool(found["enabled"])
    words += [str(found["state"]) if running else "systemd does not run here"]
    show([f"{path}: {', '.join(words)}"], as_json, found)


def place(system: bool) -> Path:
    own = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return (OF_THE_SYSTEM if system else own / "systemd" / "user") / NAME


def wanted(path: Path) -> bool:
    """Whether something starts it."""
    return any(link.name == NAME for link in path.parent.glob("*.wants/*"))


def kept(path: Path, force: bool) -> None:
    """Refused for a unit that somebody edited."""
    from anew.server.unit import edited

    if path.exists() and not force and edited(path.read_text("utf-8", errors="replace")):
        raise Refused(f"{path} was edited, and would be lost", next_command="the same with --force")


def words(system: bool) -> str:
    return "systemctl" if system else "systemctl --user"


def state(system: bool) -> str:
    """In systemd's own word: active, inactive, failed, …"""
    try:
        said = subprocess.run([*words(system).split(), "is-active", NAME], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return said.stdout.strip() or "unknown"
