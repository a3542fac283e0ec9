# SPDX-License-Identifier: GPL-2.0-only
"""Invariant 4: nobody is shown another's bytes, nothing runs backwards."""

from collections import defaultdict

from .rows import identity, span

# Sums over intervals must give the total row.
ADDITIVE = ("total_bytes", "local_bytes", "remote_bytes", "cpu_time_ns", "min_flt", "maj_flt")


def name_of(row):
    return f"{row['comm']}[{row['pid']}]"


def check_forward(report, rounding_bytes=0):
    """No value runs backwards: an increment below 0 is a total that shrank.
    rounding_bytes: by how much the rounding of two counters lets local exceed
    total; remote is 0 then."""
    complaints = []
    for row in report.processes + report.totals:
        for column in ADDITIVE:
            value = row.get(column)
            if value is not None and value < 0:
                complaints.append(f"{name_of(row)}: {row['type']} row has {column} {value}")
        total, local, remote = (row.get(key) for key in ("total_bytes", "local_bytes", "remote_bytes"))
        if None in (total, local, remote):
            continue
        if remote != max(total - local, 0) or local > total + rounding_bytes:
            complaints.append(f"{name_of(row)}: local {local} + remote {remote} != total {total}")

    seen = set()
    for row in report.processes:
        key = identity(row), span(row)
        if key in seen:
            complaints.append(f"{name_of(row)}: two rows in interval {span(row)}")
        seen.add(key)
    return complaints


def check_totals(report, rounded=False):
    """A process's intervals add up to its total row, of which there is one.
    rounded: remote is a difference of rounded figures, and does not add up."""
    complaints = []
    sums = defaultdict(lambda: defaultdict(int))
    null = set()
    for row in report.processes:
        for column in ADDITIVE:
            if row.get(column) is None:
                null.add((identity(row), column))
            else:
                sums[identity(row)][column] += row[column]
    seen = set()
    for row in report.totals:
        if identity(row) in seen:
            complaints.append(f"{name_of(row)}: more than one total row")
        seen.add(identity(row))
        for column in ADDITIVE:
            value = row.get(column)
            if rounded and column == "remote_bytes":
                continue
            if value is None or (identity(row), column) in null:
                continue
            if value != sums[identity(row)][column]:
                complaints.append(f"{name_of(row)}: intervals sum up to {column} "
                                  f"{sums[identity(row)][column]}, its total row says {value}")
    for key in sums:
        if key not in seen:
            complaints.append(f"process {key} has interval rows and no total row")
    return complaints


def check_strangers(report, truth):
    """A process that moved nothing is shown nothing, neither bytes nor cache."""
    complaints = []
    for row in report.totals:
        if truth.of(row) is None and row["total_bytes"]:
            complaints.append(f"{name_of(row)} moved nothing and is shown {row['total_bytes']} bytes")
    for row in report.processes:
        if truth.of(row) is None and row.get("llc_bytes_max"):
            complaints.append(f"{name_of(row)} moved nothing and is shown {row['llc_bytes_max']} bytes "
                              f"of cache in {span(row)}")
    return complaints


def check_peaks(report, slot_ns=1_000_000):
    """A peak is some slot's rate: no less than the mean, no more than all bytes in one slot.
    A sample after missed ticks, or ticks that left something to the next, speaks of them too, also of those before the interval, and
    one after lost events of all since the last that was read: then there is no mean."""
    complaints = []
    missed_ns = {span(row): row["missed_ticks"] * slot_ns + row["lag_ns"] for row in report.intervals}
    for row in report.processes:
        if not row.get("total_bytes"):
            continue
        mean = row["total_bytes"] * 1e9 / (row["end_ns"] - row["start_ns"] + missed_ns.get(span(row), 0))
        most = row["total_bytes"] * 1e9 / slot_ns
        if report.lost_anything():
            mean = 0
        if not mean - 1 <= row["peak_bytes_per_s"] <= most + 1:
            complaints.append(f"{name_of(row)} in {span(row)}: peak {row['peak_bytes_per_s']} is not between "
                              f"mean {mean:.0f} and all in one slot {most:.0f}")
    return complaints


def check_cache(report, cache_bytes):
    """Nobody holds more than the cache, and all together hold no more either."""
    complaints = []
    for row in report.processes:
        value = row.get("llc_bytes_max")
        if value is not None and not 0 <= value <= cache_bytes:
            complaints.append(f"{name_of(row)}: {value} bytes of a cache of {cache_bytes} in {span(row)}")
    return complaints
