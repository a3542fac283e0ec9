# SPDX-License-Identifier: GPL-2.0-only
"""`memory-workload` in groups of cgroup v2: what it said at each guardrail, and its own counts beside those that
the kernel kept of its group."""

import json
import os

PAGE = 4096
MIB = 1 << 20
# What the program reckons a process to cost beside its memory (process_bytes, workloads/lab/workload_command.cpp).
PROCESS_BYTES = 512 << 10
# The kernel charges a group in advance: 64 pages for each CPU.
IN_ADVANCE = 2 * 64 * PAGE
# Pages that a process touches for itself: stack, heap, what it shares with its parent until it writes.
OWN_FAULTS = 200

# Refused before it begins: what is said.
REFUSED = {
    "refused_own": ("not enough memory", "in memory cgroup /refused_own/own,"),
    "refused_above": ("not enough memory", "in memory cgroup /refused_above,"),
    "refused_high": ("not enough memory", "in memory cgroup /refused_high/own (memory.high),"),
    "refused_swap": ("not enough memory", "in memory cgroup /refused_swap/own,"),
    "refused_pids": ("not enough processes", "1 of 5 are taken by pids.max of cgroup /refused_pids/own:"),
    "refused_pids_above": ("not enough processes", "1 of 5 are taken by pids.max of cgroup /refused_pids_above:"),
}
# Stopped while it runs, before the kernel has to kill.
STOPPED = {
    "lowered": "in memory cgroup /lowered/own:",
    "neighbour": "in memory cgroup /neighbour:",
}
KILLED_BY_KERNEL = ("killed", "allow_oom")
KILLED_BY_HAND = {"front": 137, "keeper": 1, "worker": 1}
HAND_KINDS = ("fork_touch_exit", "sawtooth")


class Case:
    """What a run left, and its group (`own`) and the one above it."""

    def __init__(self, folder, name):
        self.name, self.folder = name, os.path.join(folder, name)
        self.status = int(self.text("status"))
        self.said = self.text("said.txt")
        self.out = self.text("result.json")

    def text(self, file):
        with open(os.path.join(self.folder, file), encoding="utf-8") as handle:
            return handle.read()

    @property
    def result(self):
        return json.loads(self.out)

    def fields(self, file):
        return {key: int(value) for key, value in (line.split() for line in self.text(file).splitlines())}

    @property
    def killed(self):
        return self.fields("own.memory.events")["oom_kill"]

    @property
    def peak(self):
        return int(self.text("own.memory.peak"))

    @property
    def failed(self):
        """A busy host may keep it from its rate, which it says: what it did is as true."""
        return self.status != 0 and not (self.status == 1 and "were done in time" in self.said)

    def complain(self, *wrong):
        """wrong: (is it so, what)."""
        return [f"{self.name}: {what} (status {self.status}: {self.said.strip()})" for so, what in wrong if so]


def check_refused(case, words):
    return case.complain(
        (case.status != 1, "its status is not 1"),
        (case.out != "", "has a result"),
        (any(word not in case.said for word in words), f"does not say {words}"),
        # The program itself, and no worker.
        (case.peak > 8 * MIB, f"held {case.peak} bytes"),
        (case.killed, "the kernel killed one"),
        (case.fields("own.pids.events")["max"], "forked beyond the limit"))


def check_stopped(case, word):
    result = case.result
    return case.complain(
        (case.status != 1, "its status is not 1"),
        ("stopped: memory runs out" not in case.said or word not in case.said, f"does not say {word}"),
        (result["workers_killed"] or case.killed, f"the kernel killed {case.killed}"),
        (case.fields("above.memory.events")["oom_kill"], "the kernel killed above it"),
        (not 0 < result["elapsed_s"] < 60, f"ran for {result['elapsed_s']} s"))


def check_counts(case):
    """A plateau of 48 MiB by four workers: memory and faults as the kernel counted them."""
    result, counts = case.result, case.result["counts"]
    processes = 2 + 4
    written = counts["pages_written"]
    own = case.peak - counts["most_held_bytes"]
    faults = case.fields("own.memory.stat")["pgfault"]
    told = result["workers"]["min_flt"]
    return case.complain(
        (case.failed, "failed"),
        (written * PAGE != counts["most_held_bytes"], f"{written} pages written, {counts['most_held_bytes']} bytes held"),
        (not 0 <= own <= processes * PROCESS_BYTES + IN_ADVANCE, f"memory.peak is {own} bytes above what it held"),
        (not written <= told <= faults, f"{written} pages written, {told} faults told, {faults} by the kernel"),
        (faults > told + processes * OWN_FAULTS, f"{faults} faults by the kernel, {told} told"),
        (case.killed, "the kernel killed one"))


