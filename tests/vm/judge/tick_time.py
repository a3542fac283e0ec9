# SPDX-License-Identifier: GPL-2.0-only
"""How long ticks keep interrupts off, by their own account, where the clock counts instructions."""

import re

KINDS = {"reading": "counters read, no event but the tick's", "rdt": "and an rdt_sample each",
         "all": "all events"}
# A select-and-read pair for occupancy, total and local.
PAIRS = 3


def durations(path, rmids):
    """Of the ticks that read so many RMIDs."""
    found = []
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            values = {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line)}
            if values.get("sample", 0) >= PAIRS * rmids:
                found.append(values["duration"])
    return sorted(found)


def percentile(ordered, share):
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def check_tick_time(run, rmids, ticks=50, max_ns=None):
    """Ticks with so many active RMIDs took no longer than max_ns says, by kind; says what they took."""
    complaints = []
    for kind, what in KINDS.items():
        ordered = durations(run.path(f"ticks-{kind}.txt"), rmids)
        if len(ordered) < ticks:
            complaints.append(f"{what}: {len(ordered)} ticks read {rmids} RMIDs, {ticks} at least are to be judged")
            continue
        print(f"# {what}: {len(ordered)} ticks of {rmids} RMIDs, median {percentile(ordered, 0.5)} ns, "
              f"p99 {percentile(ordered, 0.99)} ns, max {ordered[-1]} ns")
        limit = (max_ns or {}).get(kind)
        if limit is not None and ordered[-1] > limit:
            complaints.append(f"{what}: a tick took {ordered[-1]} ns, at most {limit} are allowed")
    return complaints
