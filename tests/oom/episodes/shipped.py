# SPDX-License-Identifier: GPL-2.0-only
"""The models that are built in, as the program itself computes them; and that it sees nothing of the future."""

import os
import tempfile

import numpy

from . import alarms, data, measures, trace

HORIZON = 10
MODELS = ("linear", "logistic", "trees")
# Of the default model, beside its threshold; the last is the default of the option.
ALERT_ABOVE = (0.5, 0.7, 0.8, 0.9)


def number(value, digits=4):
    return None if value is None or numpy.isnan(value) else round(float(value), digits)


def scores_of(program, folder, runs, model):
    """The program's probabilities for the samples of each run."""
    by_name = {}
    for boot in data.boots_in(folder):
        path = os.path.join(folder, boot + ".trace.xz")
        for target, rows in data.forecasts_of(program, path, "--model", model).items():
            by_name[target[len(data.CGROUPS):]] = rows
    scores = []
    for run in runs:
        rows = by_name[run.name][:len(run.time_ns)]
        if [row["time_ns"] for row in rows] != run.time_ns.tolist():
            raise data.DataError(f"{run.name}: forecasts and features are not of the same times")
        known = run.columns["known"]
        scores.append(numpy.array([row[f"probability_{HORIZON}s"] if use else numpy.nan
                                   for row, use in zip(rows, known)], dtype=float))
    return scores


def figures(runs, scores, threshold):
    found = alarms.outcome(runs, scores, threshold, HORIZON)
    return {"threshold": threshold, "recall": number(found.recall()), "false_per_hour": number(found.false_per_hour()),
            "precision": number(found.precision()), "lead_median_s": number(found.lead_quantile(0.5), 2),
            "lead_p10_s": number(found.lead_quantile(0.1), 2)}


def evaluate(program, folder, runs, thresholds, default):
    """thresholds: model -> the probability from which it alerts."""
    models, alert_above = {}, {}
    for model in MODELS:
        if model not in thresholds:
            continue
        scores = scores_of(program, folder, runs, model)
        label = numpy.concatenate([run.label(HORIZON) for run in runs])
        models[model] = {**figures(runs, scores, thresholds[model]),
                         "brier": number(measures.brier(numpy.concatenate(scores), label), 5)}
        if model == default:
            alert_above = {f"{model}, `--alert-above {above:g}`": figures(runs, scores, above)
                           for above in (*ALERT_ABOVE, thresholds[model])}
    return {"episodes": len(runs), "kills": sum(run.kill_ns is not None for run in runs), "models": models,
            "alert_above": alert_above}


def future_complaints(program, folder, share=0.5):
    """Features of a recording that was cut off must be those of the whole one up to there: what differs has seen the
    future."""
    path = os.path.join(folder, data.boots_in(folder)[0] + ".trace.xz")
    _, whole = data.features_of(program, path)
    complaints, compared = [], 0
    with tempfile.TemporaryDirectory(prefix="memory-collector-oom.") as work:
        cut = os.path.join(work, "cut")
        end = trace.cut_off(path, share, cut)
        _, part = data.features_of(program, cut)
    for target, columns in whole.items():
        use = columns["time_ns"] <= end
        if not use.any():
            continue
        if target not in part or part[target]["time_ns"].tolist() != columns["time_ns"][use].tolist():
            complaints.append(f"{target}: other samples before the cut")
            continue
        compared += int(use.sum())
        for name in ("features", "known", "victim", "culprit"):
            if not numpy.array_equal(part[target][name], columns[name][use]):
                complaints.append(f"{target}: {name} before the cut depend on what comes after it")
    if compared < 1000:
        complaints.append(f"only {compared} samples before the cut: too few to tell")
    return complaints, compared
