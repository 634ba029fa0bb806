"""Keeps the memory of a server process small however long it runs.

The C library gives each busy thread a heap of its own, and grows its heaps with every large block that was ever freed. With
the shop's many threads that is half as much memory again after an hour as its records take: heaps full of holes, never given
back. As Python lets one thread run at a time, two heaps serve all of them as fast.
"""

from __future__ import annotations

import ctypes
import sys

HEAPS = 2
LARGE_BLOCK = 128 * 1024
"""Bytes. From here on a block has pages of its own, and they go back when it is freed."""

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # of glibc's malloc.h


def keep_small() -> None:
    """To be called before there are threads. Does nothing where the C library is another than GNU's."""
    set_option = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if set_option is not None:
        set_option(_ARENA_MAX, HEAPS)
        set_option(_MMAP_THRESHOLD, LARGE_BLOCK)
        set_option(_TRIM_THRESHOLD, LARGE_BLOCK)
