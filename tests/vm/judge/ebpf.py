# SPDX-License-Identifier: GPL-2.0-only
"""The report by eBPF, held against what processes say of themselves."""

import json

from . import truth
from .software import HARDWARE

# A process's CPU time is brought up to date at the scheduler's tick (4 ms at HZ=250), and once
# more when it leaves the CPU for ever: after its end was told.
TICK_NS = 5_000_000
# From its own last look at itself to its end: it writes down its truth, and exits. Emulated.
EXIT_NS = 100_000_000
EXIT_FAULTS = 200


def check_ebpf(report, lines, processes, short_lived=None):
    """lines: of the workload's truth. short_lived: how many processes of which names ran at least."""
    complaints = []
    for row in report.processes + report.totals:
        shown = {column: row[column] for column in HARDWARE if row.get(column) is not None}
        if shown:
            complaints.append(f"{row['comm']}[{row['pid']}] is shown {shown} without RDT")
    complaints += [f"interval {row['start_ns']}: source {row['source']}" for row in report.intervals
                   if row["source"] != "ebpf"]
    complaints += [f"a domain row without RDT: {row}" for row in report.domains]
    totals = {(row["pid"], ticks): row for row in report.totals for _, ticks in truth.started_as(row)}
    said = [json.loads(line) for line in lines]
    if len(said) < processes:
        complaints.append(f"{len(said)} processes told the truth, the scenario needs {processes}")
    for one in said:
        name = f"{one['comm']}[{one['pid']}]"
        row = totals.get((one["pid"], one["start_ticks"]))
        if row is None:
            complaints.append(f"{name} has no total row")
            continue
        for column, true, below, above in (("cpu_time_ns", one["cpu_ns"], TICK_NS, EXIT_NS),
                                           ("min_flt", one["minflt"], 0, EXIT_FAULTS),
                                           ("maj_flt", one["majflt"], 0, EXIT_FAULTS)):
            if row[column] is None or not true - below <= row[column] <= true + above:
                complaints.append(f"{name}: {column} {row[column]}, by itself {true}")
        if "exited" not in row["flags"]:
            complaints.append(f"{name} has ended, its total row does not say so")
    for comm, least in (short_lived or {}).items():
        found = len({(row["pid"], row["start_time_ns"]) for row in report.totals if row["comm"] == comm})
        if found < least:
            complaints.append(f"{found} processes {comm} have a total row, {least} ran")
    return complaints
