# SPDX-License-Identifier: GPL-2.0-only
"""The checks of costs, reloads, resctrl and CPU time see what is wrong."""

import json
import os
import tempfile
import types
import unittest

from judge import costs, lifecycle
from judge.tests.fake import UNIT, good_rows, good_truth, interval, of_type, process, report_of


class Folder(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = holder.name

    def run_of(self, rows=None):
        def path(name):
            return os.path.join(self.folder, name)

        def load(name):
            with open(path(name), encoding="utf-8") as file:
                return json.load(file)
        return types.SimpleNamespace(path=path, object=load, truth=good_truth(),
                                     report=report_of(rows if rows is not None else good_rows()))

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def assertComplains(self, complaints, part):
        self.assertTrue(any(part in line for line in complaints), f"{part!r} is not in {complaints}")


class Costs(Folder):
    def prepare(self, reads=6, said=6, redundant=0, unheard=0):
        zero = {"pqr_writes": 0, "pqr_redundant": 0, "pqr_reads": 0, "evtsel_writes": 0, "evtsel_reads": 0,
                "ctr_reads_total": 0}
        for name in ("unheard", "stopped", "listening"):
            self.write(f"costs-{name}-begin.json", json.dumps({"stats": zero}))
            end = dict(zero)
            if name == "listening":
                end.update(ctr_reads_total=reads, pqr_redundant=redundant)
            if name == "unheard":
                end.update(ctr_reads_total=unheard)
            self.write(f"costs-{name}-end.json", json.dumps({"stats": end}))
        self.write("costs-trace.txt", "\n".join([
            "  sh-1 [000] d.... 1.0: tracing_mark_write: opening",
            "  sh-1 [000] d.... 1.1: tracing_mark_write: begin",
            "  load-7 [000] d.... 1.2: sched_switch: prev_comm=load prev_pid=7 next_comm=other next_pid=8",
            f"  other-8 [000] d.h.. 1.3: tick: slot=13 reads=9 sample={said} sweep=0 drain=0 limbo=0 soft=0 flags=0x0",
            "  sh-1 [000] d.... 1.4: tracing_mark_write: end",
            "  other-8 [000] d.h.. 1.5: tick: slot=14 reads=9 sample=3 sweep=0 drain=0 limbo=0 soft=0 flags=0x0",
            "  sh-1 [000] d.... 1.6: tracing_mark_write: closed",
        ]))
        return costs.check_costs(self.run_of())

    def test_good(self):
        self.assertEqual(self.prepare(), [])

    def test_reads_that_nobody_needed(self):
        self.assertComplains(self.prepare(reads=9, said=7), "would do")

    def test_machine_counted_more_than_the_module_says(self):
        self.assertComplains(self.prepare(reads=10), "the machine counted 10")

    def test_machine_counted_less(self):
        self.assertComplains(self.prepare(reads=5), "the machine counted 5")

    def test_redundant_write(self):
        self.assertComplains(self.prepare(redundant=1), "changed nothing")

    def test_reads_when_nobody_listens(self):
        self.assertComplains(self.prepare(unheard=1), "nobody listened")


class Reloaded(Folder):
    def prepare(self, rmid=0, reason="module_gone", cycles=1):
        rows = good_rows()
        rows[4]["reason"] = reason
        self.write("pqr-after-unload.txt", json.dumps({"cpus": [{"cpu": 0, "rmid": rmid, "closid": 0}]}) + "\n")
        return lifecycle.check_reloaded(self.run_of(rows), cycles)

    def test_good(self):
        self.assertEqual(self.prepare(), [])

    def test_rmid_left_in_pqr(self):
        self.assertComplains(self.prepare(rmid=3), "still has RMID 3")

    def test_interval_did_not_say_why_it_ended(self):
        self.assertComplains(self.prepare(reason="end"), "module_gone")

    def test_fewer_cycles_than_made(self):
        self.assertComplains(self.prepare(cycles=2), "2 were made")


class Resctrl(Folder):
    def prepare(self, lost=0, reads=0, notes=("resctrl_mounted", "resctrl_left"), theirs=0):
        rows = good_rows()
        rows[4]["notes"] = list(notes)
        later = interval(2)
        rows += [process(2, 1, UNIT), later]
        for row in rows:
            if row["type"] == "process_total" and row["pid"] == 1:
                row["total_bytes"] -= lost
        empty = {"stats": {"ctr_reads_total": 0}, "rmids": []}
        self.write("resctrl-begin.json", json.dumps(empty))
        self.write("resctrl-end.json", json.dumps({
            "stats": {"ctr_reads_total": reads},
            "rmids": [{"domain": 0, "rmid": 1, "total": theirs}, {"domain": 0, "rmid": 0, "total": 99}]}))
        return lifecycle.check_resctrl(self.run_of(rows), stolen_bytes=UNIT)

    def test_good(self):
        self.assertEqual(self.prepare(), [])

    def test_an_interval_of_traffic_may_be_missing_and_no_more(self):
        self.assertEqual(self.prepare(lost=UNIT), [])
        self.assertComplains(self.prepare(lost=UNIT + 1), "are missing")

    def test_what_resctrl_measured_was_not_ours(self):
        self.assertComplains(self.prepare(theirs=2 * UNIT), "moved under RMIDs of ours")

    def test_more_shown_than_moved(self):
        self.assertComplains(self.prepare(lost=-1), "shown")

    def test_we_read_on(self):
        self.assertComplains(self.prepare(reads=1000), "counters were read")

    def test_no_note(self):
        self.assertComplains(self.prepare(notes=()), "no interval has the note resctrl_mounted")


class CpuTime(Folder):
    def prepare(self, cpu_ns=1500, minflt=2, processes=1):
        self.write("truth.jsonl", "".join(
            json.dumps({"pid": pid + 1, "start_ticks": pid + 1, "cpu_ns": cpu_ns, "minflt": minflt}) + "\n"
            for pid in range(processes)))
        return lifecycle.check_cpu_time(self.run_of(), late_ns=1000)

    def test_good(self):
        self.assertEqual(self.prepare(), [])

    def test_less_than_it_used(self):
        self.assertComplains(self.prepare(cpu_ns=2001), "its own clock said 2001")

    def test_more_than_it_used(self):
        self.assertComplains(self.prepare(cpu_ns=100), "its own clock said 100")

    def test_faults(self):
        self.assertComplains(self.prepare(minflt=3), "it counted 3")

    def test_a_process_without_a_row(self):
        self.assertComplains(self.prepare(processes=9), "have a total row")


class ResctrlAround(Folder):
    def prepare(self, reads=0, moved=11 << 20, left=4, notes=("resctrl_left", "resctrl_mounted"), rmids=(4,),
                early=None):
        rows = good_rows()
        domains, intervals = of_type(rows, "domain"), of_type(rows, "interval")
        intervals[1]["notes"] = list(notes)
        for row in domains:
            if row["start_ns"] == intervals[0]["start_ns"]:
                row["total_bytes"] = early
        for when in ("before", "after"):
            for edge, count, counted in (("begin", 0, 5), ("end", reads, 5 + moved)):
                used = [{"domain": 0, "rmid": rmid, "total": counted} for rmid in (0, *rmids)]
                self.write(f"around-{when}-{edge}.json", json.dumps({"stats": {"ctr_reads_total": count}, "rmids": used}))
                self.write(f"theirs-{when}-{edge}.txt", f"{counted}\n0\n")
        self.write("around-unloaded.json", json.dumps({"cpus": [{"cpu": 0, "rmid": left}]}))
        return lifecycle.check_resctrl_around(self.run_of(rows))

    def test_good(self):
        self.assertEqual(self.prepare(), [])
        self.assertEqual(self.prepare(left=0), [])

    def test_reads_while_mounted(self):
        self.assertComplains(self.prepare(reads=101), "101 counters")

    def test_resctrl_counted_nothing(self):
        self.assertComplains(self.prepare(moved=0), "counted 0 bytes")

    def test_rmid_of_ours_left(self):
        self.assertComplains(self.prepare(left=9), "has RMID 9")

    def test_an_rmid_beside_resctrls(self):
        self.assertComplains(self.prepare(rmids=(4, 5)), "under the RMIDs [4, 5]")

    def test_not_noticed(self):
        self.assertComplains(self.prepare(notes=()), "notes are []")

    def test_bytes_that_nobody_read(self):
        self.assertComplains(self.prepare(early=0), "a domain has 0 bytes where nobody read")


class Beside(Folder):
    def prepare(self, resets=3, lost=0):
        report = good_rows()
        for row in report:
            if row["type"] == "process_total" and row["pid"] == 1:
                row["total_bytes"] -= lost
        self.write("pqos.log", "CMT/MBM reset successful\n" * resets)
        return lifecycle.check_beside(self.run_of(report), resets=3, missing_bytes=2 * UNIT)

    def test_good(self):
        self.assertEqual(self.prepare(), [])

    def test_more_is_missing_than_ticks(self):
        self.assertComplains(self.prepare(lost=UNIT), "bytes shown")

    def test_pqos_did_not_touch_the_cores(self):
        self.assertComplains(self.prepare(resets=2), "2 times")


if __name__ == "__main__":
    unittest.main()
