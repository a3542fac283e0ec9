# SPDX-License-Identifier: GPL-2.0-only
"""How late ticks are, how many are missed, how much slower the same work is."""

import json
import math
import re
import statistics
from collections import defaultdict

from .works import CostError


def percentile(values, share):
    """Nearest rank: the smallest value that `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


class Lateness:
    def __init__(self, late, missed):
        self.ticks, self.missed = len(late), missed
        self.missed_share = missed / (missed + len(late))
        self.p50, self.p99, self.most = percentile(late, 0.5), percentile(late, 0.99), max(late)


def lateness_of(trace, unit_ns):
    return Lateness([tick["late"] / unit_ns for _, tick in trace.ticks], trace.missed())


def cyclictest_of(lines):
    """Of `cyclictest --histogram`: a line per microsecond, a column per thread."""
    late, beyond = [], 0
    for line in lines:
        if re.match(r"\d+( \d+|\t\d+)+$", line.strip()):
            microseconds, *counts = (int(word) for word in line.split())
            late += [microseconds] * sum(counts)
        elif line.startswith("# Histogram Overflows:"):
            beyond = sum(int(word) for word in re.findall(r"\d+", line))
    if not late:
        raise CostError("cyclictest left no histogram")
    if beyond:
        raise CostError(f"cyclictest was later than its histogram reaches, {beyond} times")
    return Lateness(late, 0)


class Slowdown:
    def __init__(self, absent_ns, sampling_ns):
        if len(absent_ns) != len(sampling_ns) or not absent_ns:
            raise CostError(f"{len(absent_ns)} turns without the module, {len(sampling_ns)} with it")
        ratios = [with_it / without for without, with_it in zip(absent_ns, sampling_ns)]
        self.turns = len(ratios)
        self.absent_ms = statistics.median(absent_ns) / 1e6
        self.sampling_ms = statistics.median(sampling_ns) / 1e6
        self.ratio = statistics.median(ratios)
        self.ratio_low, self.ratio_high = min(ratios), max(ratios)


def slowdowns_of(lines):
    turns = defaultdict(lambda: defaultdict(list))
    for line in lines:
        work = json.loads(line)
        turns[work["result"]["name"]][work["state"]].append(work["result"]["ns"])
    return {name: Slowdown(states["absent"], states["sampling"]) for name, states in turns.items()}
