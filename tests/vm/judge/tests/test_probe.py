# SPDX-License-Identifier: GPL-2.0-only
import json
import unittest

from judge import probe

FAULTS = [{"type": "fault_summary", "pid": 7, "comm": "dd", "user": 5, "kernel": 16384, "minor": 16389, "major": 1,
           "minor_ns": 16389 * 9000, "major_ns": 900},
          {"type": "latency", "of": "minor_fault", "from_ns": 8192, "below_ns": 16384, "count": 16389},
          {"type": "latency", "of": "major_fault", "from_ns": 512, "below_ns": 1024, "count": 1}]
SECOND = {"type": "swap", "kswapd_wake": 2, "kswapd_sleep": 2, "direct_begin": 3, "direct_end": 3, "reclaim_pages": 70,
          "write_folio": 50, "direct_ns": 3000, "memcg_begin": 0, "memcg_end": 0, "memcg_reclaim_pages": 0, "memcg_ns": 0,
          "last_pid": 9, "last_comm": "dd"}
SUMMARY = [{"type": "swap_summary", "pid": 9, "direct": 3, "direct_pages": 70, "direct_ns": 3100,
            "memcg": 3, "memcg_pages": 70, "memcg_ns": 3100},
           {"type": "latency", "of": "direct_reclaim", "from_ns": 512, "below_ns": 2048, "count": 3},
           {"type": "latency", "of": "memcg_reclaim", "from_ns": 512, "below_ns": 2048, "count": 3}]
BEFORE = {"pageoutrun": 1, "allocstall_normal": 1, "allocstall_movable": 0, "nr_vmscan_write": 0, "pgsteal_direct": 10,
          "slabs_scanned": 0}
AFTER = {"pageoutrun": 3, "allocstall_normal": 2, "allocstall_movable": 2, "nr_vmscan_write": 50, "pgsteal_direct": 76,
         "slabs_scanned": 4}
IN_CGROUP = {**SECOND, "kswapd_wake": 0, "memcg_begin": 3, "memcg_end": 3, "memcg_reclaim_pages": 70, "memcg_ns": 3000}


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def changed(rows, index, **columns):
    return lines([{**row, **columns} if i == index else row for i, row in enumerate(rows)])


class Faults(unittest.TestCase):
    def complaints(self, **columns):
        return " ".join(probe.check_faults(changed(FAULTS, 0, **columns), 7))

    def test_good(self):
        self.assertEqual(self.complaints(), "")

    def test_bad(self):
        for columns, word in (({"pid": 8}, "--pid"), ({"minor_ns": None}, "no time"), ({"comm": "sh"}, "called sh"),
                              ({"minor": 16390}, "histogram of minor"), ({"minor_ns": 16389 * 17000}, "histogram"),
                              ({"major_ns": 100}, "histogram of major"), ({"kernel": 16383}, "filled by the kernel")):
            with self.subTest(columns):
                self.assertIn(word, self.complaints(**columns))


class Machine(unittest.TestCase):
    def complaints(self, summary=lines(SUMMARY), after=None, **columns):
        return " ".join(probe.check_machine(changed([SECOND], 0, **columns), summary, BEFORE, after or AFTER))

    def test_good(self):
        self.assertEqual(self.complaints(), "")

    def test_bad(self):
        for columns, word in (({"kswapd_wake": 3}, "kswapd_wake"), ({"direct_begin": 2}, "direct_begin"),
                              ({"direct_end": 4}, "direct_end"), ({"write_folio": 301}, "write_folio"),
                              ({"memcg_begin": 1}, "memcg_begin"), ({"reclaim_pages": 65}, "pgsteal_direct"),
                              ({"reclaim_pages": 71}, "pgsteal_direct"), ({"last_comm": "sh"}, "last had to reclaim")):
            with self.subTest(columns):
                self.assertIn(word, self.complaints(**columns))

    def test_nothing_happened(self):
        self.assertIn("did not run short", self.complaints(kswapd_wake=0, after={**AFTER, "pageoutrun": 1}))

    def test_by_process(self):
        for columns, word in (({"direct": 2}, "direct: 2 by process"), ({"direct_pages": 1}, "direct_pages"),
                              ({"direct_ns": 10**9}, "by second"), ({"direct_ns": 0}, "direct_ns: 0")):
            with self.subTest(columns):
                self.assertIn(word, self.complaints(summary=changed(SUMMARY, 0, **columns)))

    def test_kernel_without_a_count(self):
        with self.assertRaises(KeyError):
            probe.moved({}, {"pgfault": 1}, "allocstall_")


class Cgroup(unittest.TestCase):
    def complaints(self, stolen=70, **columns):
        return " ".join(probe.check_cgroup(changed([IN_CGROUP], 0, **columns), lines(SUMMARY), {"pgsteal_direct": 0},
                                           {"pgsteal_direct": stolen}))

    def test_good(self):
        self.assertEqual(self.complaints(), "")

    def test_bad(self):
        self.assertIn("memory.stat says 71", self.complaints(stolen=71))
        self.assertIn("memory.stat says 0", self.complaints(stolen=0))
        self.assertIn("in the cgroup alone", self.complaints(kswapd_wake=1))
        self.assertIn("in the cgroup alone", self.complaints(memcg_begin=4))
        self.assertIn("by second", self.complaints(memcg_end=4, memcg_begin=4))


class Major(unittest.TestCase):
    def complaints(self, swapped_in=1, **columns):
        return " ".join(probe.check_major(changed(FAULTS, 0, **columns), {"pgmajfault": 4}, {"pgmajfault": 4 + swapped_in}))

    def test_good(self):
        self.assertEqual(self.complaints(), "")

    def test_bad(self):
        self.assertIn("says 2", self.complaints(swapped_in=2))
        self.assertIn("no page came back", self.complaints(swapped_in=0))
        self.assertIn("says 1", self.complaints(major_ns=None))
        self.assertIn("histogram of major_fault", self.complaints(major_ns=5000))


class Text(unittest.TestCase):
    def test_counts(self):
        self.assertEqual(probe.counts("a 1\nb 2\n\n"), {"a": 1, "b": 2})
        self.assertEqual(probe.moved({"a_x": 1}, {"a_x": 3, "a_y": 4, "b": 9}, "a_"), 6)


if __name__ == "__main__":
    unittest.main()
