# SPDX-License-Identifier: GPL-2.0-only
"""The text of `tick` events: is every slot without a tick said to be missed or idle?"""

import re
from collections import defaultdict

LINE = re.compile(r"\[(\d+)\].*: tick: (.*)$")


class TickTrace:
    """(CPU, {field: number}) in the order in which they were emitted."""

    def __init__(self, lines):
        self.ticks = []
        for line in lines:
            match = LINE.search(line)
            if match:
                fields = {key: int(value, 0) for key, value in re.findall(r"(\w+)=(\w+)", match[2])}
                self.ticks.append((int(match[1]), fields))

    def per_cpu(self):
        cpus = defaultdict(list)
        for cpu, tick in self.ticks:
            cpus[cpu].append(tick)
        return cpus

    def missed(self):
        """Between the first and the last tick of each CPU, by the events' own count."""
        return sum(ticks[-1]["missed"] - ticks[0]["missed"] for ticks in self.per_cpu().values())


def gap_complaints(trace, interval_ns):
    """Every slot without a tick event is one that the next event calls missed or idle, exactly."""
    complaints = []
    for cpu, ticks in sorted(trace.per_cpu().items()):
        for before, after in zip(ticks, ticks[1:]):
            slots, rest = divmod(after["slot"] - before["slot"], interval_ns)
            said = after["missed"] - before["missed"] + after["idle"] - before["idle"]
            if rest or slots - 1 != said:
                complaints.append(f"CPU {cpu}, slot {after['slot']}: {slots - 1} slots without a tick"
                                  f"{' and a part' if rest else ''} before it, it says {said}")
    return complaints


def check_ticks(run, interval_us, cpus=2, least_missed=1, least_idle=1):
    """The events' account of ticks that did not come is the trace's; there were some of both kinds."""
    with open(run.path("ticks.txt"), encoding="utf-8") as file:
        trace = TickTrace(file)
    complaints = gap_complaints(trace, interval_us * 1000)
    seen = trace.per_cpu()
    if len(seen) != cpus:
        complaints.append(f"ticks of {len(seen)} CPUs, there were {cpus}")
    idle = sum(ticks[-1]["idle"] - ticks[0]["idle"] for ticks in seen.values())
    for name, count, least in (("missed", trace.missed(), least_missed), ("idle", idle, least_idle)):
        if count < least:
            complaints.append(f"{count} slots were {name}, the scenario is about at least {least}")
    print(f"# ticks: {len(trace.ticks)}, {trace.missed()} missed, {idle} slots idle")
    return complaints
