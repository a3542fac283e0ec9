# SPDX-License-Identifier: GPL-2.0-only
"""Memory by eBPF, held against programs that say what they asked for."""

from collections import defaultdict

from .workload_truth import PAGE, SHORT, WHOLE, complaints, round_up

# Of objects, what the slab allocator counts as used although it is free: what CPUs keep at hand.
SLAB_SLACK = 0.05
WORKLOADS = ("kmalloc", "malloc_touched", "malloc", "bytearray")
TOTALS = ("kmem_kmalloc_requested_bytes", "kmem_kmalloc_bytes")
HELD = ("malloc_bytes", "footprint_bytes", "virtual_bytes", "rss_anon_bytes")


def said(lines):
    """What the workloads say: by their name, (pid, bytes) in order."""
    told = defaultdict(list)
    for line in lines:
        name, pid, size = line.split()
        told[name].append((int(pid), int(size)))
    return told


class Figures:
    def __init__(self, report):
        self.totals = {row["pid"]: row for row in report.totals}
        self.rows = defaultdict(list)
        for row in report.processes:
            self.rows[row["pid"]].append(row)

    def total(self, pid, column):
        return self.totals.get(pid, {}).get(column)

    def held(self, pid, looked):
        """The row of what it held when it was looked at: of the last interval that had ended, or of that very one,
        whichever has more, for it lets go in the latter."""
        rows = [row for row in self.rows[pid] if "exited" not in row["flags"] and row["virtual_bytes"] is not None]
        rows = [row for row in rows if row["end_ns"] <= looked][-1:] + [
            row for row in rows if row["start_ns"] < looked < row["end_ns"]]
        return max(reversed(rows), key=lambda row: [row[column] or 0 for column in HELD], default={})


def records_of(report, lines):
    """A record of each run of a workload (see workload_truth)."""
    figures, told = Figures(report), said(lines)
    looked, readers = dict(told["looked"]), {name: dict(told[name]) for name in ("vmsize", "vmrss", "anonymous")}
    found = []
    for workload in WORKLOADS:
        for pid, size in told[workload]:
            row = figures.held(pid, looked.get(pid, 0)) if workload != "kmalloc" else {}
            ours = {column: row.get(column) for column in HELD} if workload != "kmalloc" else {
                column: figures.total(pid, column) for column in TOTALS}
            shown = {name: pids.get(pid) for name, pids in readers.items() if workload != "kmalloc" or name != "anonymous"}
            found.append({"workload": workload, "size": size, "figures": {**ours, **shown}})
    return found


def check_held(figures, told):
    """What is held, by the kernel's own list of slabs; and that nothing is when it was freed."""
    (pid, count), = told["holder"]
    rows = [row for row in figures.rows[pid] if row["kmem_kmalloc_held_bytes"] is not None]
    if not rows:
        return ["the process that held objects has no row"]
    held = max(row["kmem_kmalloc_held_bytes"] for row in rows)
    slabs = told["slabs_after"][0][1] - told["slabs_before"][0][1]
    # An entry of its list for each, in a slab of 32 bytes.
    true = count * (1024 + 32)
    complaints = []
    if not true <= held <= true * 1.01:
        complaints.append(f"kmem_kmalloc_held_bytes {held} of {count} objects, {true} bytes")
    if abs(held - slabs) > SLAB_SLACK * slabs:
        complaints.append(f"kmem_kmalloc_held_bytes {held}, slabinfo has {slabs} more bytes in use than before")
    if rows[-1]["kmem_kmalloc_held_bytes"] > true * 0.01:
        complaints.append(f"kmem_kmalloc_held_bytes {rows[-1]['kmem_kmalloc_held_bytes']} after all was freed")
    if "held_approximate" not in rows[-1]["flags"]:
        complaints.append("what is held is not flagged as approximate")
    return complaints


def check_vmalloc(figures, told):
    """To load a module its file is read into memory of that kind, with a page to guard it, and it is laid out."""
    (pid, size), = told["insmod"]
    least = round_up(size) + PAGE
    value = figures.total(pid, "kmem_vmalloc_bytes")
    if value is None or not least <= value <= 2 * least:
        return [f"kmem_vmalloc_bytes {value} of who loaded a module of {size} bytes"]
    return []


def check_ebpf_kmem(report, lines, whole=False, ranges=None):
    """whole: over the whole range of sizes. ranges: sizes that there must be, instead."""
    ranges = ranges or (WHOLE if whole else SHORT)
    figures, told = Figures(report), said(lines)
    return (complaints(records_of(report, lines), ranges) + check_held(figures, told) + check_vmalloc(figures, told))
