#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Reads what test modules left in the kernel's log (KTAP version 1) and judges it.

usage: ktap.py [--no-skips] FOLDER NAME...

FOLDER holds NAME.log, the kernel's log from before the module was loaded until
after it was unloaded, and NAME.failures, what went wrong beside that, a line
each. Prints a line per case; the last one counts. Exit status: 0 all passed,
1 some failed. With --no-skips a skipped case is a failed one.
"""

import argparse
import os
import re
import sys

sys.dont_write_bytecode = True

from kernel_log import TROUBLE, messages  # noqa: E402

PLAN = re.compile(r"1\.\.(\d+)$")
RESULT = re.compile(r"(ok|not ok) (\d+)(?: (?:- )?([^#]*?))?(?:\s*# SKIP\s*(.*))?$")


class Report:
    """What one log says: cases as (name, verdict, notes), verdict pass, fail or skip."""

    def __init__(self):
        self.plan = None
        self.cases = []
        self.complaints = []


def parse(lines):
    report, version, notes = Report(), None, []
    for line in lines:
        if line.startswith("KTAP version "):
            if version is not None:
                report.complaints.append("two reports in one log")
            version = line[len("KTAP version "):]
            if version != "1":
                report.complaints.append(f"KTAP version {version} is not known")
        elif version is None:
            continue
        elif PLAN.match(line):
            if report.plan is not None:
                report.complaints.append("two plans")
            report.plan = int(PLAN.match(line)[1])
        elif line.startswith("# "):
            notes.append(line[2:])
        elif match := RESULT.match(line):
            word, number, name, reason = match.groups()
            if int(number) != len(report.cases) + 1:
                report.complaints.append(f"result {number} comes as number {len(report.cases) + 1}")
            verdict = "fail" if word == "not ok" else "pass" if reason is None else "skip"
            report.cases.append((name, verdict, notes + ([reason] if reason else [])))
            notes = []
    if version is None:
        report.complaints.append("no KTAP report in the log")
    elif report.plan is None:
        report.complaints.append("no plan (1..N) in the log")
    elif report.plan != len(report.cases):
        report.complaints.append(f"{report.plan} cases were planned, {len(report.cases)} have a result")
    elif not report.plan:
        report.complaints.append("not one case")
    return report


def judge(log, failures=""):
    """The report, with every complaint that the log and the shell give reason to."""
    lines = messages(log)
    report = parse(lines)
    report.complaints += [line for line in failures.splitlines() if line.strip()]
    report.complaints += [f"kernel log: {line}" for line in lines if TROUBLE.search(line)]
    return report


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def say(name, report, no_skips):
    """Prints it; returns how many passed, failed and were skipped."""
    counts = {"pass": 0, "fail": 0, "skip": 0}
    for case, verdict, notes in report.cases:
        if verdict == "skip" and no_skips:
            verdict = "fail"
        counts[verdict] += 1
        print(f"{verdict.upper()} {name}/{case}" + (f" ({notes[-1]})" if verdict == "skip" else ""))
        if verdict == "fail":
            print("".join(f"    {note}\n" for note in notes), end="")
    for complaint in report.complaints:
        print(f"FAIL {name}: {complaint}")
    counts["fail"] += bool(report.complaints)
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-skips", action="store_true")
    parser.add_argument("folder")
    parser.add_argument("names", nargs="+", metavar="NAME")
    arguments = parser.parse_args()
    total = {"pass": 0, "fail": 0, "skip": 0}
    for name in arguments.names:
        path = os.path.join(arguments.folder, name)
        try:
            report = judge(read(path + ".log"), read(path + ".failures"))
        except OSError as error:
            report = Report()
            report.complaints.append(f"there is no result: {error}")
        for verdict, count in say(name, report, arguments.no_skips).items():
            total[verdict] += count
    if total["skip"]:
        print(f"{total['skip']} skipped (not counted as passed)")
    print(f"{total['pass']} passed, {total['fail']} failed")
    return 1 if total["fail"] else 0


if __name__ == "__main__":
    sys.exit(main())
