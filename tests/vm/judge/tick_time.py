# SPDX-License-Identifier: GPL-2.0-only
"""How long ticks keep interrupts off, by their own account, where the clock counts instructions."""

import re

KINDS = {"reading": "no event but the tick's", "rdt": "and rdt_sample, domain_sample", "all": "all events",
         "unlimited": "all events, no budget"}
# A select-and-read pair for occupancy, total and local.
PAIRS = 3


def ticks_of(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return [{key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line)} for line in file]


def percentile(ordered, share):
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def figures(found, column):
    ordered = sorted(tick[column] for tick in found)
    p99 = percentile(ordered, 0.99)
    return f"median {percentile(ordered, 0.5)}, p99 {p99}, max {ordered[-1]} ns", p99, ordered[-1]


def check_lag(report, least_ns):
    """Some tick was as far behind: else nothing of what that brings was tried."""
    most = max((row["lag_ns"] for row in report.intervals), default=0)
    print(f"# readings up to {most / 1e6:.0f} ms late")
    return [] if most >= least_ns else [f"readings were up to {most} ns late, {least_ns} at least were to be provoked"]


def check_tick_time(run, rmids, ticks=50, tick_event_ns=0, p99_ns=None, max_ns=None):
    """With so many active RMIDs ticks kept interrupts off no longer than p99_ns and max_ns say, by
    kind and column, and yet came round to every RMID; says what they took. A tick's duration_ns ends
    before its own event, which takes tick_event_ns."""
    complaints = []
    for kind, what in KINDS.items():
        found = ticks_of(run.path(f"ticks-{kind}.txt"))
        if len(found) < ticks:
            complaints.append(f"{what}: {len(found)} ticks, {ticks} at least are to be judged")
            continue
        reads = sum(tick["sample"] for tick in found)
        print(f"# {what}: {len(found)} ticks, in each {reads / PAIRS / len(found):.1f} RMIDs read")
        if reads < PAIRS * rmids:
            complaints.append(f"{what}: {reads} counters read, {PAIRS} of {rmids} RMIDs would be {PAIRS * rmids}")
        for column, own in (("duration", tick_event_ns), ("reading", 0)):
            said, p99, most = figures(found, column)
            print(f"#   {column}: {said}" + (f", and {own} for the tick's event" if own else ""))
            for name, value, limits in (("p99", p99, p99_ns), ("longest", most, max_ns)):
                limit = (limits or {}).get(kind, {}).get(column)
                if limit is not None and value + own > limit:
                    complaints.append(f"{what}: {name} {column} of a tick is {value + own} ns, "
                                      f"at most {limit} are allowed")
    return complaints
