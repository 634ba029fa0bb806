"""A server's many threads share a few heaps, so that its memory does not fill with holes."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from shop_server.heap import HEAPS

MANY_THREADS = """
import ctypes, sys, threading
from shop_server.heap import keep_small
{beforehand}
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.fdopen.restype = ctypes.c_void_p, ctypes.c_void_p
both = threading.Barrier(9)
def work():
    libc.malloc(5_000)
    both.wait()
for _ in range(8):
    threading.Thread(target=work).start()
both.wait()
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""


def heaps_of(beforehand: str) -> int:
    script = MANY_THREADS.format(beforehand=beforehand)
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    return len(re.findall(r"<heap nr=", said))


@pytest.mark.skipif(sys.platform != "linux", reason="GNU's C library is Linux's")
def test_all_threads_share_a_few_heaps() -> None:
    assert heaps_of("") > HEAPS
    assert heaps_of("keep_small()") == HEAPS
