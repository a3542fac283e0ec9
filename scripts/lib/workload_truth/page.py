# SPDX-License-Identifier: GPL-2.0-only
"""docs/workload-truth.md, from what was measured (tests/workloads/measured/*.json)."""

import os

from .host import TREE, kmem, workload_truth

PAGE = os.path.join(TREE, "docs/workload-truth.md")
MEASURED = os.path.join(TREE, "tests/workloads/measured")
UNITS = (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10))
HEAD = """# What is to be seen of a known size

The programs of [workloads/](../workloads/README.md), run at every size, and what is shown of them: by
`memory-collector run --source ebpf --with kmem,footprint,libc` (columns in `code`), and beside it by a reader
of virtual size (`VmSize` of /proc/PID/status) and one of resident size (`VmRSS`). All figures are bytes beyond
the same program at size 0. Written by `scripts/workload-truth`; `scripts/tests/test_workload_truth.py` holds
these tables against the rules, `ebpf_kmem` (guests) and `tests/host/workloads` measure shorter ones in every run.

| workload | rule |
|---|---|
| `kmalloc` | `kmem_kmalloc_requested_bytes` is the size; `kmem_kmalloc_bytes` what the kernel has for it: its next slab up to 8 KiB, then a power of two of pages. VmSize and VmRSS show nothing of it |
| `malloc` | from 128 KiB up `footprint_bytes` is page_round(size + 16), as VmSize is; resident is the page with glibc's header. Below, it comes from a heap that was there: `malloc_bytes` alone knows |
| `malloc`, touched | as much resident: `rss_anon_bytes` |
| `bytearray` | CPython asks for a byte more and writes all of it: page_round(size + 17) |

VmRSS is not exact: before Linux 6.2 a thread's page faults are added up after 64 of them, each of up to 16 pages of a
file. A small process is shown too little, and so is size 0 of `Malloc` on 6.1: what is larger looks larger by more
than its size. `rss_anon_bytes` is, at every size, what /proc/PID/smaps_rollup finds in the page tables.
"""
COLUMNS = {
    "kmalloc": ("kmem_kmalloc_requested_bytes", "kmem_kmalloc_bytes", "vmsize", "vmrss"),
    "malloc": ("malloc_bytes", "footprint_bytes", "rss_anon_bytes", "vmsize", "vmrss"),
}
COLUMNS["malloc_touched"] = COLUMNS["bytearray"] = COLUMNS["malloc"]
NAMES = {"malloc_touched": "malloc, touched: `Malloc --touch`", "malloc": "malloc, not touched: `Malloc`",
         "bytearray": "bytearray: `ByteArray.py`", "kmalloc": "kmalloc: `kmalloc/build/Test`"}
READERS = {"vmsize": "VmSize", "vmrss": "VmRSS"}


def size_text(size):
    return next((f"{size // unit} {name}" for name, unit in UNITS if size and size % unit == 0), f"{size} B")


def cell(value):
    return "unmeasured" if value is None else f"{value:,}"


def table(workload, records):
    columns = COLUMNS[workload]
    lines = ["| asked for | " + " | ".join(READERS.get(name, f"`{name}`") for name in columns) + " |",
             "|" + "---:|" * (len(columns) + 1)]
    for name, size, more in sorted(workload_truth.beyond(records), key=lambda row: row[1]):
        if name == workload and size:
            lines.append(f"| {size_text(size)} | " + " | ".join(cell(more[column]) for column in columns) + " |")
    return "\n".join(lines)


def section(measured):
    """One machine's tables."""
    parts = [f"## {measured['machine']}\nLinux {measured['kernel']}; {measured['note']}\n"]
    for workload in kmem.WORKLOADS:
        if any(record["workload"] == workload for record in measured["records"]):
            parts.append(f"### {NAMES[workload]}\n{table(workload, measured['records'])}\n")
    return "\n".join(parts)


def text(all_measured):
    return "\n".join([HEAD] + [section(measured) for measured in all_measured])
