# SPDX-License-Identifier: GPL-2.0-only
"""A process whose memory is known, for tests/host/compress_sample, and what /proc says of it, in a way
that is not the program's."""

import ctypes
import ctypes.util
import json
import os
import shutil
import signal
import struct
import subprocess
import sys

PAGE = 4096
PRESENT, FILE = 1 << 63, 1 << 61
# One that any user may run.
PYTHON = shutil.which("python3", path="/usr/bin:/bin") or sys.executable
FRAME = (1 << 55) - 1
ZERO_PAGE = 1 << 24  # linux/kernel-page-flags.h
INCOMPRESSIBLE = 2990

# The interpreter is locked, so that what could be swapped is what is asked for, and a little.
SCRIPT = r"""
import ctypes, json, mmap, os, random, sys, time
PAGE = mmap.PAGESIZE
options = {sys.argv[i][2:]: int(sys.argv[i + 1]) for i in range(1, len(sys.argv) - 1, 2)}
secret = bytes.fromhex(os.environ.get("TARGET_SECRET", ""))
chance = random.Random(3)
libc = ctypes.CDLL(None, use_errno=True)
words = [bytes(chance.choices(b"abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 9))) for _ in range(400)]
def text_page(number):
    some = random.Random(number)
    return b" ".join([b"%d" % number, *some.choices(words, k=900)])[:PAGE].ljust(PAGE)
def random_page(number):
    return random.Random(number).randbytes(PAGE)
def same_page(number):
    return (number % 5).to_bytes(8, "little") * (PAGE // 8)
def secret_page(number):
    return (secret + b"%08d" % number).ljust(64, b".") + random_page(number)[:PAGE - 64]
contents = {"same": same_page, "text": text_page, "random": random_page, "shared": text_page, "secret": secret_page,
            "hot": text_page}
areas, addresses = {}, {}
def area(name, pages, shared=False):
    found = mmap.mmap(-1, pages * PAGE, flags=(mmap.MAP_SHARED if shared else mmap.MAP_PRIVATE) | mmap.MAP_ANONYMOUS)
    if not shared:
        found.madvise(mmap.MADV_NOHUGEPAGE)
    areas[name] = found
    addresses[name] = ctypes.addressof(ctypes.c_char.from_buffer(found))
    return found
pages_of = {name: [contents[name](i) for i in range(count)] for name, count in options.items() if name in contents}
# MCL_CURRENT. Without the right to, it goes without.
locked = libc.mlockall(1) == 0
for name, count in options.items():
    if name in contents:
        found = area(name, count, name == "shared")
        for i, page in enumerate(pages_of[name]):
            found[i * PAGE:(i + 1) * PAGE] = page
    elif name == "read":
        found = area(name, count)
        for i in range(count):
            found[i * PAGE]
    elif name == "absent":
        area(name, count)
print(json.dumps({"areas": addresses, "locked": locked}), flush=True)
if "hot" in options:
    while True:
        for i in range(options["hot"]):
            areas["hot"][i * PAGE] = 1
        time.sleep(0.05)
if "churn" in options:
    some = chance.randbytes(options["churn"] * PAGE)
    held = []
    while True:
        piece = mmap.mmap(-1, len(some), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        piece.write(some)
        held.append(piece)
        if len(held) > 6:
            held.pop(chance.randrange(6)).close()
        time.sleep(0.002)
if "grow" in options:
    held = []
    for i in range(2000):
        piece = mmap.mmap(-1, options["grow"] * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        for j in range(options["grow"]):
            piece[j * PAGE:(j + 1) * PAGE] = text_page(j)
        held.append(piece)
        time.sleep(0.001)
if "exec" in options:
    piece = mmap.mmap(-1, options["exec"] * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for j in range(options["exec"]):
        piece[j * PAGE:(j + 1) * PAGE] = text_page(j)
    os.dup2(os.open("/dev/null", os.O_WRONLY), 1)
    os.execv(sys.executable, [sys.executable, *json.loads(os.environ["TARGET_COMMAND"])])
time.sleep(600)
"""


def mappings(pid):
    """(begin, end, permissions, device) as maps has them."""
    with open(f"/proc/{pid}/maps", "rb") as file:
        for line in file:
            span, permissions, _, device = line.split(None, 4)[:4]
            begin, end = (int(part, 16) for part in span.split(b"-"))
            if begin < 1 << 47:
                yield begin, end, permissions, device


