# SPDX-License-Identifier: GPL-2.0-only
"""Every check of a recorded trace fails on a trace that is wrong in just that."""

import os
import sys
import unittest

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TREE, "module/tests"))

import trace_checks  # noqa: E402
import trace_owners  # noqa: E402
import trace_text  # noqa: E402

MS = 1_000_000
BUSY, SHORT, KERNEL = (100, 5), (200, 1_000 * MS + 3 * MS), (2, 1)
LOG = "[1.0] Memory Collector: RDT monitoring: 64 RMIDs, 32-bit counters of 65536 bytes, occupancy total local\n"


class Recorder:
    """Lines as trace-cmd prints them, of a machine with two CPUs; begins at second 1."""

    def __init__(self):
        self.rows = []
        self.emitted = {0: 0, 1: 0}

    def add(self, name, cpu, time_ns, **fields):
        self.emitted[cpu] += 1
        if name == "tick":
            fields["events"] = self.emitted[cpu]
        values = {key: 0 for key in trace_text.FIELDS[name]}
        values.update(fields)
        values.setdefault("comm", "x")
        if "comm" in trace_text.FIELDS[name]:
            values["comm"] = fields.get("comm", "some name")
        self.rows.append([name, cpu, time_ns, values])

    def owner(self, name, cpu, time_ns, process, rmid):
        self.add(name, cpu, time_ns, pid=process[0], start=process[1], rmid=rmid)

    def sample(self, cpu, time_ns, process, rmid, total, flags=0):
        self.add("rdt_sample", cpu, time_ns, slot=time_ns // MS * MS, pid=process[0], start=process[1], rmid=rmid,
                 total=total, local=total, flags=flags)

    def text(self):
        lines = ["cpus=2"]
        for name, cpu, time_ns, values in sorted(self.rows, key=lambda row: row[2]):
            shown = " ".join(f"{key}={hex(values[key]) if key == 'flags' else values[key]}"
                             for key in trace_text.FIELDS[name])
            time = f"{time_ns // 10**9}.{time_ns % 10**9:09}"
            lines.append(f"     some task-17    [{cpu:03}]  {time}: {name}:    {shown}")
        return lines

    def rows_of(self, name):
        return [row for row in self.rows if row[0] == name]


def good():
    """Ten slots; a busy process on CPU 0, a short one on CPU 1, a slot missed and one idle."""
    r = Recorder()
    base = 1_000 * MS
    r.add("state", 0, base - MS, slot=base - MS, interval=MS, mode=1, what=0)
    r.add("tick", 0, base, slot=base)
    r.add("tick", 1, base, slot=base)
    r.owner("rmid_existing", 0, base + 100, BUSY, 7)
    r.add("process_info", 0, base + 110, pid=BUSY[0], start=BUSY[1])
    # Told of in the next slot, before the last was closed.
    r.add("domain_sample", 0, base + 120, slot=base + MS, total=500, unattributed=500, flags=trace_checks.FLAG_EXISTING)
    r.add("domain_sample", 0, base + 130, slot=base, total=540, unattributed=540)
    r.add("state", 0, base + 200, slot=base, interval=MS, mode=1, what=trace_checks.STATE_DUMP_END)
    r.owner("rmid_alloc", 1, base + 3 * MS + 500, SHORT, 8)
    skipped = {0: 5, 1: 6}
    missed, idle = {0: 0, 1: 0}, {0: 0, 1: 0}
    for number in range(1, 11):
        now = base + number * MS
        for cpu in (0, 1):
            if number == skipped[cpu]:
                missed[0] += cpu == 0
                idle[1] += cpu == 1
                continue
            if cpu == 0:
                r.sample(0, now + 10, BUSY, 7, 1000 * number)
                r.sample(0, now + 15, KERNEL, 1, 0, trace_owners.FLAG_KERNEL_THREADS)
                r.add("process_sample", 0, now + 20, slot=now, pid=BUSY[0], start=BUSY[1], cpu_time=number * MS)
            elif 4 <= number <= 8:
                r.sample(1, now + 12, SHORT, 8, 10 * number)
            if number == 9 and cpu == 1:
                r.owner("rmid_free", 1, now + 30, SHORT, 8)
                r.add("process_exit", 1, now + 40, slot=now, pid=SHORT[0], start=SHORT[1], total=80)
            if cpu == 0 and number > 1:
                done = number - 1
                # A slot without a tick of CPU 0 has no sample of the busy process.
                own = 1000 * (4 if done == 5 else done)
                other = 10 * min(5 if done == 6 else done, 8) if done >= 4 else 0
                r.add("domain_sample", 0, now + 5, slot=done * MS + base, total=own + other + 555 + done,
                      unattributed=555 + done)
            r.add("tick", cpu, now + 50, slot=now, late=3, missed=missed[cpu], idle=idle[cpu])
    return r


