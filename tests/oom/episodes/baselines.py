# SPDX-License-Identifier: GPL-2.0-only
"""What others do, as scores whose threshold is swept like that of the learned models; and linear extrapolation, whose
few figures are chosen on the training runs."""

import numpy

from . import alarms
from .fitting import Linear

RULES = {"free_below": ("available", -1.0), "psi_full": ("psi_full_10s", 1.0), "psi_some": ("psi_some_1s", 1.0)}
WINDOWS = ("1s", "2s", "5s")
LEAST_SLOPES = (0.0005, 0.005)
SHAPES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
BUDGET = 1.0


def masked(run, values):
    values = numpy.array(values, dtype=float)
    values[~run.columns["known"]] = numpy.nan
    return values


def rule_scores(name, runs):
    """The rules have no horizon: their score is the same for all."""
    column, sign = RULES[name]
    return [masked(run, sign * run.column(column)) for run in runs]


def never(runs):
    return [numpy.full(len(run.time_ns), numpy.nan) for run in runs]


def linear_models(names):
    return [(window, Linear(names.index("fill_" + window), names.index("slope_" + window), least))
            for window in WINDOWS for least in LEAST_SLOPES]


def linear_scores(model, runs, horizon=10.0):
    return [masked(run, model.probability(run.columns["features"], horizon)) for run in runs]


class LinearChoice:
    """The sweeps of all candidates, made once; which is best depends on the runs that one may look at."""

    def __init__(self, runs, horizon):
        self.runs, self.horizon = runs, horizon
        self.candidates = []
        for window, model in linear_models(runs[0].names):
            scores = linear_scores(model, runs)
            self.candidates.append((window, model, scores, alarms.sweep(runs, scores, horizon)))

    def best(self, pick):
        """Most recall within the budget, on the picked runs."""
        def worth(candidate):
            _, found = alarms.best_within(candidate[3], BUDGET, pick)
            return found.recall(pick), -found.false_per_hour(pick)
        return max(self.candidates, key=worth)

    def left_out(self, group):
        """Scores of each run by the candidate that is best on the runs of other groups."""
        names = numpy.array([str(group(run)) for run in self.runs])
        scores = [None] * len(self.runs)
        for name in sorted(set(names)):
            chosen = self.best(names != name)
            for position in numpy.flatnonzero(names == name):
                scores[position] = chosen[2][position]
        return scores


def best_shape(model, runs, horizon=10):
    """Of the linear model's probability: the one with the least Brier score."""
    label = numpy.concatenate([run.label(horizon) for run in runs])
    known = numpy.concatenate([run.columns["known"] for run in runs])

    def brier(shape):
        tried = Linear(model.fill, model.slope, model.least_slope, shape)
        probability = numpy.concatenate([tried.probability(run.columns["features"], horizon) for run in runs])
        return float(((probability - label)[known] ** 2).mean())
    return min(SHAPES, key=brier)
