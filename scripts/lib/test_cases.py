# SPDX-License-Identifier: GPL-2.0-only
"""What can be tested, and how one test of each kind is run.

A suite lists its cases by name and runs them, calling report(case, verdict,
seconds, output) for each. Verdicts: PASS, FAIL, SKIP.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time

PASS, FAIL, SKIP = "PASS", "FAIL", "SKIP"
SKIPPED_STATUS = 77  # as automake has it


# What runs now, in whatever thread: an interrupt must end all of it, and start nothing more.
RUNNING = set()
STARTING = threading.Lock()
STOPPING = threading.Event()


def run(command, log_path, timeout, cwd=None, env=None):
    """Runs a command in a process group of its own, so that an interrupted test leaves nothing
    behind. Returns (status, seconds, output); status is None if it ran out of time."""
    begun = time.monotonic()
    os.makedirs(os.path.dirname(log_path), exist_ok=True)
    with open(log_path, "wb") as log:
        with STARTING:
            if STOPPING.is_set():
                raise KeyboardInterrupt
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                                       cwd=cwd, env=env, start_new_session=True)
            RUNNING.add(process)
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            status = None
            end_group(process)
        except BaseException:
            end_group(process)
            raise
        finally:
            RUNNING.discard(process)
    with open(log_path, encoding="utf-8", errors="replace") as log:
        return status, time.monotonic() - begun, log.read()


def end_group(process):
    """SIGTERM first: a guest runner cleans up then."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(10)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
        return


def end_all():
    with STARTING:
        STOPPING.set()
    for process in list(RUNNING):
        end_group(process)


class GoogleTest:
    """All cases of one GoogleTest program, in as few runs of it as can be."""

    parallel = 1

    def __init__(self, name, program, timeout=600):
        self.name, self.program, self.timeout = name, program, timeout

    def cases(self):
        listing = subprocess.run([self.program, "--gtest_list_tests"], capture_output=True, text=True,
                                 check=True, timeout=60).stdout
        names, group = [], ""
        for line in listing.splitlines():
            text = line.split("#")[0].rstrip()
            if not text.startswith(" "):
                group = text
            else:
                names.append(group + text.strip())
        return names

    def run(self, names, logs, report):
        left = list(names)
        round_number = 0
        while left:
            round_number += 1
            log = os.path.join(logs, f"{self.name}.{round_number}.log")
            status, seconds, output = run(
                [self.program, "--gtest_color=no", "--gtest_filter=" + ":".join(left)], log, self.timeout)
            done, running = self.verdicts(output)
            for name, (verdict, case_seconds, text) in done.items():
                if name in left:
                    left.remove(name)
                    report(name, verdict, case_seconds, text)
            if not left:
                if status != 0 and all(verdict != FAIL for verdict, _, _ in done.values()):
                    # A leak, or a fault after the last test.
                    report("(program's end)", FAIL, seconds, output[-4000:])
                return
            # It died, or hung, in the test that had begun; the others get a run of their own.
            culprit = running if running in left else left[0]
            left.remove(culprit)
            ending = "ran out of time" if status is None else f"the program ended with status {status}"
            report(culprit, FAIL, seconds, f"{output[-8000:]}\n{ending}\n")

    @staticmethod
    def verdicts(output):
        """(case -> (verdict, seconds, its output), the case that began and did not end)."""
        done, running, text = {}, None, []
        end = re.compile(r"\[\s+(OK|FAILED|SKIPPED) \] (\S+?)(?:, where .*)? \((\d+) ms\)$")
        for line in output.splitlines():
            if line.startswith("[ RUN      ] "):
                running, text = line[13:].strip(), []
                continue
            match = end.match(line)
            if match and match.group(2) == running:
                verdict = {"OK": PASS, "FAILED": FAIL, "SKIPPED": SKIP}[match.group(1)]
                done[running] = verdict, int(match.group(3)) / 1000, "\n".join(text) + "\n"
                running = None
            elif running:
                text.append(line)
        return done, running


class Python:
    """unittest cases below a folder."""

    parallel = 1

    def __init__(self, name, folder, top):
        self.name, self.folder, self.top = name, folder, top

    def cases(self):
        code = ("import sys, unittest\n"
                "def walk(s):\n"
                "    for t in s:\n"
                "        (walk(t) if isinstance(t, unittest.TestSuite) else print(t.id()))\n"
                "walk(unittest.defaultTestLoader.discover(sys.argv[1], top_level_dir=sys.argv[2]))\n")
        listing = subprocess.run([sys.executable, "-B", "-c", code, self.folder, self.top],
                                 capture_output=True, text=True, check=True, timeout=60).stdout
        return listing.split()

    def run(self, names, logs, report):
        log = os.path.join(logs, f"{self.name}.log")
        _, seconds, output = run([sys.executable, "-B", "-m", "unittest", "-b", "-v", *names], log, 300, cwd=self.top)
        # unittest says "test_x (pkg.Case.test_x) ... ok", from 3.11; before, "(pkg.Case)".
        verdicts = {}
        for method, place, verdict in re.findall(r"^(\w+) \(([\w.]+)\)[^\n]*?(?:\n[^\n]*?)? \.\.\. (.*)$",
                                                 output, re.M):
            name = place if place.endswith("." + method) else f"{place}.{method}"
            verdicts[name] = PASS if verdict == "ok" else SKIP if verdict.startswith("skipped") else FAIL
        for name in names:
            verdict = verdicts.get(name, FAIL)
            report(name, verdict, seconds / len(names), output if verdict == FAIL else "")


class Script:
    """Programs that are a test each: 0 passed, 77 skipped, all else failed."""

    def __init__(self, name, commands, timeout=600, parallel=1):
        self.name, self.commands, self.timeout, self.parallel = name, commands, timeout, parallel

    def cases(self):
        return list(self.commands)

    def run(self, names, logs, report):
        for name in names:
            log = os.path.join(logs, f"{self.name}.{name.replace('/', '_')}.log")
            status, seconds, output = run(self.commands[name], log, self.timeout)
            verdict = {0: PASS, SKIPPED_STATUS: SKIP}.get(status, FAIL)
            if status is None:
                output += f"\nran out of its {self.timeout} s\n"
            report(name, verdict, seconds, output)
