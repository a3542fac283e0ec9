# SPDX-License-Identifier: GPL-2.0-only
"""Invariant 2: processes + unattributed = domain total, in every interval."""

from collections import defaultdict

from .rows import span


def check_conservation(report, rounding_bytes=0):
    """rounding_bytes: by how much local may exceed total in a domain, where both are rounded to
    units that began at different counts.

    lost_bytes is the part of unattributed_bytes that lost events hide; both may be below 0
    where a later cumulative count brings back what a lost one had said."""
    complaints = []
    processes = defaultdict(int)
    totals = defaultdict(int)
    unattributed = defaultdict(int)
    for row in report.processes:
        processes[span(row)] += row["total_bytes"] or 0
    for row in report.domains:
        name = f"domain {row['domain']} in {span(row)}"
        total, local = row["total_bytes"], row["local_bytes"]
        if total is None:
            continue
        totals[span(row)] += total
        unattributed[span(row)] += row["unattributed_bytes"]
        if total < 0 or (local is not None and not 0 <= local <= total + rounding_bytes):
            complaints.append(f"{name}: local {local} of total {total}")
        if not report.lost_anything():
            if row["lost_bytes"]:
                complaints.append(f"{name}: lost_bytes {row['lost_bytes']}, yet no event was lost")
            if row["unattributed_bytes"] < 0:
                complaints.append(f"{name}: unattributed_bytes {row['unattributed_bytes']}, "
                                  f"yet no event was lost")

    spans = {span(row) for row in report.intervals}
    for key in sorted(set(processes) | set(totals)):
        if key not in spans:
            complaints.append(f"rows in {key}, which is no interval of the report")
        said = processes[key] + unattributed[key]
        if said != totals[key]:
            complaints.append(f"interval {key}: processes {processes[key]} + unattributed "
                              f"{unattributed[key]} = {said}, the domains say {totals[key]} "
                              f"({said - totals[key]:+})")
    if not any(totals.values()):
        complaints.append("no domain moved a byte: nothing was measured")
    return complaints


def check_intervals(report):
    """Intervals follow each other without a gap and without an overlap."""
    complaints = []
    if not report.intervals:
        return ["the report has no interval"]
    previous = None
    for row in report.intervals:
        if row["end_ns"] <= row["start_ns"]:
            complaints.append(f"interval {span(row)} does not go forward")
        if previous is not None and row["start_ns"] != previous:
            complaints.append(f"interval {span(row)} begins {row['start_ns'] - previous:+} ns "
                              f"after the end of the one before")
        previous = row["end_ns"]
    return complaints
