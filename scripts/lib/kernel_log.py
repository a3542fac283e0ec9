# SPDX-License-Identifier: GPL-2.0-only
"""usage: kernel_log.py FILE: the lines of a kernel's log that mean trouble; status 1 if there are any.

What means trouble is what it means to the judges of the lab.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tests/vm"))

from judge.kernel_log import TROUBLE  # noqa: E402


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    with open(sys.argv[1], encoding="utf-8", errors="replace") as file:
        found = [line for line in file if TROUBLE.search(line)]
    for line in found:
        print(f"not ok - {line.rstrip()}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
