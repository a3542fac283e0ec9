# SPDX-License-Identifier: GPL-2.0-only
"""How long the OOM forecast takes: by the unit tests that time it."""

import os
import re
import subprocess

from .context import CannotMeasure, Target


def timed(context, test):
    """What it prints: name -> p99 in nanoseconds."""
    program = os.path.join(context.build, "tests/unit/unit_tests")
    if not os.access(program, os.X_OK):
        raise CannotMeasure(f"{program} is not built: cmake --build build --target unit_tests")
    done = subprocess.run([program, f"--gtest_filter={test}"], capture_output=True, text=True, check=True)
    found = re.findall(r"^# ([^:\n]+): p50 [\d.]+ [nu]s, p99 ([\d.]+) ([nu])s", done.stdout, re.M)
    if not found:
        raise CannotMeasure(f"{test} says no times")
    return {name: float(value) * (1000 if unit == "u" else 1) for name, value, unit in found}


def measure(context):
    models = timed(context, "OomModel.InferenceTimes")
    yield Target("OOM forecast: inference, p99", "< 1 us", ", ".join(f"{name} {ns:.0f} ns" for name, ns in models.items()),
                 max(models.values()) < 1000, "unit test OomModel.InferenceTimes: all four horizons; reading the clock is "
                 "in it", robust=False)
    alert = max(timed(context, "OomReport.SampleToAlertTimes").values())
    yield Target("OOM forecast: sample to alert, p99", "< 1 ms", f"{alert / 1000:.1f} us", alert < 1e6,
                 "unit test OomReport.SampleToAlertTimes: from a sample at hand to the alert in the file", robust=False)
