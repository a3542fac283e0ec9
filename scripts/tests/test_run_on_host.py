# SPDX-License-Identifier: GPL-2.0-only
"""scripts/run on a host that loads modules: what it calls, in which order,
however the program ends."""

import os
import signal
import subprocess
import time
import unittest

from fake_host import FakeHost

PROGRAM = """#!/bin/sh
echo "run $*" >>"$STATE/calls"
trap 'echo interrupted >>"$STATE/calls"; exit 0' INT
[ -z "${PROGRAM_WAITS:-}" ] || { touch "$STATE/running"; while :; do sleep 0.1; done; }
exit "${PROGRAM_STATUS:-0}"
"""


class RunOnHost(FakeHost):
    program = PROGRAM

    def start(self, *arguments, **environment):
        # Where the tests run in a shell's background SIGINT is ignored, and would stay so.
        return subprocess.Popen([os.path.join(self.tree, "scripts/run"), *arguments], text=True,
                                env=self.environment(**environment), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, start_new_session=True,
                                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))

    def finish(self, process):
        _, err = process.communicate(timeout=30)
        return process.returncode, self.calls(), err

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

    def test_host_without_modules_has_ebpf(self):
        os.remove(os.path.join(self.state, "root/proc/modules"))
        self.write("root/sys/kernel/btf/vmlinux", "")
        status, calls, err = self.finish(self.start("--duration", "2s"))
        self.assertEqual(calls, ["run run --duration 2s --format table"], err)
        self.assertIn("By eBPF", err)
        self.assertEqual(status, 0, err)

    def test_host_that_cannot(self):
        os.remove(os.path.join(self.state, "root/proc/modules"))
        process = self.start("--host")
        _, err = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 1)
        self.assertIn("without loadable modules", err)
        self.assertIn("scripts/run --lab", err)


if __name__ == "__main__":
    unittest.main()
