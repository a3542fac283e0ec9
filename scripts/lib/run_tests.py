# SPDX-License-Identifier: GPL-2.0-only
"""Runs test suites, says PASS or FAIL for each case, and counts.

usage: run_tests.py --tree FOLDER [--unit] [--vm] [--hostile] [--long] [--list] [--jobs N] [FILTER]...
"""

import argparse
import fnmatch
import json
import os
import queue
import re
import signal
import sys
import threading
import time

from test_cases import FAIL, PASS, SKIP, GoogleTest, Python, Script, end_all

DEFAULT_KERNELS = ("6.1-cloud", "6.12-cloud")

# Kernels that check themselves, and what the module is put through on each of them.
HOSTILE_KERNELS = ("debug-kasan", "debug-locks", "debug-rt", "debug-kcsan", "6.12-rt")
HOSTILE_SCENARIOS = ("steady", "short_lived", "pid_reuse", "few_rmids", "soft_rmids", "migration", "hotplug",
                     "exec_by_thread", "leader_exits", "resctrl", "reload", "load_unload", "busy_unload",
                     "fail_init", "fail_alloc", "procfs_fuzz", "perf_bpf", "clock_change", "resctrl_around",
                     "pqos_beside", "pool_recompress", "kmalloc_lkm", "compress_sample_idle")
# What there is time for in every run: the kernel that sees most, under the scenarios that do most.
HOSTILE_ALWAYS = ("load_unload@debug-kasan", "reload@debug-kasan", "pool_recompress@debug-kasan",
                  "kmalloc_lkm@debug-kasan", "compress_sample_idle@debug-kasan")


def suites_of(tree, unit, vm, hostile, long_too):
    found = []
    if unit:
        for name, folder in (("unit", "build"), ("unit-asan", "build-asan")):
            found.append(GoogleTest(name, os.path.join(tree, folder, "tests/unit/unit_tests")))
        found.append(Python("judge", os.path.join(tree, "tests/vm/judge/tests"), os.path.join(tree, "tests/vm")))
        found.append(Python("cost", os.path.join(tree, "tests/vm/cost/tests"), os.path.join(tree, "tests/vm")))
        found.append(Python("scripts", os.path.join(tree, "scripts/tests"), os.path.join(tree, "scripts/tests")))
        style = executables(os.path.join(tree, "tests/style"))
        if long_too and "clang-tidy" in style:
            style["clang-tidy"] = style["clang-tidy"] + ["--all"]
        if style:
            found.append(Script("style", style, timeout=900, parallel=1))
        host = executables(os.path.join(tree, "tests/host"))
        if host:
            found.append(Script("host", host, timeout=300, parallel=1))
        found.append(Script("fuzz", fuzzers(tree, long_too), timeout=300, parallel=2))
        oom = executables(os.path.join(tree, "tests/oom/tests"))
        if oom:
            found.append(Script("oom", oom, timeout=600, parallel=1))
        packaging = executables(os.path.join(tree, "tests/packaging"))
        if not long_too:
            packaging.pop("arm64", None)
        elif "devcontainer" in packaging:
            packaging["devcontainer-build"] = packaging["devcontainer"] + ["--build"]
        if packaging:
            found.append(Script("packaging", packaging, timeout=1800, parallel=1))
    if vm:
        cases = vm_cases(tree, long_too)
        for name, command in executables(os.path.join(tree, "tests/vm/compare")).items():
            cases[f"compare/{name}"] = command
        for kernel in DEFAULT_KERNELS if os.path.isdir(os.path.join(tree, "tests/vm/cost")) else ():
            cases[f"cost@{kernel}"] = [os.path.join(tree, "tests/vm/cost/run"), "check", "--kernel", kernel]
        if os.path.isdir(os.path.join(tree, "module/tests")):
            cases.update(module_cases(tree))
        found.append(Script("vm", cases, timeout=900, parallel=2))
        lab = executables(os.path.join(tree, "tests/lab/tests"))
        if lab:
            found.append(Script("lab", lab, timeout=900, parallel=2))
    if hostile:
        found.append(Script("hostile", hostile_cases(tree, long_too), timeout=1800, parallel=2))
    return found


def executables(folder):
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    paths = {name: os.path.join(folder, name) for name in names}
    return {name: [path] for name, path in paths.items() if os.path.isfile(path) and os.access(path, os.X_OK)}


# The same inputs in every run: what one finds is there to be mended, and no chance makes it
# fail another time. The long run looks for what is new.
def fuzzers(tree, long_too):
    folder = os.path.join(tree, "tests/fuzz")
    names = sorted(name[:-4] for name in os.listdir(folder) if name.endswith("_fuzz.cpp")) if os.path.isdir(folder) else []
    how_long = ["--seconds", "120"] if long_too else ["--inputs", "5000"]
    return {name: [os.path.join(tree, "scripts/fuzz"), "--no-build", *how_long, name] for name in names}


def vm_cases(tree, long_too):
    folder = os.path.join(tree, "tests/vm/scenarios")
    cases = {}
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        if not name.endswith(".json"):
            continue
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            scenario = json.load(file)
        if scenario.get("long") and not long_too:
            continue
        # Those of an archive that may go, with --long only.
        more = scenario.get("long_kernels", ()) if long_too else ()
        for kernel in (*scenario.get("kernels", DEFAULT_KERNELS), *more):
            if kernel in HOSTILE_KERNELS:
                continue
            cases[f"{name[:-5]}@{kernel}"] = [os.path.join(tree, "tests/vm/run-scenario"), name[:-5], kernel]
    return cases