def trace_of(recorder):
    # Within a CPU the count of events follows the order of time.
    for cpu in (0, 1):
        count = 0
        for row in sorted((row for row in recorder.rows if row[1] == cpu), key=lambda row: row[2]):
            count += 1
            if row[0] == "tick":
                row[3]["events"] = count + row[3].pop("lost", 0)
    return trace_text.parse(recorder.text())


class Checks(unittest.TestCase):
    def setUp(self):
        self.recorder = good()

    def complaints(self, check, *arguments):
        return check(trace_of(self.recorder), *arguments)[0]

    def change(self, name, index, **fields):
        self.recorder.rows_of(name)[index][3].update(fields)

    def assert_says(self, complaints, words):
        self.assertTrue(any(words in line for line in complaints), f"{words!r} is not in {complaints}")

    def test_good(self):
        trace = trace_of(self.recorder)
        for check in (trace_checks.check_fields, trace_checks.check_loss, trace_checks.check_forward,
                      trace_checks.check_domains, trace_checks.check_exits, trace_owners.check_owners):
            self.assertEqual(check(trace)[0], [], check.__name__)
        self.assertEqual(trace_checks.check_slots(trace, [0, 1])[0], [])
        self.assertEqual(trace_checks.check_load(trace, [BUSY[0]])[0], [])
        self.assertEqual(trace_checks.check_detection(trace, LOG, True, False)[0], [])

    def test_unknown_lines(self):
        trace = trace_text.parse(["cpus=2", "version = 7", "gibberish", "CPU 1 is empty"])
        self.assertEqual(trace.complaints, ["not understood: gibberish"])

    def test_dropped_events(self):
        trace = trace_text.parse(["CPU:0 [12 EVENTS DROPPED]"])
        self.assert_says(trace_checks.check_loss(trace)[0], "12 EVENTS DROPPED")

    def test_fields_that_are_not_as_they_should_be(self):
        line = "x-1 [000] 1.000000000: rmid_free: rmid=3 pid=4 start=5 reason=0 flags=0x0 comm=a b=c"
        self.assertEqual(trace_text.parse([line]).events[0].fields["comm"], "a b=c")
        for wrong in (line.replace("pid=4 ", ""), line.replace("pid=4", "pid=x"), line.replace("rmid=3", "RMID=3"),
                      line.replace("rmid_free:", "rmid_lost:")):
            with self.subTest(wrong):
                self.assertEqual(len(trace_text.parse([wrong]).complaints), 1)

    def test_a_kind_of_event_is_missing(self):
        self.recorder.rows = [row for row in self.recorder.rows if row[0] != "rmid_alloc"]
        self.assert_says(self.complaints(trace_checks.check_fields), "no rmid_alloc event")

    def test_loss(self):
        self.change("tick", 6, lost=1)
        self.assert_says(self.complaints(trace_checks.check_loss), "events were emitted")

    def test_slot_off_the_grid(self):
        self.change("process_sample", 2, slot=1_003 * MS + 1)
        self.assert_says(self.complaints(trace_checks.check_slots, [0, 1]), "no multiple of")

    def test_missed_slot_not_counted(self):
        self.change("tick", -1, idle=0)
        self.assert_says(self.complaints(trace_checks.check_slots, [0, 1]), "slots without a tick")

    def test_cpu_without_ticks(self):
        self.assert_says(self.complaints(trace_checks.check_slots, [0, 1, 2]), "CPU 2 is online and has 0 ticks")

    def test_tick_of_another_time(self):
        self.recorder.rows_of("tick")[3][2] += 2 * 10**9
        self.assert_says(self.complaints(trace_checks.check_slots, [0, 1]), "which is not its slot")

    def test_no_common_slot(self):
        self.recorder.rows = [row for row in self.recorder.rows
                              if row[0] != "tick" or row[3]["slot"] // MS % 2 == row[1]]
        self.assert_says(self.complaints(trace_checks.check_slots, [0, 1]), "not one slot")

    def test_load_that_was_not_seen(self):
        self.assert_says(self.complaints(trace_checks.check_load, [BUSY[0], 4711]), "4711 of the load has no sample")
        self.assert_says(self.complaints(trace_checks.check_load, []), "no load")
        for row in self.recorder.rows_of("process_sample"):
            row[3]["cpu_time"] = 5
        self.assert_says(self.complaints(trace_checks.check_load, [BUSY[0]]), "shows no CPU time")

    def test_detection(self):
        check = trace_checks.check_detection
        self.assert_says(self.complaints(check, "", True, False), "does not say whether RDT")
        self.assert_says(self.complaints(check, LOG, False, False), "/proc/cpuinfo does not show")
        self.assert_says(self.complaints(check, LOG, True, True), "mode [1]")
        software = "[1.0] Memory Collector: no RDT monitoring on this CPU: software mode\n"
        self.assert_says(self.complaints(check, software, False, False), "without RDT")
        self.assert_says(self.complaints(check, software, True, False), "gives no reason")

    def test_total_that_falls(self):
        self.change("rdt_sample", -2, total=1)
        self.assert_says(self.complaints(trace_checks.check_forward), "falls from")

    def test_total_that_falls_across_cpus(self):
        self.recorder.sample(1, 1_009 * MS + 60, BUSY, 7, 1)
        self.assert_says(self.complaints(trace_checks.check_forward), "was 8000 before")

    def test_domain_that_does_not_add_up(self):
        self.change("domain_sample", 6, unattributed=0)
        self.assert_says(self.complaints(trace_checks.check_domains), "in no process's samples")

    def test_no_dump(self):
        self.recorder.rows = [row for row in self.recorder.rows if row[0] != "state"]
        self.assert_says(self.complaints(trace_checks.check_domains), "no dump")

    def test_exit_with_another_total(self):
        self.change("process_exit", 0, total=79)
        self.assert_says(self.complaints(trace_checks.check_exits), "ended with 79 bytes, its samples say 80")
        self.change("process_exit", 0, total=81)
        self.assert_says(self.complaints(trace_checks.check_exits), "ended with 81 bytes")

    def test_exit_twice(self):
        self.recorder.rows.append([*self.recorder.rows_of("process_exit")[0][:2], 1_009 * MS + 45,
                                   dict(self.recorder.rows_of("process_exit")[0][3])])
        self.assert_says(self.complaints(trace_checks.check_exits), "ended twice")

    def test_sample_of_a_stranger(self):
        self.recorder.sample(0, 1_006 * MS + 70, SHORT, 7, 70)
        self.assert_says(self.complaints(trace_owners.check_owners), f"which was {BUSY}'s")

    def test_sample_after_the_free(self):
        self.recorder.sample(1, 1_010 * MS + 900_000, SHORT, 8, 80)
        self.assert_says(self.complaints(trace_owners.check_owners), "which was nobody's")

    def test_sample_a_moment_after_the_free(self):
        self.recorder.sample(0, 1_009 * MS + 35, SHORT, 8, 80)
        self.assertEqual(self.complaints(trace_owners.check_owners), [])

    def test_rmid_given_twice(self):
        self.recorder.owner("rmid_alloc", 0, 1_006 * MS + 300, (300, 9), 8)
        self.assert_says(self.complaints(trace_owners.check_owners), f"and is {SHORT}'s")

    def test_rmid_freed_by_a_stranger(self):
        self.recorder.owner("rmid_free", 0, 1_006 * MS + 300, (300, 9), 8)
        self.assert_says(self.complaints(trace_owners.check_owners), f"it went to {SHORT}")

    def test_rmid_freed_twice(self):
        self.recorder.owner("rmid_free", 1, 1_010 * MS + 300, SHORT, 8)
        self.assert_says(self.complaints(trace_owners.check_owners), "freed twice")

    def test_soft_rmid_is_one_cpus_and_no_process_s(self):
        soft = trace_owners.FLAG_SOFT
        self.recorder.sample(0, 1_006 * MS + 75, BUSY, 30, 64, soft)
        self.recorder.sample(0, 1_007 * MS + 75, (300, 9), 30, 64, soft)
        self.assertEqual(self.complaints(trace_owners.check_owners), [])
        self.recorder.sample(1, 1_007 * MS + 85, (301, 9), 30, 64, soft)
        self.assert_says(self.complaints(trace_owners.check_owners), "was used by CPUs [0, 1]")
        self.recorder.owner("rmid_alloc", 0, 1_008 * MS + 300, (300, 9), 30)
        self.assert_says(self.complaints(trace_owners.check_owners), "soft RMID 30 went to a process")

    def test_rmid_of_the_kernel_threads(self):
        self.recorder.sample(0, 1_006 * MS + 75, KERNEL, 2, 0, trace_owners.FLAG_KERNEL_THREADS)
        self.assert_says(self.complaints(trace_owners.check_owners), "several RMIDs")
        self.recorder.owner("rmid_alloc", 0, 1_006 * MS + 300, (300, 9), 1)
        self.assert_says(self.complaints(trace_owners.check_owners), "went to a process")


if __name__ == "__main__":
    unittest.main()
