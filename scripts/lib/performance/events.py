# SPDX-License-Identifier: GPL-2.0-only
"""Events through the eBPF ring to rows."""

import os

from .context import Target, bare_ring

BUFFER = 4 << 20
SMALL = 64 << 10


# The storm is of the lowest priority: at the readers' own, how many events are lost says how the scheduler
# divides the CPUs between a storm as fast as it can be and its readers, not what these can do.
def measure(context):
    cpus = len(os.sched_getaffinity(0))
    with bare_ring(context, BUFFER) as bare, context.collecting("--buffer-size", f"{BUFFER}B") as run:
        made = context.storm("storm", context.seconds, below=True)
    emitted, read, lost = run.loss()
    cpu_ns = sum(row["cpu_time_ns"] for row in run.rows("self"))
    ratio = read / bare["read"]
    yield Target("events through the ring to rows, against bare consumption of the ring in the same run", ">= 0.7 x",
                 f"{ratio:.2f} x ({read} and {bare['read']})", ratio >= 0.7,
                 f"{made} processes begun and ended by all {cpus} CPUs in {context.seconds} s, at the lowest priority; "
                 f"both readers look every 50 ms, with rings of {BUFFER >> 20} MiB; rows written to "
                 f"{'memory' if context.in_memory else 'a disk'}")
    rate = read / (cpu_ns / 1e9)
    yield Target("events to rows, a second of the reader's CPU time", ">= 50,000", f"{rate:,.0f}", rate >= 50_000,
                 f"the same run: {read} events in {cpu_ns / 1e9:.2f} s of CPU time, rows and all; bare: "
                 f"{bare['read'] / (bare['cpu_ns'] / 1e9):,.0f}", robust=False)
    exact = emitted == read + lost and emitted >= 2 * made and bare["emitted"] == bare["read"] + bare["lost"]
    yield Target("events of the storm accounted for", "all", f"{emitted} emitted = {read} read + {lost} lost", exact,
                 "the programs' own count; a beginning and an end of each process at least")

    with context.collecting("--buffer-size", f"{SMALL}B") as run:
        made = context.storm("storm", context.seconds, below=True)
    emitted, read, lost = run.loss()
    exact = emitted == read + lost and lost > 0 and emitted >= 2 * made
    yield Target(f"drops at saturation, {cpus} CPUs producing", "exact",
                 f"{emitted} emitted = {read} read + {lost} lost; {made} processes", exact,
                 f"the same storm into a ring of {SMALL >> 10} KiB, which is far too small")
