# SPDX-License-Identifier: GPL-2.0-only
"""docs/oom-evaluation.md, from the figures; and whether two sets of figures are the same."""

from . import plan
from .text import ENDING, METHOD, NAMES, OPENING


def show(value, unit=""):
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.3g}{unit}" if abs(value) < 10 else f"{value:.1f}{unit}"
    return f"{value}{unit}"


def share(value):
    return "-" if value is None else f"{100 * value:.0f} %"


def interval(pair, form=share):
    return "-" if not pair or pair[0] is None else f"{form(pair[0])} to {form(pair[1])}"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def named(name):
    return NAMES.get(name, name)


def figures_table(rows):
    return table(("method", "recall", "95 %", "false alarms/h", "95 %", "precision", "lead median", "lead p10"),
                 [(named(name), share(row["recall"]), interval(row.get("recall_95")), show(row["false_per_hour"]),
                   interval(row.get("false_per_hour_95"), show), share(row["precision"]),
                   show(row["lead_median_s"], " s"), show(row["lead_p10_s"], " s")) for name, row in rows.items()])


def horizons_table(result):
    rows = []
    for horizon, methods in result["horizons"].items():
        rows += [(f"{horizon} s", named(name), share(row["recall"]), show(row["false_per_hour"]),
                  share(row["precision"]), show(row["lead_median_s"], " s"), show(row["lead_p10_s"], " s"))
                 for name, row in methods.items() if name != "always_no"]
    return table(("horizon", "method", "recall", "false alarms/h", "precision", "lead median", "lead p10"), rows)


def families_table(result):
    methods = [name for name in result["by_family"] if name != "always_no"]
    rows = []
    for family, about in result["episodes"].items():
        cells = [f"{share(result['by_family'][name][family]['recall'])}, "
                 f"{result['by_family'][name][family]['false_alarms']}" for name in methods]
        rows.append((family, about["episodes"], about["kills"], show(about["hours"]), *cells))
    total = result["episodes"].values()
    rows.append(("all", sum(row["episodes"] for row in total), sum(row["kills"] for row in total),
                 show(result["hours"]), *("" for _ in methods)))
    return table(("family", "episodes", "killed", "hours", *(named(name) for name in methods)), rows)


def early_table(result):
    budgets = list(next(iter(result["early"].values())))
    return table(("method", *(f"{budget}/h" for budget in budgets)),
                 [(named(name), *(f"{share(row['recall'])}, {show(row['lead_median_s'], ' s')}" for row in rows.values()))
                  for name, rows in result["early"].items()])


def quality_table(result):
    return table(("model", *(f"{horizon} s" for horizon in result["horizons"])),
                 [(named(name), *(f"{row['brier']:.4f}" for row in rows.values()))
                  for name, rows in result["quality"].items()])


def reliability_table(result):
    rows = [(named(name), f"{forecast:.2f}", f"{true:.2f}", count)
            for name, by_horizon in result["quality"].items()
            for forecast, true, count in by_horizon["10"]["reliability"]]
    return table(("model", "mean forecast", "came true", "samples"), rows)


def hits_table(result):
    return table(("alarms by", "victim named", "culprit named"),
                 [(named(name), *(f"{rows[what]['right']} of {rows[what]['of']}" for what in ("victim", "culprit")))
                  for name, rows in result["hits"].items()])


def verdict(result):
    lines = []
    for model, found in result["against_linear"].items():
        low, high = (100 * value for value in found["difference_95"])
        lines.append(f"- {named(model)} - {named('linear')}: {100 * found['difference']:+.0f} points of recall "
                     f"(95 % {low:+.0f} to {high:+.0f})")
    if result["ship"] == "linear":
        lines.append("\nNo learned model beats linear extrapolation beyond chance on families it was not trained on: "
                     "**linear is the default.**")
    else:
        lines.append(f"\n**The default is {named(result['ship'])}**: on families it was not trained on it beats linear "
                     "extrapolation at equal false alarms, with the whole interval above 0.")
    return "\n".join(lines)


