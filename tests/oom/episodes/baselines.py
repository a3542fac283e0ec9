# SPDX-License-Identifier: GPL-2.0-only
"""What others do, as scores whose threshold is swept like that of the learned models."""

import numpy

NAMES = ("linear", "free_below", "psi_full", "psi_some", "always_no")


def _masked(run, values):
    values = numpy.array(values, dtype=float)
    values[~run.columns["known"]] = numpy.nan
    return values


def free_share(run):
    """earlyoom's rule for a cgroup: what is left of memory without page cache, and of swap; it acts when both are
    below its limits, so the larger counts."""
    columns = run.columns
    memory = 1 - columns["danger"] / columns["limit"]
    has_swap = columns["swap_limit"] > 0
    swap = numpy.where(has_swap, 1 - columns["swap"] / numpy.where(has_swap, columns["swap_limit"], 1), 0)
    return numpy.maximum(memory, swap)


def pressure(run, name, seconds=10):
    """systemd-oomd's rule: the share of time in which tasks waited for memory, smoothed as the kernel's avg10 is."""
    total, time = run.columns[name], run.time_ns / 1e9
    rate = numpy.zeros(len(total))
    for at in range(1, len(total)):
        step = time[at] - time[at - 1]
        fade = numpy.exp(-step / seconds)
        now = min(1.0, max(0.0, (total[at] - total[at - 1]) / 1e6 / step))
        rate[at] = fade * rate[at - 1] + (1 - fade) * now
    return rate


def linear_probability(runs, horizon):
    return [_masked(run, run.columns[f"linear_p{horizon}"]) for run in runs]


def linear_scores(runs):
    """Sooner is higher: finer than its probability, which is 0 or 1 in most places."""
    return [_masked(run, -run.columns["linear_expected_s"]) for run in runs]


def scores(runs, horizon):
    """The rules have no horizon: their score is the same for all."""
    del horizon
    return {"linear": linear_scores(runs),
            "free_below": [_masked(run, -free_share(run)) for run in runs],
            "psi_full": [_masked(run, pressure(run, "psi_full_us")) for run in runs],
            "psi_some": [_masked(run, pressure(run, "psi_some_us")) for run in runs],
            "always_no": [numpy.full(len(run.time_ns), numpy.nan) for run in runs]}
