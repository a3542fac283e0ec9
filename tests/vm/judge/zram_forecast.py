# SPDX-License-Identifier: GPL-2.0-only
"""What `compress sample` says that a process's memory would take in zram, against what zram's own mm_stat
says after that memory was swapped out to it."""

import json

PAGE = 4096
# Of the forecast's figure and the kernel's, by the size of the same pages.
WITHIN = 0.10
# Beside what was swapped out: the program's own data, stack and buffers.
PUSHED = 0.95
SETTINGS = {"lz4": ("lz4", "fast", 1), "zstd": ("zstd", "default", 3)}
# Documentation/admin-guide/blockdev/zram.rst
MM_STAT = ("orig_data_size", "compr_data_size", "mem_used_total", "mem_limit", "mem_used_max", "same_pages",
           "pages_compacted", "huge_pages")


def mm_stat(text):
    return dict(zip(MM_STAT, (int(word) for word in text.split())))


def forecast_of(row, algorithm):
    for setting in row["settings"]:
        if (setting["codec"], setting["mode"], setting["level"]) == SETTINGS[algorithm]:
            return {"compr_data_size": setting["zram_compressed_bytes"], "mem_used_total": setting["zram_stored_bytes"]}
    raise ValueError(f"no {algorithm} among the settings of the sample")


def differences(row, swapped, truth, algorithm):
    """By how much the forecast is off, as a share of the truth. The sample was of all of the process's memory,
    and nearly all of it was swapped out: that much of the forecast is what is compared. Not by orig_data_size:
    from 6.12 on the kernel keeps swapped pages of zeros in a bitmap and gives them to no device."""
    share = swapped / row["resident_pages"]
    return {name: (value * share - truth[name]) / truth[name] for name, value in forecast_of(row, algorithm).items()}


def complaints_of(name, row, swapped, truth, algorithm):
    share = swapped / row["resident_pages"]
    if not PUSHED <= share <= 1 or truth["orig_data_size"] > swapped * PAGE:
        return [f"{name}: {share:.3f} of its memory was swapped out, {truth['orig_data_size']} bytes are in zram: "
                f"the two are not of the same memory"]
    return [f"{name}: {figure} is {truth[figure]}, the forecast is off by {100 * off:+.1f}%"
            for figure, off in differences(row, swapped, truth, algorithm).items() if abs(off) > WITHIN]


def check_zram_forecast(run, kinds=(), algorithms=("lz4", "zstd")):
    complaints = []
    for algorithm in algorithms:
        for kind in kinds:
            with open(run.path(f"{algorithm}-{kind}.json"), encoding="utf-8") as file:
                row = json.loads(file.readline())
            with open(run.path(f"{algorithm}-{kind}.mm_stat"), encoding="utf-8") as file:
                truth = mm_stat(file.read())
            with open(run.path(f"{algorithm}-{kind}.held"), encoding="utf-8") as file:
                swapped = json.loads(file.read().splitlines()[-1])["swapped"]
            complaints += complaints_of(f"{kind} by {algorithm}", row, swapped, truth, algorithm)
    if len(kinds) < 5:
        complaints.append(f"only {len(kinds)} kinds of memory were tried")
    return complaints
