#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Makes figures of what there/benchmark.sh left of one load: prints JSON.

usage: timer_statistics.py [--emulated] [--load NAME] FOLDER

FOLDER holds sync_timer_benchmark_module's `status` and `cpuN`, and, if it ran,
cyclictest.json. Ticks that the timer counted as missed are held against the
slots for which no tick was recorded; if they differ, nothing is printed and the
exit status is 1.
"""

import argparse
import array
import json
import math
import os
import sys

PERCENTILES = (("p50", 50), ("p99", 99), ("p99_9", 99.9))
BINS_PER_DECADE = 10
STEPS = 1000  # of a percent

EMULATED = "measured in the emulated lab, whose clock is that of a busy host: no measure of real hardware"


class Inconsistent(Exception):
    pass


class Recording:
    """One run as the module gave it out."""

    def __init__(self, folder):
        self.folder, self.accounts, self.done = folder, {}, False
        with open(os.path.join(folder, "status"), encoding="utf-8") as file:
            values = self._read(file)
        self.interval_ns, self.first_slot_ns, self.slots = (
            values[key] for key in ("interval_ns", "first_slot_ns", "slots"))

    def _read(self, lines):
        values = {}
        for line in lines:
            words = line.split()
            if words == ["done"]:
                self.done = True
            elif words and words[0] == "cpu":
                self.accounts[int(words[1])] = dict(zip(words[2::2], map(int, words[3::2])))
            elif len(words) == 2:
                values[words[0]] = int(words[1])
        return values

    def times(self, cpu):
        """The time of each slot's tick, 0 where there was none."""
        times = array.array("Q")
        with open(os.path.join(self.folder, f"cpu{cpu}"), "rb") as file:
            times.frombytes(file.read())
        if len(times) != self.slots:
            raise Inconsistent(f"CPU {cpu}: {len(times)} slots are recorded, {self.slots} were asked for")
        return times

    def lateness(self, cpu, times):
        """From when each tick was due, one interval after the slot of the one before it: also of a tick
        that missed slots, as cyclictest counts it."""
        late, due_ns = [], self.accounts[cpu]["before_slot_ns"] + self.interval_ns
        for number, time_ns in enumerate(times):
            if time_ns:
                late.append(time_ns - due_ns)
                due_ns = self.first_slot_ns + (number + 1) * self.interval_ns
        return late

    def counted_as_missed(self, cpu):
        """By the timer itself, in the slots that are recorded: what it counted from its last tick before
        them to the first one behind them, less what lies outside."""
        account = self.accounts[cpu]
        if not account["before_slot_ns"] or not account["after_slot_ns"]:
            raise Inconsistent(f"CPU {cpu} did not tick from before the first slot until after the last: "
                               "was it taken off?")
        end_ns = self.first_slot_ns + self.slots * self.interval_ns
        outside = (self.first_slot_ns - account["before_slot_ns"]) // self.interval_ns - 1
        outside += (account["after_slot_ns"] - end_ns) // self.interval_ns
        return account["after_missed"] - account["before_missed"] - outside


