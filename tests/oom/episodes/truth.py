# SPDX-License-Identifier: GPL-2.0-only
"""What the workload says it did, and whether a recording can be relied on."""

import json
import lzma
import os


def read_lines(path):
    opened = lzma.open(path, "rt", encoding="utf-8") if path.endswith(".xz") else open(path, encoding="utf-8")
    with opened as file:
        return [json.loads(line) for line in file]


def check_recording(boot, out):
    """Complaints; none: every episode ran to its end, was reaped, and left no cgroup."""
    truth = {line["episode"]: line for line in read_lines(os.path.join(out, "truth.jsonl"))}
    complaints = []
    for episode in boot.episodes:
        line = truth.pop(episode.name, None)
        if not line:
            complaints.append(f"{episode.name} left no line of truth")
            continue
        if line["failed"]:
            complaints.append(f"{episode.name}: {line['failed']} processes failed")
        if bool(line["oom_kills"]) != bool(line["victims"]):
            complaints.append(f"{episode.name}: memory.events says {line['oom_kills']} kills, "
                              f"{len(line['victims'])} processes were reaped as killed")
        if line["oom_kills"] == 0 and line["reaped"] < line["started"]:
            complaints.append(f"{episode.name}: started {line['started']}, reaped {line['reaped']}")
    complaints += [f"{name} was not asked for" for name in truth]
    with open(os.path.join(out, "left"), encoding="utf-8") as file:
        complaints += [f"left behind: {line.strip()}" for line in file]
    return complaints
