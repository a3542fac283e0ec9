# SPDX-License-Identifier: GPL-2.0-only
"""Memory with many processes."""

import subprocess
import time

from .context import CannotMeasure, Target

PROCESSES = 10_000
MOST = 32 << 20


def measure(context):
    holder = subprocess.Popen([context.helper("process_storm"), "hold", str(PROCESSES)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        if holder.stdout.readline() != "ready\n":
            raise CannotMeasure(f"{PROCESSES} processes at once: {holder.communicate()[1].strip()}")
        with context.collecting("--bpf-stats") as run:
            time.sleep(max(context.seconds, 4))
    finally:
        holder.stdin.close()
        holder.wait(60)
    seen = len({(row["pid"], row["start_time_ns"]) for row in run.rows("process")})
    if seen < PROCESSES:
        raise CannotMeasure(f"the report has {seen} of {PROCESSES} processes")
    selves = run.rows("self")
    most = max(row["rss_bytes"] for row in selves)
    maps = max(row["map_bytes"] for row in selves)
    looks = [row["cpu_time_ns"] for row in selves[1:-1]]
    yield Target(f"RSS with {PROCESSES:,} processes", "<= 32 MB", f"{most / 1e6:.1f} MB", most <= MOST,
                 f"each awake once a second, {seen} processes in the report; the largest of its self rows")
    yield Target(f"kernel memory of the eBPF maps with {PROCESSES:,} processes", "stated", f"{maps / 1e6:.1f} MB", None,
                 "as the kernel reckons it (memlock)")
    yield Target(f"CPU of the default set with {PROCESSES:,} processes", "stated",
                 f"{sum(looks) / len(looks) / 1e7:.2f}% of one CPU", None,
                 "one pass over all tasks and a row for each of them, a second", robust=False)
