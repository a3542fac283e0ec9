# SPDX-License-Identifier: GPL-2.0-only
"""What others said, held against what our recording of the same guest says: two programs that read the same kernel at
the same time must have seen the same."""

from .beside import NS, BesideError

# Ours counts free memory and page cache, the kernel's MemAvailable less: its reserves, 1 to 2 % of such a machine.
RESERVES = 0.025
EARLYOOM_AT = 0.10
NEAR_NS = 150_000_000  # a sample each 100 ms
SLOW_NS = 600_000_000  # earlyoom's longest pause while little is left, and time to be heard
SAMPLE_NS = 100_000_000  # it has the time at which its sample began
KILL_NAMED_WITHIN_NS = 2 * NS  # it waits for memory too


def available_of(rows, target="host"):
    """[(ns, share)] of a replay's features."""
    place, found = None, []
    for row in rows:
        if row["type"] == "oom_feature_names":
            place = row["names"].index("available")
        elif row["type"] == "oom_features" and row["target"] == target and row["features"]:
            found.append((row["time_ns"], row["features"][place]))
    return found


def hold_earlyoom(name, alarms, available, end_ns):
    """Without swap: an alarm where little was left, and no silence where it was less."""
    samples = [(ns, share) for ns, share in available if ns < end_ns]
    for alarm in (ns for ns in alarms.ns if ns < end_ns):
        near = [share for ns, share in samples if abs(ns - alarm) <= NEAR_NS]
        if not near or min(near) > EARLYOOM_AT + RESERVES:
            raise BesideError(f"{name}: earlyoom alarmed at {alarm}, when the recording has {near} available")
    low = next((ns for ns, share in samples if share < EARLYOOM_AT), None)
    if low is not None and low + SLOW_NS < end_ns and not any(ns <= low + SLOW_NS for ns in alarms.ns):
        raise BesideError(f"{name}: less than {EARLYOOM_AT:.0%} available at {low}, and earlyoom said nothing")


def hold_kills(name, kills, named):
    """named: [(ns, pid)] of the recording's lines K."""
    for kill in kills:
        if not any(pid == kill.pid and -SAMPLE_NS <= ns - kill.ns <= KILL_NAMED_WITHIN_NS for ns, pid in named):
            raise BesideError(f"{name}: the kernel killed {kill.pid} at {kill.ns}, the recording has {named}")
