# SPDX-License-Identifier: GPL-2.0-only
"""Which processes `compress sample` takes of a cgroup, and what it says of others' processes to a user that is not
root: each sample left its rows, what was said and its status."""

import json
import os
from collections import namedtuple

Sample = namedtuple("Sample", "rows said status")

# --cgroup, and whose processes those are; nobody's processes are in none of these.
OF_CGROUP = {
    "cgroup-outer": {"outer", "inner", "deep"},
    "cgroup-outer-inner": {"inner", "deep"},
    "cgroup-outer-inner-deep": {"deep"},
    "cgroup-outermost": {"beside"},
    "cgroup-moved": {"outer", "inner"},
    "cgroup-both": {"outer", "inner"},
}
BOTH = ("CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH")
# Whose process, whether coldness is known, and what coldness_source says.
SAMPLED = {
    "own": ("own", True, "soft-dirty"),
    "own-clear-refs": ("own", True, "clear_refs"),
    "own-idle": ("own", False, "no idle page tracking: it takes"),
    "roots-both-none": ("outer", False, "not asked for"),
    "roots-both-auto": ("outer", False, "clear_refs: Permission denied; its owner and root may"),
    "roots-both-clear-refs": ("outer", False, "clear_refs: Permission denied; its owner and root may"),
    "roots-both-damon": ("outer", False, "no DAMON: it takes"),
}
REFUSED = ("roots-none", "roots-ptrace", "roots-read")
# Half of its pages and a few of its own are of one word each.
LEAST_PAGES, SAME_FILLED = 128, (0.4, 0.55)


def odd_figures(name, row):
    low, high = SAME_FILLED
    if row["not_sampled"] or row["sampled_pages"] < LEAST_PAGES or not low <= row["same_filled_share"] <= high:
        yield (f"{name}: {row['sampled_pages']} pages of process {row['pid']}, same-filled {row['same_filled_share']}, "
               f"{row['not_sampled']}")


def check_cgroup(name, sample, wanted):
    complaints = [line for row in sample.rows for line in odd_figures(name, row)]
    pids = sorted(row["pid"] for row in sample.rows)
    if sample.status != 0 or pids != sorted(wanted) or sample.said:
        complaints.append(f"{name}: status {sample.status}, processes {pids}, not {sorted(wanted)}: {sample.said}")
    return complaints


def check_sampled(name, sample, pid, known, source):
    if sample.status != 0 or [row["pid"] for row in sample.rows] != [pid]:
        return [f"{name}: status {sample.status}, {len(sample.rows)} rows: {sample.said}"]
    row = sample.rows[0]
    complaints = list(odd_figures(name, row))
    if (row["cold_share"] is not None) != known or source not in row["coldness_source"]:
        complaints.append(f"{name}: cold share {row['cold_share']} by {row['coldness_source']}")
    return complaints


def check_refused(name, sample, remedy):
    complaints = []
    if sample.status != 1 or any(word not in sample.said for word in remedy) or "\n" in sample.said.strip():
        complaints.append(f"{name}: status {sample.status}: {sample.said}")
    for row in sample.rows:
        if not row["not_sampled"] or row["sampled_pages"] or row["cold_share"] is not None or row["settings"] or \
                row["same_filled_share"] is not None or row["resident_pages"] is not None:
            complaints.append(f"{name}: process {row['pid']} has figures: {row}")
    return complaints


def check_compress_rights(run):
    def text(name):
        with open(run.path(name), encoding="utf-8") as file:
            return file.read()

    def sample(name):
        return Sample([json.loads(line) for line in text(name + ".jsonl").splitlines()], text(name + ".log"),
                      int(text(name + ".status")))

    pids = {name: int(text("pids/" + name)) for name in os.listdir(run.path("pids"))}
    complaints = []
    for name, wanted in OF_CGROUP.items():
        complaints += check_cgroup(name, sample(name), {pids[of] for of in wanted})
    for name, (whose, known, source) in SAMPLED.items():
        complaints += check_sampled(name, sample(name), pids[whose], known, source)
    for name in REFUSED:
        complaints += check_refused(name, sample(name), BOTH)
    complaints += check_refused("cgroup-refused", sample("cgroup-refused"), ("2 processes", *BOTH))
    complaints += check_refused("cgroup-none", sample("cgroup-none"), ("'/oute'", "/proc/PID/cgroup"))
    return complaints
