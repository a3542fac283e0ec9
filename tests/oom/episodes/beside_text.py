# SPDX-License-Identifier: GPL-2.0-only
"""The words of docs/oom-beside.md."""

OPENING = """
# earlyoom and systemd-oomd beside the OOM forecast
<!-- Written by scripts/oom-beside from tests/oom/beside.json: change what writes it. -->

The programs themselves, not their rules as [the evaluation](oom-evaluation.md) models them, each as Debian 12 has it:
when would they have acted, and when did `memory-collector oom` raise its alert? Also the only episodes here in which
the kernel kills for the whole machine's memory and not for a cgroup's limit. `scripts/oom-beside` makes all of it anew.
"""

METHOD = """
## How it was measured
- **Guests** of the lab with kernel {kernel}, one emulated CPU on which time is a count of instructions
  (as for the recorded episodes), so that a busy host changes nothing.
- **Workload**: `oom-episode`, families and seeds as in the evaluation. {host} episodes have a machine of 512 MiB to
  themselves and a cgroup without a limit (`--host`), one a boot; `zram` has 256 MiB of swap on zram. {limit} have a
  cgroup with a limit in a machine of 4 GiB that has memory left, several a boot.
- **earlyoom** {earlyoom}, `-r 3600 --dryrun`: Debian's arguments, and that it only says what it would do. By default it
  sends SIGTERM when memory available and swap free are both at or below 10 %, SIGKILL at 5 %.
- **systemd-oomd** {oomd}, `--dry-run`, three of them: as Debian has it (full memory pressure over 60 % for 20 s, or memory
  and swap used over 90 %), with 2 s instead of 20, and with 10 % for 1 s, the shortest time it takes. The decision is its own;
  there is no systemd in the guest, so a stand-in (`tests/lab/workload/managed-oom.c`) answers the one question it asks the
  system manager: which cgroups it is to watch (the root for swap, as Debian's `-.slice`; the episode's for pressure).
- **memory-collector** `oom --record FILE --format jsonl`. Its alerts (from 0.5 on) were the same, to the nanosecond, when
  the recording was replayed; all lines here are such replays: by default (linear, alerts from 0.9 on at the 10 s
  horizon, no second one within 10 s), and of each model from 0.5 on, or (*strict*) from the evaluation's threshold for
  few false alarms on ({thresholds}), with the models as they were when this was recorded.
- **Times** are CLOCK_MONOTONIC. What others print gets the time at which it comes (`stamp-lines`, its memory locked). A
  kill's time is the kernel log's, held against the process that the workload reaped.
- **Who is right when**: our alert claims a kill within 10 s; one that no kill follows in that time is untrue, also if a kill
  comes later. earlyoom and systemd-oomd claim nothing: any alarm of theirs before a kill counts, repetitions left out, and
  where no kill came, an alarm is a process that would have been killed for nothing.
"""

HOST = """
## The machine's memory runs out
{host} episodes, {host_kills} kills (`CONSTRAINT_NONE` in the kernel's log). The lead is that of the first alarm that counts.
"""

LIMIT = """
## A cgroup's limit
{limit} episodes, {limit_kills} kills. earlyoom watches the machine only, which had memory left: it {earlyoom_heard}.
"""

MEANING = """
## What it means
- **Kills of the whole machine**: by default ours raised a true alarm before {default} of {kills}, {default_median} before in
  the median, and an alarm in {default_spared} of the {spared} episodes where nothing was killed. From 0.5 on: {linear} of {kills},
  {linear_median}, {linear_spared} of {spared}, and most first alarms come too early to be true: what begins with a jump looks
  like a leak for seconds. At the strict threshold: {strict} of {kills}, {strict_median}, {strict_spared} of {spared}. The most of
  our models: {best} of {kills}.
- **earlyoom** would have acted before {earlyoom} of {kills} kills, {earlyoom_median} before in the median, and in
  {earlyoom_spared} of the {spared} episodes where nothing was killed. It acts on a level: early where memory stays near the
  end (most: {earlyoom_most}), late where it grows fast (least: {earlyoom_least}). Kills by a cgroup's limit it does not see.
- **systemd-oomd** as Debian has it would have acted before {oomd} of {kills} kills of the machine{oomd_where} and {oomd_limit} of
  {limit_kills} by a limit. It goes by reclaim that makes processes wait; where there is neither swap nor much page
  cache there is nothing to reclaim, and the kernel kills before anybody has waited for long. Set as tight as it can be,
  before {tight} and {tight_limit}.
- They act, ours only says: an alarm of theirs where no kill came is a process lost, of ours a line too many.
"""

ENDING = """
## Limits
- Few episodes: enough to see how the programs differ, not for rates. Synthetic workloads, a small emulated machine.
- In dry run nothing is killed and the episode goes on; a real one would have ended it at its first alarm.
- The guest's programs lie in memory that cannot be evicted, and the machine's episodes have no page cache: nothing is read
  again and again before the kill, as it is on a machine with a disk. That keeps pressure low, and systemd-oomd silent.
- Pressure of a cgroup within a limit comes from disks in memory with 80 us a request, and zram.
- The learned models were trained on episodes with limits, some of these among them; of the machine's, on none.
- All share one CPU with the workload, at the same priority. A line's time is that at which it was read.
"""
