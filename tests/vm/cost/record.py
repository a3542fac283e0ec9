# SPDX-License-Identifier: GPL-2.0-only
"""The recorded counts, and whether new ones are worse."""

import json
import os

RECORD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "expected.json")
# A count may be so much worse than recorded: a share of it, and what is next to nothing.
ALLOWED = 0.05
ALLOWED_INSTRUCTIONS = 1.0


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


def worse(expected, counts, allowed=ALLOWED):
    """Complaints: what grew by more than it may, and what is missing on either side."""
    complaints = []
    for name in sorted(expected.keys() | counts.keys()):
        if name not in counts:
            complaints.append(f"{name}: recorded, but not measured")
        elif name not in expected:
            complaints.append(f"{name}: measured, but not recorded: scripts/cost record")
        else:
            limit = expected[name] + max(abs(expected[name]) * allowed, ALLOWED_INSTRUCTIONS)
            if counts[name] > limit:
                complaints.append(f"{name}: {counts[name]:.1f} instructions, recorded {expected[name]:.1f}, "
                                  f"at most {limit:.1f}")
    return complaints


def better(expected, counts, allowed=ALLOWED):
    """What shrank by more than it may grow: worth recording."""
    return [name for name in sorted(expected.keys() & counts.keys())
            if counts[name] < expected[name] - max(abs(expected[name]) * allowed, ALLOWED_INSTRUCTIONS)]
