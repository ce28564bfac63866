"""Programs that try to get out, to use up the machine, or to pass without being right.

`ESCAPES`: name, the program, the outcomes that say it was stopped. One that gets its way prints ESCAPED.
`CHEATS`: name, a program that must not pass `TESTS`, the outcomes it may have.
"""

from __future__ import annotations

DENIED = ("finished", "failed")  # each attempt was refused, and the program went on or gave up
FULL = ("finished", "failed", "out of memory", "timed out")


def attempt(body: str) -> str:
    """`body` tried once; whatever it raises is an attempt that failed."""
    inner = "\n".join("    " + line for line in body.strip().splitlines())
    head, tail = "import ctypes, os, socket, sys\nlibc = ctypes.CDLL(None)\ntry:\n", "except OSError as error:\n"
    return f"{head}{inner}\n    print('ESCAPED')\n{tail}    print('stopped:', error)\n"


def call(name: str, *arguments: object) -> str:
    """A C call that must fail."""
    return attempt(f"if libc.{name}{arguments!r} < 0: raise OSError('refused')")


def number(x86: int, arm: int, *arguments: object) -> str:
    """A system call by its number that must fail."""
    given = ", ".join(map(repr, arguments))
    return attempt(
        f"n = {x86} if os.uname().machine == 'x86_64' else {arm}\n"
        f"if libc.syscall(n{', ' + given if given else ''}) < 0: raise OSError('refused')"
    )


