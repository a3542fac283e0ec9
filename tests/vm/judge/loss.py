# SPDX-License-Identifier: GPL-2.0-only
"""Invariant 3: emitted = read + lost, for every CPU, to the event."""


def check_loss(report, expect="none"):
    """expect: "none" (a quiet run), "some" (the ring was made to overrun), "any"."""
    complaints = []
    if not report.losses:
        return ["the report has no loss rows: nothing says whether events were lost"]
    cpus = [row["cpu"] for row in report.losses]
    if len(set(cpus)) != len(cpus):
        complaints.append(f"more than one loss row for a CPU: {cpus}")
    for row in report.losses:
        if row["emitted"] != row["read"] + row["lost"]:
            complaints.append(f"CPU {row['cpu']}: emitted {row['emitted']} != read {row['read']} + "
                              f"lost {row['lost']} ({row['read'] + row['lost'] - row['emitted']:+})")
        # `lost` may be derived from the module's own count; the ring counts for itself.
        ring = row.get("ring_overrun")
        if ring is not None and row["emitted"] != row["read"] + ring:
            complaints.append(f"CPU {row['cpu']}: emitted {row['emitted']} != read {row['read']} + "
                              f"dropped by the ring {ring} ({row['read'] + ring - row['emitted']:+})")
        if min(row["emitted"], row["read"], row["lost"]) < 0:
            complaints.append(f"CPU {row['cpu']}: a count below 0: {row}")
    if not any(row["read"] for row in report.losses):
        complaints.append("not one event was read")

    lost = sum(row["lost"] for row in report.losses)
    in_intervals = sum(row["lost_events"] for row in report.intervals)
    if in_intervals != lost:
        complaints.append(f"the intervals say {in_intervals} events were lost, the CPUs say {lost}")
    if expect == "none" and lost:
        complaints.append(f"{lost} events were lost; none should be here")
    if expect == "some" and not lost:
        complaints.append("no event was lost, although the ring should have overrun")
    return complaints
