# SPDX-License-Identifier: GPL-2.0-only
"""Rows by container or cgroup, held against what the processes in each say of themselves."""

import json

from .ebpf import EXIT_FAULTS, EXIT_NS, TICK_NS

# Of each group: the shell that started the others.
SILENT = 1


def check_groups(report, kind, truth):
    """kind: container or cgroup. truth: by its name the lines of its processes."""
    complaints = []
    groups = {}
    for row in report.by_type[kind]:
        groups.setdefault(row[kind], []).append(row)
    for name, lines in truth.items():
        rows, said = groups.get(name), [json.loads(line) for line in lines]
        if not said:
            complaints.append(f"{kind} {name}: no process told the truth")
            continue
        if not rows:
            complaints.append(f"no row of {kind} {name}")
            continue
        for column, key, below, above in (("cpu_time_ns", "cpu_ns", TICK_NS, EXIT_NS),
                                          ("min_flt", "minflt", 0, EXIT_FAULTS)):
            shown, true = sum(row[column] or 0 for row in rows), sum(one[key] for one in said)
            if not true - below * len(said) <= shown <= true + above * len(said):
                complaints.append(f"{kind} {name}: {column} {shown}, by its {len(said)} processes {true}")
        most = max(row["processes"] for row in rows)
        if not len(said) <= most <= len(said) + SILENT:
            complaints.append(f"{kind} {name}: {most} processes at a time at most, {len(said)} told the truth")
        if not any(row["rss_bytes"] for row in rows):
            complaints.append(f"{kind} {name}: no memory in any interval")
    if report.processes or report.totals:
        complaints.append(f"rows of processes in a report by {kind}")
    return complaints
