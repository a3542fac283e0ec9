# SPDX-License-Identifier: GPL-2.0-only
"""Kernel memory by eBPF, held against programs that say what they asked for."""

from collections import defaultdict

PAGE = 4096


def round_up(size, unit=PAGE):
    return -(-size // unit) * unit


def said(lines):
    """What the workloads say: by their name, (pid, bytes asked for) in order."""
    told = defaultdict(list)
    for line in lines:
        name, pid, size = line.split()
        told[name].append((int(pid), int(size)))
    return told


def beyond_baseline(name, runs, figure):
    """Of each size what `figure` has of it beyond that of size 0: {size: [...]}, complaints. The
    same program may do a little more by chance (a slab that was just full): its least counts."""
    by_size, complaints = defaultdict(list), []
    for pid, size in runs:
        value = figure(pid)
        if value is None:
            complaints.append(f"{name} of {size} bytes, process {pid}: no figure")
        else:
            by_size[size].append(value)
    if not by_size.get(0):
        return {}, complaints + [f"{name}: no run at size 0"]
    base = min(by_size.pop(0))
    return {size: [value - base for value in values] for size, values in sorted(by_size.items())}, complaints


def check_kmalloc(totals, runs):
    def column(which):
        return lambda pid: totals.get(pid, {}).get(which)

    complaints = []
    for which, expected in (("kmem_kmalloc_requested_bytes", lambda size: size),):
        more, wrong = beyond_baseline("kmalloc", runs, column(which))
        complaints += wrong
        for size, values in more.items():
            print(f"# {which}: {values} for kmalloc of {size}")
            if any(value != expected(size) for value in values):
                complaints.append(f"{which}: {values} beyond size 0, not {expected(size)}")
    return complaints


def check_ebpf_kmem(report, lines):
    totals = {row["pid"]: row for row in report.totals}
    told = said(lines)
    complaints = check_kmalloc(totals, told["kmalloc"])
    return complaints
