# SPDX-License-Identifier: GPL-2.0-only
"""Cost in counts: the lab's own statistics of MSR accesses, beside what the
module says it read and what the scheduler says ran."""

import json
import re
from collections import defaultdict

PURPOSES = ("sample", "sweep", "drain", "limbo", "soft")
EVENTS = 3  # occupancy, total, local: a select-and-read pair each
LINE = re.compile(r"-(\d+)\s+\[(\d+)\] \S+\s+([\d.]+): (\w+): (.*)$")


def statistics(run, name):
    with open(run.path(f"costs-{name}.json"), encoding="utf-8") as file:
        return json.load(file)["stats"]


def spent(run, name):
    """MSR accesses between two snapshots of the lab's own count."""
    begin, end = statistics(run, name + "-begin"), statistics(run, name + "-end")
    return {key: end[key] - begin[key] for key in begin}


def reads_of(counts):
    return sum(counts[key] for key in counts if key.startswith("ctr_reads_"))


class Witness:
    """The trace between the marks "begin" and "end": what ran in each slot, and
    what the module says it read; `around` is the reads from "opening" to "closed"."""

    def __init__(self, path, domain_of):
        self.active = 0     # (slot, domain, RMID) that ran
        self.purposes = defaultdict(int)
        self.around = 0
        self.ticks = 0
        self._read(path, domain_of)

    def _read(self, path, domain_of):
        mark = ""
        ran = defaultdict(set)      # CPU -> groups since its last tick
        running = {}
        slots = defaultdict(set)    # (domain, slot) -> groups
        with open(path, encoding="utf-8", errors="replace") as file:
            for text in file:
                match = LINE.search(text.rstrip("\n"))
                if not match:
                    continue
                cpu, event, rest = int(match[2]), match[4], match[5]
                if event == "tracing_mark_write":
                    mark = rest.strip()
                elif event == "sched_switch":
                    fields = dict(re.findall(r"(prev_pid|next_pid|prev_comm|next_comm)=(\S+)", rest))
                    ran[cpu].add(group(fields["prev_comm"], fields["prev_pid"]))
                    running[cpu] = group(fields["next_comm"], fields["next_pid"])
                    ran[cpu].add(running[cpu])
                elif event == "tick":
                    values = dict(re.findall(r"(\w+)=(\d+)", rest))
                    reads = {purpose: int(values[purpose]) for purpose in PURPOSES}
                    if mark in ("opening", "begin", "end"):
                        self.around += sum(reads.values())
                    if mark == "begin":
                        self.ticks += 1
                        slots[domain_of[cpu], int(values["slot"])] |= ran[cpu] - {None}
                        for purpose, count in reads.items():
                            self.purposes[purpose] += count
                    ran[cpu] = {running[cpu]} if cpu in running else set()
        self.active = sum(len(groups) for groups in slots.values())


def group(comm, pid):
    """Who has an RMID of his own: a process; the kernel threads together; idle nobody."""
    if pid == "0":
        return None
    if re.match(r"(kworker|ksoftirqd|rcu|migration|cpuhp|kthreadd|kswapd|kcompactd|khugepaged|jbd|oom_reaper|"
                r"idle_inject|kdevtmpfs|khungtaskd|writeback|irq/|watchdogd|kauditd|pr/|kblockd|hwrng)", comm):
        return "kernel"
    return pid


def check_costs(run, sample_factor=1.05):
    complaints = []
    for name in ("unheard", "stopped"):
        counts = spent(run, name)
        for key in ("pqr_writes", "evtsel_writes"):
            if counts[key]:
                complaints.append(f"nobody listened ({name}), and there were {counts[key]} {key}")
        if reads_of(counts):
            complaints.append(f"nobody listened ({name}), and {reads_of(counts)} counters were read")

    counts = spent(run, "listening")
    witness = Witness(run.path("costs-trace.txt"), {0: 0, 1: 1})
    said, true = sum(witness.purposes.values()), reads_of(counts)
    if not witness.active or not true:
        return complaints + ["nothing was sampled between the marks"]
    if counts["pqr_redundant"]:
        complaints.append(f"{counts['pqr_redundant']} writes of PQR_ASSOC changed nothing")
    if not said <= true <= witness.around:
        complaints.append(f"the module says it read {said} to {witness.around} counters, the machine counted {true}")
    aim = sample_factor * EVENTS * witness.active
    if witness.purposes["sample"] > aim:
        complaints.append(f"{witness.purposes['sample']} reads for samples; {witness.active} (slot, RMID, domain) "
                          f"were active, so {aim:.0f} would do")
    print(f"# costs: {witness.ticks} ticks, {witness.active} active (slot, RMID, domain): "
          f"reads {dict(witness.purposes)}, by the machine {true}; PQR writes {counts['pqr_writes']}, "
          f"redundant {counts['pqr_redundant']}; PQR reads {counts['pqr_reads']}; "
          f"QM_EVTSEL writes {counts['evtsel_writes']}, reads {counts['evtsel_reads']}")
    return complaints
