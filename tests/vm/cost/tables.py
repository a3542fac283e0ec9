# SPDX-License-Identifier: GPL-2.0-only
"""The figures as tables in Markdown."""

from .works import LIVES, MSR_STATS, SWITCHES

NAMES = {
    "within": "switch within a process (sched_yield)",
    "within-pipe": "switch within a process, blocked on a pipe",
    "between": "switch between processes (sched_yield)",
    "between-3": "three processes in turn",
    "between-pipe": "switch between processes, blocked on a pipe",
    "fork": "fork, until the child runs",
    "exit": "exit, until the parent has waited",
}
AIMS = {"within": 40, "within-pipe": 40, "between": 120, "between-3": 120, "between-pipe": 120}


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def number(value):
    """Differences of whole numbers, nearly: one digit, and no minus before zero."""
    text = f"{value:.1f}"
    return "0.0" if text == "-0.0" else text


def counts(works):
    """Instructions of a switch, a fork and an exit; and what of them are MSR accesses."""
    rows = []
    for name in SWITCHES + LIVES:
        rows.append([NAMES[name], number(works.value("absent", name)), number(works.added("unheard", name)),
                     number(works.added("sampling", name)), str(AIMS.get(name, ""))])
    accesses = []
    for name in SWITCHES:
        counted = works.accesses_per_switch("sampling", name)
        accesses.append([NAMES[name]] + [f"{counted[key]:.2f}" for key in MSR_STATS])
    return (table(["instructions", "without the module", "added, nobody listens", "added, sampling", "aim"], rows) +
            "\n\n" +
            table(["MSR accesses per switch, sampling", "PQR reads", "PQR writes", "EVTSEL reads", "EVTSEL writes"],
                  accesses))


def ticks(costs):
    """costs: {members: tick_cost()}."""
    rows = [[str(members), f"{cost['reads']:.0f}", f"{cost['lost']:.0f}", f"{cost['lost_max']:.0f}",
             f"{cost['duration']:.0f}"] for members, cost in costs.items()]
    return table(["processes that ran in the slot", "counter reads", "instructions lost by a spinning program (median)",
                  "most", "by the event's `duration_ns`"], rows)


def lateness(found):
    """found: rows of interval_us, members, Lateness."""
    rows = [[f"{interval} us", str(members), str(late.ticks), str(late.missed),
             f"{late.missed_share:.1%}", f"{late.p50:.0f}", f"{late.p99:.0f}", f"{late.most:.0f}"]
            for interval, members, late in found]
    return table(["interval", "processes", "ticks", "missed", "of all slots", "late p50", "p99", "most (instructions)"],
                 rows)


def beside(module, cyclictest):
    """Both in microseconds."""
    rows = [["module's tick", str(module.ticks), str(module.missed), f"{module.p50:.0f}", f"{module.p99:.0f}",
             f"{module.most:.0f}"],
            ["cyclictest", str(cyclictest.ticks), "", f"{cyclictest.p50:.0f}", f"{cyclictest.p99:.0f}",
             f"{cyclictest.most:.0f}"]]
    return table(["every 1 ms on 2 CPUs", "wakeups", "missed", "late p50 (us)", "p99", "most"], rows)


def slowdown(found):
    """found: {name: Slowdown}."""
    rows = [[name, str(slow.turns), f"{slow.absent_ms:.1f}", f"{slow.sampling_ms:.1f}", f"{slow.ratio:.3f}",
             f"{slow.ratio_low:.3f} to {slow.ratio_high:.3f}"] for name, slow in found.items()]
    return table(["benchmark", "turns of each", "without (ms, median)", "sampling", "ratio", "ratios of the turns"], rows)
