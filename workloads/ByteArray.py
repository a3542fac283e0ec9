#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A bytearray of a given size, all of it written: what it asked for is known exactly.

usage: ByteArray.py [SIZE]     1M by default, up to 1G (k, m, g); 0 is the baseline

CPython asks malloc for SIZE + 1 bytes. Holds it until a line, or the end, of its input,
frees it, and waits again.
"""

import os
import re
import sys

MOST = 1 << 30
UNITS = {"": 0, "b": 0, "k": 10, "kib": 10, "m": 20, "mib": 20, "g": 30, "gib": 30}
ADDR_NO_RANDOMIZE, PR_SET_THP_DISABLE = 0x0040000, 41
# glibc would raise it when the interpreter's start frees something larger.
SAME = {"GLIBC_TUNABLES": "glibc.malloc.mmap_threshold=131072", "PYTHONHASHSEED": "0"}


def bytes_of(text):
    found = re.fullmatch(r"([0-9]+)([a-z]*)", text.lower())
    size = int(found[1]) << UNITS[found[2]] if found and found[2] in UNITS else MOST + 1
    if size > MOST:
        sys.stderr.write(f"ByteArray.py: '{text}' is no size up to {MOST}: a number, and k, m or g\n")
        sys.exit(2)
    return size


def be_the_same(size):
    """Executes itself once more: the same program at every size, without random addresses or hashes, and without
    huge pages, for one may cover what nobody asked for, next to what somebody did."""
    if all(os.environ.get(name) == value for name, value in SAME.items()):
        return
    import ctypes
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_THP_DISABLE, *map(ctypes.c_ulong, (1, 0, 0, 0)))
    personality = libc.personality
    personality.argtypes = [ctypes.c_ulong]
    of_now = personality(0xffffffff)
    if of_now < 0 or personality(of_now | ADDR_NO_RANDOMIZE) < 0:
        sys.stderr.write("ByteArray.py: addresses stay random here: its stack may be a page more or less\n")
    os.execve(sys.executable, [sys.executable, "-s", "-S", "-B", os.path.abspath(__file__), f"{size:020}"],
              {**os.environ, **SAME})


def wait_until_told():
    """A line, or the end, of the input, of which nothing is kept."""
    sys.stdout.flush()
    while os.read(0, 1) not in (b"\n", b""):
        pass


def main():
    if len(sys.argv) > 2 or "--help" in sys.argv:
        sys.stdout.write(__doc__) if "--help" in sys.argv else sys.stderr.write(__doc__)
        sys.exit(0 if "--help" in sys.argv else 2)
    size = bytes_of(sys.argv[1]) if len(sys.argv) > 1 else 1 << 20
    be_the_same(size)
    print(f"pid {os.getpid()}: bytearray of {size} bytes", flush=True)
    try:
        memory = bytearray(size)
    except MemoryError:
        sys.exit(f"ByteArray.py: no memory for {size} bytes")
    print(f"pid {os.getpid()}: holds {len(memory)} bytes, touched; Enter frees them")
    wait_until_told()
    del memory
    print(f"pid {os.getpid()}: has freed {size} bytes; Enter ends it")
    wait_until_told()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
