# SPDX-License-Identifier: GPL-2.0-only
"""Report rows: one JSON object a line."""

import json
from collections import defaultdict


class BadReport(Exception):
    """The report is not what a reader of it may rely on."""


# Every row of a type has at least these columns.
COLUMNS = {
    "process": ("start_ns", "end_ns", "pid", "start_time_ns", "comm", "total_bytes", "local_bytes"),
    "process_total": ("pid", "start_time_ns", "comm", "total_bytes", "local_bytes"),
    "container": ("start_ns", "end_ns", "container", "processes", "total_bytes", "local_bytes"),
    "cgroup": ("start_ns", "end_ns", "cgroup", "processes", "total_bytes", "local_bytes"),
    "domain": ("start_ns", "end_ns", "domain", "total_bytes", "local_bytes", "unattributed_bytes",
               "lost_bytes"),
    "soft": ("start_ns", "end_ns", "domain", "cpus", "total_bytes", "local_bytes", "llc_bytes_mean", "llc_bytes_max"),
    "interval": ("start_ns", "end_ns", "slots", "missed_ticks", "lag_ns", "events", "lost_events", "source"),
    "loss": ("cpu", "emitted", "read", "lost"),
    "fault": ("time_ns", "pid", "start_time_ns", "comm", "kind", "address", "ip", "latency_ns", "weight"),
    "oom": ("time_ns", "pid", "start_time_ns", "comm", "cgroup", "rss_bytes", "rss_anon_bytes", "rss_file_bytes",
            "rss_shmem_bytes", "swap_bytes", "constraint", "trigger_pid", "trigger_comm"),
    "reclaim": ("start_ns", "end_ns", "kswapd_wakes", "kswapd_scanned_pages", "kswapd_reclaimed_pages",
                "direct_stalls", "direct_ns", "direct_scanned_pages", "direct_reclaimed_pages",
                "cgroup_stalls", "cgroup_ns", "cgroup_scanned_pages", "cgroup_reclaimed_pages"),
    "self": ("start_ns", "end_ns", "cpu_time_ns", "rss_bytes", "map_bytes", "bpf_run_ns", "bpf_runs"),
    "self_program": ("start_ns", "end_ns", "group", "program", "run_ns", "runs"),
}


class Report:
    """The rows of one run, by type, in the order in which they were written."""

    def __init__(self, rows):
        self.by_type = defaultdict(list)
        for row in rows:
            self.by_type[row["type"]].append(row)

    @property
    def processes(self):
        return self.by_type["process"]

    @property
    def totals(self):
        return self.by_type["process_total"]

    @property
    def domains(self):
        return self.by_type["domain"]

    @property
    def softs(self):
        return self.by_type["soft"]

    @property
    def intervals(self):
        return self.by_type["interval"]

    @property
    def losses(self):
        return self.by_type["loss"]

    @property
    def ooms(self):
        return self.by_type["oom"]

    @property
    def reclaims(self):
        return self.by_type["reclaim"]

    @property
    def selves(self):
        return self.by_type["self"]

    def lost_anything(self):
        return any(row["lost_events"] for row in self.intervals) or any(row["lost"] for row in self.losses)


def identity(row):
    """A process: a pid alone is used again by others."""
    return row["pid"], row["start_time_ns"]


def span(row):
    return row["start_ns"], row["end_ns"]


def parse(lines, name="report"):
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.endswith("\n"):
            raise BadReport(f"{name}:{number}: the last line has no end: cut off")
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BadReport(f"{name}:{number}: not JSON ({error}): {line[:120]!r}") from error
        if not isinstance(row, dict) or "type" not in row:
            raise BadReport(f"{name}:{number}: a row without a type: {line[:120]!r}")
        missing = [column for column in COLUMNS.get(row["type"], ()) if column not in row]
        if missing:
            raise BadReport(f"{name}:{number}: a {row['type']} row without {', '.join(missing)}")
        rows.append(row)
    if not rows:
        raise BadReport(f"{name}: not one row")
    return Report(rows)


def load(path):
    # newline="\n": a carriage return would be part of the row, and wrong.
    with open(path, encoding="utf-8", newline="\n") as file:
        return parse(file, str(path))
