# SPDX-License-Identifier: GPL-2.0-only
"""Who raised an alarm when: what our program, earlyoom and systemd-oomd said in a guest, on one clock.

Lines of theirs begin with the CLOCK_MONOTONIC nanoseconds at which they came (stamp-lines); our rows have theirs."""

import json
import os
import re
from dataclasses import dataclass, field

NS = 1_000_000_000
REAPED_WITHIN_NS = 2 * NS  # of the kernel's word on a kill
REPEAT_NS = {"earlyoom": 1_500_000_000, "systemd-oomd": 2_500_000_000}  # in dry run they say it again and again

KILL = re.compile(r"^\d+,\d+,(\d+),[^;]*;oom-kill:constraint=(CONSTRAINT_\w+),.*"
                  r"task_memcg=([^,]+),task=(.*),pid=(\d+),uid=\d+$")
LOG_LINE = re.compile(r"^\d+,\d+,(\d+),[^;]*;")
EARLYOOM = re.compile(r"low memory! at or below (SIGTERM|SIGKILL) limits")
OOMD_RULE = re.compile(r"(Memory pressure for \S+ is .* > .* for > .* with reclaim activity)|"
                       r"(Memory used .* and swap used .* is more than)")
OOMD_KILL = re.compile(r"oomd dry-run: Would have tried to kill /sys/fs/cgroup(\S*) with recurse=")
OOMD_STARTED = "systemd-oomd started in dry run mode."
EARLYOOM_STARTED = "dryrun mode enabled, will not kill anything"


class BesideError(Exception):
    pass


@dataclass(frozen=True)
class Kill:
    ns: int
    host: bool  # the machine's memory ran out, not a cgroup's limit
    cgroup: str  # the victim's
    pid: int
    comm: str


@dataclass
class Alarms:
    """When a program would have acted, repetitions left out; systemd-oomd's rule for each."""
    ns: list = field(default_factory=list)
    notes: list = field(default_factory=list)


def stamped(lines):
    """(ns, text) of the lines of stamp-lines."""
    for line in lines:
        stamp, _, text = line.rstrip("\n").partition(" ")
        if not stamp.isdigit():
            raise BesideError(f"a line without its time: {line!r}")
        yield int(stamp), text


