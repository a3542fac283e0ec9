# SPDX-License-Identifier: GPL-2.0-only
"""scripts/run on a host that loads modules, with all that touches the host
played by stand-ins: what it calls, in which order, however the program ends."""

import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
import unittest

SCRIPTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

STANDINS = {
    "insmod": 'echo "insmod $1" >>"$STATE/calls"; exit "${INSMOD_STATUS:-0}"',
    "rmmod": 'echo "rmmod $1" >>"$STATE/calls"',
    # make -C module KDIR=... BUILD=FOLDER
    "make": 'for word; do case $word in BUILD=*) mkdir -p "${word#BUILD=}"; touch "${word#BUILD=}/collector.ko";; esac; done',
    "cmake": ":",
    "uname": 'case $1 in -m) echo x86_64;; *) echo 6.1.0-test;; esac',
    "id": "echo 0",
    "dpkg-query": "echo installed",
    "apt-cache": "exit 1",
}
PROGRAM = """#!/bin/sh
echo "run $*" >>"$STATE/calls"
trap 'echo interrupted >>"$STATE/calls"; exit 0' INT
[ -z "${PROGRAM_WAITS:-}" ] || { touch "$STATE/running"; while :; do sleep 0.1; done; }
exit "${PROGRAM_STATUS:-0}"
"""


class RunOnHost(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.state = folder.name
        self.tree = os.path.join(self.state, "tree")
        shutil.copytree(SCRIPTS, os.path.join(self.tree, "scripts"), ignore=shutil.ignore_patterns("__pycache__"))
        os.mkdir(os.path.join(self.tree, "module"))
        self.write("tree/build/memory-collector", PROGRAM)
        for name, body in STANDINS.items():
            self.write(f"bin/{name}", f"#!/bin/sh\n{body}\n")
        for path, text in (("proc/modules", ""), ("proc/self/status", "CapEff:\t000001ffffffffff\n"),
                           ("lib/modules/6.1.0-test/build/Makefile", "")):
            self.write(f"root/{path}", text)

    def write(self, path, text):
        path = os.path.join(self.state, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)

    def start(self, *arguments, **environment):
        env = {"PATH": f"{self.state}/bin:{os.environ['PATH']}", "STATE": self.state, "HOME": self.state,
               "MEMORY_COLLECTOR_HOST_ROOT": os.path.join(self.state, "root"), **environment}
        # Where the tests run in a shell's background SIGINT is ignored, and would stay so.
        return subprocess.Popen([os.path.join(self.tree, "scripts/run"), *arguments], env=env, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
                                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))

    def finish(self, process):
        _, err = process.communicate(timeout=30)
        with open(os.path.join(self.state, "calls"), encoding="utf-8") as file:
            return process.returncode, file.read().splitlines(), err

    def load(self):
        return f"insmod {self.tree}/module/build/collector.ko"

    def test_loads_measures_unloads(self):
        status, calls, err = self.finish(self.start())
        self.assertEqual(calls, [self.load(), "run run --duration 10s --format table", "rmmod collector"], err)
        self.assertEqual(status, 0, err)

    def test_unloads_when_the_program_fails(self):
        status, calls, err = self.finish(self.start("--duration", "3s", PROGRAM_STATUS="1"))
        self.assertEqual(calls[1:], ["run run --duration 3s --format table", "rmmod collector"], err)
        self.assertEqual(status, 1)

    def test_control_c_ends_the_program_and_unloads(self):
        process = self.start(PROGRAM_WAITS="1")
        deadline = time.monotonic() + 20
        while not os.path.exists(os.path.join(self.state, "running")):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        status, calls, err = self.finish(process)
        self.assertEqual(calls[2:], ["interrupted", "rmmod collector"], err)
        self.assertEqual(status, 0, err)

    def test_a_module_that_is_loaded_stays(self):
        os.makedirs(os.path.join(self.state, "root/sys/module/collector"))
        status, calls, err = self.finish(self.start())
        self.assertEqual(calls, ["run run --duration 10s --format table"], err)
        self.assertIn("stays loaded", err)
        self.assertEqual(status, 0)

    def test_refused_module(self):
        status, calls, err = self.finish(self.start(INSMOD_STATUS="1"))
        self.assertEqual(calls, [self.load()])
        self.assertEqual(status, 1)
        self.assertIn("insmod refused", err)
        self.assertIn("--lab", err)

    def test_host_that_cannot(self):
        os.remove(os.path.join(self.state, "root/proc/modules"))
        process = self.start("--host")
        _, err = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 1)
        self.assertIn("without loadable modules", err)
        self.assertIn("scripts/run --lab", err)


if __name__ == "__main__":
    unittest.main()