ESCAPES: list[tuple[str, str, tuple[str, ...]]] = [
    # the network
    ("connect to a server of this machine", attempt("socket.create_connection(('127.0.0.1', PORT), 1)"), DENIED),
    ("connect to the world", attempt("socket.create_connection(('1.1.1.1', 53), 1)"), DENIED),
    ("look up a name", attempt("socket.getaddrinfo('example.com', 80)"), DENIED),
    ("an abstract socket of this machine",
     attempt("s = socket.socket(socket.AF_UNIX)\ns.connect('\\0ABSTRACT')"), DENIED),
    ("a raw socket", attempt("socket.socket(socket.AF_PACKET, socket.SOCK_RAW)"), DENIED),
    # files
    ("read a file of the user's", attempt("open('SECRETFILE').read()"), DENIED),
    ("read the password file", attempt("open('/etc/passwd').read()"), DENIED),
    ("read through a symbolic link", attempt("os.symlink('SECRETFILE', '/tmp/l')\nopen('/tmp/l').read()"), DENIED),
    ("read through /proc/1/root", attempt("open('/proc/1/rootSECRETFILE').read()"), DENIED),
    ("read above the root", attempt("open('/tmp/../../../..SECRETFILE').read()"), DENIED),
    ("write into the system", attempt("open('/usr/escaped', 'w')"), DENIED),
    ("write into the interpreter", attempt("open(sys.base_prefix + '/escaped', 'w')"), DENIED),
    ("write at the root", attempt("open('/escaped', 'w')"), DENIED),
    ("write into /dev", attempt("open('/dev/escaped', 'w')"), DENIED),
    ("write into /dev/shm", attempt("open('/dev/shm/escaped', 'w')"), DENIED),
    ("make a device", attempt("os.mknod('/tmp/d', 0o60600, os.makedev(8, 0))"), DENIED),
    ("read the disk", attempt("open('/dev/vda', 'rb').read(1)"), DENIED),
    ("read the machine's memory", attempt("open('/proc/kcore', 'rb').read(1)\nopen('/dev/mem', 'rb').read(1)"), DENIED),
    ("change a kernel's setting", attempt("open('/proc/sys/kernel/hostname', 'w').write('x')"), DENIED),
    # what the caller holds
    ("the caller's environment", "import os, glob\nfound = str(dict(os.environ))\n"
     "for p in glob.glob('/proc/[0-9]*/environ'):\n    try: found += open(p).read()\n    except OSError: pass\n"
     "print('ESCAPED' if 'SECRETWORD' in found else 'nothing')", DENIED),
    ("the caller's descriptors", "import os\nfound = []\n"
     "for fd in range(3, 256):\n    try: os.fstat(fd); found.append(fd)\n    except OSError: pass\n"
     "print('ESCAPED' if found else 'nothing', found)", DENIED),
    ("the caller's command line", "import glob\n"
     "found = any('pytest' in open(p).read() for p in glob.glob('/proc/[0-9]*/cmdline'))\n"
     "print('ESCAPED' if found else 'nothing')", DENIED),
    ("kill the caller", attempt("os.kill(CALLER, 9)"), DENIED),
    ("trace another process", number(101, 117, 16, 1, 0, 0), DENIED),
    ("write into another process's memory", "import glob, os\n"
     "for p in glob.glob('/proc/[0-9]*/mem'):\n    if p != f'/proc/{os.getpid()}/mem':\n"
     "        try: os.open(p, os.O_RDWR); print('ESCAPED', p)\n        except OSError: pass", DENIED),
    ("type into the caller's terminal",
     attempt("import fcntl, termios\nfcntl.ioctl(0, termios.TIOCSTI, b'x')"), DENIED),
    # privileges
    ("become root", attempt("os.setuid(0)"), DENIED),
    ("mount", call("mount", b"none", b"/tmp", b"tmpfs", 0, 0), DENIED),
    ("a user namespace inside", call("unshare", 0x10000000), DENIED),
    ("a user namespace by clone", number(56, 220, 0x10000000 | 17, 0, 0, 0, 0), DENIED),
    ("another root", attempt("os.chroot('/tmp')"), DENIED),
    ("set the clock", attempt("import time\ntime.clock_settime(time.CLOCK_REALTIME, 0)"), DENIED),
    ("another host name", attempt("socket.sethostname('x')"), DENIED),
    ("load into the kernel", number(321, 280, 0, 0, 0), DENIED),
    ("rings into the kernel", number(425, 425, 8, 0), DENIED),
    ("the kernel's key ring", number(248, 217, b"user", b"a", b"b", 1, -2), DENIED),
    # using up the machine
    ("processes without end", "import os, time\nn = 0\n"
     "try:\n    while n < 500:\n        if os.fork() == 0:\n            time.sleep(20); os._exit(0)\n        n += 1\n"
     "except OSError: pass\nprint('ESCAPED' if n > 50 else 'stopped at', n)", FULL),
    ("threads without end", "import threading, time\nn = 0\n"
     "try:\n    while n < 500:\n        threading.Thread(target=time.sleep, args=(20,), daemon=True).start(); n += 1\n"
     "except RuntimeError: pass\nprint('ESCAPED' if n > 50 else 'stopped at', n)", FULL),
    ("memory without end", "held = []\nfor i in range(4000): held.append(bytearray(1 << 20))\nprint('ESCAPED')", FULL),
    ("memory of many processes", "import os, time\n"
     "for i in range(8):\n    if os.fork() == 0: break\n"
     "held = bytearray(b'x') * (80 << 20)\ntime.sleep(20)\nprint('ESCAPED')", ("out of memory",)),
    ("memory that no process maps", number(319, 279, b"x", 0), DENIED),
    ("shared segments", number(29, 194, 0, 1 << 30, 0o1600), DENIED),
    ("a file without end",
     "with open('/tmp/a', 'wb') as f:\n    for i in range(400): f.write(bytes(1 << 20))\nprint('ESCAPED')", FULL),
    ("many files",
     "n = 0\ntry:\n    for i in range(100):\n        open(f'/tmp/{i}', 'wb').write(bytes(4 << 20)); n += 4\n"
     "except OSError as e: print(e)\nprint('ESCAPED' if n > 70 else 'stopped at', n)", DENIED),
    ("time without end", "while True: pass", ("timed out",)),
    ("sleep without end", "import time\ntime.sleep(60)", ("timed out",)),
    ("deaf to signals", "import signal\nfor s in set(signal.Signals) - {9, 19}: signal.signal(s, signal.SIG_IGN)\n"
     "while True: pass", ("timed out",)),
    ("a daemon that stays", "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
     "        time.sleep(60)\n", ("finished", "timed out")),
    ("a flood on stdout", "while True: print('x' * 100000)", ("too much output",)),
    ("a flood on stderr", "import os\nwhile True: os.write(2, b'x' * 100000)", ("too much output",)),
    ("a crash", "import ctypes\nctypes.string_at(0)", ("failed",)),
]  # fmt: skip