def module_cases(tree):
    """The scripts of module/ that load modules, in the lab."""
    cases = {f"module/{name}": command
             for name, command in executables(os.path.join(tree, "tests/vm/module")).items()}
    for name, script, *options in (("tests", "tests/run_tests.sh"), ("trace", "test_module.sh"),
                                   ("trace-no-rdt", "test_module.sh", "--no-rdt")):
        for kernel in DEFAULT_KERNELS:
            cases[f"module/{name}@{kernel}"] = [os.path.join(tree, "module", script), "--lab", kernel, *options]
    return cases


def hostile_cases(tree, long_too):
    """On a debug kernel: a scenario without kernels of its own, or made for this one."""
    folder = os.path.join(tree, "tests/vm/scenarios")
    cases = {}
    for kernel in HOSTILE_KERNELS:
        for name in HOSTILE_SCENARIOS:
            with open(os.path.join(folder, name + ".json"), encoding="utf-8") as file:
                only = json.load(file).get("kernels", HOSTILE_KERNELS)
            if kernel in only and (long_too or f"{name}@{kernel}" in HOSTILE_ALWAYS):
                cases[f"{name}@{kernel}"] = [os.path.join(tree, "tests/vm/run-scenario"), name, kernel]
    return cases


# As tests here say it, or Python, GoogleTest and the compilers do.
COMPLAINT = re.compile(r"(FAIL|missed|not measured)\b|[\w.]*(Error|Exception)\b|.*\b([Ee]rror|[Ff]ailed|Failure)\b|not ok\b")


def reason(output):
    """The line that most likely says why, for whoever sees the summary only: the last that complains, else the last."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    # unittest ends with the number of failures.
    lines = [line for line in lines if not line.startswith("FAILED (")] or lines
    if not lines:
        return "it said nothing"
    at = max((i for i, line in enumerate(lines) if COMPLAINT.match(line)), default=len(lines) - 1)
    # A check of a scenario has what it found below it.
    end = at + 2 if lines[at].startswith("not ok") else at + 1
    return ": ".join(lines[at:end])[:300]


class Counter:
    """Prints a line per case as it ends, from any thread."""

    def __init__(self, color):
        self.lock = threading.Lock()
        self.counts = {PASS: 0, FAIL: 0, SKIP: 0}
        self.color = color
        self.failed = []

    def report(self, suite, case, verdict, seconds, output):
        paint = {PASS: "32", FAIL: "31", SKIP: "33"}[verdict]
        word = f"\033[{paint}m{verdict}\033[0m" if self.color else verdict
        with self.lock:
            self.counts[verdict] += 1
            why = f": {reason(output)}" if verdict == FAIL else ""
            print(f"{word} {suite}/{case} ({seconds:.2f} s){why}")
            if verdict == FAIL:
                self.failed.append(f"{verdict} {suite}/{case}{why}")
            if verdict != PASS:
                for line in output.rstrip().splitlines()[-60:]:
                    print(f"    {line}")
            sys.stdout.flush()


def wanted(suite, case, filters):
    """A filter is a part of `suite/case`, or a pattern for all of it."""
    name = f"{suite}/{case}"
    return not filters or any(part in name or fnmatch.fnmatch(name, part) for part in filters)


def run_suite(suite, names, logs, counter):
    def report(case, verdict, seconds, output):
        counter.report(suite.name, case, verdict, seconds, output)

    if suite.parallel == 1 or len(names) == 1:
        suite.run(names, logs, report)
        return
    waiting = queue.SimpleQueue()
    for name in names:
        waiting.put(name)
    broken = []

    def work():
        try:
            while True:
                suite.run([waiting.get_nowait()], logs, report)
        except queue.Empty:
            pass
        except BaseException as error:  # a bug here must not count as a pass
            broken.append(error)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(suite.parallel)]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(0.2)
    if broken:
        raise broken[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tree", required=True)
    parser.add_argument("--unit", action="store_true")
    parser.add_argument("--vm", action="store_true")
    parser.add_argument("--hostile", action="store_true")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--already-failed", type=int, default=0)
    parser.add_argument("filters", nargs="*")
    options = parser.parse_args()

    # A supervisor's SIGTERM ends the tests as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    counter = Counter(sys.stdout.isatty() and not os.environ.get("NO_COLOR"))
    counter.counts[FAIL] = options.already_failed
    logs = os.path.join(options.tree, "build/test-logs")
    begun = time.monotonic()
    status = 0
    try:
        for suite in suites_of(options.tree, options.unit, options.vm, options.hostile, options.long):
            try:
                names = [case for case in suite.cases() if wanted(suite.name, case, options.filters)]
            except Exception as error:
                counter.report(suite.name, "(list of cases)", FAIL, 0, str(error))
                continue
            if options.list:
                print("\n".join(f"{suite.name}/{name}" for name in names))
            elif names:
                run_suite(suite, names, logs, counter)
    except KeyboardInterrupt:
        end_all()
        print("interrupted")
        status = 130
    if options.list:
        return status
    for line in counter.failed:
        print(line)
    print(f"{time.monotonic() - begun:.0f} s; logs in {logs}")
    if counter.counts[SKIP]:
        print(f"{counter.counts[SKIP]} skipped (not counted as passed)")
    if not counter.counts[PASS] and not counter.counts[FAIL]:
        print("no test ran")
        status = status or 1
    print(f"{counter.counts[PASS]} passed, {counter.counts[FAIL]} failed")
    return status or (1 if counter.counts[FAIL] else 0)


if __name__ == "__main__":
    sys.exit(main())
