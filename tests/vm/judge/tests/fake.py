# SPDX-License-Identifier: GPL-2.0-only
"""A small report in which everything is right, to be spoilt by the tests."""

import copy
import json

from judge import rows, truth

SECOND = 1_000_000_000
UNIT = 65536
TICK = truth.NS_PER_TICK


def process(start, pid, total, **more):
    row = {"type": "process", "start_ns": start * SECOND, "end_ns": (start + 1) * SECOND, "pid": pid,
           "start_time_ns": pid * TICK + 5, "comm": "charge", "cmdline": f"charge {pid}", "cgroup": "/x",
           "container": None, "cpu_time_ns": 1000, "rss_bytes": 4096, "total_bytes": total,
           "local_bytes": total // 2, "remote_bytes": total - total // 2, "min_flt": 1, "maj_flt": 0,
           "peak_bytes_per_s": total * 10, "llc_bytes_mean": 10, "llc_bytes_max": 100, "flags": []}
    row.update(more)
    return row


def domain(start, number, total, unattributed):
    return {"type": "domain", "start_ns": start * SECOND, "end_ns": (start + 1) * SECOND,
            "domain": number, "total_bytes": total, "local_bytes": total // 2,
            "unattributed_bytes": unattributed, "lost_bytes": 0}


def interval(start):
    return {"type": "interval", "start_ns": start * SECOND, "end_ns": (start + 1) * SECOND,
            "slots": 1000, "missed_ticks": 0, "lag_ns": 0, "events": 500, "lost_events": 0, "source": "module"}


def total(pid, value, intervals=2, **more):
    row = process(0, pid, value)
    row.update(type="process_total", end_ns=2 * SECOND, cpu_time_ns=1000 * intervals, min_flt=intervals)
    row.update(more)
    return row


def good_rows():
    """Two processes, two domains, two intervals; pid 7 moved nothing."""
    return [
        process(0, 1, 10 * UNIT), process(0, 2, 4 * UNIT),
        domain(0, 0, 12 * UNIT, 0), domain(0, 1, 4 * UNIT, 2 * UNIT), interval(0),
        process(1, 1, 6 * UNIT), process(1, 2, 2 * UNIT), process(1, 7, 0, llc_bytes_max=0),
        domain(1, 0, 6 * UNIT, 0), domain(1, 1, 2 * UNIT, 0), interval(1),
        total(1, 16 * UNIT), total(2, 6 * UNIT), total(7, 0, intervals=1, llc_bytes_max=0),
        {"type": "loss", "cpu": 0, "emitted": 600, "read": 600, "lost": 0, "ring_overrun": 0},
        {"type": "loss", "cpu": 1, "emitted": 400, "read": 400, "lost": 0, "ring_overrun": 0},
    ]


def good_truth_lines():
    return [
        {"pid": 1, "start_ticks": 1, "total": 16 * UNIT, "by": [
            {"domain": 0, "rmid": 3, "total": 16 * UNIT, "local": 8 * UNIT}]},
        {"pid": 2, "start_ticks": 2, "total": 8 * UNIT, "by": [
            {"domain": 0, "rmid": 4, "total": 2 * UNIT, "local": UNIT},
            {"domain": 1, "rmid": 4, "total": 4 * UNIT, "local": 2 * UNIT},
            {"domain": 1, "rmid": 0, "total": 2 * UNIT, "local": 0}]},
    ]


def good_truth():
    return truth.parse(json.dumps(line) for line in good_truth_lines())


def report_of(row_list):
    return rows.parse(json.dumps(row) + "\n" for row in row_list)


def spoilt(change):
    """The good report after change(rows); rows is a list of dicts."""
    row_list = copy.deepcopy(good_rows())
    change(row_list)
    return report_of(row_list)


def of_type(row_list, kind):
    return [row for row in row_list if row["type"] == kind]
