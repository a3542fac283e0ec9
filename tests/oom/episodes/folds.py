# SPDX-License-Identifier: GPL-2.0-only
"""Scores of learned models for runs that they were not trained on, and the controls."""

import numpy

from . import fitting

STRIDE = 4  # samples follow each other closely: every fourth one is learned from
FITS = {"logistic": fitting.fit_logistic, "trees": fitting.fit_trees}


def training_set(runs, horizon):
    features = [run.columns["features"][::STRIDE] for run in runs]
    labels = [run.label(horizon)[::STRIDE] for run in runs]
    known = [run.columns["known"][::STRIDE] for run in runs]
    return (numpy.concatenate([rows[use] for rows, use in zip(features, known)]),
            numpy.concatenate([rows[use] for rows, use in zip(labels, known)]))


def fit(model, runs, horizon, shuffle_seed=None):
    features, label = training_set(runs, horizon)
    if shuffle_seed is not None:
        label = numpy.random.default_rng(shuffle_seed).permutation(label)
    return FITS[model](features, label)


def scores_of(fitted, runs):
    """NaN where there is no history yet."""
    found = []
    for run in runs:
        score = fitted.probability(run.columns["features"])
        score[~run.columns["known"]] = numpy.nan
        found.append(score)
    return found


def left_out(model, runs, horizon, group, shuffle_seed=None):
    """Each run's scores by a model that saw no run of its group; and the models, by group."""
    scores, models = [None] * len(runs), {}
    for name in sorted({group(run) for run in runs}):
        models[name] = fit(model, [run for run in runs if group(run) != name], horizon, shuffle_seed)
        inside = [number for number, run in enumerate(runs) if group(run) == name]
        for number, score in zip(inside, scores_of(models[name], [runs[number] for number in inside])):
            scores[number] = score
    return scores, models


def by_family(run):
    return run.family


def by_limit(run):
    return run.limit_mib
