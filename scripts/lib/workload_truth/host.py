# SPDX-License-Identifier: GPL-2.0-only
"""Runs the workloads that need no module on this very host, beside `memory-collector run --with footprint`."""

import os
import subprocess
import sys
import time

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path += [os.path.join(TREE, "tests/host"), os.path.join(TREE, "tests/vm")]

from judge import kmem, rows, workload_truth  # noqa: E402
from lib.collector import INTERVAL_S, PROGRAM, Collector  # noqa: E402,F401

# The C library's probes are not asked for: tests/host/memory_groups does that, where they are not refused.
UNMEASURED = ("malloc_bytes",)
MIB, GIB = 1 << 20, 1 << 30
# By workload; what stands together runs together.
WHOLE = (("malloc_touched", [0] + [1 << i for i in range(12, 21)] + [131071, 131073, 200000]),
         ("malloc_touched", [1 << i for i in range(21, 27)]),
         *(("malloc_touched", [1 << i]) for i in range(27, 31)),
         ("malloc", [0, 1 << 17, MIB, GIB]),
         ("bytearray", [0, 1 << 12, 1 << 16, 1 << 17, 200000, MIB, 1 << 24, 1 << 26]),
         ("bytearray", [GIB]))
SHORT = (("malloc_touched", [0, 4096, 65536, 131072, 131073, MIB, 64 * MIB]),
         ("malloc", [0, 131072, GIB]),
         ("bytearray", [0, 4096, 131072, MIB, 64 * MIB]))


class NoRoom(Exception):
    pass


def ranges(plan):
    found = {}
    for workload, sizes in plan:
        found.setdefault(workload, []).extend(sizes)
    return found


def built(folder):
    """By workload, the command of it."""
    malloc = os.path.join(folder, "Malloc")
    subprocess.run(["gcc", "-O0", "Malloc.c", "-o", malloc], cwd=os.path.join(TREE, "workloads"), check=True)
    return {"malloc": [malloc], "malloc_touched": [malloc, "--touch"],
            "bytearray": ["/usr/bin/python3", os.path.join(TREE, "workloads/ByteArray.py")]}


def field(path, name):
    with open(path, encoding="utf-8") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(name + ":"))


def look(pid):
    """What readers of /proc are shown of a process now, as lines for the judge."""
    return [f"looked {pid} {time.monotonic_ns()}",
            f"vmsize {pid} {field(f'/proc/{pid}/status', 'VmSize')}",
            f"vmrss {pid} {field(f'/proc/{pid}/status', 'VmRSS')}",
            f"anonymous {pid} {field(f'/proc/{pid}/smaps_rollup', 'Anonymous')}"]


def hold(workload, command, sizes):
    """Of each size one, together: the lines that say what they asked for, and what /proc shows of them."""
    touched = sum(sizes) if workload != "malloc" else 0
    if touched > field("/proc/meminfo", "MemAvailable") // 2:
        raise NoRoom(f"{touched} bytes are more than half of the memory that is available here")
    processes = [subprocess.Popen(command + [str(size)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                 for size in sizes]
    lines = []
    try:
        for process, size in zip(processes, sizes):
            said = process.stdout.readline()
            if said.split()[-2:] != [str(size), "bytes"] or "holds" not in process.stdout.readline():
                raise RuntimeError(f"{command} {size} said: {said}")
            lines.append(f"{workload} {process.pid} {size}")
        time.sleep(2.4 * INTERVAL_S)
        for process in processes:
            lines += look(process.pid)
        for process in processes:
            process.communicate("\n\n", timeout=60)
            if process.returncode:
                raise RuntimeError(f"{command} ended with status {process.returncode}")
    finally:
        for process in processes:
            process.kill()
            process.wait()
    return lines


def measure(folder, plan):
    """(records, what there was no room for)."""
    commands, lines, left_out = built(folder), [], []
    with Collector(os.path.join(folder, "rows.jsonl"), "--with", "footprint") as collector:
        for workload, sizes in plan:
            try:
                lines += hold(workload, commands[workload], sizes)
            except NoRoom as why:
                left_out.append((workload, sizes, str(why)))
        # So that all have a row.
        time.sleep(2 * INTERVAL_S)
        report = rows.Report(collector.end())
    return kmem.records_of(report, lines), left_out


def complaints(records, plan, left_out):
    gone = {(workload, size) for workload, sizes, _ in left_out for size in sizes}
    wanted = {workload: [size for size in sizes if (workload, size) not in gone]
              for workload, sizes in ranges(plan).items()}
    return workload_truth.complaints(records, wanted, UNMEASURED)
