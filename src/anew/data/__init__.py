"""What passes between the stages. Importing this first keeps two allocators from reserving a GB of address space each,

which a limit on it (RLIMIT_AS) would forbid: Arrow's, and the one inside rensa (in KiB).
"""

import os

os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
os.environ.setdefault("MIMALLOC_ARENA_RESERVE", "32768")