def memory_of(pid):
    """What is in a process's memory, mapping by mapping, as far as it can be read."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as file:
        for begin, end, permissions, _ in mappings(pid):
            if permissions[:1] != b"r":
                continue
            for at in range(begin, end, 1 << 20):
                try:
                    # A little of the next piece, too: what is looked for may lie across.
                    yield os.pread(file.fileno(), min((1 << 20) + 64, end - at), at)
                except OSError:
                    continue


def stat_fields(pid):
    with open(f"/proc/{pid}/stat", "rb") as file:
        return file.read().rpartition(b") ")[2].split()


def state(pid):
    return stat_fields(pid)[0].decode()


def switches(pid):
    """How often it went to sleep, and how often it was sent to wait."""
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
        return [int(line.split()[1]) for line in file if "_ctxt_switches" in line]


class Target:
    def __init__(self, *options, secret=b"", user=None):
        arguments = ["-I", "-c", SCRIPT, *map(str, options)]
        environment = dict(os.environ, TARGET_SECRET=secret.hex(), PYTHONMALLOC="malloc")
        if "--exec" in options:
            environment["TARGET_COMMAND"] = json.dumps(arguments)
        more = {} if user is None else {"user": user, "group": user, "extra_groups": [], "cwd": "/"}
        self.process = subprocess.Popen([PYTHON, *arguments], stdout=subprocess.PIPE, env=environment, **more)
        self.pid = self.process.pid
        self.areas = {}

    def __enter__(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("a process with known memory did not begin")
        self.areas = json.loads(line)["areas"]
        return self

    def __exit__(self, *_):
        self.kill()
        self.process.stdout.close()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(30)

    def stop(self):
        os.kill(self.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WNOWAIT)

    def pagemap(self):
        """Every entry of every mapping that is not 0."""
        found = {}
        with open(f"/proc/{self.pid}/pagemap", "rb", buffering=0) as file:
            for begin, end, _, _ in mappings(self.pid):
                count = (end - begin) // PAGE
                data = os.pread(file.fileno(), count * 8, begin // PAGE * 8)
                for i, (entry,) in enumerate(struct.iter_unpack("<Q", data)):
                    if entry:
                        found[begin + i * PAGE] = entry
        return found

    def sizes(self):
        with open(f"/proc/{self.pid}/status", encoding="utf-8", errors="replace") as file:
            kept = {line.split(":")[0]: line.split()[1] for line in file if line.startswith(("Vm", "Rss"))}
        fields = stat_fields(self.pid)
        return kept | {"minflt": int(fields[7]), "majflt": int(fields[9])}

    def read_memory(self, address, size):
        with open(f"/proc/{self.pid}/mem", "rb", buffering=0) as file:
            return os.pread(file.fileno(), size, address)

    def locked(self):
        """Addresses at which mappings begin that mlock keeps, or that are a device's."""
        found, begin = set(), None
        with open(f"/proc/{self.pid}/smaps", "rb") as file:
            for line in file:
                words = line.split()
                if b"-" in words[0] and not words[0].endswith(b":"):
                    begin = int(words[0].split(b"-")[0], 16)
                elif words[0] == b"VmFlags:" and {b"lo", b"io", b"pf", b"mm", b"ht"} & set(words[1:]):
                    found.add(begin)
        return found

    def truth(self):
        """Over all pages that could be swapped, by liblz4 and libzstd themselves."""
        compressors = {"lz4 fast 1": lz4_size, "zstd default 3": zstd_size}
        locked, entries = self.locked(), self.pagemap()
        counts = {"resident_pages": 0, "shmem_pages": 0, "same": 0, "incompressible": 0}
        sizes = dict.fromkeys(compressors, 0)
        with open("/proc/kpageflags", "rb", buffering=0) as flags:
            for begin, end, permissions, _ in mappings(self.pid):
                if begin in locked:
                    continue
                shared = permissions.endswith(b"s")
                for at in range(begin, end, PAGE):
                    entry = entries.get(at, 0)
                    # The only shared memory that it has is its own.
                    if not entry & PRESENT or bool(entry & FILE) != shared:
                        continue
                    if struct.unpack("<Q", os.pread(flags.fileno(), 8, (entry & FRAME) * 8))[0] & ZERO_PAGE:
                        continue
                    page = self.read_memory(at, PAGE)
                    counts["resident_pages"] += 1
                    counts["shmem_pages"] += shared
                    if page == page[:8] * (PAGE // 8):
                        counts["same"] += 1
                        continue
                    for name, size_of in compressors.items():
                        size = min(size_of(page), PAGE)
                        sizes[name] += size
                        if name == "lz4 fast 1":
                            counts["incompressible"] += size > INCOMPRESSIBLE
        pages = counts["resident_pages"]
        found = {name: counts[name] for name in ("resident_pages", "shmem_pages")}
        found["same_filled_share"] = counts["same"] / pages
        found["incompressible_share"] = counts["incompressible"] / pages
        for name, size in sizes.items():
            found[name] = size / PAGE / (pages - counts["same"])
        return found


def library(name):
    return ctypes.CDLL(ctypes.util.find_library(name) or f"lib{name}.so.1")


def lz4_size(page, lz4=library("lz4"), out=ctypes.create_string_buffer(2 * PAGE)):
    return lz4.LZ4_compress_default(page, out, PAGE, 2 * PAGE)


def zstd_size(page, zstd=library("zstd"), out=ctypes.create_string_buffer(2 * PAGE)):
    zstd.ZSTD_compress.restype = ctypes.c_size_t
    return zstd.ZSTD_compress(out, ctypes.c_size_t(2 * PAGE), page, ctypes.c_size_t(PAGE), 3)
