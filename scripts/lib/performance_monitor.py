# SPDX-License-Identifier: GPL-2.0-only
"""The table of scripts/performance-monitor.

Each file of performance/ but context.py is a measurement: its measure(context) yields Targets.
"""

import argparse
import importlib
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from performance import context as measuring  # noqa: E402

FOLDER = os.path.dirname(os.path.abspath(measuring.__file__))


def names():
    return sorted(name[:-3] for name in os.listdir(FOLDER)
                  if name.endswith(".py") and name not in ("__init__.py", "context.py"))


def measured(wanted, context):
    """(targets, why some could not be measured)"""
    targets, lacking = [], []
    for name in wanted:
        print(f"measuring {name}", file=sys.stderr)
        try:
            targets += importlib.import_module(f"performance.{name}").measure(context)
        except measuring.CannotMeasure as reason:
            lacking.append(f"{name}: {reason}")
    return targets, lacking


def cell(text):
    return str(text).replace("|", "\\|").replace("\n", " ")


def table(facts, targets, lacking, seconds):
    lines = ["# Performance of the eBPF source", "",
             "Targets and what came of them, as `scripts/performance-monitor` wrote it. What depends on what else the",
             "machine does (CPU time) was measured beside the load average that is given; ratios, memory and counts do not.",
             "", "| machine | |", "|---|---|"]
    lines += [f"| {cell(name)} | {cell(value)} |" for name, value in facts]
    lines += ["", f"`scripts/performance-monitor --seconds {seconds}`:", "",
              "| what | target | actual | status | how it was made |", "|---|---|---|---|---|"]
    lines += ["| " + " | ".join(cell(text) for text in (one.what, one.target, one.actual, one.status, one.how)) + " |"
              for one in targets]
    lines += [f"| {cell(reason)} | | | not measured | |" for reason in lacking]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(prog="scripts/performance-monitor")
    parser.add_argument("--build", required=True)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--output")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    if options.list:
        print("\n".join(names()))
        return 0
    if unknown := set(options.names) - set(names()):
        parser.error(f"no measurement {', '.join(sorted(unknown))}; there are {', '.join(names())}")
    if options.seconds < 1:
        parser.error("--seconds is 1 at least")
    with tempfile.TemporaryDirectory(prefix="memory-collector-performance.",
                                     dir=measuring.folder_for_rows(options.seconds)) as folder:
        targets, lacking = measured(options.names or names(),
                                    measuring.Context(options.build, folder, options.seconds))
    text = table(measuring.machine(), targets, lacking, options.seconds)
    if options.output:
        with open(options.output, "w", encoding="utf-8") as file:
            file.write(text)
    else:
        print(text, end="")
    # What makes it fail comes last.
    missed = sorted((one for one in targets if one.met is False), key=lambda one: one.robust)
    for one in missed:
        print(f"missed: {one.what}: {one.actual}, the target is {one.target}"
              + ("" if one.robust else " (it depends on what else the machine does)"), file=sys.stderr)
    for reason in lacking:
        print(f"not measured: {reason}", file=sys.stderr)
    return 1 if lacking or any(one.robust for one in missed) else 0


if __name__ == "__main__":
    sys.exit(main())
