# SPDX-License-Identifier: GPL-2.0-only
"""Lateness, missed ticks and slowdown."""

import json
import unittest

from cost import timing
from cost.works import CostError
from judge.ticks import TickTrace

MS = 1_000_000


class Percentile(unittest.TestCase):
    def test_nearest_rank(self):
        values = list(range(1, 101))
        self.assertEqual([timing.percentile(values, share) for share in (0.5, 0.99, 1.0)], [50, 99, 100])
        self.assertEqual(timing.percentile([7], 0.01), 7)


class Late(unittest.TestCase):
    def test_lateness(self):
        trace = TickTrace(f"x-1 [{cpu:03}] d.h. 1.0: tick: slot={slot} late={late} missed={missed} idle=0"
                          for cpu, slot, missed, late in ((0, 1, 0, 800), (0, 3, 1, 1600), (1, 1, 4, 80)))
        late = timing.lateness_of(trace, 8)
        self.assertEqual((late.ticks, late.missed, late.p50, late.most), (3, 1, 100, 200))
        self.assertEqual(late.missed_share, 0.25)


class Cyclictest(unittest.TestCase):
    def test_all_threads_count(self):
        late = timing.cyclictest_of(["# Histogram", "000000 000000\t000000", "000005 000002\t000001",
                                     "000009 000000\t000001", "# Histogram Overflows: 00000 00000"])
        self.assertEqual((late.ticks, late.p50, late.most), (4, 5, 9))

    def test_what_is_beyond_the_histogram_is_not_dropped(self):
        with self.assertRaisesRegex(CostError, "3 times"):
            timing.cyclictest_of(["000005 000002\t000001", "# Histogram Overflows: 00001 00002"])

    def test_no_histogram(self):
        with self.assertRaisesRegex(CostError, "no histogram"):
            timing.cyclictest_of(["# /dev/cpu_dma_latency set to 0us"])


class Slowdowns(unittest.TestCase):
    def line(self, state, ns, name="fork"):
        return json.dumps({"state": state, "result": {"name": name, "ns": ns}})

    def test_ratio_is_of_neighbours(self):
        lines = [self.line("warm-up", 9 * MS)]
        # The machine becomes twice as slow on the way.
        for without in (10, 10, 20):
            lines += [self.line("absent", without * MS), self.line("sampling", without * MS * 11 // 10)]
        slow = timing.slowdowns_of(lines)["fork"]
        self.assertEqual((slow.turns, slow.absent_ms, slow.sampling_ms), (3, 10, 11))
        self.assertAlmostEqual(slow.ratio, 1.1)

    def test_a_missing_turn_is_an_error(self):
        with self.assertRaisesRegex(CostError, "1 turns without the module, 0 with it"):
            timing.slowdowns_of([self.line("absent", MS)])


if __name__ == "__main__":
    unittest.main()
