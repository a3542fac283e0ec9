#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Judges what test_module.sh recorded: the text of trace-cmd's report, held
against itself, against the machine and against the kernel's log.

usage: validate_trace.py FOLDER

Prints "ok - CHECK: what was seen", or "not ok - CHECK" and why. Exit status: 0
all is well, 1 it is not.
"""

import os
import sys

sys.dont_write_bytecode = True

import trace_checks  # noqa: E402
import trace_owners  # noqa: E402
import trace_text  # noqa: E402
from kernel_log import trouble  # noqa: E402

SAID = 20  # complaints of one check


class Recording:
    """The files that there/trace.sh leaves."""

    def __init__(self, folder):
        self.folder = folder
        with open(os.path.join(folder, "trace.txt"), encoding="utf-8", errors="replace") as file:
            self.trace = trace_text.parse(file)
        self.cpus = [int(word) for word in self.text("cpus.txt").split()]
        self.load = [int(word) for word in self.text("load.txt").split()]
        self.log = self.text("dmesg.txt")

    def text(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8", errors="replace") as file:
            return file.read()

    @property
    def has_rdt(self):
        """What the kernel says of the CPU, whoever may use it."""
        flags = self.text("cpu-flags.txt").split()
        return "cqm_mbm_total" in flags or "cqm_mbm_local" in flags

    @property
    def resctrl_mounted(self):
        return int(self.text("resctrl.txt") or 0) > 0


def check_log(recording):
    complaints = [f"kernel log: {line}" for line in trouble(recording.log)]
    for word in ("Memory Collector: loaded", "Memory Collector: unloaded"):
        if word not in recording.log:
            complaints.append(f"the kernel log does not say '{word}'")
    complaints += [f"left behind: {line}" for line in recording.text("left-behind.txt").splitlines()]
    return complaints, "loaded, unloaded, no warning"


CHECKS = {
    "log": check_log,
    "fields": lambda r: trace_checks.check_fields(r.trace),
    "loss": lambda r: trace_checks.check_loss(r.trace),
    "slots": lambda r: trace_checks.check_slots(r.trace, r.cpus),
    "load": lambda r: trace_checks.check_load(r.trace, r.load),
    "detection": lambda r: trace_checks.check_detection(r.trace, r.log, r.has_rdt, r.resctrl_mounted),
    "forward": lambda r: trace_checks.check_forward(r.trace),
    "domains": lambda r: trace_checks.check_domains(r.trace),
    "exits": lambda r: trace_checks.check_exits(r.trace),
    "owners": lambda r: trace_owners.check_owners(r.trace),
}


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__.strip())
        return 0 if sys.argv[1:] in (["--help"], ["-h"]) else 2
    try:
        recording = Recording(sys.argv[1])
    except (OSError, ValueError) as error:
        print(f"not ok - recording\n    {error}")
        return 1
    failed = 0
    for name, check in CHECKS.items():
        complaints, seen = check(recording)
        failed += bool(complaints)
        print(f"not ok - {name}" if complaints else f"ok - {name}: {seen}")
        for line in complaints[:SAID]:
            print(f"    {line}")
        if len(complaints) > SAID:
            print(f"    ... and {len(complaints) - SAID} more")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
