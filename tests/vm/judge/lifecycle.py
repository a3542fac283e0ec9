# SPDX-License-Identifier: GPL-2.0-only
"""What must hold when the module comes and goes, shares the machine with
resctrl, or finds no RDT."""

import json

from .rows import identity
from .truth import started_as


def check_reloaded(run, cycles):
    """The program closed an interval at every unload, said why, and measured on after every load."""
    complaints = []
    gone = [row for row in run.report.intervals if row.get("reason") == "module_gone"]
    if len(gone) != cycles:
        complaints.append(f"{len(gone)} intervals end with module_gone, the module was unloaded {cycles} times")
    for row in gone:
        if not any(later["start_ns"] >= row["end_ns"] and later["events"] for later in run.report.intervals):
            complaints.append(f"nothing was measured after the unload at {row['end_ns']}")
    moved = [row for row in run.report.processes if row["total_bytes"]]
    if not moved:
        complaints.append("not one process was seen to move a byte")
    with open(run.path("pqr-after-unload.txt"), encoding="utf-8") as file:
        snapshots = decode_all(file.read())
    if len(snapshots) != cycles:
        complaints.append(f"{len(snapshots)} snapshots after an unload, {cycles} were made")
    for number, snapshot in enumerate(snapshots):
        complaints += [f"unload {number}: CPU {cpu['cpu']} still has RMID {cpu['rmid']}"
                       for cpu in snapshot["cpus"] if cpu["rmid"]]
    return complaints


def decode_all(text):
    """JSON objects one behind the other."""
    decoder, objects, at = json.JSONDecoder(), [], 0
    text = text.strip()
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        objects.append(value)
        while at < len(text) and text[at].isspace():
            at += 1
    return objects


def check_resctrl(run, stolen_bytes=1 << 20, reads=100):
    """While resctrl was mounted it had the RMIDs to itself; before and after, every byte was seen, but
    for what moved within the interval in which it was mounted (stolen_bytes at most).
    reads: resctrl's own overflow handler reads its few groups once a second."""
    complaints = []
    begin, end = run.object("resctrl-begin.json"), run.object("resctrl-end.json")
    read = sum(end["stats"][key] - begin["stats"][key] for key in end["stats"] if key.startswith("ctr_reads_"))
    if read > reads:
        complaints.append(f"{read} counters were read while resctrl was mounted: more than resctrl reads itself")
    notes = [note for row in run.report.intervals for note in row.get("notes", ())]
    for wanted in ("resctrl_mounted", "resctrl_left"):
        if wanted not in notes:
            complaints.append(f"no interval has the note {wanted}")

    shown = {identity(row): row for row in run.report.totals}
    for row in shown.values():
        process = run.truth.of(row)
        if process is None:
            continue
        if row["total_bytes"] > process.owned():
            complaints.append(f"{process.comm}: {row['total_bytes']} bytes shown, {process.owned()} moved with an RMID")
    ours = sum(row["total_bytes"] or 0 for row in shown.values())
    true = sum(process.owned() for process in run.truth) - sum(theirs(end, begin).values())
    if not 0 <= true - ours <= stolen_bytes:
        complaints.append(f"{ours} bytes shown, {true} moved under RMIDs of ours: {true - ours} are missing, "
                          f"at most {stolen_bytes} may be")
    left = max((row["end_ns"] for row in run.report.intervals if "resctrl_left" in row.get("notes", ())), default=0)
    if not any(row["total_bytes"] for row in run.report.processes if row["start_ns"] >= left):
        complaints.append("nothing was measured any more after resctrl was unmounted")
    return complaints


def theirs(end, begin):
    """Bytes by RMID that moved between two snapshots taken while resctrl was mounted."""
    before = {(row["domain"], row["rmid"]): row["total"] for row in begin["rmids"]}
    moved = {}
    for row in end["rmids"]:
        delta = row["total"] - before.get((row["domain"], row["rmid"]), 0)
        if row["rmid"] and delta:
            moved[row["rmid"]] = moved.get(row["rmid"], 0) + delta
    return moved