TESTS = """
assert add(1, 2) == 3
assert abs(add(0.5, 0.25) - 0.75) < 1e-9
assert add("a", "b") == "ab"
"""
SEARCH = """
import glob, os
found = []
for path in sum(map(glob.glob, ('/proc/[0-9]*/fd/*', '/tmp/*', '/proc/[0-9]*/mem', '/*.py', '*.py')), []):
    if path == f'/proc/{os.getpid()}/mem': continue
    try: text = os.read(os.open(path, os.O_RDONLY | os.O_NONBLOCK), 1 << 20)
    except OSError: continue
    if b'0.5, 0.25' in text and path != '/program.py': found.append(path)
print('ESCAPED' if found else 'nothing', found)
def add(a, b): return None
"""
FORGE = """
import json, os
for fd in range(3, 64):
    try: os.write(fd, b'{"word": "x", "outcome": "passed", "why": ""}\\n')
    except OSError: pass
def add(a, b): return None
"""
LIE = """
import sys
frame = sys._getframe()
while frame and 'side' not in frame.f_locals: frame = frame.f_back
side = frame.f_locals['side']
side.send(MESSAGE)
def add(a, b): return None
"""
EARLY, WRONG = ("ended early",), ("failed", "ended early")
CHEATS: list[tuple[str, str, tuple[str, ...]]] = [
    ("ends at once, with 0", "import sys\nsys.exit(0)", EARLY),
    ("ends at once, past Python", "import os\nos._exit(0)", EARLY),
    ("ends when it is called", "def add(a, b): raise SystemExit(0)", EARLY),
    ("ends when it is called, past Python", "import os\ndef add(a, b): os._exit(0)", EARLY),
    ("kills its judge", "import os\ndef add(a, b): os.kill(os.getppid(), 9)", WRONG),
    ("stops its judge", "import os\ndef add(a, b): os.kill(os.getppid(), 19)", WRONG),
    ("hangs", "def add(a, b):\n    while True: pass", ("timed out",)),
    ("equals everything", "class Yes:\n    def __eq__(self, other): return True\ndef add(a, b): return Yes()", WRONG),
    ("equals everything, as a number", "class Yes(int):\n    def __eq__(self, other): return True\n"
     "    def __sub__(self, other): return 0\n    __hash__ = int.__hash__\ndef add(a, b): return Yes(7)", WRONG),
    ("is as near as asked",
     "class Near:\n    def __eq__(self, other): return True\n    def __sub__(self, other): return self\n"
     "    def __abs__(self): return 0.0\n    def __float__(self): return 0.75\n"
     "    def __lt__(self, other): return True\n"
     "def add(a, b): return 3 if a == 1 else Near()", WRONG),
    ("takes errors out of the language", "import builtins\nclass Never(Exception): pass\n"
     "builtins.AssertionError = Never\ndef add(a, b): return None", WRONG),
    ("patches what compares", "import operator, json\noperator.eq = lambda a, b: True\n"
     "json.loads = lambda text: ['is', True]\ndef add(a, b): return None", WRONG),
    ("takes the names of the tests", "import sys\nsys.modules['tests'] = sys.modules['__main__']\n"
     "def test_add(): pass\nadd = None", WRONG),
    ("reads the tests", SEARCH, WRONG),
    ("tells the result itself", FORGE, WRONG),
    ("tells a lie ahead", LIE.replace("MESSAGE", "['is', True]"), WRONG),
    ("makes the judge run code", LIE.replace("MESSAGE", "['raise', 1, 'x', ['exec'], 'print(\"ESCAPED\")']"), WRONG),
    ("asks the judge for its memory",
     LIE.replace("MESSAGE", "['ask', 'getattr', ['yours', 1], ['t', ['__globals__']], ['d', []]]"), WRONG),
    ("says nothing of use", LIE.replace("MESSAGE", "None"), WRONG),
    ("goes on as a child", "import os\nif os.fork(): os._exit(0)\ndef add(a, b): return None", WRONG),
    ("prints that it passed", "print('OK', 'passed')\ndef add(a, b): return None", WRONG),
    ("an error that cannot be told", "class Odd(Exception):\n    def __str__(self): raise self\n"
     "def add(a, b): raise Odd", WRONG),
    ("does not parse", "def add(a, b) return a", WRONG),
]  # fmt: skip
