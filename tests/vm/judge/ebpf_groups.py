# SPDX-License-Identifier: GPL-2.0-only
"""The opt-in groups of columns by eBPF, held against the columns that all rows
have and against what processes say of themselves (workload/toucher.c)."""

import json

# What is in each CPU's part of a counter and not in its sum, in the kernel's own figure (VmHWM):
# 32 pages of three counters on 2 CPUs; before 6.2 64 pages of a thread.
BATCH_BYTES = 3 * 2 * 32 * 4096
# To its end, after its last look at itself.
EXIT_FAULTS = 200


def check_faults(report):
    """By the handler's end a fault is one that the kernel counts: of processes that began and ended
    while all was attached, there are as many."""
    complaints = []
    first = report.intervals[0]["start_ns"] if report.intervals else 0
    whole = [row for row in report.totals if "exited" in row["flags"] and row["start_time_ns"] > first]
    if not whole:
        complaints.append("no process began and ended in the run")
    for row in whole:
        name = f"{row['comm']}[{row['pid']}]"
        if row["faults_user"] is None or row["fault_ns"] is None:
            complaints.append(f"{name}: no faults_user or no fault_ns where this kernel has both")
            continue
        counted, true = row["faults_user"] + row["faults_kernel"], row["min_flt"] + row["maj_flt"]
        if counted != true:
            complaints.append(f"{name}: {counted} faults, min_flt + maj_flt is {true}")
        if counted and not row["fault_ns"] / counted <= row["fault_max_ns"] <= row["fault_ns"]:
            complaints.append(f"{name}: {counted} faults of {row['fault_ns']} ns in all, the longest "
                              f"{row['fault_max_ns']} ns")
    return complaints


def check_toucher(report, said):
    name = f"toucher[{said['pid']}]"
    total = next((row for row in report.totals if row["pid"] == said["pid"]), None)
    if total is None:
        return [f"{name} has no total row"]
    complaints = []
    if abs(total["rss_peak_bytes"] - said["most_bytes"]) > BATCH_BYTES:
        complaints.append(f"{name}: rss_peak_bytes {total['rss_peak_bytes']}, by itself {said['most_bytes']}")
    true = said["minflt"] + said["majflt"]
    counted = total["faults_user"] + total["faults_kernel"]
    if not true <= counted <= true + EXIT_FAULTS:
        complaints.append(f"{name}: {counted} faults, by itself {true}")
    # Handling them is most of what it did as it touched its pages; all others are few beside.
    if not said["touch_ns"] // 4 <= total["fault_ns"]:
        complaints.append(f"{name}: {total['fault_ns']} ns in faults, touching took {said['touch_ns']} ns")
    inside = [row for row in report.by_type["fault"] if row["pid"] == said["pid"]
              and said["begin"] <= int(row["address"], 16) < said["end"]]
    latencies = sum(row["latency_ns"] for row in inside)
    if not inside or latencies > said["touch_ns"]:
        complaints.append(f"{name}: {len(inside)} rows of its pages, {latencies} ns of {said['touch_ns']} ns")
    standing = sum(row["weight"] for row in inside)
    if abs(standing - said["pages"]) > said["pages"] // 4:
        complaints.append(f"{name}: rows of its {said['pages']} pages stand for {standing}")
    for row in inside:
        if row["kind"] != "user" or row["ip"] is None or not 0 < row["latency_ns"] <= total["fault_max_ns"]:
            complaints.append(f"{name}: a fault row is wrong: {row}")
    return complaints


def check_ebpf_groups(report, lines, processes):
    said = [json.loads(line) for line in lines]
    complaints = check_faults(report)
    if len(said) < processes:
        complaints.append(f"{len(said)} processes told the truth, the scenario needs {processes}")
    for one in said:
        complaints += check_toucher(report, one)
    return complaints
