# SPDX-License-Identifier: GPL-2.0-only
"""`memory-collector compress sample` of processes that say what is in their memory and how much of it they
use (workload/halves.c): half hot random bytes, half cold pages of one word each."""

import json
import os

PAGE = 4096
# Beside what they speak of: the program's own data, stack and buffers.
OTHER_PAGES = 60
# Where every page is looked at, or 600 of 3000: the interval's width and what else the process has.
COLDNESS_SLACK = 0.06


def check_contents(name, row, said):
    pages, complaints = said["hot_pages"] + said["cold_pages"], []
    if not pages <= row["resident_pages"] <= pages + OTHER_PAGES:
        complaints.append(f"{name}: {row['resident_pages']} pages, it has {pages} and a few")
    for figure in ("same_filled_share", "incompressible_share"):
        if not row[figure + "_low"] - 0.02 <= 0.5 <= row[figure + "_high"] + 0.02:
            complaints.append(f"{name}: {figure} is {row[figure]} ({row[figure + '_low']} to {row[figure + '_high']}), "
                              f"it is one half")
    return complaints


def check_coldness(name, row, cold, source):
    if row["cold_share"] is None or source not in row["coldness_source"]:
        return [f"{name}: cold share {row['cold_share']} by {row['coldness_source']}"]
    complaints = []
    if abs(row["cold_share"] - cold) > COLDNESS_SLACK:
        complaints.append(f"{name}: {row['cold_share']} is cold, it is {cold}")
    if abs(row["accesses_per_page_second"] * row["cold_after_ns"] / 1e9 - (1 - row["cold_share"])) > 1e-4:
        complaints.append(f"{name}: {row['accesses_per_page_second']} accesses do not follow from {row['cold_share']}")
    # Soft-dirty does not see reads, and says so by the interval; the others know.
    if source == "soft-dirty" and row["cold_share_low"] != 0:
        complaints.append(f"{name}: at least {row['cold_share_low']} is said to be cold")
    if source != "soft-dirty" and not cold - 2 * COLDNESS_SLACK < row["cold_share_low"] <= row["cold_share"]:
        complaints.append(f"{name}: at least {row['cold_share_low']} is said to be cold, it is {cold}")
    return complaints


def check_damon(name, row):
    """There is a figure, and it does not claim to be more than rough."""
    if row["cold_share"] is None or "DAMON" not in row["coldness_source"]:
        return [f"{name}: cold share {row['cold_share']} by {row['coldness_source']}"]
    if (row["cold_share_low"], row["cold_share_high"]) != (0, 1) or not 0 <= row["cold_share"] <= 1:
        return [f"{name}: {row['cold_share']}, {row['cold_share_low']} to {row['cold_share_high']}: DAMON is rough"]
    return []


# What is left of a sampler that was killed, the file that says so, and after the next one: nothing, also where
# the target has ended since. What somebody else set up stays.
KILLED = ["left 1 on", "600", "then 0", "left 1 on", "then 0", "left 1 on", "others 1 off", "others 1 on"]


def check_killed(text, of_others):
    complaints = []
    if text.splitlines() != KILLED:
        complaints.append(f"samplers that were killed: {text.splitlines()}, not {KILLED}")
    for others in of_others:
        if others["cold_share"] is not None or "another program" not in others["coldness_source"]:
            complaints.append(f"another watches: {others['cold_share']} by {others['coldness_source']}")
    return complaints


def sizes(text):
    return {line.split()[0].rstrip(":"): int(line.split()[1]) for line in text.splitlines() if line.strip()}


def check_swapped(row, said, before, after):
    complaints = []
    pages = said["hot_pages"] + said["cold_pages"]
    if before["VmSwap"] * 1024 < pages * PAGE / 8:
        complaints.append(f"next to nothing was swapped out: {before}")
    if before != after:
        complaints.append(f"sizes were {before}, after sampling {after}")
    if row["swapped_pages"] * PAGE != before["VmSwap"] * 1024:
        complaints.append(f"{row['swapped_pages']} pages swapped out, the kernel says {before['VmSwap']} kB")
    if row["sampled_pages"] != row["resident_pages"] or row["resident_pages"] > pages + OTHER_PAGES - row["swapped_pages"]:
        complaints.append(f"{row['sampled_pages']} of {row['resident_pages']} pages were read, of {pages} "
                          f"{row['swapped_pages']} are swapped out")
    return complaints


def check_compress_sample(run):
    def text(name):
        with open(run.path(name), encoding="utf-8") as file:
            return file.read()

    def row(name):
        return json.loads(text(name + ".jsonl"))

    writer, reader = json.loads(text("writer.json")), json.loads(text("reader.json"))
    complaints = []
    idle = os.path.exists(run.path("idle.jsonl"))
    cases = [("auto", writer, 0.5, "idle" if idle else "soft-dirty"),
             ("soft-dirty", writer, 0.5, "soft-dirty"), ("soft-dirty-reader", reader, 1, "soft-dirty"),
             ("clear-refs", writer, 0.5, "clear_refs"), ("clear-refs-reader", reader, 0.5, "clear_refs")]
    if idle:
        cases += [("idle", writer, 0.5, "idle"), ("idle-reader", reader, 0.5, "idle")]
    for name, source in [("clear-refs-few", "clear_refs")] + [("idle-few", "idle")] * idle:
        complaints += check_coldness(name, row(name), 0.5, source)
    if os.path.exists(run.path("kdamonds.txt")):
        complaints += check_damon("damon", row("damon")) + check_damon("damon-reader", row("damon-reader"))
        if text("kdamonds.txt").strip() != "0":
            complaints.append("DAMON still watches")
        for name in ("damon-after", "damon-after-end"):
            complaints += check_damon(name, row(name))
        complaints += check_killed(text("killed.txt"), [row("damon-others-begin"), row("damon-others")])
    for name, said, cold, source in cases:
        complaints += check_contents(name, row(name), said) + check_coldness(name, row(name), cold, source)
    return complaints + check_swapped(row("swapped"), json.loads(text("swapped.json")),
                                      sizes(text("sizes-before.txt")), sizes(text("sizes-after.txt")))
