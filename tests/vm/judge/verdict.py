# SPDX-License-Identifier: GPL-2.0-only
"""All checks of one guest run, by name.

A scenario's .json may give a check options, or switch it off with a reason:
  "checks": {"loss": {"expect": "some"}, "exactness": {"off": "the ring overran"}}
or name all that apply, where most cannot:
  "only": ["intervals", "loss", "software"]
What cannot hold on a kernel that checks itself, for it is slow, is said apart:
  "on_debug_kernels": {"same_report": {"intervals": false, "because": "ticks there are late"}}
"""

import json
import os
import re
from functools import cached_property

from . import (compress_rights, compress_sample, conservation, costs, ebpf, ebpf_events, ebpf_groups, equality,
               exactness, groups, hostile, kernel_log, kmalloc_lkm, kmem, lifecycle, loss, memory, memory_workload, oom,
               ownership, pool, probe, rows, soft, software, tick_time, ticks, truth, workload, zram_forecast)


class Run:
    """What a guest left behind in its /out, read when a check asks for it."""

    def __init__(self, folder):
        self.folder = folder

    @cached_property
    def report(self):
        return rows.load(self.path("rows.jsonl"))

    @cached_property
    def truth(self):
        return truth.load(self.path("truth.jsonl"))

    @cached_property
    def after(self):
        return self.object("lab-after.json")

    @property
    def settings(self):
        return self.after["settings"]

    def path(self, name):
        return os.path.join(self.folder, name)

    def object(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return json.load(file)

    @property
    def unit(self):
        return self.settings["unit_bytes"]

    @property
    def cache_bytes(self):
        """Of all domains: a process's row is the sum over them."""
        return self.settings["cache_kib"] * 1024 * len(self.after["domains"])


def check_log(run, **options):
    """Invariant 5: a clean log."""
    with open(run.path("dmesg.txt"), encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    if not any("Memory Collector" in line for line in lines):
        return ["the module said nothing in the kernel's log: was it loaded?"]
    return kernel_log.complaints(lines, **options)


def check_unloaded(run):
    """Invariant 5: PQR restored on every CPU, no file left."""
    complaints = []
    if os.path.exists(run.path("lab-after.json")):  # a machine without RDT has none
        complaints += [f"CPU {cpu['cpu']} still has RMID {cpu['rmid']} in PQR_ASSOC"
                       for cpu in run.after["cpus"] if cpu["rmid"]]
    with open(run.path("left-behind.txt"), encoding="utf-8") as file:
        complaints += [f"left behind: {line.strip()}" for line in file if line.strip()]
    return complaints


def check_leaks(run):
    """Invariant 5, by what the kernel itself keeps account of: on a debug kernel kmemleak, and whether
    lockdep was at work to the end (its first report, whoever caused it, ends its checks), and KCSAN at all."""
    complaints = []
    with open(run.path("vmalloc.txt"), encoding="utf-8") as file:
        complaints += [f"allocated by code that is gone: {line.strip()}" for line in file if line.strip()]
    if os.path.exists(run.path("kmemleak.txt")):
        with open(run.path("kmemleak.txt"), encoding="utf-8") as file:
            complaints += [f"kmemleak: {line.rstrip()}" for line in file if line.strip()]
    if os.path.exists(run.path("lockdep.txt")):
        with open(run.path("lockdep.txt"), encoding="utf-8") as file:
            if not re.search(r"debug_locks:\s+1$", file.read(), re.MULTILINE):
                complaints.append("lockdep switched itself off before the end")
    if os.path.exists(run.path("kcsan.txt")):
        with open(run.path("kcsan.txt"), encoding="utf-8") as file:
            counts = dict(re.findall(r"^(\w+): (\d+)$", file.read(), re.MULTILINE))
        if counts.get("enabled") != "1" or int(counts.get("setup_watchpoints", 0)) < 1000:
            complaints.append(f"KCSAN did not watch: {counts}")
    return complaints


def check_memory(run, **options):
    with open(run.path("rss.txt"), encoding="utf-8") as file:
        return memory.check_memory(file.read().splitlines(), run.report, **options)


def check_same(run, file="report.jsonl", **options):
    return equality.check_equal(run.report, rows.load(run.path(file)), **options)


def check_ebpf(run, **options):
    with open(run.path("truth.jsonl"), encoding="utf-8") as file:
        return ebpf.check_ebpf(run.report, file.read().splitlines(), **options)


def check_groups(run, **kinds):
    complaints = []
    for kind, options in kinds.items():
        truth_lines = {}
        for name, file_name in options["truth"].items():
            with open(run.path(file_name), encoding="utf-8") as file:
                truth_lines[name] = file.read().splitlines()
        complaints += groups.check_groups(rows.load(run.path(options["file"])), kind, truth_lines)
    return complaints


def check_ebpf_kmem(run, **options):
    with open(run.path("truth.txt"), encoding="utf-8") as file:
        return kmem.check_ebpf_kmem(run.report, file.read().splitlines(), **options)


def check_ebpf_groups(run, **options):
    with open(run.path("touched.jsonl"), encoding="utf-8") as file:
        return ebpf_groups.check_ebpf_groups(run.report, file.read().splitlines(), **options)


def check_ebpf_events(run, **options):
    def lines(name):
        with open(run.path(name), encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()
    return ebpf_events.check_ebpf_events(run.report, lines("vmstat-before.txt"), lines("vmstat-after.txt"),
                                         lines("vmstat-end.txt"),
                                         lines("dmesg.txt"), **options)


CHECKS = {
    "workload": lambda run, **options: workload.check_workload(run.truth, run.settings, **options),
    "intervals": lambda run: conservation.check_intervals(run.report),
    "conservation": lambda run, rounded=False: conservation.check_conservation(
        run.report, run.unit * run.settings["rmids"] if rounded else 0),
    "exactness": lambda run, **options: exactness.check_exactness(run.report, run.truth, run.unit, **options),
    "unattributed": lambda run, **options: exactness.check_unattributed(run.report, run.truth, run.unit,
                                                                        **options),
    "everything_counted": lambda run, **options: exactness.check_everything_counted(run.report, run.truth,
                                                                                    run.unit, **options),
    "loss": lambda run, **options: loss.check_loss(run.report, **options),
    "forward": lambda run, rounded=False: ownership.check_forward(
        run.report, run.unit * len(run.after["domains"]) if rounded else 0),
    "totals": lambda run, **options: ownership.check_totals(run.report, **options),
    "strangers": lambda run: ownership.check_strangers(run.report, run.truth),
    "peaks": lambda run, **options: ownership.check_peaks(run.report, **options),
    "cache": lambda run: ownership.check_cache(run.report, run.cache_bytes),
    "soft": lambda run, **options: soft.check_soft(run.report, run.truth, run.unit, **options),
    "soft_rows": lambda run: soft.check_lists(run.report),
    "busiest": lambda run, **options: soft.check_busiest(run.report, run.truth, run.unit,
                                                         soft.Timeline(run.path("timeline.jsonl")), **options),
    "log": check_log,
    "unloaded": check_unloaded,
    "leaks": check_leaks,
    "tick_time": tick_time.check_tick_time,
    "lag": lambda run, **options: tick_time.check_lag(run.report, **options),
    **hostile.CHECKS,
    "same_report": check_same,
    "costs": costs.check_costs,
    "reloaded": lifecycle.check_reloaded,
    "resctrl": lifecycle.check_resctrl,
    "resctrl_around": lifecycle.check_resctrl_around,
    "beside": lifecycle.check_beside,
    "cpu_time": lifecycle.check_cpu_time,
    "memory": check_memory,
    "ticks": ticks.check_ticks,
    "software": lambda run, **options: software.check_software(run.report, **options),
    "ebpf": check_ebpf,
    "groups": check_groups,
    "pool": pool.check_pool,
    "zram_forecast": zram_forecast.check_zram_forecast,
    "probe": probe.check_probe,
    "compress_sample": compress_sample.check_compress_sample,
    "compress_rights": compress_rights.check_compress_rights,
    "ebpf_events": check_ebpf_events,
    "ebpf_groups": check_ebpf_groups,
    "ebpf_kmem": check_ebpf_kmem,
    "kmalloc_lkm": kmalloc_lkm.check_kmalloc_lkm,
    "memory_workload": memory_workload.check_memory_workload,
    **oom.CHECKS,
}
# Only where the scenario asks for them.
ON_DEMAND = {"soft", "busiest", "same_report", "costs", "reloaded", "resctrl", "resctrl_around", "beside", "cpu_time",
             "software", "ebpf", "ebpf_events", "ebpf_groups", "ebpf_kmem", "kmalloc_lkm", "groups", "pool", "probe",
             "memory", "ticks", "tick_time", "lag", "compress_sample", "compress_rights", "memory_workload", "zram_forecast",
             *hostile.CHECKS, *oom.CHECKS}
# All that a scenario without a report ("report": false) can be held to.
WITHOUT_REPORT = {"log", "unloaded", "leaks", "costs", "ticks", "tick_time", *hostile.CHECKS}


def is_debug(kernel):
    return kernel.startswith("debug-")


def scenario_on(kernel, scenario):
    """The scenario as it is for this kernel; "because": why a check's options are others than elsewhere."""
    checks, because = dict(scenario.get("checks", {})), {}
    for name, options in scenario.get("on_debug_kernels", {}).items() if is_debug(kernel) else ():
        because[name] = options["because"]
        checks[name] = {**checks.get(name, {}), **options}
        del checks[name]["because"]
    return {**scenario, "checks": checks, "because": because}


def chosen(scenario):
    """The names of the checks that apply, in order."""
    options, only = scenario.get("checks", {}), scenario.get("only")
    unknown = (set(options) | set(only or ())) - set(CHECKS)
    if unknown:
        raise ValueError(f"no such check: {', '.join(sorted(unknown))}")
    if only is None and not scenario.get("report", True):
        return [name for name in CHECKS if name in WITHOUT_REPORT and (name in options or name not in ON_DEMAND)]
    if only is None:
        return [name for name in CHECKS if name in options or name not in ON_DEMAND]
    return [name for name in CHECKS if name in only]


def judge(folder, scenario):
    """Yields (check, complaints), or (check, None) for one that is switched off."""
    run = Run(folder)
    for name in chosen(scenario):
        options = scenario.get("checks", {}).get(name, {})
        if "off" in options:
            yield name, None
            continue
        try:
            yield name, CHECKS[name](run, **options)
        except (OSError, ValueError, KeyError, TypeError, rows.BadReport, truth.BadTruth) as error:
            yield name, [f"{type(error).__name__}: {error}"]
