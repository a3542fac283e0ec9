# SPDX-License-Identifier: GPL-2.0-only
"""OOM kills, reclaim and swapped pages by eBPF, held against the kernel's log and /proc/vmstat."""

import re

KILLED = re.compile(r"(?P<memcg>Memory cgroup out|Out) of memory: Killed process (?P<pid>\d+) \((?P<comm>.*)\) .*"
                    r"anon-rss:(?P<anon>\d+)kB, file-rss:(?P<file>\d+)kB, shmem-rss:(?P<shmem>\d+)kB.*"
                    r"oom_score_adj:(?P<adj>-?\d+)")


def check_ebpf_events(report, before, after, end, log, kills, swapping=True):
    """before, after, end: lines of /proc/vmstat around the work, and when the collector had ended, which may
    itself read pages back from swap. log: of the kernel. kills: how many by which constraint at least."""
    grew, until_end = growth(before, after), growth(before, end)
    return check_kills(report, log, kills) + check_reclaim(report, grew, until_end) + \
        (check_swap(report, grew, until_end) if swapping else [])


def growth(before, after):
    first, last = ({name: int(value) for name, value in (line.split() for line in lines)} for lines in (before, after))
    return {name: value - first.get(name, 0) for name, value in last.items()}


def check_kills(report, log, kills):
    complaints = []
    said = [match for match in map(KILLED.search, log) if match]
    rows = {row["pid"]: row for row in report.ooms}
    if len(said) != len(report.ooms):
        complaints.append(f"the kernel's log has {len(said)} kills, the report {len(report.ooms)}")
    # The log leaves out what is in each CPU's part of a per-CPU counter; the row does, where it can, not.
    parts = 64 * 4096 * 2
    for match in said:
        pid = int(match["pid"])
        row = rows.get(pid)
        if row is None:
            complaints.append(f"the kill of {match['comm']}[{pid}] has no row")
            continue
        complaints += [f"kill of {pid}: rss_{part}_bytes {row[f'rss_{part}_bytes']}, by the kernel's log {match[part]} KiB"
                       for part in ("anon", "file", "shmem")
                       if row[f"rss_{part}_bytes"] is None
                       or abs(row[f"rss_{part}_bytes"] - int(match[part]) * 1024) > parts]
        true = {"comm": match["comm"], "oom_score_adj": int(match["adj"]), "constraint": "cgroup" if match["memcg"] != "Out" else "host"}
        complaints += [f"kill of {pid}: {column} {row.get(column)!r}, by the kernel's log {value!r}"
                       for column, value in true.items() if row.get(column) != value]
        if not any((total["pid"], total["start_time_ns"]) == (pid, row["start_time_ns"]) for total in report.totals):
            complaints.append(f"kill of {pid}: no process of that start time ended")
    for constraint, least in kills.items():
        found = sum(row["constraint"] == constraint for row in report.ooms)
        if found < least:
            complaints.append(f"{found} kills with constraint {constraint}, the scenario makes {least}")
    return complaints


def check_reclaim(report, grew, until_end):
    if not report.reclaims:
        return ["no reclaim row"]
    total = {column: sum(row[column] or 0 for row in report.reclaims)
             for column in report.reclaims[0] if column.endswith(("_pages", "_stalls", "_wakes", "_ns"))}
    complaints = []
    # What the kernel counts at the very same places.
    for column, name in (("kswapd_wakes", "pageoutrun"), ("kswapd_reclaimed_pages", "pgsteal_kswapd")):
        if not grew[name] <= total[column] <= until_end[name]:
            complaints.append(f"{column} add up to {total[column]}, {name} grew by {grew[name]}, "
                              f"to the end {until_end[name]}")
    # A batch in which nothing could be taken is scanned and not traced; slab pages are freed, too. The
    # multi-generational LRU traces also what it sorts, which counts as refilled, and a batch tried again twice.
    for column, name in (("kswapd_scanned_pages", "pgscan_kswapd"), ("direct_scanned_pages", "pgscan_direct")):
        most = 2 * (until_end[name] + until_end.get("pgrefill", 0))
        if not 0.9 * grew[name] <= total[column] <= most:
            complaints.append(f"{column} add up to {total[column]}, {name} grew by {grew[name]}, at most {most}")
    if total["direct_reclaimed_pages"] < grew["pgsteal_direct"]:
        complaints.append(f"direct_reclaimed_pages add up to {total['direct_reclaimed_pages']}, "
                          f"pgsteal_direct grew by {grew['pgsteal_direct']}")
    stalls, stalls_to_end = (sum(value for name, value in counts.items() if name.startswith("allocstall"))
                             for counts in (grew, until_end))
    # The kernel counts one that is tried again twice.
    if not (stalls > 0) == (total["direct_stalls"] > 0) or total["direct_stalls"] > stalls_to_end:
        complaints.append(f"direct_stalls add up to {total['direct_stalls']}, allocstall grew by {stalls}")
    for kind in ("direct", "cgroup"):
        if not total[f"{kind}_stalls"] or not total[f"{kind}_ns"]:
            complaints.append(f"no stall of kind {kind}: the scenario makes them")
    # An interval's row has what was added in it: of all processes and of the machine it is the same.
    own = sum(row["reclaim_stalls"] or 0 for row in report.totals)
    if own != total["direct_stalls"] + total["cgroup_stalls"]:
        complaints.append(f"processes have {own} stalls, the machine {total}")
    return complaints


def check_swap(report, grew, until_end):
    complaints = []
    for column, name in (("swapin_pages", "pswpin"), ("swapout_pages", "pswpout")):
        said = sum(row[column] or 0 for row in report.totals)
        if not grew[name]:
            complaints.append(f"{name} did not grow: the scenario swaps")
        if not grew[name] <= said <= until_end[name]:
            complaints.append(f"{column} of all processes are {said}, {name} grew by {grew[name]}, "
                              f"to the end {until_end[name]}")
    return complaints
