# SPDX-License-Identifier: GPL-2.0-only
"""What the program holds in memory: little, and no more with time."""

MOST_KIB = 32 * 1024
# Heap that is given back late; a leak of 100 bytes per process would be seen.
SLACK_KIB = 1024


def check_memory(lines, report, live, churn, slack_kib=SLACK_KIB):
    """lines: "start RSS ANON", "live N RSS ANON", then "churned N RSS ANON" as it went on, in KiB."""
    complaints, looks = [], []
    for line in lines:
        *label, rss, anonymous = line.split()
        looks.append((" ".join(label), int(rss), int(anonymous)))
    names = [name for name, _, _ in looks]
    if names[:2] != ["start", f"live {live}"] or names[-1] != f"churned {churn}" or len(names) < 4:
        return [f"looked at {names}, not from start over live {live} to churned {churn}"]
    complaints += [f"{name}: {rss} KiB are more than {MOST_KIB}" for name, rss, _ in looks if rss > MOST_KIB]
    # The first part of the churn finds how many are remembered for a while.
    (_, _, before), (_, _, after) = looks[2], looks[-1]
    if after > before + slack_kib:
        complaints.append(f"grew from {before} KiB at '{names[2]}' to {after} KiB at the end")
    seen = len({(row["pid"], row["start_time_ns"]) for row in report.totals})
    if seen < live + churn:
        complaints.append(f"{seen} processes were seen, there were {live + churn}")
    return complaints
