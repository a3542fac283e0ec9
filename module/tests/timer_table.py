#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A CSV row for each result of timer_statistics.py, on standard output.

usage: timer_table.py RESULT.json...
"""

import csv
import sys

import timer_results

COLUMNS = (
    ("test", "load"), ("samples", "samples"),
    ("min_delta_ns", "delta_ns.min"), ("max_delta_ns", "delta_ns.max"), ("mean_delta_ns", "delta_ns.mean"),
    ("stddev_delta_ns", "delta_ns.stddev"), ("missed_ticks", "missed_ticks"),
    ("late_p50_ns", "lateness_ns.p50"), ("late_p99_ns", "lateness_ns.p99"), ("late_p99_9_ns", "lateness_ns.p99_9"),
    ("late_max_ns", "lateness_ns.max"),
    ("skew_p50_ns", "skew_ns.p50"), ("skew_p99_ns", "skew_ns.p99"), ("skew_max_ns", "skew_ns.max"),
    ("cyclictest_samples", "cyclictest_ns.samples"), ("cyclictest_p50_ns", "cyclictest_ns.p50"),
    ("cyclictest_p99_ns", "cyclictest_ns.p99"), ("cyclictest_p99_9_ns", "cyclictest_ns.p99_9"),
    ("cyclictest_max_ns", "cyclictest_ns.max"),
    ("cpus", "cpus"), ("slots", "slots"), ("interval_ns", "interval_ns"), ("kernel", "kernel"),
    ("emulated", "emulated"),
)


def value(result, path):
    for key in path.split("."):
        result = result[key] if result is not None else None
    return str(result).lower() if isinstance(result, bool) else result


def rows(results):
    yield [name for name, _ in COLUMNS]
    for result in results:
        yield [value(result, path) for _, path in COLUMNS]


def main():
    results = timer_results.of_arguments(__doc__)
    csv.writer(sys.stdout, lineterminator="\n").writerows(rows(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
