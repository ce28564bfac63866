"""A seccomp filter: the system calls that no program in the sandbox needs, refused before the kernel looks at them.

Out: the filter as bubblewrap's --seccomp takes it, or None on a processor whose call numbers are not listed here; the
namespaces and limits hold there all the same, memory that no process maps is then bounded by the number of descriptors.
"""

from __future__ import annotations

import errno
import platform
import struct

LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_JMP|JGE|K, BPF_RET|K
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
NUMBER_AT, ARCHITECTURE_AT = 0, 4  # in struct seccomp_data
X32 = 0x40000000  # the same calls again, by other numbers
ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}  # AUDIT_ARCH_*, column below
CALLS = {
    # into other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    # memory that outlives its mapping, and counts for no process
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "msgget": (68, 186),
    "semget": (64, 190), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    # into the kernel, past other filters
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    # out of the file system and the namespaces
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "unshare": (272, 97), "setns": (308, 268),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "mount_setattr": (442, 442),
}  # fmt: skip


def seccomp_filter(machine: str | None = None) -> bytes | None:
    """The program for this processor, or for another by its name."""
    if (machine or platform.machine()) not in ARCHITECTURES:
        return None
    architecture, column = ARCHITECTURES[machine or platform.machine()]
    numbers = [numbers[column] for numbers in CALLS.values()]
    lines = [(LOAD, 0, 0, ARCHITECTURE_AT), (EQUAL, 1, 0, architecture), (RETURN, 0, 0, KILL), (LOAD, 0, 0, NUMBER_AT)]
    lines += [(AT_LEAST, len(numbers) + 1, 0, X32)]
    lines += [(EQUAL, len(numbers) - i, 0, number) for i, number in enumerate(numbers)]
    lines += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE)]
    return b"".join(struct.pack("=HBBI", *line) for line in lines)
