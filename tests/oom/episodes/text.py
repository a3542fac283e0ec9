# SPDX-License-Identifier: GPL-2.0-only
"""The words of docs/oom-evaluation.md."""

NAMES = {"linear": "linear extrapolation", "logistic": "logistic regression", "trees": "boosted trees",
         "free_below": "free below X % (earlyoom's rule)", "psi_full": "PSI full (systemd-oomd's rule)",
         "psi_some": "PSI some", "always_no": "never an alarm"}

OPENING = """
# The OOM forecast, evaluated
<!-- Written by scripts/oom-evaluate from tests/oom/published.json: change what writes it. -->

How well `memory-collector oom` foresees kills of the kernel's OOM killer, on recorded episodes that really ended, or
did not end, in one. `scripts/oom-record` records them again, `scripts/oom-train` trains the models,
`scripts/oom-evaluate` makes this page.
"""

METHOD = """
## How it was measured
- **Episodes**: `oom-episode` (`tests/lab/workload/oom-episode/`) lets processes grow in a memory cgroup (v2) with a
  limit, as family and seed say: 12 families, limits of 16, 32, 64 and 128 MiB, 60 s at most. Planned are 32 seeds of
  each, three of eight to end in a kill; the others stop, fall back or start anew, at up to 96 % of the limit.
  **{recorded} of the {planned} planned episodes are recorded**, {kills} ended in a kill, {hours} hours in all.
- **Recorded** in guests of the lab: Debian's kernel 6.12, one emulated CPU on which time is a count of instructions
  (2 ns each), so that a busy host changes nothing; 20 episodes a boot in parallel (8 with swap, which is the
  machine's). Disk and swap are memory-backed block devices with 80 us a request, counted in the guest's time.
  `memory-collector oom --record`, a sample every 100 ms.
- **Truth**: the first kill of an episode, as the kernel's log and `memory.events` tell it, held against the processes
  that the workload reaped. What comes after it in an episode is not looked at.
- **An alarm** at time t claims a kill in (t, t + horizon]. It is raised as the score comes up to the
  threshold, but not within the horizon (the refractory period) after the one before. A claim that does not come true is a
  false alarm. A kill is foreseen if an alarm was raised in the horizon before it; the lead is the first such alarm's.
- **A guest-hour** is an hour of one watched cgroup. Thresholds are swept; each method has the one with the most
  recall at no more than one false alarm per guest-hour.
- **Rules of others**, for a cgroup: free below X % of the limit, page cache counted as free, and of swap (both, as
  earlyoom has it); PSI as the kernel's 10 s average (systemd-oomd's). Linear extrapolation is swept by its expected
  time, which is finer than its probability.
- **Intervals** are 95 %, by bootstrap over whole episodes (1000 draws), at fixed thresholds.
"""

ENDING = """
## Limits
- Kills by a cgroup's limit only; those of the whole host are in [oom-beside.md](oom-beside.md). Emulated machine, synthetic workloads of one project: other
  machines will see other figures.
- The families differ in how memory grows, less in what the kernel does then; leaving one out leaves related ones in.
- No episode that is to survive is planned above 96 % of what memory and swap hold. That favours the rule "free below X %", which has a gap to put its
  threshold into; real hosts may have none.
- At so few false alarms most methods alert in the last tenths of a second: a leak that will stop looks like one that
  will not. Leads, and the table of alarms in time to act, say what a forecast is good for.
- Few hours: one false alarm more or less moves a method's threshold. The intervals say how far figures can be trusted.
- earlyoom's and systemd-oomd's rules were evaluated here; the programs themselves ran beside it on fewer episodes:
  [oom-beside.md](oom-beside.md).
"""
