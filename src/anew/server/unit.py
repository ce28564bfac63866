"""The server as a service of systemd: its unit, hardened as far as the sandbox for generated code lets it be.

In: the command that serves, and whether the unit is the system's or a user's. Out: the unit's text, whose first line
tells whether somebody has edited it since.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

MARK = "# Written by anew service install. Digest of what follows: "

# What bubblewrap needs, so that generated code can be run: namespaces (no RestrictNamespaces), mounts in them (@mount),
# its own /proc, which the kernel grants only where nothing lies over the outer one (no ProtectKernelTunables,
# ProtectKernelLogs, ProtectProc, ProcSubset), a host's name of its own (sethostname, no ProtectHostname), and netlink
# for a loopback that leads nowhere. oneDNN writes machine code while it runs (no MemoryDenyWriteExecute).
SERVICE = """\
[Unit]
Description=anew, generative models over HTTP
After=network.target

[Service]
Type=exec
ExecStart={command}
# ANEW_API_KEY=…, ANEW_DATABASE=… stand there, readable by its owner alone
EnvironmentFile=-%E/anew/serve.env
{own}Restart=on-failure
RestartSec=2
# it says goodbye to whoever is being answered
TimeoutStopSec=60
UMask=0077
MemoryMax=80%
# a model that takes too much ends by itself
OOMPolicy=continue
TasksMax=1024
LimitNOFILE=65536
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service @mount sethostname
SystemCallErrorNumber=EPERM

[Install]
WantedBy={wanted}
"""
OF_THE_SYSTEM = """\
DynamicUser=yes
StateDirectory=anew
StateDirectoryMode=0700
Environment=ANEW_HOME=%S/anew
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RemoveIPC=yes
"""


def unit(command: Sequence[str], *, system: bool, home: str | None = None) -> str:
    """`home`: the ANEW_HOME of a user's service; the system's has a folder of its own."""
    own = OF_THE_SYSTEM if system else f'Environment="ANEW_HOME={escaped(home)}"\n' if home else ""
    wanted = "multi-user.target" if system else "default.target"
    program, *arguments = (escaped(word) for word in command)
    words = " ".join(quoted(word) for word in (program, *(word.replace("$", "$$") for word in arguments)))
    text = SERVICE.format(command=words, own=own, wanted=wanted)
    return f"{MARK}{digest(text)}\n{text}"


def edited(text: str) -> bool:
    """Whether a unit is no longer what was written."""
    first, _, rest = text.partition("\n")
    return first != f"{MARK}{digest(rest)}"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def quoted(word: str) -> str:
    return word if word and all(letter.isalnum() or letter in "/._-:@+=," for letter in word) else f'"{word}"'


def escaped(word: str) -> str:
    """As systemd reads it between quotation marks: nothing in it is a specifier."""
    return word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("\n", "\\n")
