# SPDX-License-Identifier: GPL-2.0-only
"""The module of workloads/kmalloc mistreated: what its users were answered, and what it held."""

from . import hostile, kernel_log

FULL = 1048576
NOTHING = "0 bytes in 0 allocations"
# What was written, or tried; what is the answer; what the file holds then. With caps of 1 MiB and 64 allocations.
ANSWERS = {
    "mode": ("600", "uid 0"),
    "nothing": ("EINVAL", NOTHING),
    "word": ("EINVAL", NOTHING),
    "negative": ("EINVAL", NOTHING),
    "two": ("EINVAL", NOTHING),
    "hexadecimal": ("EINVAL", NOTHING),
    "beyond-64-bits": ("EINVAL", NOTHING),
    "too-large": ("EINVAL", NOTHING),
    "too-long": ("EINVAL", NOTHING),
    "line": ("OK", "1000 bytes in 1 allocations"),
    "zero": ("OK", "1000 bytes in 2 allocations"),
    "fills-the-file": ("OK", f"{FULL} bytes in 3 allocations"),
    "above-file": ("EDQUOT", f"{FULL} bytes in 3 allocations"),
    "above-user": ("EDQUOT", NOTHING),
    "other-user": ("OK", "4096 bytes in 1 allocations"),
    "sixty-fourth": ("OK", "0 bytes in 64 allocations"),
    "above-count": ("EDQUOT", "0 bytes in 64 allocations"),
    "stranger": ("EACCES", ""),
}
# A full file: what another may write before it is closed for good, and after.
HELD = f"{FULL} bytes in 1 allocations"
LIVES = {
    "exit": {"before": "EDQUOT", "after": "OK"},
    "kill": {"before": "EDQUOT", "after": "OK"},
    "fork": {"before": "EDQUOT"},
    "fork-child": {"before": "EDQUOT", "held": HELD},
    "fork-ended": {"after": "OK"},
    "passed": {"before": "EDQUOT", "received": "EDQUOT", "held": HELD, "after": "OK"},
    "dropped": {"before": "EDQUOT", "after": "OK"},
}
EVENTS = [("kmalloc_lkm_allocated", "100", "100"), ("kmalloc_lkm_allocated", "5000", "5100"),
          ("kmalloc_lkm_released", "5100", "0")]


DEFAULT = ["kmalloc of 4096 bytes", "holds 4096 bytes in 1 allocations", "has closed the file, and freed 4096 bytes"]


def values(row):
    return {key: value.strip('"') for key, value in row.items()}


def check_answers(told):
    complaints = []
    for what, (answer, held) in ANSWERS.items():
        row = told.get(what, [{}])[0]
        if (row.get("answer"), row.get("held")) != (answer, held):
            complaints.append(f"{what}: answer {row.get('answer')}, then \"{row.get('held')}\"; not {answer}, \"{held}\"")
    said = told.get("default", [{}])[0].get("said")
    if said != ";".join(DEFAULT) + ";":
        complaints.append(f"Test without arguments said: {said}")
    events = [(row["name"], row["size"], row["held"]) for row in told.get("event", ())]
    if events != EVENTS:
        complaints.append(f"tracepoints: {events}")
    return complaints


def check_lives(told):
    return [f"file that ends by {what}: {key} {told.get(what, [{}])[0].get(key)}, not {value}"
            for what, wanted in LIVES.items() for key, value in wanted.items()
            if told.get(what, [{}])[0].get(key) != value]


def check_writers(told):
    row = told.get("writers", [{}])[0]
    if row.get("failed") != "0" or not row.get("wrote") or row["wrote"] != row.get("held"):
        return [f"writers at once: {row}"]
    return []


def check_failing(told, injected):
    """With failing allocations: some failed, each with ENOMEM, and what is held is what was not refused."""
    if not injected:
        return []
    row, loads = (told.get(what, [{}])[0] for what in ("failing", "loads"))
    complaints = []
    taken, no_memory, tries = (int(row.get(key, 0)) for key in ("taken", "no_memory", "tries"))
    if not taken or not no_memory or taken + no_memory != tries or row.get("others") != "0":
        complaints.append(f"failing allocations: {row}")
    if not 0 < int(row.get("opened", 0)) < tries:
        complaints.append(f"failing opens: {row}")
    if row.get("held") != f"{1000 * taken} bytes in {taken} allocations":
        complaints.append(f"after failing allocations the file holds {row.get('held')}, {taken} of 1000 were taken")
    if not 0 < int(loads.get("no_memory", 0)) < int(loads.get("tries", 0)) or loads.get("others") != "0":
        complaints.append(f"failing loads: {loads}")
    return complaints


def check_unloads(told, cycles):
    complaints = []
    for what in ("unloaded", "reloaded"):
        rows = told.get(what, [])
        if len(rows) != cycles or any(row["dead"] != "yes" for row in rows):
            complaints.append(f"a file held open over an unload, {what}: {[row.get('dead') for row in rows]}")
    storms = told.get("storm", [])
    if not storms or any(not int(row["taken"]) for row in storms):
        complaints.append(f"who wrote while it was unloaded: {storms}")
    return complaints


def check_log(told, lines, injected):
    words = {row["word"]: int(row["times"]) for row in told.get("log", ())}
    wanted = 5 if injected else 4
    return ([f"the log says {word!r} {times} times" for word, times in words.items() if times < 1]
            + ([] if len(words) == wanted else [f"words looked for in the log: {sorted(words)}"])
            + kernel_log.complaints(lines, failing_allocations=injected))


def complaints_of(text, lines, cycles):
    told = {}
    # Of the debug kernels it is this one that can make allocations fail.
    injected = any("KernelAddressSanitizer initialized" in line for line in lines)
    for row in map(values, hostile.key_values(text)):
        told.setdefault(row["what"], []).append(row)
    return (check_answers(told) + check_lives(told) + check_writers(told) + check_failing(told, injected)
            + check_unloads(told, cycles) + check_log(told, lines, injected))


def check_kmalloc_lkm(run, cycles=6):
    with open(run.path("kmalloc.txt"), encoding="utf-8") as file:
        text = file.read()
    with open(run.path("dmesg.txt"), encoding="utf-8", errors="replace") as file:
        return complaints_of(text, file.read().splitlines(), cycles)