def check_resctrl_around(run, reads=100, moved_bytes=10 << 20):
    """Before and after our time resctrl counts as if we were not there, and nothing of ours is left to it."""
    complaints = []
    for when in ("before", "after"):
        begin, end = run.object(f"around-{when}-begin.json"), run.object(f"around-{when}-end.json")
        read = sum(end["stats"][key] - begin["stats"][key] for key in end["stats"] if key.startswith("ctr_reads_"))
        if read > reads:
            complaints.append(f"{when}: {read} counters were read while resctrl was mounted")
        counted = {}
        for edge in ("begin", "end"):
            with open(run.path(f"theirs-{when}-{edge}.txt"), encoding="utf-8") as file:
                counted[edge] = sum(int(line) for line in file)
        if counted["end"] - counted["begin"] < moved_bytes:
            complaints.append(f"{when}: resctrl's group counted {counted['end'] - counted['begin']} bytes")
    # All of the workload is in one group of resctrl's: what moves under an RMID names it. (What a CPU holds at
    # one moment does not: something else may run just then.)
    owned = set(theirs(run.object("around-after-end.json"), run.object("around-after-begin.json")))
    if len(owned) != 1:
        complaints.append(f"the workload of resctrl's one group moved bytes under the RMIDs {sorted(owned)}")
    complaints += [f"CPU {cpu['cpu']} has RMID {cpu['rmid']} after the unload: not resctrl's, {sorted(owned)}"
                   for cpu in run.object("around-unloaded.json")["cpus"] if cpu["rmid"] and cpu["rmid"] not in owned]
    notes = [note for row in run.report.intervals for note in row.get("notes", ()) if note.startswith("resctrl_")]
    if notes[:2] != ["resctrl_left", "resctrl_mounted"]:
        complaints.append(f"the intervals' notes are {notes}, not resctrl_left and then resctrl_mounted")
    left = next((row["start_ns"] for row in run.report.intervals if "resctrl_left" in row.get("notes", ())), 0)
    early = [row for row in run.report.domains if row["end_ns"] <= left]
    if not early:
        complaints.append("there is no domain row of the time when resctrl was mounted first")
    complaints += [f"a domain has {row['total_bytes']} bytes where nobody read its counters"
                   for row in early if row["total_bytes"] is not None]
    if not any(row["total_bytes"] for row in run.report.processes):
        complaints.append("not one process was seen to move a byte while resctrl was not mounted")
    return complaints


def check_beside(run, resets, missing_share=0.01, missing_bytes=4 << 20):
    """pqos took the RMIDs off every core; what that takes from our processes is a tick's worth each time."""
    complaints = []
    with open(run.path("pqos.log"), encoding="utf-8") as file:
        done = file.read().count("reset successful")
    if done < resets:
        complaints.append(f"pqos reset the RMIDs {done} times, not {resets}: see pqos.log")
    shown = sum(row["total_bytes"] or 0 for row in run.report.totals if run.truth.of(row))
    true = sum(process.owned() + process.unowned() for process in run.truth)
    if abs(true - shown) > max(missing_bytes, true * missing_share):
        complaints.append(f"{shown} bytes shown, {true} moved")
    return complaints


def check_cpu_time(run, late_ns=60_000_000):
    """CPU time and faults beside what each process read off its own clock at its end. The rest of its
    life, its exit, comes after that: late_ns at most."""
    complaints = []
    said = {}
    with open(run.path("truth.jsonl"), encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            said[row["pid"], row["start_ticks"]] = row
    compared = 0
    for row in run.report.totals:
        true = next((said[key] for key in started_as(row) if key in said), None)
        if true is None:
            continue
        compared += 1
        name = f"{row['comm']}[{row['pid']}]"
        if not 0 <= row["cpu_time_ns"] - true["cpu_ns"] <= late_ns:
            complaints.append(f"{name}: CPU time {row['cpu_time_ns']}, its own clock said {true['cpu_ns']}")
        if not 0 <= row["min_flt"] - true["minflt"] <= 32:
            complaints.append(f"{name}: {row['min_flt']} minor faults, it counted {true['minflt']}")
    if compared != len(said):
        complaints.append(f"{compared} processes of {len(said)} have a total row")
    return complaints
