# SPDX-License-Identifier: GPL-2.0-only
"""Soft RMIDs: processes without an RMID of their own are charged what they moved,
rounded once a switch, in either direction alike."""

import json
import math
import statistics
from collections import defaultdict

SECOND = 1_000_000_000


def errors(report, truth):
    """(process, reported - true in bytes) for every process of the workload."""
    shown = {}
    for row in report.totals:
        process = truth.of(row)
        if process is not None:
            shown[process.pid, process.start_ticks] = row["total_bytes"] or 0
    return [(process, shown.get((process.pid, process.start_ticks), 0) - process.owned() - process.unowned())
            for process in truth]


def check_soft(report, truth, unit_bytes, processes=1, promoted=0):
    """processes: at least so many ran on soft RMIDs. promoted: of the busiest so many
    at least half had an RMID of their own in the last whole interval."""
    complaints = []
    off = errors(report, truth)
    for process, error in off:
        allowed = (3 * math.sqrt(process.switches) + 1) * unit_bytes
        if abs(error) > allowed:
            complaints.append(f"{process.comm}[{process.pid}]: off by {error:+} bytes after {process.switches} "
                              f"switches, allowed {allowed:.0f}")
    units = [error / unit_bytes for _, error in off]
    mean, standard = statistics.mean(units), statistics.stdev(units) / math.sqrt(len(units))
    print(f"# soft: {len(units)} processes, off by {mean:+.4f} units in the mean (standard error {standard:.4f}), "
          f"{max(map(abs, units)):.1f} at most, {sum(units):+.2f} all together")
    # All bytes are somebody's, so the mean tells little beside the part of a unit that is still counted.
    if abs(mean) > max(standard, 1 / len(units)):
        complaints.append(f"in the mean processes are off by {mean:+.4f} units, the standard error is {standard:.4f}")
    softly = sum(1 for row in report.totals if truth.of(row) is not None and "soft" in row["flags"])
    if softly < processes:
        complaints.append(f"{softly} processes ran on soft RMIDs, the scenario needs {processes}")
    return complaints + check_promoted(report, truth, promoted)


def busiest(truth, count):
    ranked = sorted(truth, key=lambda process: process.owned() + process.unowned(), reverse=True)
    return {(process.pid, process.start_ticks) for process in ranked[:count]}


def rows_of(report, truth, chosen):
    for row in report.processes:
        process = truth.of(row)
        if process is not None and (process.pid, process.start_ticks) in chosen:
            yield process, row


def check_promoted(report, truth, count):
    if not count:
        return []
    at_work = defaultdict(list)
    for _, row in rows_of(report, truth, busiest(truth, count)):
        at_work[row["end_ns"]].append(row)
    # The last in which all of them ran.
    last = max((end for end, rows in at_work.items() if len(rows) == count), default=None)
    if last is None:
        return [f"the {count} busiest processes never ran in one interval"]
    own = sum(1 for row in at_work[last] if "soft" not in row["flags"])
    print(f"# soft: {own} of the {count} busiest had their own RMID all through the interval that ended at {last}")
    if own * 2 < count:
        return [f"only {own} of the {count} busiest processes had an RMID of their own at the end"]
    return []


class Timeline:
    """Bytes that a pid moved, in steps. A charge may be interrupted between its begin and its
    end, by both of which it is told: its bytes moved at some time in between."""

    def __init__(self, path):
        self.begun, self.ended = defaultdict(dict), defaultdict(dict)
        with open(path, encoding="utf-8") as file:
            for line in file:
                step = json.loads(line)
                if "lost" in step:
                    raise ValueError(f"{path}: the workload lost {step['lost']} bytes of its timeline")
                self.begun[step["pid"]][step["start_ns"]] = step["begun"]
                self.ended[step["pid"]][step["start_ns"]] = step["total"]

    @staticmethod
    def before(steps, when_ns):
        return sum(moved for at, moved in steps.items() if at < when_ns)

    def between(self, pid, start_ns, end_ns):
        return self.before(self.ended[pid], end_ns) - self.before(self.ended[pid], start_ns)

    def surely_between(self, pid, start_ns, end_ns):
        """Of charges that began and ended there."""
        return max(self.before(self.ended[pid], end_ns) - self.before(self.begun[pid], start_ns), 0)

    def perhaps_between(self, pid, start_ns, end_ns):
        """Of charges that were under way there."""
        return self.before(self.begun[pid], end_ns) - self.before(self.ended[pid], start_ns)


def check_busiest(report, truth, unit_bytes, timeline, count=20, within=0.01, late_ns=10_000_000):
    """The busiest processes, in every whole second, within a share of the truth and one unit a
    domain. A slot's reading comes with its tick, which in the lab may be late: what was moved
    in the first late_ns after a second's end may be in it or in the next."""
    complaints, windows, worst = [], 0, 0.0
    for process, row in rows_of(report, truth, busiest(truth, count)):
        start, end = row["start_ns"], row["end_ns"]
        if end - start != SECOND:
            continue
        true = timeline.between(process.pid, start, end)
        least = timeline.surely_between(process.pid, start + late_ns, end)
        most = timeline.perhaps_between(process.pid, start, end + late_ns)
        shown = row["total_bytes"] or 0
        off = max(least - shown, shown - most, 0)
        if not true:
            continue
        windows += 1
        worst = max(worst, off / true)
        if off > within * true + unit_bytes:
            complaints.append(f"{process.comm}[{process.pid}] in {start}..{end}: {shown}, it moved {true} "
                              f"({least} to {most} by when it was read)")
    print(f"# soft: the {count} busiest in {windows} seconds, off by {worst * 100:.2f}% at most")
    if windows < count:
        complaints.append(f"only {windows} seconds to judge the {count} busiest by")
    return complaints


def check_lists(report):
    """Soft rows are a part of their domain's bytes."""
    domains = {(row["domain"], row["end_ns"]): row for row in report.domains}
    complaints = []
    for row in report.softs:
        whole = domains.get((row["domain"], row["end_ns"]))
        if whole is None or row["total_bytes"] > whole["total_bytes"] or row["local_bytes"] > row["total_bytes"]:
            complaints.append(f"soft row of domain {row['domain']} at {row['end_ns']}: {row['total_bytes']} bytes, "
                              f"{row['local_bytes']} local; the domain has {whole and whole['total_bytes']}")
    return complaints
