# SPDX-License-Identifier: GPL-2.0-only
"""The evaluation, as one dictionary of figures. What is measured was fixed before: see alarms.py.

Primary: recall at no more than one false alarm per guest-hour at the 10 s horizon, learned models on families that
they were not trained on."""

import numpy

from . import alarms, baselines, folds, measures

BUDGET = 1.0  # false alarms an hour
PRIMARY = 10
HORIZONS = (1, 5, 10, 30)
EARLY_BUDGETS = (1, 6, 20)
LEARNED = ("logistic", "trees")
PROBABILITIES = ("linear", *LEARNED)


def number(value, digits=4):
    return None if value is None or numpy.isnan(value) or numpy.isinf(value) else round(float(value), digits)


def figures(runs, scores, threshold, horizon, intervals=True):
    found = alarms.outcome(runs, scores, threshold, horizon)
    result = {
        "threshold": number(threshold, 12) if numpy.isscalar(threshold) else None,
        "recall": number(found.recall()), "false_per_hour": number(found.false_per_hour()),
        "precision": number(found.precision()), "lead_median_s": number(found.lead_quantile(0.5), 2),
        "lead_p10_s": number(found.lead_quantile(0.1), 2)}
    if intervals:
        for name, statistic in (("recall", found.recall), ("false_per_hour", found.false_per_hour)):
            result[name + "_95"] = [number(value) for value in measures.bootstrap(statistic, len(runs))]
    return result, found


def at_budget(runs, scores, horizon, intervals=True):
    threshold, _ = alarms.best_within(alarms.sweep(runs, scores, horizon), BUDGET)
    return figures(runs, scores, float(threshold), horizon, intervals)


def about_episodes(runs):
    rows = {}
    for family in sorted({run.family for run in runs}):
        chosen = [run for run in runs if run.family == family]
        rows[family] = {"episodes": len(chosen), "kills": sum(run.kill_ns is not None for run in chosen),
                        "hours": number(sum(run.hours for run in chosen), 3)}
    return rows


def thresholds_from_others(runs, scores, horizon, group):
    """For each run the threshold that was best on the runs of the other groups."""
    points = alarms.sweep(runs, scores, horizon)
    found = numpy.zeros(len(runs))
    for name in sorted({group(run) for run in runs}):
        inside = numpy.array([group(run) == name for run in runs])
        found[inside], _ = alarms.best_within(points, BUDGET, ~inside)
    return found


def by_group(runs, found, group):
    rows = {}
    for name in sorted({group(run) for run in runs}):
        pick = numpy.array([group(run) == name for run in runs])
        rows[str(name)] = {"kills": int(found.kills[pick].sum()), "recall": number(found.recall(pick)),
                           "false_alarms": int(found.false_alarms[pick].sum()),
                           "hours": number(found.hours[pick].sum(), 3)}
    return rows


def all_labels(runs, horizon):
    return numpy.concatenate([run.label(horizon) for run in runs])


def quality(runs, scores, horizon):
    probability, label = numpy.concatenate(scores), all_labels(runs, horizon)
    return {"brier": number(measures.brier(probability, label), 5),
            "reliability": [[number(low), number(true), count]
                            for low, true, count in measures.reliability(probability, label)]}


def hits(runs, scores, threshold, horizon):
    """At the first true alarm: is the likely victim the one who was killed, the culprit the one that grew?"""
    counts = {"victim": [0, 0], "culprit": [0, 0]}
    for run, score in zip(runs, scores):
        if run.kill_ns is None:
            continue
        true = [at for at in alarms.alarm_times(run.time_ns, score, threshold, horizon)
                if at >= run.kill_ns - horizon * alarms.NS]
        if not true:
            continue
        at = int(numpy.searchsorted(run.time_ns, true[0]))
        for name, right in (("victim", run.victims), ("culprit", run.culprits)):
            if right:
                counts[name][1] += 1
                counts[name][0] += int(run.columns[name][at]) in right
    return {name: {"right": right, "of": of} for name, (right, of) in counts.items()}


def early(runs, scores, horizon=PRIMARY):
    """Secondary, added after the first look: the most recall that counts only alarms a second before the kill, for
    several budgets of false alarms."""
    points, rows = alarms.sweep(runs, scores, horizon), {}
    for budget in EARLY_BUDGETS:
        allowed = [found for _, found in points if found.false_per_hour() <= budget]
        best = max(allowed, key=lambda found: (found.early_recall(1), -found.false_per_hour()))
        rows[str(budget)] = {"recall": number(best.early_recall(1)), "lead_median_s": number(best.lead_quantile(0.5), 2)}
    return rows


