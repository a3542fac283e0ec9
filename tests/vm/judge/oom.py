# SPDX-License-Identifier: GPL-2.0-only
"""The OOM forecast's rows, held against what the workload saw."""

import json

# The kill is counted at the next sample, the workload looks every 20 ms; both wait for the CPU.
SEEN_NS = 300_000_000


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def check_oom(run, killed, survives, foreseen_s):
    """killed: an episode that ends in a kill, which an alert told at most foreseen_s before. survives: episodes without
    a kill, about which nothing may be told."""
    rows = lines_of(run.path("forecast.jsonl"))
    truth = {line["episode"]: line for line in lines_of(run.path("truth.jsonl"))}
    complaints = [f"{name} left no truth" for name in (killed, *survives) if name not in truth]
    if complaints:
        return complaints

    def of(kind, name):
        return [row for row in rows if row["type"] == kind and row["target"] == f"/oom/{name}"]

    for name in (killed, *survives):
        if not of("oom_forecast", name):
            complaints.append(f"{name} has no forecast")
    for name in survives:
        if truth[name]["oom_kills"]:
            complaints.append(f"{name}: a process was killed, so this is no test")
        complaints += [f"{name}: a false alert at {row['time_ns']}, {row['probability_10s']} within 10 s"
                       for row in of("oom_alert", name)]
        complaints += [f"{name}: a kill is told that was none" for row in of("oom_kill", name)]
    return complaints + killed_complaints(killed, truth[killed], of, foreseen_s)


def killed_complaints(name, line, of, foreseen_s):
    kill = line["first_kill_ns"]
    if kill is None:
        return [f"{name}: nothing was killed, so this is no test"]
    complaints = []
    told = of("oom_kill", name)
    if not told or abs(told[0]["time_ns"] - kill) > SEEN_NS:
        complaints.append(f"{name}: killed at {kill}, told {[row['time_ns'] for row in told]}")
    named = [row["pid"] for row in of("oom_victim", name)]
    if line["victims"][0] not in named:
        complaints.append(f"{name}: the kernel killed {line['victims'][0]}, named were {named}")
    before = [row for row in of("oom_alert", name) if row["time_ns"] < kill]
    true = [row for row in before if row["time_ns"] >= kill - foreseen_s * 1_000_000_000]
    if not true:
        complaints.append(f"{name}: killed at {kill} with no alert in the {foreseen_s} s before; alerts at "
                          f"{[row['time_ns'] for row in before]}")
    elif true[-1]["victim_pid"] != line["victims"][0]:
        complaints.append(f"{name}: the alert names {true[-1]['victim_pid']}, killed was {line['victims'][0]}")
    if len(before) > len(true):
        complaints.append(f"{name}: {len(before) - len(true)} alerts came too early to be true")
    return complaints


CHECKS = {"oom": check_oom}
