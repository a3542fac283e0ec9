# SPDX-License-Identifier: GPL-2.0-only
"""scripts/ci on a host that loads modules: what is called, and that a fault is seen."""

import json
import os
import shutil
import subprocess
import unittest

from fake_host import SCRIPTS, FakeHost

# The log has a warning from before, which is nobody's fault now.
LOADING = {
    "insmod": 'echo insmod >>"$STATE/calls"; mkdir -p "$STATE/root/sys/module/collector"; exit "${INSMOD_STATUS:-0}"',
    "rmmod": '[ -n "$STAYS" ] || rmdir "$STATE/root/sys/module/collector"; echo rmmod >>"$STATE/calls"\n'
             'echo "[ 2.0] Memory Collector: unloaded" >>"$STATE/log"',
    "dmesg": 'echo "[ 1.0] WARNING: CPU: 0 at an old place"; cat "$STATE/root/dev/kmsg" "$STATE/log"; echo "$TROUBLE"',
}
SAMPLING = """#!/bin/sh
echo "run" >>"$STATE/calls"
echo '{"type":"interval","start_ns":1,"end_ns":2,"slots":'"${SLOTS:-998}"',"missed_ticks":0}'
exit "${PROGRAM_STATUS:-0}"
"""


class LoadUnload(FakeHost):
    program = SAMPLING

    def setUp(self):
        super().setUp()
        for name, body in LOADING.items():
            self.write(f"bin/{name}", f"#!/bin/sh\n{body}\n")
        os.mkdir(os.path.join(self.state, "root/dev"))
        judge = os.path.join(os.path.dirname(SCRIPTS), "tests/vm/judge")
        shutil.copytree(judge, os.path.join(self.tree, "tests/vm/judge"), ignore=shutil.ignore_patterns("__pycache__"))

    def load_unload(self, *arguments, **environment):
        return subprocess.run([os.path.join(self.tree, "scripts/ci/load_unload"), *arguments], capture_output=True,
                              text=True, env=self.environment(**environment), check=False, timeout=60)

    def test_cycles(self):
        answer = self.load_unload("--cycles", "3")
        self.assertEqual(answer.returncode, 0, answer.stderr + answer.stdout)
        self.assertEqual(self.calls(), ["insmod", "run", "rmmod"] * 3)
        self.assertIn("ok - 3 cycles, a clean kernel log", answer.stdout)

    def refused(self, message, calls, **environment):
        answer = self.load_unload("--cycles", "2", **environment)
        self.assertEqual(answer.returncode, 1, answer.stdout)
        self.assertIn(message, answer.stderr + answer.stdout)
        self.assertEqual(self.calls(), calls)

    def test_a_warning_in_the_log(self):
        self.refused("not ok - [ 3.0] BUG: sleeping", ["insmod", "run", "rmmod"] * 2, TROUBLE="[ 3.0] BUG: sleeping function")

    def test_no_slots(self):
        self.refused("nothing was sampled in cycle 1", ["insmod", "run", "rmmod"], SLOTS="0")

    def test_a_program_that_fails(self):
        self.refused("measuring failed in cycle 1", ["insmod", "run", "rmmod"], PROGRAM_STATUS="1")

    def test_a_module_that_stays(self):
        self.refused("left something behind in cycle 1", ["insmod", "run", "rmmod", "rmmod"], STAYS="1")

    def test_elsewhere_the_lab(self):
        os.remove(os.path.join(self.state, "root/proc/modules"))
        self.write("tree/tests/vm/run-scenario", '#!/bin/sh\necho "scenario $*"\n')
        answer = self.load_unload()
        self.assertEqual((answer.returncode, answer.stdout), (0, "scenario reload 6.12-cloud\n"))
        self.assertIn("no module can be loaded on this host (this kernel is built without loadable modules)", answer.stderr)


class BareMetal(FakeHost):
    DOCTOR = {"kernel": "6.1.0-9-amd64", "rdt": {"vendor": "GenuineIntel", "family": 6, "model": 143, "stepping": 8,
              "hypervisor": False, "total": True, "local": True, "occupancy": True, "rmids": 448, "counter_bits": 32,
              "unit_bytes": 114688, "l3_domains": 2},
              "checks": [{"check": "rdt", "verdict": "ok", "found": "448 RMIDs"},
                         {"check": "resctrl", "verdict": "reduced", "found": "it is mounted"}]}

    def setUp(self):
        super().setUp()
        self.write("tree/build/memory-collector", f"#!/bin/sh\ncat <<'TEXT'\n{json.dumps(self.DOCTOR)}\nTEXT\nexit 1\n")
        for name in ("scripts/build", "scripts/ci/load_unload", "module/test_module.sh",
                     "module/benchmark_sync_timer.sh", "module/benchmark_sync_timer_stress.sh"):
            short = os.path.basename(name)
            self.write(f"tree/{name}", f'#!/bin/sh\necho "{short} $*" >>"$STATE/calls"\n[ "{short}" != "$FAILS" ]\n')

    def bare_metal(self, *arguments, **environment):
        return subprocess.run([os.path.join(self.tree, "scripts/ci/bare_metal"), *arguments], capture_output=True,
                              text=True, env=self.environment(**environment), check=False, timeout=60)

    def test_all_steps(self):
        out = os.path.join(self.tree, "ci-results")
        summary = os.path.join(self.state, "summary")
        answer = self.bare_metal("--cycles", "7", "--benchmarks", GITHUB_STEP_SUMMARY=summary)
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        self.assertEqual(self.calls(), ["build ", "test_module.sh ", f"load_unload --cycles 7 --out {out}/load_unload",
                                        f"benchmark_sync_timer.sh --output {out}/sync_timer.json",
                                        f"benchmark_sync_timer_stress.sh --output {out}/sync_timer_stress.csv"])
        self.assertTrue(answer.stdout.endswith("\n6 passed, 0 failed\n"))
        with open(summary, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("occupancy, total, local; 448 RMIDs, 32-bit counters of 114688 bytes, 2 L3 domain(s)", text)
        self.assertIn("- resctrl: reduced: it is mounted", text)
        self.assertTrue(os.path.exists(os.path.join(out, "doctor.json")))

    def test_a_step_that_fails_fails_all_and_stops_nothing(self):
        answer = self.bare_metal(FAILS="test_module.sh")
        self.assertEqual(answer.returncode, 1)
        self.assertEqual(len(self.calls()), 3)
        self.assertIn("FAIL trace (status 1)", answer.stdout)
        self.assertTrue(answer.stdout.endswith("\n3 passed, 1 failed\n"))


if __name__ == "__main__":
    unittest.main()
