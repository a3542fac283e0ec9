# SPDX-License-Identifier: GPL-2.0-only
"""Invariant 1: what a process is shown is what it moved, to one counter unit
per ownership of an RMID in a domain."""

from .rows import identity


def reported_totals(report):
    """Per process of the report, the row over its whole life."""
    return {identity(row): row for row in report.totals}


def check_exactness(report, truth, unit_bytes, ownerships_factor=1, whole_units=False, missing=()):
    """ownerships_factor: where a process may own the same RMID more than once
    in a domain (few RMIDs, long life), how often at most.
    whole_units: every charge was a multiple of the unit, so nothing is rounded
    and not a byte may be missing.
    missing: columns of counters that the machine lacks: null in every row."""
    if whole_units:
        unit_bytes = 0
    complaints = [f"{row['type']} row has {column} {row[column]}, and the machine no counter for it"
                  for row in report.processes + report.totals + report.domains for column in missing
                  if row[column] is not None]
    rows = {}
    for row in report.totals:
        process = truth.of(row)
        if process is not None:
            rows.setdefault((process.pid, process.start_ticks), []).append(row)

    for process in truth:
        name = f"{process.comm}[{process.pid}]"
        allowed = unit_bytes * process.ownerships() * ownerships_factor
        found = rows.get((process.pid, process.start_ticks), [])
        if len(found) > 1:
            complaints.append(f"{name}: {len(found)} total rows start in the tick {process.start_ticks}")
            continue
        if not found:
            if process.owned() > allowed:
                complaints.append(f"{name} moved {process.owned()} bytes and has no total row")
            continue
        for column, index in (("total_bytes", 0), ("local_bytes", 1)):
            shown, true = found[0][column], process.owned(index)
            if column in missing:
                continue
            if shown is None and not process.ownerships() and "no_rmid" in found[0]["flags"]:
                continue  # never measured, and nothing claimed
            if shown is None:
                complaints.append(f"{name}: {column} is null; it moved {true}")
            elif abs(shown - true) > allowed:
                complaints.append(f"{name}: {column} {shown}, it moved {true} ({shown - true:+}, "
                                  f"allowed {allowed})")
    return complaints


def check_unattributed(report, truth, unit_bytes, ownerships_factor=1, whole_units=False):
    """What was moved without an RMID is in unattributed, and nothing else is."""
    if whole_units:
        unit_bytes = 0
    shown = sum(row["unattributed_bytes"] or 0 for row in report.domains)
    true = sum(process.unowned() for process in truth)
    domains = {row["domain"] for row in report.domains}
    # Each ownership may leave a part of a unit behind, RMID 0 one per domain.
    allowed = unit_bytes * (len(domains) + ownerships_factor * sum(p.ownerships() for p in truth))
    if abs(shown - true) > allowed:
        return [f"unattributed is {shown} bytes, {true} were moved without an RMID ({shown - true:+}, "
                f"allowed {allowed})"]
    return []


def check_everything_counted(report, truth, unit_bytes, whole_units=False):
    """The domains' totals are the truth of all processes together: the run
    covered the whole workload."""
    if whole_units:
        unit_bytes = 0
    shown = sum(row["total_bytes"] or 0 for row in report.domains)
    true = sum(process.owned() + process.unowned() for process in truth)
    cells = {(domain, rmid) for process in truth for (domain, rmid) in process.cells}
    allowed = unit_bytes * max(1, len(cells))
    if abs(shown - true) > allowed:
        return [f"the domains moved {shown} bytes, the workload {true} ({shown - true:+}, allowed {allowed})"]
    return []
