# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's log as dmesg prints it: its messages, and which of them mean
that something went wrong."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tests/vm"))

from judge.kernel_log import TROUBLE  # noqa: E402

PREFIX = re.compile(r"(?:<\d+>)?\[\s*\d+\.\d+\](?:\[[^\]]*\])? ?")


def messages(text):
    """Its lines without the time stamps."""
    return [PREFIX.sub("", line, count=1) for line in text.splitlines()]


def trouble(text):
    return [line for line in messages(text) if TROUBLE.search(line)]


def main():
    """usage: kernel_log.py FILE: prints what in it means trouble; status 1 if anything does."""
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(main.__doc__)
        return 2
    with open(sys.argv[1], encoding="utf-8", errors="replace") as file:
        lines = trouble(file.read())
    for line in lines:
        print(f"kernel log: {line}")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
