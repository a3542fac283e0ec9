# SPDX-License-Identifier: GPL-2.0-only
"""The recorded counts, and whether new ones are worse."""

import json
import os

RECORD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "expected.json")
# A count may be so much worse than recorded: a share of it, or what it varies by from run to run.
ALLOWED = 0.05
VARIES = {"fork": 100.0, "exit": 100.0, "between-3": 15.0}  # that one: where entries lie in the table
VARIES_ELSE = 1.0


def load(path=RECORD):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def key_of(environment):
    """What decides how many instructions the same source takes."""
    return f"{environment['release']}, {environment['compiler']}"


def store(kernel, environment, counts, path=RECORD):
    """One record per kernel of the lab: of the release and compiler that counted last."""
    record = load(path)
    record[kernel] = {**environment, "counts": {name: round(value, 1) for name, value in sorted(counts.items())}}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(record, file, indent=1, sort_keys=True)
        file.write("\n")


def same_environment(recorded, environment):
    return bool(recorded) and key_of(recorded) == key_of(environment)


def room(name, expected):
    """Instructions by which a count may differ from the recorded one."""
    return max(abs(expected) * ALLOWED, VARIES.get(name.removesuffix("-unheard"), VARIES_ELSE))


def worse(expected, counts):
    """Complaints: what grew by more than it may, and what is missing on either side."""
    complaints = []
    for name in sorted(expected.keys() | counts.keys()):
        if name not in counts:
            complaints.append(f"{name}: recorded, but not measured")
        elif name not in expected:
            complaints.append(f"{name}: measured, but not recorded: scripts/cost record")
        else:
            limit = expected[name] + room(name, expected[name])
            if counts[name] > limit:
                complaints.append(f"{name}: {counts[name]:.1f} instructions, recorded {expected[name]:.1f}, "
                                  f"at most {limit:.1f}")
    return complaints


def better(expected, counts):
    """What shrank by more than it may grow: worth recording."""
    return [name for name in sorted(expected.keys() & counts.keys())
            if counts[name] < expected[name] - room(name, expected[name])]
