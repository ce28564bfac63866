"""Run a program that nobody has read: bubblewrap's namespaces around it, limits on all that it could use up.

In: a command or a Python program, the files it sees, limits. Out: a `Ran` that says how it ended. Inside there is no
network, no file but those of the interpreter and of /usr (read-only) and an empty /tmp, no environment, no other
process, no privilege. Where bubblewrap is missing or may not work, `Refused` says so: nothing is run without it.

The holes that a plain call of bubblewrap leaves are closed here: its own environment, which /proc/1/environ shows; user
namespaces inside the sandbox; the limit on processes, which the kernel does not hold root to; its own first process in
there, which has no filter, and whose memory and descriptors are open to the program (there is none: --as-pid-1).
"""

from __future__ import annotations

import fcntl
import os
import secrets
import selectors
import shutil
import site
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import psutil

from anew.errors import Refused
from anew.safety.filter import seccomp_filter

Outcome = Literal["passed", "finished", "failed", "ended early", "timed out", "out of memory", "too much output"]
Look = Callable[[], None]
INSTALL = "apt-get install bubblewrap"
NOBODY = 65534
FIRST_UID, UIDS = 1 << 30, 1 << 29  # where root runs a sandbox: a user that nothing else on the machine is
STAGE = "/mnt"  # stands on every Linux; where root shows the sandbox a Python that other users may not reach
CPU_SIGNALS = {128 + 24, 128 + 9}  # SIGXCPU, and SIGKILL at the hard limit
LOOK_SECONDS = 0.25  # between two looks at the memory of all processes together


@dataclass(frozen=True)
class Limits:
    """`seconds` of wall and of CPU time a process; `memory` bytes a process and of all together; `disk` bytes of /tmp,
    `file` of one file; `output` of stdout and of stderr, each."""

    seconds: float = 5.0
    memory: int = 512 << 20
    processes: int = 16
    disk: int = 64 << 20
    file: int = 16 << 20
    open_files: int = 64
    output: int = 256 << 10


@dataclass(frozen=True)
class Ran:
    """How a program ended. "passed": its tests ran to their end, and said so with the word that they were given;
    "finished": a command without tests ended with 0; "ended early": it ended with 0, but before its tests. `tests`: of
    each test function that was run to its end why it failed, or ""."""

    outcome: Outcome
    stdout: str
    stderr: str
    seconds: float
    why: str = ""
    told: bytes = b""  # what came on the channel that only the judge of the tests can write to
    tests: dict[str, str] = field(default_factory=dict)


def run_python(
    program: str, limits: Limits | None = None, *, arguments: Sequence[str] = (), look: Look = lambda: None
) -> Ran:
    """Run a Python program by itself: "finished" or how it failed. Refused where there is no sandbox."""
    files = {"/program.py": program.encode("utf-8", "replace")}
    return run(python("/program.py", *arguments), limits, files=files, look=look)


