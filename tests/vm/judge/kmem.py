# SPDX-License-Identifier: GPL-2.0-only
"""Memory by eBPF, held against programs that say what they asked for. What counts is what a program
has beyond the same program at size 0."""

from collections import defaultdict

PAGE = 4096
# malloc(3) of glibc: from so much on by mmap, with a header of so much.
MMAP_FROM, MMAP_HEADER = 128 << 10, 16
# Of objects, what the slab allocator counts as used although it is free: what CPUs keep at hand.
SLAB_SLACK = 0.05


def round_up(size, unit=PAGE):
    return -(-size // unit) * unit


def kmalloc_size(size):
    """What the kernel allocates for a size of a power of two: it has slabs from 8 bytes to 8 KiB, and pages."""
    return size if size <= 8192 else round_up(size)


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

    def held(self, pid, column):
        """While it held what it had by malloc: in the last of the intervals in which it had the most."""
        rows = [row for row in self.rows[pid] if "exited" not in row["flags"] and row[column] is not None]
        most = max((row["malloc_bytes"] or 0 for row in rows), default=0)
        values = [row[column] for row in rows if (row["malloc_bytes"] or 0) == most]
        return values[-1] if values else None


def beyond(name, runs, figure, expected, allowed=0):
    """Complaints where `figure` of a process, less that at size 0, is not `expected` of its size. Where there
    are several of a size, each must be."""
    values = [(size, figure(pid)) for pid, size in runs]
    missing = [size for size, value in values if value is None]
    if missing:
        return [f"{name}: no figure for sizes {missing}"]
    base = [value for size, value in values if size == 0]
    if not base:
        return [f"{name}: no run at size 0"]
    complaints = []
    for size, value in values:
        more = value - min(base)
        if abs(more - expected(size)) > allowed:
            complaints.append(f"{name}: {more} bytes beyond size 0 for {size} asked for, not {expected(size)}")
    return complaints


def check_kmalloc(figures, runs):
    if not runs:
        return ["nobody asked for kmalloc"]
    # Its list has an entry of 24 bytes for each, at size 0 as well.
    return (beyond("kmem_kmalloc_requested_bytes", runs,
                   lambda pid: figures.total(pid, "kmem_kmalloc_requested_bytes"), lambda size: size)
            + beyond("kmem_kmalloc_bytes", runs, lambda pid: figures.total(pid, "kmem_kmalloc_bytes"), kmalloc_size))


def check_malloc(figures, runs):
    if not runs:
        return ["nobody asked for malloc"]
    mapped = [(pid, size) for pid, size in runs if size >= MMAP_FROM or size == 0]
    # What is less than that is from the heap, which has its pages from before, or not.
    return (beyond("malloc_bytes", runs, lambda pid: figures.held(pid, "malloc_bytes"), lambda size: size)
            + beyond("footprint_bytes", mapped, lambda pid: figures.held(pid, "footprint_bytes"),
                     lambda size: round_up(size + MMAP_HEADER) if size else 0)
            + beyond("virtual_bytes", mapped, lambda pid: figures.held(pid, "virtual_bytes"),
                     lambda size: round_up(size + MMAP_HEADER) if size else 0)
            + beyond("rss_anon_bytes", mapped, lambda pid: figures.held(pid, "rss_anon_bytes"),
                     lambda size: round_up(size + MMAP_HEADER) if size else 0))


def check_anonymous(figures, told):
    """Of each, whatever it holds: what the kernel finds in its page tables."""
    if not told["anonymous"]:
        return ["nobody looked at the page tables"]
    return [f"rss_anon_bytes {figures.held(pid, 'rss_anon_bytes')} of process {pid}, its page tables have {size}"
            for pid, size in told["anonymous"] if figures.held(pid, "rss_anon_bytes") != size]


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


def check_ebpf_kmem(report, lines):
    figures, told = Figures(report), said(lines)
    return (check_kmalloc(figures, told["kmalloc"]) + check_malloc(figures, told["malloc"])
            + check_anonymous(figures, told) + check_held(figures, told) + check_vmalloc(figures, told))
