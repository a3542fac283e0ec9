# SPDX-License-Identifier: GPL-2.0-only
"""The results of timer_statistics.py, as programs are given them: files of JSON."""

import json
import sys


def of_arguments(usage):
    """Those of all files of the command line. Ends the program with its usage if there are none."""
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print(usage.strip())
        sys.exit(0 if sys.argv[1:] in (["--help"], ["-h"]) else 2)
    results = []
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            results.append(json.load(file))
    return results