def method(result):
    rows = result["episodes"].values()
    return METHOD.strip().format(recorded=sum(row["episodes"] for row in rows), kills=sum(row["kills"] for row in rows),
                                 hours=f"{result['hours']:.2f}", planned=plan.SEEDS * len(plan.FAMILIES))


def best_of_all(result):
    recall = {name: row["recall"] for name, row in result["primary"].items()}
    best = max(recall, key=recall.get)
    if best == result["ship"]:
        return "It has the most recall of all methods here."
    return (f"The most recall of all methods here has {named(best)}, {share(recall[best])}, and not the default, "
            f"{share(recall[result['ship']])}: look at the leads, and at the limits below, before choosing by it.")


def document(result):
    return "\n\n".join((
        OPENING.strip(), method(result),
        "## The figure that decides\nRecall at no more than one false alarm per guest-hour, 10 s horizon, each family "
        "scored by models that were trained on the others:\n\n" + figures_table(result["primary"]),
        verdict(result), best_of_all(result),
        "With the threshold taken from the other families, too:\n\n" + figures_table(result["transferred_threshold"]),
        "Models trained without the limit that they are scored on:\n\n" + figures_table(result["left_out_limit"]),
        "## Family by family\nRecall and number of false alarms at the thresholds of the first table.\n\n"
        + families_table(result),
        "## Horizons\n" + horizons_table(result),
        "## Alarms in time to act\nSecondary, added after a first look at the leads above: recall that counts only "
        "alarms at least 1 s before the kill (10 s horizon), and their median lead, at so many false alarms an hour.\n\n"
        + early_table(result),
        "## Probabilities\nBrier score (0 is best), families left out:\n\n" + quality_table(result),
        "![reliability](oom-reliability.svg)\n\nThe diagram's points, 10 s horizon:\n\n" + reliability_table(result),
        "## Victim and culprit\nAt the first true alarm; the culprit is known where one process grows:\n\n"
        + hits_table(result),
        "## Controls\nTrained on labels in random order there must be nothing left to foresee:\n\n"
        + figures_table(result["controls"])
        + "\n\nWeights by chance are a score, too, and it has a threshold: " + shuffled(result["shuffled_recalls"])
        + f"\n\nA recording that is cut off half way gives the same features, victims and culprits up to there as the whole "
        f"one, bit for bit ({result['shipped']['samples_without_future']} samples): nothing of the future is seen.",
        "## As built in\nThe models of `data/oom/model.json` as the program computes them, at their thresholds. The "
        "learned ones were trained on all of these episodes, so theirs are not figures on data that they never saw. "
        "These are the figures that the test `oom/figures` holds the program against:\n\n"
        + figures_table(result["shipped"]["models"])
        + "\n\nWhat `--alert-above` makes of the default model: early and often wrong, or late and right. 0.9 is the option's default.\n\n"
        + figures_table(result["shipped"]["alert_above"]),
        ENDING.strip())) + "\n"


def shuffled(recalls):
    ordered = sorted(recalls)
    middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
    return (f"in {len(ordered)} random orders logistic regression has a recall of {ordered[0]:.0%} to "
            f"{ordered[-1]:.0%}, {middle:.0%} in the median.")


def differences(published, found, path="", allowed=2e-3):
    """Where the figures differ by more than rounding."""
    if isinstance(found, dict) and isinstance(published, dict):
        complaints = []
        for name in sorted(set(published) | set(found)):
            complaints += differences(published.get(name), found.get(name), f"{path}/{name}", allowed)
        return complaints
    if isinstance(found, list) and isinstance(published, list) and len(found) == len(published):
        complaints = []
        for number, (left, right) in enumerate(zip(published, found)):
            complaints += differences(left, right, f"{path}/{number}", allowed)
        return complaints
    if isinstance(found, float) and isinstance(published, (int, float)):
        same = abs(found - published) <= allowed * max(1.0, abs(published))
    else:
        same = found == published
    return [] if same else [f"{path}: published {published}, found {found}"]
