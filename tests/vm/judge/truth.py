# SPDX-License-Identifier: GPL-2.0-only
"""What the workload says it moved, by process, L3 domain and RMID.

`charge` of the lab writes a line per process:
  {"pid":1,"start_ticks":9,"comm":"charge","total":65536,"local":0,
   "by":[{"domain":0,"rmid":3,"total":65536,"local":0,"charges":1}, ...], ...}
start_ticks is field 22 of /proc/PID/stat: the start time in ticks of USER_HZ.
RMID -1 stands for all RMIDs beyond the machine's highest.
"""

import json

NS_PER_TICK = 10_000_000  # USER_HZ is 100 on x86
# The kernel reads the clock twice at a fork: for start_time, of which the module tells, and a
# moment later for start_boottime, of which /proc tells. In an emulated machine another CPU may
# have its turn in that moment, of up to 100 ms. No pid is used again as soon as that.
FORK_NS = 100_000_000


def started_as(row):
    """What may be the keys of a report row's process in the truth, the likeliest first."""
    first = row["start_time_ns"] // NS_PER_TICK
    last = (row["start_time_ns"] + FORK_NS) // NS_PER_TICK
    return ((row["pid"], ticks) for ticks in range(first, last + 1))


class BadTruth(Exception):
    """The workload did not say what it moved: nothing can be judged."""


class ProcessTruth:
    def __init__(self, pid, start_ticks, comm="charge"):
        self.pid = pid
        self.start_ticks = start_ticks
        self.comm = comm
        self.cells = {}  # (domain, rmid) -> [total, local]
        self.switches = 0

    def add(self, domain, rmid, total, local):
        cell = self.cells.setdefault((domain, rmid), [0, 0])
        cell[0] += total
        cell[1] += local

    def owned(self, column=0):
        """Bytes moved under an RMID that counts; 0 is nobody's."""
        return sum(cell[column] for (_, rmid), cell in self.cells.items() if rmid > 0)

    def unowned(self, column=0):
        return sum(cell[column] for (_, rmid), cell in self.cells.items() if rmid <= 0)

    def ownerships(self):
        """At least as many: the same RMID may have been owned twice."""
        return sum(1 for (_, rmid) in self.cells if rmid > 0)


class Truth:
    def __init__(self):
        self.processes = {}

    def at(self, pid, start_ticks, comm="charge"):
        return self.processes.setdefault((pid, start_ticks), ProcessTruth(pid, start_ticks, comm))

    def of(self, row):
        """The truth of a report row's process, or None if it moved nothing."""
        return next((self.processes[key] for key in started_as(row) if key in self.processes), None)

    def __iter__(self):
        return iter(self.processes.values())

    def __len__(self):
        return len(self.processes)


def parse(lines, name="truth"):
    truth = Truth()
    for number, line in enumerate(lines, 1):
        try:
            said = json.loads(line)
            process = truth.at(said["pid"], said["start_ticks"], said.get("comm", "charge"))
            process.switches += said.get("switches", 0)
            for cell in said["by"]:
                process.add(cell["domain"], cell["rmid"], cell["total"], cell["local"])
            if sum(cell["total"] for cell in said["by"]) != said["total"]:
                raise ValueError("the parts do not add up to the total")
        except (ValueError, KeyError, TypeError) as error:
            raise BadTruth(f"{name}:{number}: {error!r}: {line[:120]!r}") from error
    if not truth:
        raise BadTruth(f"{name}: empty: the workload did not run")
    return truth


def load(path):
    with open(path, encoding="utf-8") as file:
        return parse(file, str(path))
