# SPDX-License-Identifier: GPL-2.0-only
"""Recorded episodes as runs: features by the program's own replay, truth by the workload, kills by the recording."""

import json
import lzma
import os
import shutil
import subprocess
import tempfile

import numpy

from . import trace, truth
from .alarms import Run

CGROUPS = "/oom/"


class DataError(Exception):
    pass


def replay(program, path, *options):
    """The program's rows of a recording."""
    with tempfile.NamedTemporaryFile(prefix="memory-collector-oom.") as plain:
        opened = lzma.open(path, "rb") if path.endswith(".xz") else open(path, "rb")
        with opened as packed:
            shutil.copyfileobj(packed, plain)
        plain.flush()
        answer = subprocess.run([program, "oom", "--replay", plain.name, *options], capture_output=True, text=True,
                                check=False)
    if answer.returncode:
        raise DataError(f"{program} oom --replay {path} ended with {answer.returncode}: {answer.stderr.strip()}")
    return [json.loads(line) for line in answer.stdout.splitlines()]


def forecasts_of(program, path, *options):
    """target -> the forecast rows of all its samples, in order."""
    apart = {}
    for row in replay(program, path, "--format", "jsonl", "--report-every", "100ms", *options):
        if row["type"] == "oom_forecast" and row["target"].startswith(CGROUPS):
            apart.setdefault(row["target"], []).append(row)
    return apart


def features_of(program, path):
    """target -> (names of the features, columns as in Run)."""
    names, apart = [], {}
    for row in replay(program, path, "--features"):
        if row["type"] == "oom_feature_names":
            names = row["names"]
        elif row["type"] == "oom_features" and row["target"].startswith(CGROUPS):
            apart.setdefault(row["target"], {})[row["time_ns"]] = row["features"]
    found = {}
    for target, rows in forecasts_of(program, path).items():
        mine = apart.get(target, {})
        time = [row["time_ns"] for row in rows]
        known = numpy.array([at in mine for at in time])
        nothing = [0.0] * len(names)
        found[target] = {
            "time_ns": numpy.array(time), "known": known,
            "features": numpy.array([mine.get(at, nothing) for at in time]).reshape(len(time), len(names)),
            "victim": numpy.array([row["victim_pid"] or 0 for row in rows]),
            "culprit": numpy.array([row["culprit_pid"] or 0 for row in rows])}
    return names, found


def run_of(line, names, columns, kills):
    """The episode up to its first kill: the workload saw its process die, the recording counted it."""
    kill = line["first_kill_ns"]
    counted, named = kills
    if bool(line["oom_kills"]) != (counted is not None or bool(named)):
        raise DataError(f"{line['episode']}: the workload says {line['oom_kills']} kills, the recording {kills}")
    end = line["end_ns"] if kill is None else min([kill, *filter(None, [counted]), *(at for at, _ in named)])
    use = columns["time_ns"] < end
    chosen = {name: values[use] for name, values in columns.items() if name != "time_ns"}
    return Run(line["episode"], line["family"], line["limit"] >> 20, None if kill is None else end,
               columns["time_ns"][use], end, names, chosen,
               tuple(line["victims"][:1]) if kill is not None else (), tuple(line["culprits"]))


def boots_in(folder):
    names = sorted(name[:-len(".trace.xz")] for name in os.listdir(folder) if name.endswith(".trace.xz")) \
        if os.path.isdir(folder) else []
    if not names:
        raise DataError(f"there are no recordings in {folder}: scripts/oom-record")
    return names


def load(program, folder, say=lambda text: None):
    runs = []
    for boot in boots_in(folder):
        path = os.path.join(folder, boot + ".trace.xz")
        names, columns = features_of(program, path)
        kills = trace.kills_of(path)
        for line in truth.read_lines(os.path.join(folder, boot + ".truth.jsonl.xz")):
            place = CGROUPS + line["episode"]
            if place not in columns:
                raise DataError(f"{path} has no samples of {place}")
            runs.append(run_of(line, names, columns[place], kills.get(place, (None, []))))
    say(f"{len(runs)} episodes, {sum(run.kill_ns is not None for run in runs)} with a kill, "
        f"{sum(run.hours for run in runs):.2f} hours")
    return sorted(runs, key=lambda run: run.name)