def percentile(ordered, share):
    """The smallest value that at least `share` percent of all do not exceed."""
    rank = -(-len(ordered) * round(share * STEPS) // (100 * STEPS))
    return ordered[max(rank, 1) - 1]


def summary(values):
    """Of a list of integers; null where there are none."""
    if not values:
        return dict.fromkeys(("min", "max", "mean", "stddev", *(name for name, _ in PERCENTILES)))
    ordered = sorted(values)
    mean = sum(ordered) / len(ordered)
    variance = sum((value - mean) ** 2 for value in ordered) / len(ordered)
    return {"min": ordered[0], "max": ordered[-1], "mean": round(mean, 1), "stddev": round(math.sqrt(variance), 1),
            **{name: percentile(ordered, share) for name, share in PERCENTILES}}


def without_percentiles(figures):
    return {key: value for key, value in figures.items() if not key.startswith("p")}


def distribution(counts):
    """Points [ns, share of values that are larger] of {value: count}, on a logarithmic grid."""
    total = sum(counts.values())
    values = sorted(counts)
    points, left, at = [], total, 0
    if not total:
        return points
    # Up to the grid's first point that no value exceeds.
    step, last = 0, max(values[-1], 1)
    while True:
        edge = round(10 ** (step / BINS_PER_DECADE))
        while at < len(values) and values[at] <= edge:
            left -= counts[values[at]]
            at += 1
        if not points or points[-1][0] != edge:
            points.append([edge, left / total])
        if edge >= last:
            return points
        step += 1


def count(values):
    counts = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return counts


def skew(times_by_cpu):
    """For each slot that ticked on every CPU, between the first and the last of them."""
    if len(times_by_cpu) < 2:
        return []
    return [max(times) - min(times) for times in zip(*times_by_cpu) if all(times)]


def cyclictest(path):
    """The figures of its histogram, in ns; it counts whole microseconds."""
    try:
        with open(path, encoding="utf-8") as file:
            threads = json.load(file)["thread"].values()
    except FileNotFoundError:
        return None
    counts, overflows = {}, 0
    for thread in threads:
        binned = 0
        for microseconds, number in thread["histogram"].items():
            counts[int(microseconds) * 1000] = counts.get(int(microseconds) * 1000, 0) + number
            binned += number
        overflows += thread["cycles"] - binned
    # What is beyond the histogram is known by its number, and the largest one by its value.
    longest = max(thread["max"] for thread in threads) * 1000
    if overflows > 0:
        counts[longest] = counts.get(longest, 0) + overflows
    values = sorted(counts)
    figures = {"samples": sum(counts.values()), "beyond_histogram": max(overflows, 0),
               "min": min(thread["min"] for thread in threads) * 1000, "max": longest}
    for name, share in PERCENTILES:
        wanted, seen = -(-figures["samples"] * round(share * STEPS) // (100 * STEPS)), 0
        for value in values:
            seen += counts[value]
            if seen >= wanted:
                figures[name] = value
                break
    return {**figures, "resolution_ns": 1000, "distribution": distribution(counts)}


def analyse(folder, load, emulated, kernel):
    recording = Recording(folder)
    if not recording.done or not recording.accounts:
        raise Inconsistent("the recording is not complete")
    lateness, deltas, per_cpu, times_by_cpu = [], [], [], []
    for cpu in sorted(recording.accounts):
        times = recording.times(cpu)
        ran = [time for time in times if time]
        missed, counted = recording.slots - len(ran), recording.counted_as_missed(cpu)
        if missed != counted:
            raise Inconsistent(f"CPU {cpu}: {missed} slots have no tick, the timer counted {counted} as missed")
        late = recording.lateness(cpu, times)
        if late and min(late) < 0:
            raise Inconsistent(f"CPU {cpu}: a tick ran {-min(late)} ns before it was due")
        lateness += late
        deltas += [after - before for before, after in zip(ran, ran[1:])]
        per_cpu.append({"cpu": cpu, "samples": len(ran), "missed_ticks": missed, "lateness_ns": summary(late)})
        times_by_cpu.append(times)
    between = skew(times_by_cpu)
    return {
        "benchmark": "sync_timer", "load": load, "kernel": kernel, "emulated": emulated,
        **({"note": EMULATED} if emulated else {}),
        "cpus": len(per_cpu), "interval_ns": recording.interval_ns, "slots": recording.slots,
        "samples": len(lateness), "missed_ticks": recording.slots * len(per_cpu) - len(lateness),
        "delta_ns": without_percentiles(summary(deltas)),
        "lateness_ns": summary(lateness),
        "skew_ns": {"slots": len(between), **summary(between)},
        "per_cpu": per_cpu,
        "cyclictest_ns": cyclictest(os.path.join(folder, "cyclictest.json")),
        "lateness_distribution": distribution(count(lateness)),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--emulated", action="store_true", help="mark the figures as not of real hardware")
    parser.add_argument("--load", default="none", metavar="NAME", help="what ran beside (default none)")
    parser.add_argument("--kernel", default=None, metavar="RELEASE")
    parser.add_argument("folder")
    arguments = parser.parse_args()
    try:
        figures = analyse(arguments.folder, arguments.load, arguments.emulated, arguments.kernel)
    except (Inconsistent, OSError, ValueError, KeyError) as error:
        print(f"timer_statistics.py: {arguments.folder}: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(json.dumps(figures, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
