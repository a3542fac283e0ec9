# SPDX-License-Identifier: GPL-2.0-only
"""Software mode: nothing simulated ever passes for measured."""

HARDWARE = ("total_bytes", "local_bytes", "remote_bytes", "peak_bytes_per_s", "llc_bytes_mean", "llc_bytes_max")


def check_software(report, burners=()):
    """burners: names of processes and the least CPU time in ns of each."""
    complaints = []
    if not report.processes:
        complaints.append("not one process row")
    for row in report.processes + report.totals:
        shown = {column: row[column] for column in HARDWARE if row.get(column) is not None}
        if shown:
            complaints.append(f"{row['comm']}[{row['pid']}] is shown {shown} without RDT")
        if "software" not in row["flags"]:
            complaints.append(f"{row['comm']}[{row['pid']}]: a {row['type']} row without the flag software")
    for row in report.domains:
        complaints.append(f"a domain row without RDT: {row}")
    for name, least in dict(burners).items():
        spent = max((row["cpu_time_ns"] or 0 for row in report.totals if row["comm"] == name), default=0)
        if spent < least:
            complaints.append(f"{name} is shown {spent} ns of CPU time, it used at least {least}")
    return complaints