def read_stamped(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return list(stamped(file))


def kills_in(log):
    """Kills of the kernel, at the kernel's own times. Those are of another clock than CLOCK_MONOTONIC: the line that
    reached us soonest says how far they are apart, to within the time that it took."""
    apart, found = None, []
    for ns, text in log:
        line = LOG_LINE.match(text)
        if not line:
            continue
        here = ns - int(line.group(1)) * 1000
        apart = here if apart is None else min(apart, here)
        kill = KILL.match(text)
        if kill:
            found.append(kill)
    return [Kill(int(kill.group(1)) * 1000 + apart, kill.group(2) == "CONSTRAINT_NONE", kill.group(3),
                 int(kill.group(5)), kill.group(4)) for kill in found]


def first_of_each_stretch(times, repeat_ns):
    """Numbers of the times before which there was none for so long."""
    return [number for number, ns in enumerate(times) if number == 0 or ns - times[number - 1] > repeat_ns]


def stretches(said, repeat_ns):
    picked = [said[number] for number in first_of_each_stretch([ns for ns, _ in said], repeat_ns)]
    return Alarms([ns for ns, _ in picked], [note for _, note in picked])


def must_have_started(log, words, name):
    if not any(words in text for _, text in log):
        raise BesideError(f"{name} did not start: it said {[text for _, text in log][:20]}")


def earlyoom_alarms(log):
    """(SIGTERM, SIGKILL): when it would have begun to ask, and to kill."""
    must_have_started(log, EARLYOOM_STARTED, "earlyoom")
    said = {"SIGTERM": [], "SIGKILL": []}
    for ns, text in log:
        found = EARLYOOM.search(text)
        if found:
            said[found.group(1)].append((ns, None))
    # At the lower limit it says SIGKILL only, and would have said SIGTERM before.
    both = sorted(said["SIGTERM"] + said["SIGKILL"], key=lambda line: line[0])
    return stretches(both, REPEAT_NS["earlyoom"]), stretches(said["SIGKILL"], REPEAT_NS["earlyoom"])


def must_have_been_told(log, cgroup, name):
    if not any("New incoming message" in text and f'"path":"{cgroup}"' in text for _, text in log):
        raise BesideError(f"systemd-oomd {name} was not told to watch {cgroup}")


def oomd_alarms(log):
    """cgroup -> Alarms, the notes of which name the rule. In dry run it goes on through its candidates, because nothing
    was killed: only the first after a rule's line is what it would have killed."""
    must_have_started(log, OOMD_STARTED, "systemd-oomd")
    rule, said = None, {}
    for ns, text in log:
        found = OOMD_RULE.search(text)
        if found:
            rule = "pressure" if found.group(1) else "swap"
        kill = OOMD_KILL.search(text)
        if kill and rule:
            said.setdefault(kill.group(1) or "/", []).append((ns, rule))
            rule = None
    return {cgroup: stretches(lines, REPEAT_NS["systemd-oomd"]) for cgroup, lines in said.items()}


def our_alarms(rows):
    """target -> Alarms."""
    found = {}
    for row in rows:
        if row["type"] == "oom_alert":
            alarms = found.setdefault(row["target"], Alarms())
            alarms.ns.append(row["time_ns"])
            alarms.notes.append(None)
    return found


def seconds(ns):
    return round(ns / NS, 2)


def judged(alarms, begin_ns, kill_ns, end_ns):
    """Alarms of one episode: when the first came, and how long before the kill each did."""
    end = end_ns if kill_ns is None else kill_ns
    inside = [(ns, note) for ns, note in zip(alarms.ns, alarms.notes) if begin_ns <= ns < end]
    result = {"alarms": len(inside), "at_s": [seconds(ns - begin_ns) for ns, _ in inside]}
    if kill_ns is not None:
        result["lead_s"] = [seconds(kill_ns - ns) for ns, _ in inside]
    if any(note for _, note in inside):
        result["rule"] = [note for _, note in inside]
    return result


def kill_of(truth, kills, host):
    """The episode's kill, checked: what the kernel says against what the workload reaped."""
    name = truth["episode"]
    mine = [kill for kill in kills if kill.cgroup == "/oom/" + name]
    if bool(mine) != bool(truth["victims"]):
        raise BesideError(f"{name}: the kernel's log has {len(mine)} kills, {len(truth['victims'])} were reaped as killed")
    if not mine:
        return None
    first = min(mine, key=lambda kill: kill.ns)
    if first.host != host:
        raise BesideError(f"{name}: killed for {'the machine' if first.host else 'a limit'}, which is not what it is about")
    if first.pid not in truth["victims"]:
        raise BesideError(f"{name}: the kernel killed {first.pid}, reaped were {truth['victims']}")
    if not 0 <= truth["first_kill_ns"] - first.ns <= REAPED_WITHIN_NS:
        raise BesideError(f"{name}: killed at {first.ns}, reaped at {truth['first_kill_ns']}")
    return first


def release_in(log):
    for _, text in log:
        found = re.search(r";Linux version (\S+)", text)
        if found:
            return found.group(1)
    raise BesideError("the kernel's log does not say which version it is")


def same_alerts(live, replayed):
    """What the program said while it happened is what it says of its recording."""
    def times(rows):
        return [(row["time_ns"], row["target"]) for row in rows if row["type"] == "oom_alert"]
    if times(live) != times(replayed):
        raise BesideError(f"alerts were {times(live)}, those of the recording are {times(replayed)}")


def read_rows(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def read_boot(boot, folder, oomds, ours, replayed):
    """A row for each episode of the boot. ours: rows of the recording's replay as by default; replayed: model -> rows of
    its replay."""
    def path(name):
        return os.path.join(folder, name)
    kills = kills_in(read_stamped(path("kmsg.log")))
    ours = our_alarms(ours)
    models = {name: our_alarms(rows) for name, rows in replayed.items()}
    term, kill = earlyoom_alarms(read_stamped(path("earlyoom.log")))
    oomd_logs = {name: read_stamped(path(f"oomd-{name}.log")) for name in oomds}
    theirs = {name: oomd_alarms(log) for name, log in oomd_logs.items()}
    rows = []
    for truth in sorted(read_rows(path("truth.jsonl")), key=lambda line: line["episode"]):
        name = truth["episode"]
        target, cgroup = ("host", "/oom/" + name) if boot.host else ("/oom/" + name, "/oom/" + name)
        killed = kill_of(truth, kills, boot.host)
        for which, log in oomd_logs.items():
            must_have_been_told(log, cgroup, which)
        span = (truth["begin_ns"], killed.ns if killed else None, truth["end_ns"])
        watchers = {"memory-collector": judged(ours.get(target, Alarms()), *span)}
        watchers |= {"model " + model: judged(found.get(target, Alarms()), *span) for model, found in models.items()}
        watchers |= {"earlyoom": judged(term, *span), "earlyoom SIGKILL": judged(kill, *span)}
        watchers |= {"systemd-oomd " + which: judged(found.get(cgroup, Alarms()), *span)
                     for which, found in theirs.items()}
        rows.append({"episode": name, "family": truth["family"], "host": boot.host,
                     "limit_mib": round(truth["limit"] / 2**20), "swap_mib": round(truth["swap_max"] / 2**20),
                     "planned_oom": truth["planned_oom"], "peak_mib": round(truth["peak"] / 2**20),
                     "watched_s": seconds((killed.ns if killed else truth["end_ns"]) - truth["begin_ns"]),
                     "killed": killed.comm if killed else None, "watchers": watchers})
    missing = {episode.name for episode in boot.episodes} - {row["episode"] for row in rows}
    if missing:
        raise BesideError(f"{boot.name}: no line of truth of {', '.join(sorted(missing))}")
    return rows
