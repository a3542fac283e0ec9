# SPDX-License-Identifier: GPL-2.0-only
"""Figures about probabilities, and how sure they are."""

import numpy


def brier(probability, label):
    known = ~numpy.isnan(probability)
    return float(numpy.mean((probability[known] - label[known]) ** 2))


def reliability(probability, label, bins=10):
    """For each bin of the probability: (mean forecast, share that came true, samples)."""
    known = ~numpy.isnan(probability)
    probability, label = probability[known], label[known]
    place = numpy.minimum((probability * bins).astype(int), bins - 1)
    rows = []
    for number in range(bins):
        here = place == number
        if here.any():
            rows.append((float(probability[here].mean()), float(label[here].mean()), int(here.sum())))
    return rows


def bootstrap(statistic, count, rounds=1000, seed=1):
    """95% interval of statistic(indices), drawing whole runs with replacement."""
    random = numpy.random.default_rng(seed)
    values = [statistic(random.integers(0, count, count)) for _ in range(rounds)]
    values = [value for value in values if not numpy.isnan(value)]
    if not values:
        return float("nan"), float("nan")
    return float(numpy.quantile(values, 0.025)), float(numpy.quantile(values, 0.975))


def difference(left, right, count, rounds=1000, seed=1):
    """95% interval of left - right, both on the same draws: is one better than the other?"""
    return bootstrap(lambda pick: left(pick) - right(pick), count, rounds, seed)
