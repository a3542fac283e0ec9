# SPDX-License-Identifier: GPL-2.0-only
"""What guest/counts.sh left, as counts: instructions of a switch, a fork, an
exit and a tick, with the module and without."""

import json
import os
import statistics

from judge.ticks import TickTrace

SWITCHES = ("within", "within-pipe", "between", "between-3", "between-pipe")
LIVES = ("fork", "exit")
# Who forks, one after the other.
PARENTS = ("life-1", "life-2", "life-3")
MSR_STATS = ("pqr_reads", "pqr_writes", "evtsel_reads", "evtsel_writes")
# The same work before and after, without the module: further apart, and the run says nothing.
UNSTABLE = {"within": 1.0, "between": 1.0, "between-3": 1.0, "within-pipe": 20.0, "between-pipe": 20.0,
            "fork": 200.0, "exit": 200.0}
# Held against the record: all but those in which the kernel's own work varies by more than a switch costs.
RECORDED = ("within", "between", "between-3") + LIVES
# Of all turns of a ring, so many may have been something else (a kernel thread's).
STRANGE_TURNS = 0.02


class CostError(Exception):
    """What the user has to know; ends the command with status 1."""


def medians_per(ticks, shift, units):
    """Instructions of one of `units` things, from the TSC's ticks of each batch of them."""
    return statistics.median(ticks) / 2 ** shift / units


class Works:
    """The lines of works.jsonl by (state, name)."""

    def __init__(self, lines, shift):
        self.shift = shift
        self._works = {}
        for line in lines:
            work = json.loads(line)
            self._works[work["state"], work["result"]["name"]] = work

    def result(self, state, name):
        try:
            return self._works[state, name]["result"]
        except KeyError:
            raise CostError(f"the guest did not measure {name} in the state {state}") from None

    def switch(self, state, name):
        """Instructions from one turn of the ring to the next."""
        result = self.result(state, name)
        turns = result["rounds"] * len(result["ticks"])
        if not turns <= result["own_switches"] <= turns * (1 + STRANGE_TURNS):
            raise CostError(f"{name}, {state}: {turns} rounds, and the first member was switched "
                            f"{result['own_switches']} times: something else ran on the CPU")
        return medians_per(result["ticks"], self.shift, result["rounds"] * result["members"])

    def life(self, state, name):
        """Of the tenth of a parent's children that was disturbed least: most forks take a page or so more or
        less; and of the parent that was: all forks of one may take some hundred instructions more, with the
        module or without."""
        parents = [sorted(self.result(state, work)[name + "_ticks"]) for work in PARENTS]
        return min(ticks[len(ticks) // 10] for ticks in parents) / 2 ** self.shift

    def value(self, state, name):
        return self.life(state, name) if name in LIVES else self.switch(state, name)

    def added(self, state, name):
        """Instructions that the module adds; an error if the same work without it is not the same."""
        before, again = self.value("absent", name), self.value("again", name)
        if abs(before - again) > UNSTABLE[name]:
            raise CostError(f"{name} without the module took {before:.1f} instructions, and later {again:.1f}: "
                            "not stable, measure again")
        return self.value(state, name) - (before + again) / 2

    def accesses_per_switch(self, state, name):
        """{statistic: MSR accesses} of one turn, by the machine's own count."""
        work = self._works[state, name]
        result = work["result"]
        # The round before the first batch counts, too.
        turns = result["rounds"] * (len(result["ticks"]) + 1) * result["members"]
        return {key: (work["after"]["stats"][key] - work["before"]["stats"][key]) / turns for key in MSR_STATS}


def read_lines(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return file.read().splitlines()


def ticks_of(folder, name):
    trace = TickTrace(read_lines(folder, f"ticks-{name}.txt"))
    if not trace.ticks:
        raise CostError(f"the guest left no tick events in ticks-{name}.txt")
    return trace


def median_of(trace, field):
    return statistics.median(fields[field] for _, fields in trace.ticks)


def tick_cost(works, trace, members):
    """One tick, in instructions: lost by a spinning program, and by the event's own account."""
    result = works.result("sampling", str(members))
    lost = [ticks for ticks in result["ticks"] if ticks]
    if len(lost) < 0.8 * len(result["ticks"]):
        raise CostError(f"only {len(lost)} of {len(result['ticks'])} slots ended with an interrupt")
    return {
        "lost": medians_per(lost, works.shift, 1),
        "lost_max": max(lost) / 2 ** works.shift,
        "duration": median_of(trace, "duration") / 2 ** works.shift,
        "reads": median_of(trace, "sample"),
    }


def counts_of(folder, shift, members):
    """{name: instructions}: all that is held against the record."""
    works = Works(read_lines(folder, "works.jsonl"), shift)
    counts = {}
    for name in RECORDED:
        counts[name] = works.added("sampling", name)
        counts[name + "-unheard"] = works.added("unheard", name)
    for number in members:
        cost = tick_cost(works, ticks_of(folder, number), number)
        counts[f"tick-{number}"] = cost["lost"]
    return counts
