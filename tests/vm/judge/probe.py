# SPDX-License-Identifier: GPL-2.0-only
"""`memory-collector probe` where memory is short, held against the kernel's own counts
(/proc/vmstat, memory.stat) and its two ways of counting against each other."""

import json

PAGES_OF_FAULTER = 16384
# Beside its pages: those of the program it becomes.
MOST_OTHER_FAULTS = 2000
STANDSTILL_NS = 500_000_000
# /proc/vmstat lacks what is on the CPUs and not in a node's count yet: 125 pages on each of two.
NODE_BATCH = 250


def counts(text):
    """vmstat's and memory.stat's lines: a name and a number."""
    return {name: int(value) for name, value in (line.split() for line in text.splitlines() if line.strip())}


def moved(before, after, *beginnings):
    """What counts whose names begin so have grown by, in all."""
    names = [name for name in after if name.startswith(beginnings)]
    if not names:
        raise KeyError(f"the kernel has no count {' or '.join(beginnings)}")
    return sum(after[name] - before.get(name, 0) for name in names)


def rows_of(text, kind):
    return [row for row in map(json.loads, text.splitlines()) if row["type"] == kind]


def total(rows, column):
    return sum(row[column] for row in rows)


def histogram(text, what):
    """(how many, at least and at most so many nanoseconds)"""
    rows = [row for row in rows_of(text, "latency") if row["of"] == what]
    return (total(rows, "count"), sum(row["from_ns"] * row["count"] for row in rows),
            sum((row["below_ns"] or 1 << 63) * row["count"] for row in rows))


def check_histogram(text, what, number, ns):
    found, least, most = histogram(text, what)
    if found != number or not least <= ns <= most:
        return [f"histogram of {what}: {found} from {least} to {most} ns, the sums are {number} and {ns} ns"]
    return []


def check_faults(text, pid):
    """By fentry and fexit; the kernel's own count of the process is the judge."""
    rows = rows_of(text, "fault_summary")
    if [row["pid"] for row in rows] != [pid]:
        return [f"faults of {[row['pid'] for row in rows]}, --pid was {pid}"]
    row, = rows
    if row["minor_ns"] is None:
        return [f"no time of faults: {row}"]
    complaints = [] if row["comm"] == "dd" else [f"{pid} became dd, it is called {row['comm']}"]
    for what in ("minor", "major"):
        complaints += check_histogram(text, f"{what}_fault", row[what], row[f"{what}_ns"])
    if row["kernel"] < PAGES_OF_FAULTER or not PAGES_OF_FAULTER <= row["minor"] <= PAGES_OF_FAULTER + MOST_OTHER_FAULTS:
        complaints.append(f"{PAGES_OF_FAULTER} pages were filled by the kernel: {row}")
    return complaints


def check_machine(text, summary, before, after):
    """All that vmscan did, each figure beside the count that the kernel keeps of the same."""
    seconds = rows_of(text, "swap")
    complaints = []
    for column, truth, batch in (("kswapd_wake", moved(before, after, "pageoutrun"), 0),
                                 ("direct_begin", moved(before, after, "allocstall_"), 0),
                                 ("direct_end", moved(before, after, "allocstall_"), 0),
                                 ("write_folio", moved(before, after, "nr_vmscan_write"), NODE_BATCH),
                                 ("memcg_begin", 0, 0)):
        if abs(total(seconds, column) - truth) > batch:
            complaints.append(f"{column}: {total(seconds, column)}, the kernel counted {truth}")
    if not total(seconds, "kswapd_wake") or not total(seconds, "direct_begin") or not total(seconds, "write_folio"):
        complaints.append("memory did not run short")
    # What direct reclaim frees is pages of processes and caches, and those of slabs that became empty.
    stolen = moved(before, after, "pgsteal_direct")
    if not stolen <= total(seconds, "reclaim_pages") <= stolen + moved(before, after, "slabs_scanned"):
        complaints.append(f"reclaim_pages {total(seconds, 'reclaim_pages')}, pgsteal_direct {stolen}")
    last = [row for row in seconds if row["last_pid"] is not None]
    if not last or last[-1]["last_comm"] != "dd":
        complaints.append(f"who last had to reclaim: {seconds[-1:]}")
    return complaints + check_summary(summary, seconds, "direct")


def check_summary(summary, seconds, kind):
    """By process and by second: the same reclaims, pages and, each with its own clock readings, time."""
    rows = rows_of(summary, "swap_summary")
    pages = "reclaim_pages" if kind == "direct" else f"{kind}_reclaim_pages"
    complaints = []
    for by_process, by_second in ((kind, f"{kind}_end"), (f"{kind}_pages", pages)):
        if total(rows, by_process) != total(seconds, by_second):
            complaints.append(f"{by_process}: {total(rows, by_process)} by process, {total(seconds, by_second)} by second")
    one, other = total(rows, f"{kind}_ns"), total(seconds, f"{kind}_ns")
    # A CPU of the guest may stand still between two readings of its clock.
    if not 0 < one or abs(one - other) > max(one, other) / 5 + STANDSTILL_NS:
        complaints.append(f"{kind}_ns: {one} by process, {other} by second")
    return complaints + check_histogram(summary, f"{kind}_reclaim", total(rows, kind), one)


def check_cgroup(text, summary, before, after):
    seconds = rows_of(text, "swap")
    complaints = []
    stolen = moved(before, after, "pgsteal_direct") if "pgsteal_direct" in after else moved(before, after, "pgsteal")
    if not stolen or total(seconds, "memcg_reclaim_pages") != stolen:
        complaints.append(f"memcg_reclaim_pages {total(seconds, 'memcg_reclaim_pages')}, memory.stat says {stolen}")
    if total(seconds, "memcg_begin") != total(seconds, "memcg_end") or total(seconds, "kswapd_wake"):
        complaints.append(f"in the cgroup alone: {seconds[-1:]}")
    return complaints + check_summary(summary, seconds, "memcg")


def check_major(text, before, after):
    """Faults that bring pages back from swap; the cgroup has a count of its own."""
    rows = rows_of(text, "fault_summary")
    swapped_in = moved(before, after, "pgmajfault")
    complaints = [] if swapped_in else ["no page came back from swap"]
    if total(rows, "major") != swapped_in or None in [row["major_ns"] for row in rows]:
        complaints.append(f"major faults: memory.stat says {swapped_in}, {rows}")
        return complaints
    return complaints + check_histogram(text, "major_fault", total(rows, "major"), total(rows, "major_ns"))


def check_probe(run):
    def text(name):
        with open(run.path(name), encoding="utf-8") as file:
            return file.read()

    return (check_faults(text("fault.jsonl"), int(text("faulter.txt")))
            + check_machine(text("swap.jsonl"), text("swap-summary.jsonl"),
                            counts(text("vmstat-before.txt")), counts(text("vmstat-after.txt")))
            + check_cgroup(text("memcg.jsonl"), text("memcg-summary.jsonl"),
                           counts(text("memory-stat-before.txt")), counts(text("memory-stat-after.txt")))
            + check_major(text("memcg-fault.jsonl"),
                          counts(text("memory-stat-before.txt")), counts(text("memory-stat-after.txt"))))
