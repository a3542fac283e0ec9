# SPDX-License-Identifier: GPL-2.0-only
import copy
import json
import unittest

from judge.ebpf_groups import check_ebpf_groups
from judge.rows import Report

SAID = {"pid": 7, "pages": 1000, "begin": 0x100000, "end": 0x100000 + 1000 * 4096, "touch_ns": 2_000_000,
        "most_bytes": 5_000_000, "minflt": 1100, "majflt": 2}


def fault(**more):
    return {"type": "fault", "time_ns": 1, "pid": 7, "start_time_ns": 2000, "comm": "toucher", "kind": "user",
            "address": "0x101000", "ip": "0x400100", "latency_ns": 900, "weight": 500, **more}


ROWS = [
    {"type": "interval", "start_ns": 1000, "end_ns": 2000},
    {"type": "process_total", "pid": 7, "start_time_ns": 2000, "comm": "toucher", "flags": ["exited"],
     "min_flt": 1105, "maj_flt": 2, "faults_user": 1100, "faults_kernel": 7, "fault_ns": 1_500_000,
     "fault_max_ns": 50_000, "rss_peak_bytes": 5_100_000},
    # Was there before: what it did then is in the one and not in the other.
    {"type": "process_total", "pid": 8, "start_time_ns": 500, "comm": "old", "flags": ["exited"],
     "min_flt": 99, "maj_flt": 0, "faults_user": 1, "faults_kernel": 0, "fault_ns": 10, "fault_max_ns": 10,
     "rss_peak_bytes": 1},
    fault(), fault(address="0x102000"),
]


def complaints(change=lambda rows: None, processes=1):
    rows = copy.deepcopy(ROWS)
    change(rows)
    return check_ebpf_groups(Report(rows), [json.dumps(SAID)], processes)


class Groups(unittest.TestCase):
    def test_good(self):
        self.assertEqual(complaints(), [])

    def test_each_figure_is_looked_at(self):
        for column, value in (("faults_user", 1101), ("faults_kernel", None), ("min_flt", 1104), ("fault_max_ns", 10),
                              ("fault_max_ns", 1_500_001), ("fault_ns", None), ("fault_ns", 400_000),
                              ("rss_peak_bytes", 9_000_000), ("rss_peak_bytes", 1_000_000)):
            with self.subTest(column=column, value=value):
                if value is None:
                    self.assertTrue(self.raises_or_complains(lambda rows: rows[1].update({column: value})))
                else:
                    self.assertTrue(complaints(lambda rows: rows[1].update({column: value})))

    @staticmethod
    def raises_or_complains(change):
        try:
            return bool(complaints(change))
        except TypeError:
            return True

    def test_each_fault_row_is_looked_at(self):
        for column, value in (("kind", "kernel"), ("ip", None), ("latency_ns", 60_000), ("latency_ns", 0),
                              ("weight", 1000), ("weight", 1), ("address", "0x1"), ("latency_ns", 1_999_999)):
            with self.subTest(column=column, value=value):
                self.assertTrue(complaints(lambda rows: rows[3].update({column: value})))

    def test_somebody_has_to_say_something(self):
        self.assertTrue(complaints(processes=2))
        self.assertTrue(complaints(lambda rows: rows.pop(1)))


if __name__ == "__main__":
    unittest.main()
