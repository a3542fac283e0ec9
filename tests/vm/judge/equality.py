# SPDX-License-Identifier: GPL-2.0-only
"""Invariant 6: `run` and `report` of the same events write the same rows."""

from .rows import identity, span

# What only a live /proc knows.
LIVE_ONLY = ("cmdline", "cgroup", "container")
# Of the reader, not of the events.
READER_ONLY = ("source", "notes", "reason")


def key_of(row):
    kind = row["type"]
    if kind == "process":
        return kind, span(row), identity(row)
    if kind == "process_total":
        return kind, identity(row)
    if kind == "domain":
        return kind, span(row), row["domain"]
    if kind == "interval":
        return kind, span(row)
    return kind, row.get("cpu")


def check_equal(run, report, ignore=()):
    complaints = []
    kinds = ("process", "process_total", "domain", "interval")
    ours, theirs = ({key_of(row): row for kind in kinds for row in side.by_type[kind]}
                    for side in (run, report))
    if not ours:
        complaints.append("run wrote no rows")
    for key in sorted(set(ours) ^ set(theirs), key=repr):
        complaints.append(f"only {'run' if key in ours else 'report'} has the row {key}")
    for key in sorted(set(ours) & set(theirs), key=repr):
        live, recorded = ours[key], theirs[key]
        for column in sorted(set(live) | set(recorded)):
            if column in READER_ONLY or column in ignore:
                continue
            if column in LIVE_ONLY:
                if recorded.get(column) is not None:
                    complaints.append(f"{key}: report says {column} {recorded[column]!r}, "
                                      f"which a recording cannot know")
            elif live.get(column, ...) != recorded.get(column, ...):
                complaints.append(f"{key}: {column} is {live.get(column, 'absent')} in run, "
                                  f"{recorded.get(column, 'absent')} in report")
    return complaints