def run(
    command: Sequence[str],
    limits: Limits | None = None,
    *,
    files: Mapping[str, bytes] | None = None,
    hidden: bytes | None = None,
    look: Look = lambda: None,
) -> Ran:
    """Run a command that sees `files` (path inside -> content, read-only). What is `hidden` comes on a descriptor of
    its own; the numbers of that one and of the channel to tell on are the command's last two arguments. `look` is
    called while it runs; what it raises ends the program."""
    chosen = limits or Limits()
    begin = time.monotonic()
    with ExitStack() as stack:
        status, told = stack.enter_context(pipe()), stack.enter_context(pipe())
        shown = {name: stack.enter_context(as_descriptor(content)) for name, content in (files or {}).items()}
        options = [part for name, fd in shown.items() for part in ("--ro-bind-data", str(fd), name)]
        passed = [status.write, *shown.values()]
        if (calls := seccomp_filter()) is not None:
            passed.append(stack.enter_context(as_descriptor(calls)))
            options += ["--seccomp", str(passed[-1])]
        channels = []
        if hidden is not None:
            passed += [stack.enter_context(as_descriptor(hidden)), told.write]
            channels = [str(passed[-2]), str(told.write)]
        options += [*SEALED, "--json-status-fd", str(status.write), "--"]
        process = subprocess.Popen(
            [*outer(), *namespaces(chosen), *options, *limited(chosen), *command, *channels],
            env={}, cwd="/", pass_fds=passed, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        status.close_write()
        told.close_write()
        seen = watch(process, chosen, begin, status.read, told.read, look)
    if b'"child-pid"' not in seen.status:
        raise Refused(f"bubblewrap makes no sandbox here: {text(seen.stderr)[:300]}", next_command="anew doctor")
    return verdict(seen, chosen, time.monotonic() - begin)


def python(*arguments: str) -> list[str]:
    """The command of the Python that runs anew, alone: no environment, no user's packages, no byte code written."""
    return [interpreter(), "-I", "-B", "-X", "utf8", *arguments]


# ------------------------------------------------------------------------------------------------ what is around it

SEALED = ["--remount-ro", "/", "--remount-ro", "/dev", "--chdir", "/tmp"]


def outer() -> list[str]:
    """What stands before bubblewrap's own options: its path, and for root a change to a user that owns nothing."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise Refused("generated code is run in a sandbox alone, and bubblewrap is not installed", next_command=INSTALL)
    if os.geteuid() != 0:
        return [bwrap]
    uid = str(FIRST_UID + secrets.randbelow(UIDS))
    return [
        tool("unshare"), "--mount", "--propagation", "private", "--",
        "/bin/sh", "-c", f'mount --bind "$1" {STAGE} && shift && exec "$@"', "sh", sys.base_prefix,
        tool("setpriv"), "--reuid", uid, "--regid", uid, "--clear-groups", bwrap,
    ]  # fmt: skip


def namespaces(limits: Limits) -> list[str]:
    """bubblewrap's options: everything unshared, nothing shown but what Python runs on."""
    uid = str(NOBODY)
    line = ["--unshare-all", "--unshare-user", "--disable-userns", "--uid", uid, "--gid", uid, "--cap-drop", "ALL"]
    line += ["--die-with-parent", "--new-session", "--as-pid-1"]
    line += ["--hostname", "sandbox", "--ro-bind", "/usr", "/usr"]
    for folder in ("/bin", "/lib", "/lib64"):
        kind = "--symlink" if os.path.islink(folder) else "--ro-bind-try"
        line += [kind, f"usr{folder}" if os.path.islink(folder) else folder, folder]
    if not Path(sys.base_prefix).is_relative_to("/usr"):
        line += ["--ro-bind", STAGE if os.geteuid() == 0 else sys.base_prefix, sys.base_prefix]
    for folder in filter(os.path.isdir, site.getsitepackages([sys.base_prefix])):  # what starts with every Python there
        line += ["--size", "4096", "--tmpfs", folder, "--remount-ro", folder]
    line += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache", "--proc", "/proc", "--dev", "/dev"]
    return [
        *line,
        "--size",
        str(limits.disk),
        "--tmpfs",
        "/tmp",
        "--setenv",
        "HOME",
        "/tmp",
        "--setenv",
        "PATH",
        "/bin",
    ]


def limited(limits: Limits) -> list[str]:
    """Resource limits, set inside, where the processes of the sandbox are counted by themselves."""
    cpu = max(1, round(limits.seconds + 0.5))
    bounds = {"as": limits.memory, "nproc": limits.processes, "fsize": limits.file, "nofile": limits.open_files}
    bounds |= {"cpu": cpu, "core": 0, "memlock": 0, "msgqueue": 0}
    return [tool("prlimit"), *(f"--{name}={value}" for name, value in bounds.items()), "--"]


def tool(name: str) -> str:
    """One of util-linux' programs."""
    path = shutil.which(name)
    if path is None:
        raise Refused(f"the sandbox needs {name}, which is not there", next_command="apt-get install util-linux")
    return path


def interpreter() -> str:
    """The real file of this Python, as it is called inside too."""
    return os.path.realpath(sys.executable)


# ------------------------------------------------------------------------------------------------ while it runs


@dataclass
class Pipe:
    read: int
    write: int

    def close_write(self) -> None:
        if self.write >= 0:
            os.close(self.write)
            self.write = -1


@contextmanager
def pipe() -> Iterator[Pipe]:
    ends = Pipe(*os.pipe())
    try:
        yield ends
    finally:
        os.close(ends.read)
        ends.close_write()


@contextmanager
def as_descriptor(content: bytes) -> Iterator[int]:
    """A descriptor to read `content` from; it lies in no folder."""
    fd = os.memfd_create("anew", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with open(fd, "wb", closefd=False) as file:
            file.write(content)
        os.lseek(fd, 0, os.SEEK_SET)
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK)
        yield fd
    finally:
        os.close(fd)


@dataclass
class Watched:
    """All that was seen of a run: its streams, its exit code, and why it was stopped, if it was."""

    stdout: bytearray
    stderr: bytearray
    status: bytearray
    told: bytearray
    code: int = 0
    stopped: Outcome | None = None


def watch(process: subprocess.Popen[bytes], limits: Limits, begin: float, status: int, told: int, ask: Look) -> Watched:
    """Read what the program says until it ends, or until it has used up its time, its memory or its room to talk."""
    seen = Watched(bytearray(), bytearray(), bytearray(), bytearray())
    assert process.stdout is not None and process.stderr is not None
    streams = {process.stdout.fileno(): seen.stdout, process.stderr.fileno(): seen.stderr}
    streams |= {status: seen.status, told: seen.told}
    with selectors.DefaultSelector() as waiting, process:
        for fd in streams:
            waiting.register(fd, selectors.EVENT_READ)
        look = time.monotonic() + LOOK_SECONDS
        try:
            while waiting.get_map() and seen.stopped is None:
                for key, _ in waiting.select(max(0.0, min(begin + limits.seconds, look) - time.monotonic())):
                    block = os.read(key.fd, 1 << 16)
                    streams[key.fd] += block
                    if not block:
                        waiting.unregister(key.fd)
                if max(map(len, streams.values())) > limits.output:
                    seen.stopped = "too much output"
                elif (now := time.monotonic()) >= begin + limits.seconds:
                    seen.stopped = "timed out"
                elif now >= look:
                    ask()
                    seen.stopped = "out of memory" if memory_of(process.pid) > limits.memory else None
                    look = time.monotonic() + LOOK_SECONDS
        finally:
            if seen.stopped is not None or sys.exc_info()[0] is not None:
                end(process)
        seen.code = process.wait()
    return seen


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill bubblewrap, and with it all that it holds; wait until they are gone."""
    below: list[psutil.Process] = []
    with suppress(psutil.Error):
        below = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    for one in below:  # where bubblewrap had no time yet to bind their lives to its own
        with suppress(psutil.Error):
            one.kill()
    psutil.wait_procs(below, timeout=5)


def memory_of(pid: int) -> int:
    """Resident bytes of a process and all below it, what they share counted once."""
    own, shared = 0, 0
    with suppress(psutil.Error):
        for one in psutil.Process(pid).children(recursive=True):
            with suppress(psutil.Error):
                held = one.memory_info()
                own, shared = own + held.rss - held.shared, max(shared, held.shared)
    return own + shared


def verdict(seen: Watched, limits: Limits, seconds: float) -> Ran:
    """What a command without tests came to."""
    stdout, stderr = text(seen.stdout[: limits.output]), text(seen.stderr[: limits.output])
    told = bytes(seen.told)
    last = (stderr.rstrip().splitlines() or [""])[-1]
    if seen.stopped is not None:
        return Ran(seen.stopped, stdout, stderr, seconds, f"stopped: {seen.stopped}", told)
    if seen.code in CPU_SIGNALS:
        return Ran("timed out", stdout, stderr, seconds, f"{limits.seconds:g} s of CPU time are used up", told)
    if seen.code and last.startswith("MemoryError"):
        return Ran("out of memory", stdout, stderr, seconds, f"more than {limits.memory >> 20} MB", told)
    if seen.code:
        return Ran("failed", stdout, stderr, seconds, last[:300] or f"ended with {seen.code}", told)
    return Ran("finished", stdout, stderr, seconds, "", told)


def text(content: bytes | bytearray) -> str:
    return bytes(content).decode("utf-8", "replace")
