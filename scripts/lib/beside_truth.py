# SPDX-License-Identifier: GPL-2.0-only
"""Shows a report of the lab beside what the workload moved.

usage: beside_truth.py OUT-FOLDER      (rows.jsonl, truth.jsonl, lab-after.json in it)
Exit status 1 if a figure is further off than the counters' resolution allows.
"""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tests/vm"))

from judge import exactness, rows, truth  # noqa: E402


def size(count):
    """Bytes as a person reads them; the exact figures are in the report."""
    value = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(value) < 1024 or unit == "GiB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    raise AssertionError("unreachable")


def table(lines):
    """Columns: the first two to the left, numbers to the right."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    out = []
    for line in lines:
        cells = [text.ljust(width) if i == 1 else text.rjust(width)
                 for i, (text, width) in enumerate(zip(line, widths))]
        out.append("  ".join(cells).rstrip())
    return "\n".join(out)


def comparison(report, known):
    """Rows of the table, the heaviest process first, and whether all agree."""
    lines = [["PID", "COMMAND", "CPU", "LLC max", "MEAN/s", "REMOTE", "REPORTED", "TRUE", "DIFFERENCE"]]
    seconds = sum(row["end_ns"] - row["start_ns"] for row in report.intervals) / 1e9 or 1
    occupancy = {}
    for row in report.processes:
        key = rows.identity(row)
        occupancy[key] = max(occupancy.get(key, 0), row.get("llc_bytes_max") or 0)
    for row in sorted(report.totals, key=lambda r: -(r["total_bytes"] or 0)):
        process = known.of(row)
        shown = row["total_bytes"]
        if process is None and not shown:
            continue
        true = process.owned() if process else 0
        lines.append([str(row["pid"]), row["comm"], f"{(row.get('cpu_time_ns') or 0) / 1e9:.2f} s",
                      size(occupancy.get(rows.identity(row), 0)), size((shown or 0) / seconds),
                      size(row.get("remote_bytes") or 0),
                      "-" if shown is None else size(shown), size(true),
                      "-" if shown is None else f"{shown - true:+d} B"])
    unattributed = sum(row["unattributed_bytes"] or 0 for row in report.domains)
    unowned = sum(process.unowned() for process in known)
    lines.append(["", "(no RMID)", "", "", "", "", size(unattributed), size(unowned), f"{unattributed - unowned:+d} B"])
    total = sum(row["total_bytes"] or 0 for row in report.domains)
    moved = sum(process.owned() + process.unowned() for process in known)
    lines.append(["", "total", "", "", "", "", size(total), size(moved), f"{total - moved:+d} B"])
    return lines


def main(folder):
    def path(name):
        return os.path.join(folder, name)

    try:
        report, known = rows.load(path("rows.jsonl")), truth.load(path("truth.jsonl"))
        with open(path("lab-after.json"), encoding="utf-8") as file:
            settings = json.load(file)["settings"]
    except (OSError, ValueError, KeyError, rows.BadReport, truth.BadTruth) as error:
        sys.exit(f"beside_truth: {type(error).__name__}: {error}")
    print(table(comparison(report, known)))
    seconds = sum(row["end_ns"] - row["start_ns"] for row in report.intervals) / 1e9
    slots = sum(row["slots"] for row in report.intervals)
    missed = sum(row["missed_ticks"] for row in report.intervals)
    events = sum(row["events"] for row in report.intervals)
    lost = sum(row["lost"] for row in report.losses)
    print(f"{seconds:.1f} s in {slots} slots, {missed} ticks missed; {events} events read, {lost} lost; "
          f"counters of {settings['unit_bytes']} bytes, {settings['rmids']} RMIDs")
    complaints = (exactness.check_exactness(report, known, settings["unit_bytes"])
                  + exactness.check_unattributed(report, known, settings["unit_bytes"]))
    for line in complaints:
        print(f"off: {line}")
    if not complaints:
        print("Every figure is the truth to within one counter unit per RMID a process owned.")
    return 1 if complaints else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