def compare(runs, better, worse):
    low, high = measures.difference(better.recall, worse.recall, len(runs))
    return {"difference": number(better.recall() - worse.recall()), "difference_95": [number(low), number(high)]}


def held_out_scores(runs, horizon, linear):
    """Of every method, for runs that it did not see; rules see none at all."""
    scores = {model: folds.left_out(model, runs, horizon, folds.by_family)[0] for model in LEARNED}
    scores["linear"] = linear.left_out(folds.by_family)
    for name in baselines.RULES:
        scores[name] = baselines.rule_scores(name, runs)
    scores["always_no"] = baselines.never(runs)
    return scores


def linear_probabilities(runs, horizon, linear):
    """Linear extrapolation's own probability, of the shape that suits all runs best."""
    _, model, _, _ = linear.best(slice(None))
    model.shape = baselines.best_shape(model, runs)
    return baselines.linear_scores(model, runs, horizon)


def evaluate(runs, say=lambda text: None):
    result = {"episodes": about_episodes(runs), "budget_per_hour": BUDGET,
              "hours": number(sum(run.hours for run in runs), 3), "primary": {}, "horizons": {}, "quality": {},
              "left_out_limit": {}, "transferred_threshold": {}, "controls": {}, "by_family": {}, "hits": {}, "early": {}}
    outcomes, primary_scores = {}, {}
    linear = {horizon: baselines.LinearChoice(runs, horizon) for horizon in HORIZONS}
    for horizon in HORIZONS:
        say(f"horizon {horizon} s, each family left out")
        scores = held_out_scores(runs, horizon, linear[horizon])
        rows = {}
        for name, score in scores.items():
            rows[name], found = at_budget(runs, score, horizon, intervals=horizon == PRIMARY)
            if horizon == PRIMARY:
                outcomes[name] = found
                result["by_family"][name] = by_group(runs, found, folds.by_family)
        result["horizons"][str(horizon)] = rows
        for name in PROBABILITIES:
            score = linear_probabilities(runs, horizon, linear[PRIMARY]) if name == "linear" else scores[name]
            result["quality"].setdefault(name, {})[str(horizon)] = quality(runs, score, horizon)
        if horizon == PRIMARY:
            result["primary"], primary_scores = rows, scores
    for name, score in primary_scores.items():
        if name == "always_no":
            continue
        result["early"][name] = early(runs, score)
        thresholds = thresholds_from_others(runs, score, PRIMARY, folds.by_family)
        result["transferred_threshold"][name], _ = figures(runs, score, thresholds, PRIMARY)
        if result["primary"][name]["threshold"] is not None:
            result["hits"][name] = hits(runs, score, result["primary"][name]["threshold"], PRIMARY)
    for model in LEARNED:
        say(f"{model}, each limit left out, and with shuffled labels")
        scores, _ = folds.left_out(model, runs, PRIMARY, folds.by_limit)
        result["left_out_limit"][model], _ = at_budget(runs, scores, PRIMARY)
        scores, _ = folds.left_out(model, runs, PRIMARY, folds.by_family, shuffle_seed=1)
        result["controls"][f"{model}, shuffled labels"], _ = at_budget(runs, scores, PRIMARY)
    result["shuffled_recalls"] = [shuffled_recall(runs, seed) for seed in range(1, 11)]
    result["left_out_limit"]["linear"], _ = at_budget(
        runs, linear[PRIMARY].left_out(folds.by_limit), PRIMARY)
    result["against_linear"] = {model: compare(runs, outcomes[model], outcomes["linear"]) for model in LEARNED}
    result["ship"] = choose(result)
    return result


def shuffled_recall(runs, seed):
    """Of logistic regression, which is quickly trained: how much recall is chance."""
    scores, _ = folds.left_out("logistic", runs, PRIMARY, folds.by_family, shuffle_seed=seed)
    return at_budget(runs, scores, PRIMARY)[0]["recall"]


def choose(result):
    """A learned model only where it is better than linear beyond chance."""
    passed = [model for model in LEARNED if result["against_linear"][model]["difference_95"][0] > 0]
    return max(passed, key=lambda model: result["primary"][model]["recall"]) if passed else "linear"
