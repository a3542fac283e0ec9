# SPDX-License-Identifier: GPL-2.0-only
"""Invariant 6: `run` and `report` of the same events write the same rows."""

from .rows import identity, span

# What only a live /proc knows.
LIVE_ONLY = ("cmdline", "cgroup", "container", "container_name", "container_runtime", "pod", "unit", "ns_pid")
# Of the reader, not of the events.
READER_ONLY = ("source", "notes", "reason")
# A CPU's ticks count what it missed until then. Of what it missed before the first that `run`
# reads, who recorded from earlier on knows how much was in an interval, and `run` does not. All
# CPUs have ticked, or sleep, so long after it began.
FIRST_TICKS_NS = 1_000_000_000


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


def rows_in(report, spans):
    """By key, the rows of these intervals."""
    return {key_of(row): row for kind in ("process", "domain", "interval") for row in report.by_type[kind]
            if span(row) in spans}


def whole_lives(report, begin):
    """By key, the totals of processes that began after this time and ended in the report."""
    return {key_of(row): row for row in report.totals
            if row["start_time_ns"] >= begin and "exited" in row["flags"]}


def differences(key, live, recorded, ignored):
    for column in sorted((set(live) | set(recorded)) - set(ignored)):
        if column in LIVE_ONLY:
            if recorded.get(column) is not None:
                yield (f"{key}: report says {column} {recorded[column]!r}, which a recording cannot know")
        elif live.get(column, ...) != recorded.get(column, ...):
            yield (f"{key}: {column} is {live.get(column, 'absent')} in run, "
                   f"{recorded.get(column, 'absent')} in report")


def check_equal(run, report, ignore=(), spans=3, lives=1, intervals=True):
    """Run and recording do not begin and end at the same instant. So what is
    compared is every row of the intervals that both have (at least `spans` of
    them), and the totals of processes that lived within both (at least
    `lives`). Without `intervals` the totals alone: a tick later than `run`
    waits for one is in its next interval, and in `report` where it belongs."""
    complaints = []
    common = {span(row) for row in run.intervals} & {span(row) for row in report.intervals}
    if len(common) < spans:
        complaints.append(f"{len(common)} intervals are in run and report, {spans} are needed to compare")
    begin = max(min((row["start_ns"] for row in side.intervals), default=0) for side in (run, report))
    pairs = (rows_in(run, common), rows_in(report, common)), (whole_lives(run, begin), whole_lives(report, begin))
    if len(set(pairs[1][0]) & set(pairs[1][1])) < lives:
        complaints.append(f"fewer than {lives} processes lived in both run and report")
    settled = min((row["start_ns"] for row in run.intervals), default=0) + FIRST_TICKS_NS
    for ours, theirs in pairs if intervals else pairs[1:]:
        for key in sorted(set(ours) ^ set(theirs), key=repr):
            complaints.append(f"only {'run' if key in ours else 'report'} has the row {key}")
        for key in sorted(set(ours) & set(theirs), key=repr):
            # A total row spans what was reported, not what was lived.
            unequal = ("start_ns", "end_ns") if key[0] == "process_total" else ()
            if key[0] == "interval" and ours[key]["start_ns"] < settled:
                unequal = ("missed_ticks",)
            complaints += differences(key, ours[key], theirs[key], (*READER_ONLY, *unequal, *ignore))
    return complaints