def check_forks(case):
    """Children beside their parents, 20 a second for 3 s."""
    result, counts = case.result, case.result["counts"]
    peak = int(case.text("own.pids.peak"))
    faults = case.fields("own.memory.stat")["pgfault"]
    told = result["workers"]["min_flt"] + result["children"]["min_flt"]
    return case.complain(
        (case.failed, "failed"),
        (not 30 < counts["forks"] == counts["children_reaped"] <= 60, f"counts {counts}"),
        (not 2 + 4 < peak <= 2 + 2 * 4, f"pids.peak is {peak}"),
        (case.fields("own.pids.events")["max"] or counts["fork_failures"], "forks were refused"),
        (not told <= faults <= told + 6 * OWN_FAULTS, f"{faults} faults by the kernel, {told} told"),
        (case.killed, "the kernel killed one"))


def check_forks_refused(case):
    counts, refused = case.result["counts"], case.fields("own.pids.events")["max"]
    return case.complain(
        (case.status != 1 or "pids.max of the cgroup" not in case.said, "does not say why"),
        (counts["fork_failures"] != refused or refused == 0,
         f"{counts['fork_failures']} forks failed, the kernel refused {refused}"),
        (counts["forks"] == 0 or counts["forks"] != counts["children_reaped"], f"counts {counts}"))


def check_killed_by_kernel(case):
    told = case.result["workers_killed"]
    return case.complain(
        (case.status != 1 or "was killed by signal 9" not in case.said, "does not say that workers were killed"),
        (told != case.killed or told == 0, f"{told} workers killed, the kernel killed {case.killed}"))


def check_oom_group(case):
    """All workers at once; those that keep them tell of it. The kernel kills the one that it chose first, and then
    all of the group: it may count that one twice."""
    told, group = case.result["workers_killed"], case.fields("own.memory.events")["oom_group_kill"]
    return case.complain(
        (case.status != 1 or "was killed by signal 9" not in case.said, "does not say that workers were killed"),
        (told != 4 or case.killed not in (4, 5) or group != 1,
         f"{told} workers killed, the kernel killed {case.killed}, {group} groups"))


def check_killed_by_hand(case, status):
    return case.complain(
        (case.status != status, f"its status is not {status}"),
        (status == 1 and "was killed by signal 9" not in case.said, "does not say so"),
        (case.killed, "the kernel killed one"))


def check_swapped(case):
    counts, swapped = case.result["counts"], int(case.text("swapped.txt")) * PAGE
    major, told = case.fields("own.memory.stat")["pgmajfault"], case.result["workers"]["maj_flt"]
    return case.complain(
        (case.failed, "failed"),
        (swapped < 16 * MIB, f"only {swapped} bytes were swapped out"),
        (counts["held_bytes"] != 48 * MIB, f"counts {counts}"),
        # What the supervisors had swapped out comes back, too.
        (not 0 < told <= major <= told + 2 * OWN_FAULTS, f"{major} major faults by the kernel, {told} told"),
        (case.killed, "the kernel killed one"))


def check_allow_swap(case):
    held, limit = case.result["counts"]["most_held_bytes"], int(case.text("own.memory.max"))
    return case.complain(
        (case.failed, "failed"),
        (held != 96 * MIB, f"held {held} bytes of 96 MiB"),
        (case.peak > limit, f"memory.peak is {case.peak}, above memory.max {limit}"),
        (case.killed, "the kernel killed one"))


def check_memory_workload(run):
    def case(name):
        return Case(run.folder, name)

    complaints = []
    for name, words in REFUSED.items():
        complaints += check_refused(case(name), words)
    for name, word in STOPPED.items():
        complaints += check_stopped(case(name), word)
    for name in KILLED_BY_KERNEL:
        complaints += check_killed_by_kernel(case(name))
    for victim, status in KILLED_BY_HAND.items():
        for kind in HAND_KINDS:
            complaints += check_killed_by_hand(case(f"{victim}-{kind}"), status)
    for name, check in (("counts", check_counts), ("forks", check_forks), ("forks_refused", check_forks_refused),
                        ("oom_group", check_oom_group), ("swapped", check_swapped), ("allow_swap", check_allow_swap)):
        complaints += check(case(name))
    return complaints
