# SPDX-License-Identifier: GPL-2.0-only
"""The checks of mistreatment see what is wrong."""

import json
import unittest

from judge import hostile, verdict
from judge.tests.fake import SECOND, interval
from judge.tests.test_lifecycle import Folder


class Hostile(Folder):
    def snapshots(self, count, rmid=0):
        self.write("pqr-after-unload.txt", json.dumps({"cpus": [{"cpu": 0, "rmid": rmid}]}) * count)

    def assertFine(self, complaints):
        self.assertEqual(complaints, [])

    def test_cycles(self):
        def check(line="cycles=20 storm=500 hotplug=9 events=900", snapshots=20, rmid=0):
            self.snapshots(snapshots, rmid)
            self.write("cycles.txt", line + "\n")
            return hostile.check_cycles(self.run_of(), cycles=20)
        self.assertFine(check())
        self.assertComplains(check(snapshots=19), "19 snapshots")
        self.assertComplains(check(rmid=3), "still has RMID 3")
        self.assertComplains(check("cycles=19 storm=500 hotplug=9 events=900"), "19 cycles")
        self.assertComplains(check("cycles=20 storm=5 hotplug=9 events=900"), "storm: 5")
        self.assertComplains(check("cycles=20 storm=500 hotplug=0 events=900"), "hotplug: 0")
        self.assertComplains(check("cycles=20 storm=500 hotplug=9 events=0"), "events: 0")

    def test_slab(self):
        def check(after):
            head = "slabinfo - version: 2.1\n# name <active_objs> <num_objs>\n"
            self.write("slab-before.txt", head + "kmalloc-64 100 128 64\ndentry 10 20 192\n")
            self.write("slab-after.txt", head + after)
            return hostile.check_slab(self.run_of(), cycles=1000)
        self.assertFine(check("kmalloc-64 590 128 64\ndentry 5 20 192\n"))
        self.assertComplains(check("kmalloc-64 601 640 64\ndentry 5 20 192\n"), "kmalloc-64")
        self.assertComplains(check("kmalloc-64 100 192 64\n"), "same caches")
        self.assertFine(check("kmalloc-64 100 128 64\ndentry 5 20 192\nkmemleak_object 5000 5000 300\n"))

    def fail_init(self, *lines, snapshots=4):
        self.snapshots(snapshots)
        self.write("fail-init.txt", "\n".join(lines))
        return hostile.check_fail_init(self.run_of(), at_init=["procfs"], at_start=["CPUs"])

    def test_fail_init(self):
        init = 'step=1 name="procfs" at=init loaded=no left=0'
        start = 'step={} name="{}" at=start left=0 cpus=2 cpus_after=2'
        table, cpus = start.format(2, "process table"), start.format(3, "CPUs")
        self.assertFine(self.fail_init(init, table, cpus, "last=3"))
        self.assertComplains(self.fail_init(init, table, "last=2", snapshots=3), "'CPUs' did not fail")
        self.assertComplains(self.fail_init(init, cpus, "last=2", snapshots=3), "it says it is step 3")
        self.assertComplains(self.fail_init(init, table, cpus, "last=4"), "3 steps failed")
        self.assertComplains(self.fail_init(init.replace("left=0", "left=1"), table, cpus, "last=3"), "left behind")
        self.assertComplains(self.fail_init(init.replace("=no", "=yes"), table, cpus, "last=3"), "insmod said yes")
        self.assertComplains(self.fail_init(init, table, cpus.replace("after=2", "after=1"), "last=3"), "1 CPUs of 2")

    def test_fail_alloc(self):
        def check(line):
            self.write("fail-alloc.txt", line)
            return hostile.check_fail_alloc(self.run_of(), injected=5)
        good = "what=load tries=20 failed=8 injected=8 after=works"
        self.assertFine(check(good))
        self.assertComplains(check(good.replace("injected=8", "injected=4")), "only 4")
        self.assertComplains(check(good.replace("failed=8", "failed=0")), "tells nothing")
        self.assertComplains(check(good.replace("works", "refused")), "refused")

    def test_busy(self):
        def check(taken="no", did=30, snapshots=1):
            self.snapshots(snapshots)
            self.write("busy.txt", f"cycle=0 when=unloaded taken=no\ncycle=0 when=reloaded taken={taken}\n")
            self.write("busy-work.txt", "".join(f"who={who} did={did}\n"
                                                for who in ("writers", "formats", "toggles", "forks")))
            return hostile.check_busy(self.run_of(), cycles=1)
        self.assertFine(check())
        self.assertComplains(check(taken="yes"), "was taken")
        self.assertComplains(check(did=0), "did only 0")
        self.assertComplains(check(snapshots=2), "2 snapshots")

    def test_procfs(self):
        good = ("writer=0 done=3 refused=90 limited=5 unexpected=0\nstranger=user uid=1000 open=EACCES\n"
                "stranger=root-without-capability uid=0 open=EPERM\nstranger=namespace-of-user uid=0 open=EACCES\n"
                "stranger=namespace-of-root uid=0 open=EPERM\n")

        def check(text):
            self.write("procfs.txt", text)
            return hostile.check_procfs(self.run_of(), writers=1)
        self.assertFine(check(good))
        self.assertComplains(check(good.replace("unexpected=0", "unexpected=1")), "unexpected answers")
        self.assertComplains(check(good.replace("limited=5", "limited=0")), "not tried")
        self.assertComplains(check(good.replace("uid=1000 open=EACCES", "uid=1000 open=opened")), "open as user: opened")
        self.assertComplains(check(good.replace("writer=0", "w=0")), "0 writers")

    def test_held(self):
        def check(line):
            self.write("held.txt", line)
            return hostile.check_held(self.run_of(), samples=100)
        self.assertFine(check("rmmod=busy samples=100 bpf=100"))
        self.assertComplains(check("rmmod=gone samples=100 bpf=100"), "gone")
        self.assertComplains(check("rmmod=busy samples=100 bpf=0"), "bpf: 0")

    def test_clock(self):
        def check(rows=None, after=3610):
            self.write("clock.txt", f"before=10 after={after}\n")
            return hostile.check_clock(self.run_of(rows or [interval(0), interval(1)]), steps=1, step_s=3600)
        self.assertFine(check())
        self.assertComplains(check(after=11), "wall clock")
        self.assertComplains(check([interval(0), interval(2)]), "a gap")
        long = dict(interval(1), end_ns=3602 * SECOND, slots=3_601_000)
        self.assertComplains(check([interval(0), long]), "ns long")
        self.assertComplains(check([interval(0), dict(interval(1), slots=2000)]), "2000 slots")

    def test_leaks(self):
        def check(vmalloc="", kmemleak="", lockdep=" debug_locks:                             1\n",
                  kcsan="enabled: 1\nsetup_watchpoints: 4711\n"):
            self.write("vmalloc.txt", vmalloc)
            self.write("kmemleak.txt", kmemleak)
            self.write("lockdep.txt", lockdep)
            self.write("kcsan.txt", kcsan)
            return verdict.check_leaks(self.run_of())
        self.assertFine(check())
        self.assertComplains(check(vmalloc="0xffff-0xffff 8192 0xffffffffc0001234 pages=1 vmalloc"), "code that is gone")
        self.assertComplains(check(kmemleak="unreferenced object 0xffff (size 64):"), "unreferenced")
        self.assertComplains(check(lockdep=" debug_locks:                             0\n"), "switched itself off")
        self.assertComplains(check(kcsan="enabled: 0\nsetup_watchpoints: 4711\n"), "did not watch")
        self.assertComplains(check(kcsan="enabled: 1\nsetup_watchpoints: 0\n"), "did not watch")

    def test_what_a_slow_kernel_is_let_off(self):
        scenario = {"checks": {"loss": {"expect": "some"}},
                    "on_debug_kernels": {"loss": {"most": 1, "because": "slow"}}}
        self.assertEqual(verdict.scenario_on("6.12-cloud", scenario)["checks"], scenario["checks"])
        self.assertEqual(verdict.scenario_on("6.12-cloud", scenario)["because"], {})
        self.assertEqual(verdict.scenario_on("debug-rt", scenario)["checks"], {"loss": {"expect": "some", "most": 1}})
        self.assertEqual(verdict.scenario_on("debug-rt", scenario)["because"], {"loss": "slow"})


if __name__ == "__main__":
    unittest.main()
