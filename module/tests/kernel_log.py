# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's log as dmesg prints it: its messages, and which of them mean
that something went wrong."""

import re

PREFIX = re.compile(r"(?:<\d+>)?\[\s*\d+\.\d+\](?:\[[^\]]*\])? ?")

# A warning of the kernel's checks: WARN, BUG, oops, lockdep, RCU, kmemleak, UBSAN, ...
TROUBLE = re.compile(
    r"WARNING:|BUG:|\bOops\b|Call Trace|general protection|Kernel panic|unchecked MSR|"
    r"possible (?:recursive|circular)|inconsistent lock state|INFO: (?:possible|task|rcu|trying)|"
    r"suspicious RCU|rcu: INFO|soft lockup|hard LOCKUP|refcount_t:|kmemleak:|UBSAN:|still in use|"
    r"already registered|scheduling while atomic")


def messages(text):
    """Its lines without the time stamps."""
    return [PREFIX.sub("", line, count=1) for line in text.splitlines()]


def trouble(text):
    return [line for line in messages(text) if TROUBLE.search(line)]
