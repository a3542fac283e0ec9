# SPDX-License-Identifier: GPL-2.0-only
"""What the default set costs: all that `run --source ebpf` does without --with."""

import subprocess
import time

from .context import Target

TARGET, STRETCH = 1.0, 0.3
# Processes a second on the busy machine, beside a burning process on each CPU.
RATE = 200


def cost(run):
    """(percent of one CPU, what it is made of), over whole intervals."""
    rows = run.rows("self")[1:-1]
    time_ns = sum(row["end_ns"] - row["start_ns"] for row in rows)
    own = sum(row["cpu_time_ns"] for row in rows)
    programs = sum(row["bpf_run_ns"] for row in rows)
    return 100 * (own + programs) / time_ns, f"{100 * own / time_ns:.2f}% the collector, {100 * programs / time_ns:.2f}% its programs"


def measure(context):
    seconds = max(context.seconds, 4)
    with context.collecting("--bpf-stats") as run:
        time.sleep(seconds)
    percent, parts = cost(run)
    seen = len({row["pid"] for row in run.rows("process")})
    yield Target("CPU of the default set, nothing started by this", f"< {TARGET}% of one CPU, stretch {STRETCH}%",
                 f"{percent:.2f}% ({parts})", percent < TARGET,
                 f"interval 1 s, {seconds} s, beside what else ran: {seen} processes did", robust=False)
    with context.collecting("--bpf-stats") as run:
        burner = subprocess.Popen([context.helper("process_storm"), "burn", str(seconds)], stdout=subprocess.DEVNULL)
        made = context.storm("storm", seconds, RATE)
        burner.wait()
    percent, parts = cost(run)
    yield Target("CPU of the default set, busy machine", f"< {TARGET}% of one CPU, stretch {STRETCH}%",
                 f"{percent:.2f}% ({parts})", percent < TARGET,
                 f"every CPU burning and {made / seconds:.0f} processes a second that begin and end", robust=False)
