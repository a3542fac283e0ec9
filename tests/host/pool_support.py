# SPDX-License-Identifier: GPL-2.0-only
"""`memory-collector pool` for tests/host/pool, and what the machine itself says of it."""

import contextlib
import glob
import json
import os
import re
import subprocess
import time

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(TREE, "build/memory-collector")
CONTROL = "/sys/class/zram-control"
STATE = "/run/memory-collector/pool.json"
MIB = 1 << 20
TRAITS = ("disksize", "comp_algorithm", "initstate", "mm_stat", "diskseq")


def pool(*words, program=(PROGRAM, "pool"), before=()):
    return subprocess.run([*before, *program, *words], capture_output=True, text=True, check=False, timeout=120)


def answer(*words):
    """Of a command with --json, which has to work."""
    run = pool(*words, "--json")
    if run.returncode:
        raise RuntimeError(f"pool {' '.join(words)}: status {run.returncode}, {run.stderr}")
    return json.loads(run.stdout)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def devices():
    """Each zram device with what a test must leave as it is."""
    found = {}
    for folder in glob.glob("/sys/block/zram*"):
        with contextlib.suppress(FileNotFoundError):
            found[os.path.basename(folder)] = tuple(read(f"{folder}/{name}") for name in TRAITS
                                                    if os.path.exists(f"{folder}/{name}"))
    return found


def swaps():
    """name -> (used bytes, priority)"""
    lines = read("/proc/swaps").splitlines()[1:]
    return {words[0]: (int(words[3]) * 1024, int(words[4])) for words in map(str.split, lines)}


def cgroups():
    return (glob.glob("/sys/fs/cgroup/memory-collector-pool-*") +
            glob.glob("/sys/fs/cgroup/*/memory-collector-pool-*"))


def holders():
    found = []
    for path in glob.glob("/proc/[0-9]*/comm"):
        with contextlib.suppress(OSError):
            if read(path) == "pool-holder\n" and read(os.path.dirname(path) + "/stat").rsplit(")", 1)[1].split()[0] != "Z":
                found.append(path.split("/")[2])
    return found


def mm_stat(device):
    names = ("orig_data_size", "compr_data_size", "mem_used_total", "mem_limit", "mem_used_max", "same_pages",
             "pages_compacted", "huge_pages")
    return dict(zip(names, map(int, read(f"/sys/block/{os.path.basename(device)}/mm_stat").split())))


class Machine:
    """As it was found; `left()` says what is other by now."""

    def __init__(self):
        self.devices, self.swaps = devices(), swaps()

    def left(self):
        deadline = time.monotonic() + 5
        while (found := self.look()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return found

    def look(self):
        now = devices()
        found = [f"device {name}" for name in set(now) ^ set(self.devices)]
        found += [f"{name} was {self.devices[name]}, is {now[name]}" for name in set(now) & set(self.devices)
                  if now[name] != self.devices[name]]
        found += [f"swap area {name}" for name in set(swaps()) ^ set(self.swaps)]
        found += [f"cgroup {name}" for name in cgroups()] + [f"holder {pid}" for pid in holders()]
        return found + ([STATE] if os.path.exists(STATE) else [])


@contextlib.contextmanager
def own_device(size=None, swap_priority=None):
    """A device that was there before, as the pool sees it; it goes in the end, whatever was done to it."""
    number = read(f"{CONTROL}/hot_add").strip()
    name = f"zram{number}"
    node = f"/dev/{name}"
    path = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
    try:
        if size:
            write(f"/sys/block/{name}/disksize", str(size))
        if swap_priority is not None:
            subprocess.run(["mkswap", node], check=True, stdout=subprocess.DEVNULL, env=path)
            subprocess.run(["swapon", "-p", str(swap_priority), node], check=True, env=path)
        yield node
    finally:
        if node in swaps():
            subprocess.run(["swapoff", node], check=True, env=path)
        for _ in range(100):
            try:
                write(f"{CONTROL}/hot_remove", number)
                break
            except OSError:
                time.sleep(0.05)


def has(text, pattern):
    return re.search(pattern, text, re.S) is not None
