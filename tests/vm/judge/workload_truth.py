# SPDX-License-Identifier: GPL-2.0-only
"""What is to be seen of the programs in workloads/, by size; and what was seen, held against it.

A record is one run: {"workload", "size", "figures": {column: value or None}}. What counts is what a program
has beyond the same program at size 0."""

PAGE = 4096
# malloc(3) of glibc: pieces from so much on, their length included, by mmap; with a header of so much then. What it
# takes for the heap at once.
MMAP_FROM, MMAP_HEADER, HEAP_STEP = 128 << 10, 16, 132 << 10
# Of the kernel's kmalloc(); what is more is of pages, of a power of two.
SLABS = (8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192)
# CPython serves what is less by itself.
PYMALLOC = 512
# VmRSS leaves out what threads (before 6.2) or CPUs have not yet added up: 64 faults, each of up to 16 pages of a file.
VMRSS_SLACK = 64 * 16 * PAGE
# By workload: the sizes that there must be at least, in a table over the whole range of a guest, and in a short one.
POWERS = {"kmalloc": [1 << i for i in range(5, 23)], "malloc_touched": [1 << i for i in range(12, 29)]}
ODD = {"kmalloc": [33, 3000, 100000], "malloc_touched": [100, 131071, 131073, 200000]}
WHOLE = {"kmalloc": POWERS["kmalloc"] + ODD["kmalloc"],
         "malloc_touched": POWERS["malloc_touched"] + ODD["malloc_touched"],
         "malloc": [1 << 17, 1 << 20, 1 << 29],
         "bytearray": [1 << 12, 1 << 17, 1 << 20, 1 << 26]}
SHORT = {"kmalloc": WHOLE["kmalloc"],
         "malloc_touched": [1 << i for i in (12, 16, 17, 18, 20, 22, 24, 26)] + ODD["malloc_touched"],
         "malloc": WHOLE["malloc"]}


def round_up(size, unit=PAGE):
    return -(-size // unit) * unit


def kmalloc_size(size):
    """What the kernel allocates for it."""
    if size > SLABS[-1]:
        return PAGE << (round_up(size) // PAGE - 1).bit_length()
    return next(slab for slab in SLABS if size <= slab) if size else 0


def is_mapped(asked):
    return round_up(asked + 8, 16) >= MMAP_FROM


def asked_for(workload, size):
    """What it asks the allocator for: a bytearray is one byte longer."""
    return size + 1 if workload == "bytearray" and size else size


def expected(workload, size):
    """{column: (least, most)} of what there is beyond size 0."""
    if workload == "kmalloc":
        return {"kmem_kmalloc_requested_bytes": (size, size),
                "kmem_kmalloc_bytes": (kmalloc_size(size), kmalloc_size(size)),
                # It is the kernel's: neither reader is shown any of it.
                "vmsize": (0, 0), "vmrss": (-VMRSS_SLACK, VMRSS_SLACK)}
    asked, touched = asked_for(workload, size), workload != "malloc"
    if is_mapped(asked) or not asked:
        mapped = round_up(asked + MMAP_HEADER) if asked else 0
        # Not touched, it has its header, in the first page.
        resident = mapped if touched else min(mapped, PAGE)
        space, resident = (mapped, mapped), (resident, resident)
    else:
        # Of the heap, which has some of its pages from before; Python's has pieces that were free.
        space = (0, round_up(asked + HEAP_STEP))
        resident = (max(0, asked - PAGE) if workload == "malloc_touched" else 0, asked + 2 * PAGE)
    found = {"footprint_bytes": space, "virtual_bytes": space, "vmsize": space,
             "rss_anon_bytes": resident, "anonymous": resident,
             "vmrss": (resident[0] - VMRSS_SLACK, resident[1] + VMRSS_SLACK)}
    if workload != "bytearray" or asked > PYMALLOC or not asked:
        found["malloc_bytes"] = (asked, asked)
    return found


def baselines(records):
    """{workload: {column: value}} at size 0: the least of several."""
    found = {}
    for record in records:
        if record["size"] == 0:
            base = found.setdefault(record["workload"], {})
            for column, value in record["figures"].items():
                if value is not None:
                    base[column] = min(value, base.get(column, value))
    return found


def beyond(records):
    """(workload, size, {column: what there is beyond size 0, or None}) of each."""
    base = baselines(records)
    for record in records:
        own = base.get(record["workload"], {})
        yield record["workload"], record["size"], {
            column: None if value is None or column not in own else value - own[column]
            for column, value in record["figures"].items()}


def check_record(record):
    """What the program says is what the kernel says, whatever the size."""
    figures, name = record["figures"], f"{record['workload']} of {record['size']}"
    return [f"{name}: {ours} {figures[ours]}, {theirs} of /proc {figures[theirs]}"
            for ours, theirs in (("rss_anon_bytes", "anonymous"), ("virtual_bytes", "vmsize"))
            if ours in figures and figures[ours] != figures[theirs]]


def complaints(records, ranges, unmeasured=()):
    """unmeasured: columns that the machine cannot have, and are null in all of them."""
    found = []
    for workload, sizes in ranges.items():
        have = {record["size"] for record in records if record["workload"] == workload}
        missing = sorted({0, *sizes} - have)
        if missing:
            found.append(f"{workload}: no run of sizes {missing}")
    for record in records:
        found += check_record(record)
    for workload, size, more in beyond(records):
        for column, (least, most) in expected(workload, size).items():
            value = more.get(column)
            if column in unmeasured:
                if value is not None:
                    found.append(f"{workload} of {size}: {column} {value} where it cannot be measured")
            elif value is None or not least <= value <= most:
                found.append(f"{workload} of {size}: {column} {value} beyond size 0, not "
                             + (str(least) if least == most else f"{least} to {most}"))
    return found
