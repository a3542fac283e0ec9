# SPDX-License-Identifier: GPL-2.0-only
"""`memory-workload`, run by a test that takes in whatever it leaves behind."""

import ctypes
import json
import os
import subprocess
import sys
import time

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
PROGRAM = os.path.join(TREE, "build/memory-workload")
COLLECTOR = os.path.join(TREE, "build/memory-collector")
PAGE = os.sysconf("SC_PAGESIZE")
MIB = 1 << 20
PR_SET_CHILD_SUBREAPER = 36


class Failed(Exception):
    pass


def adopt_orphans():
    """Whoever loses its parent below this process becomes its child."""
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError("prctl")


def run(*arguments, timeout=60, **options):
    """(exit code, standard output, standard error) of a run to its end."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=timeout, check=False,
                          stdin=subprocess.DEVNULL, **options)
    return done.returncode, done.stdout, done.stderr


def result_of(*arguments):
    """The JSON of a run. A busy machine may keep it from its rate: then it says so, and what it did is as true."""
    status, out, said = run(*arguments, "--json")
    if status not in (0, 1) or not out.startswith("{"):
        raise Failed(f"{' '.join(map(str, arguments))}: status {status}: {said}{out}")
    result = json.loads(out)
    goal = result["goal"]
    short = goal is not None and not 0.95 <= goal["share"] <= 1.05
    if (status, "were done in time" in said) != ((1, True) if short else (0, False)):
        raise Failed(f"{' '.join(map(str, arguments))}: status {status}, {goal}: {said}")
    return result


def wait_for(what, condition, seconds=20):
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failed(f"not within {seconds} s: {what}")
        time.sleep(0.01)


def children_of(pid):
    """By /proc/PID/stat of all: also those that have ended and were not reaped."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                    if int(file.read().rpartition(")")[2].split()[1]) == pid:
                        found.append(int(name))
            except (FileNotFoundError, ProcessLookupError):
                pass
    return sorted(found)


class Running:
    """A run in the `with`: front is our child, keeper its child, and the workers are the keeper's."""

    def __init__(self, *arguments, **options):
        self.process = subprocess.Popen([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.stdout.close()
        self.process.stderr.close()
        self.process.wait()
        nothing_left()

    def keeper(self):
        return wait_for("a keeper", lambda: children_of(self.process.pid))[0]

    def workers(self, count):
        keeper = self.keeper()
        return wait_for(f"{count} workers", lambda: (lambda found: found if len(found) >= count else None)(
            children_of(keeper)))

    def end(self, number=None, timeout=30):
        """(exit code, standard output, standard error), after a signal."""
        if number is not None:
            self.process.send_signal(number)
        try:
            out, said = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.process.args} did not end within {timeout} s") from None
        return self.process.returncode, out, said


def nothing_left(seconds=15):
    """All that a run has left is our child by now: waits for the end of each. Fails if one goes on."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                if time.monotonic() > deadline:
                    raise Failed(f"goes on after {seconds} s: {[line_of(pid) for pid in children_of(os.getpid())]}")
                time.sleep(0.01)
        except ChildProcessError:
            return


def line_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
            return f"{pid} {file.read()}"
    except OSError:
        return str(pid)


def anonymous_rss(pids):
    """Bytes, of all together; 0 for one that has ended."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/status", encoding="utf-8") as file:
                total += sum(int(line.split()[1]) * 1024 for line in file if line.startswith("RssAnon:"))
        except (FileNotFoundError, ProcessLookupError):
            pass
    return total


def main(checks):
    """Runs every check: a function that yields what is wrong. Exits 1 if anything is."""
    if not os.path.exists(PROGRAM):
        print(f"no {PROGRAM}: run scripts/build")
        sys.exit(1)
    adopt_orphans()
    wrong = 0
    for check in checks:
        if len(sys.argv) > 1 and not any(name in check.__name__ for name in sys.argv[1:]):
            continue
        begun = time.monotonic()
        try:
            complaints = list(check())
        except Failed as error:
            complaints = [str(error)]
        name = check.__name__.removeprefix("check_")
        print(f"{'not ok' if complaints else 'ok'} - {name} ({time.monotonic() - begun:.1f} s)", flush=True)
        for complaint in complaints:
            print(f"    {complaint}", flush=True)
        wrong += bool(complaints)
    sys.exit(1 if wrong else 0)
