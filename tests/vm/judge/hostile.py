# SPDX-License-Identifier: GPL-2.0-only
"""The module mistreated: loaded and unloaded without end, failing at every step, held, fuzzed."""

import json
import re

from .lifecycle import decode_all


def key_values(text):
    """Lines of `key=value ...` as dictionaries."""
    return [dict(re.findall(r'(\w+)=("[^"]*"|\S+)', line)) for line in text.splitlines() if "=" in line]


def lines_of(run, name):
    with open(run.path(name), encoding="utf-8") as file:
        return key_values(file.read())


def pqr_complaints(run, name, wanted):
    """Snapshots of the machine after each of `wanted` unloads."""
    with open(run.path(name), encoding="utf-8") as file:
        snapshots = decode_all(file.read())
    complaints = [] if len(snapshots) == wanted else [f"{len(snapshots)} snapshots after an unload, not {wanted}"]
    return complaints + [f"unload {number}: CPU {cpu['cpu']} still has RMID {cpu['rmid']}"
                         for number, snapshot in enumerate(snapshots)
                         for cpu in snapshot["cpus"] if cpu["rmid"]]


def check_cycles(run, cycles, events=1, churn=1):
    """So many loads and unloads were made, under a storm that went on, while CPUs went off and on; a reader
    saw samples of most; no unload left an RMID behind."""
    complaints = pqr_complaints(run, "pqr-after-unload.txt", cycles)
    done = lines_of(run, "cycles.txt")[-1]
    if int(done["cycles"]) != cycles:
        complaints.append(f"{done['cycles']} cycles were made, not {cycles}")
    for what, least in (("storm", cycles), ("hotplug", max(1, cycles // 10) * churn), ("events", events * cycles)):
        if int(done[what]) < least:
            complaints.append(f"{what}: {done[what]}, at least {least} would be a test")
    return complaints


def slab_objects(text):
    """Objects in use by cache, from /proc/slabinfo."""
    found = {}
    for line in text.splitlines():
        fields = line.split()
        if len(fields) > 2 and fields[1].isdigit():
            found[fields[0]] = int(fields[1])
    return found


def check_slab(run, cycles, noise=128):
    """No cache grew by an object every other cycle: what each cycle leaks shows, given enough of them. The
    kernel's own coming and going, and its counting by the slab, is noise of some tens of objects."""
    allowed = max(noise, cycles // 2)
    # It has an object for every object of all others, so all their noise adds up in it; what it
    # is there to tell is in the kernel's log.
    echo = {"kmemleak_object"}
    sizes = []
    for name in ("slab-before.txt", "slab-after.txt"):
        with open(run.path(name), encoding="utf-8") as file:
            sizes.append(slab_objects(file.read()))
    before, after = sizes
    if not before or set(before) - set(after):
        return ["slab-before.txt and slab-after.txt do not list the same caches"]
    return [f"slab {cache}: {before.get(cache, 0)} objects before {cycles} cycles, {count} after"
            for cache, count in after.items() if count - before.get(cache, 0) > allowed and cache not in echo]


def check_fail_init(run, at_init, at_start):
    """Every step failed once, in order, was said to, and left nothing: what failed at load was loaded
    by the next insmod, what failed at the start of sampling sampled at the next start."""
    complaints = []
    steps = lines_of(run, "fail-init.txt")
    end = steps.pop()
    if int(end.get("last", -1)) != len(steps):
        complaints.append(f"the sweep ended at {end}, {len(steps)} steps failed")
    failed = {"init": [], "start": []}
    for number, step in enumerate(steps, 1):
        name = f"step {number} ({step['name']})"
        failed[step["at"]].append(step["name"].strip('"'))
        if int(step["step"]) != number:
            complaints.append(f"{name}: it says it is step {step['step']}")
        if step["at"] == "init" and step["loaded"] != "no":
            complaints.append(f"{name}: insmod said yes")
        if step["left"] != "0":
            complaints.append(f"{name}: {step['left']} things were left behind by the failure")
        if step["at"] == "start" and int(step["cpus_after"]) != int(step["cpus"]):
            complaints.append(f"{name}: {step['cpus_after']} CPUs of {step['cpus']} tick after the next start")
    for wanted, names in ((at_init, failed["init"]), (at_start, failed["start"])):
        complaints += [f"step {name!r} did not fail in its turn: {names}" for name in wanted if name not in names]
    return complaints + pqr_complaints(run, "pqr-after-unload.txt", len(steps) + 1)


def check_fail_alloc(run, injected):
    """Allocations failed, at load and at the start of sampling; both worked after a failure."""
    complaints = []
    for row in lines_of(run, "fail-alloc.txt"):
        if int(row["injected"]) < injected:
            complaints.append(f"{row['what']}: only {row['injected']} allocations failed")
        if not 0 < int(row["failed"]) < int(row["tries"]):
            complaints.append(f"{row['what']}: {row['failed']} of {row['tries']} tries failed: the sweep tells nothing")
        if row["after"] != "works":
            complaints.append(f"{row['what']}: afterwards: {row['after']}")
    return complaints


def check_busy(run, cycles):
    """Each unload had writers, readers and a file held open; the file is dead afterwards, and stays so."""
    complaints = pqr_complaints(run, "pqr-after-unload.txt", cycles)
    rows = lines_of(run, "busy.txt")
    if len(rows) != 2 * cycles:
        complaints.append(f"{len(rows)} writes to a file held open, not {2 * cycles}")
    complaints += [f"cycle {row['cycle']}: a write to the file held open over the unload ({row['when']}) was taken"
                   for row in rows if row["taken"] != "no"]
    work = {row["who"]: int(row["did"]) for row in lines_of(run, "busy-work.txt")}
    complaints += [f"{who} did only {did}, {cycles} cycles were made" for who, did in work.items() if did < cycles]
    if set(work) != {"writers", "formats", "toggles", "forks"}:
        complaints.append(f"who was busy: {sorted(work)}")
    return complaints


def check_procfs(run, writers):
    """Every write got a documented answer, every stranger was refused at open."""
    complaints, rows = [], lines_of(run, "procfs.txt")
    writes = [row for row in rows if "writer" in row]
    if len(writes) != writers:
        complaints.append(f"{len(writes)} writers ended, not {writers}")
    complaints += [f"writer {row['writer']}: {row['unexpected']} unexpected answers"
                   for row in writes if row["unexpected"] != "0"]
    for answer in ("done", "refused", "limited"):
        if not sum(int(row[answer]) for row in writes):
            complaints.append(f"not one write was {answer}: that answer was not tried")
    wanted = {"user": "EACCES", "root-without-capability": "EPERM", "namespace-of-user": "EACCES",
              "namespace-of-root": "EPERM"}
    said = {row["stranger"]: row["open"] for row in rows if "stranger" in row}
    return complaints + [f"open as {who}: {said.get(who)}, not {answer}"
                         for who, answer in wanted.items() if said.get(who) != answer]


def check_held(run, samples):
    """perf with a BPF program pinned the module while it listened, both saw events, and it went afterwards."""
    row = lines_of(run, "held.txt")[-1]
    complaints = []
    if row["rmmod"] != "busy":
        complaints.append(f"rmmod while perf and BPF listen: {row['rmmod']}")
    for reader in ("samples", "bpf"):
        if int(row[reader]) < samples:
            complaints.append(f"{reader}: {row[reader]} events seen, at least {samples} were emitted")
    return complaints


def check_clock(run, steps, step_s, interval_ns=1_000_000):
    """The wall clock was set that far, and the slots were not: they follow each other without a gap."""
    complaints = []
    moves = lines_of(run, "clock.txt")
    if len(moves) != steps or any(abs(abs(int(row["after"]) - int(row["before"])) - step_s) > 5 for row in moves):
        complaints.append(f"the wall clock was to be set {steps} times by {step_s} s: {json.dumps(moves)}")
    rows = run.report.intervals
    for row, following in zip(rows, rows[1:]):
        if row["end_ns"] != following["start_ns"]:
            complaints.append(f"a gap between the intervals that end and begin at {row['end_ns']}")
    for row in rows:
        if not 0 < row["end_ns"] - row["start_ns"] < 5_000_000_000:
            complaints.append(f"the interval at {row['start_ns']} is {row['end_ns'] - row['start_ns']} ns long")
        if row["slots"] > (row["end_ns"] - row["start_ns"]) / interval_ns + 1:
            complaints.append(f"the interval at {row['start_ns']} has {row['slots']} slots")
    return complaints


CHECKS = {
    "cycles": check_cycles,
    "slab": check_slab,
    "fail_init": check_fail_init,
    "fail_alloc": check_fail_alloc,
    "busy": check_busy,
    "procfs": check_procfs,
    "held": check_held,
    "clock": check_clock,
}
