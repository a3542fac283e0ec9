# SPDX-License-Identifier: GPL-2.0-only
"""When a score raises an alarm, and what an alarm is worth.

Fixed before anything was measured: an alarm at time t claims that the kernel kills in (t, t + horizon]. It is raised
as the score comes up to the threshold, but not within the refractory period, which is the horizon, after the one
before: the same rule as the program's alerts. An alarm whose claim does not come true is a false one; a kill is
foreseen if an alarm was raised in the horizon before it. Time counts per watched cgroup, up to its first kill."""

from dataclasses import dataclass, field

import numpy

NS = 1_000_000_000
HOUR = 3600.0


@dataclass
class Run:
    """One episode as the forecast saw it: samples in order, none at or after the first kill."""
    name: str
    family: str
    limit_mib: int
    kill_ns: int | None       # the first
    time_ns: numpy.ndarray
    end_ns: int               # of being watched
    names: list = field(default_factory=list)    # of the features
    columns: dict = field(default_factory=dict)  # features, known, victim, culprit: a row or value a sample
    victims: tuple = ()
    culprits: tuple = ()

    def column(self, name):
        return self.columns["features"][:, self.names.index(name)]

    @property
    def hours(self):
        return (self.end_ns - int(self.time_ns[0])) / NS / HOUR if len(self.time_ns) else 0.0

    def label(self, horizon):
        """1 where the kill comes within the horizon."""
        if self.kill_ns is None:
            return numpy.zeros(len(self.time_ns))
        return (self.kill_ns - self.time_ns <= horizon * NS).astype(float)


def alarm_times(time_ns, score, threshold, refractory):
    """Times of alarms. NaN (no history yet) is below any threshold."""
    high = score >= threshold
    above, below = numpy.flatnonzero(high), numpy.flatnonzero(~high)
    found, at = [], 0
    while True:
        place = numpy.searchsorted(above, at)
        if place == len(above):
            return found
        here = above[place]
        found.append(int(time_ns[here]))
        fell = numpy.searchsorted(below, here)
        if fell == len(below):
            return found
        at = max(below[fell], numpy.searchsorted(time_ns, time_ns[here] + int(refractory * NS)))


@dataclass
class Outcome:
    """What alarms at one threshold were worth, per run."""
    kills: numpy.ndarray      # 1 where the run ends in a kill
    foreseen: numpy.ndarray
    lead: numpy.ndarray       # seconds between the first true alarm and the kill; NaN
    true_alarms: numpy.ndarray
    false_alarms: numpy.ndarray
    hours: numpy.ndarray

    def recall(self, pick=slice(None)):
        kills = self.kills[pick].sum()
        return float(self.foreseen[pick].sum() / kills) if kills else float("nan")

    def false_per_hour(self, pick=slice(None)):
        return float(self.false_alarms[pick].sum() / self.hours[pick].sum())

    def early_recall(self, seconds, pick=slice(None)):
        """Only alarms so long before the kill count."""
        kills = self.kills[pick].sum()
        return float((self.lead[pick] >= seconds).sum() / kills) if kills else float("nan")

    def precision(self, pick=slice(None)):
        raised = self.true_alarms[pick].sum() + self.false_alarms[pick].sum()
        return float(self.true_alarms[pick].sum() / raised) if raised else float("nan")

    def lead_quantile(self, share, pick=slice(None)):
        leads = self.lead[pick]
        leads = leads[~numpy.isnan(leads)]
        return float(numpy.quantile(leads, share)) if len(leads) else float("nan")


def outcome(runs, scores, threshold, horizon):
    """threshold: one, or one for each run."""
    count = len(runs)
    result = Outcome(*(numpy.zeros(count) for _ in range(6)))
    result.lead[:] = numpy.nan
    thresholds = numpy.broadcast_to(threshold, (count,))
    for number, (run, score) in enumerate(zip(runs, scores)):
        result.hours[number] = run.hours
        result.kills[number] = run.kill_ns is not None
        for alarm in alarm_times(run.time_ns, score, thresholds[number], horizon):
            if run.kill_ns is not None and alarm >= run.kill_ns - horizon * NS:
                result.true_alarms[number] += 1
                if not result.foreseen[number]:
                    result.foreseen[number] = 1
                    result.lead[number] = (run.kill_ns - alarm) / NS
            else:
                result.false_alarms[number] += 1
    return result


def thresholds_of(scores, count=200):
    """Values of the score, more of them where it is high; the last is over all of them."""
    values = numpy.concatenate([score[~numpy.isnan(score)] for score in scores]) if scores else numpy.zeros(0)
    if not len(values):
        return numpy.array([numpy.inf])
    shares = 1 - numpy.geomspace(1, 1 / len(values), count)
    return numpy.append(numpy.unique(numpy.quantile(values, shares, method="higher")), numpy.inf)


def sweep(runs, scores, horizon):
    """(threshold, outcome) for all thresholds worth looking at."""
    return [(threshold, outcome(runs, scores, threshold, horizon)) for threshold in thresholds_of(scores)]


def best_within(points, budget, pick=slice(None)):
    """Of the picked runs, the point with the highest recall at no more than so many false alarms an hour; of equals the one with the
    fewest false alarms. There always is one: the threshold over all scores raises no alarm."""
    allowed = [(at, found) for at, found in points if found.false_per_hour(pick) <= budget]
    return max(allowed, key=lambda point: (point[1].recall(pick), -point[1].false_per_hour(pick), point[0]))
