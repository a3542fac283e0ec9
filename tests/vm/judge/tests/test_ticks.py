# SPDX-License-Identifier: GPL-2.0-only
"""Slots without a tick must be said to be missed or idle, neither more nor less."""

import unittest

from judge.ticks import TickTrace, check_ticks, gap_complaints
from judge.tests.test_lifecycle import Folder

US = 1000
TEXT = "  charge-87  [{cpu:03}] d.h1.  3.007: tick: slot={slot} late=80 missed={missed} idle={idle} flags=0x40"


def lines(*ticks):
    return [TEXT.format(cpu=cpu, slot=slot * 200 * US, missed=missed, idle=idle) for cpu, slot, missed, idle in ticks]


GOOD = lines((0, 1, 0, 0), (1, 1, 3, 9), (0, 2, 0, 0), (0, 5, 2, 0), (1, 2, 3, 9), (0, 9, 3, 2))


class Gaps(unittest.TestCase):
    def complaints(self, *ticks):
        return gap_complaints(TickTrace(lines(*ticks)), 200 * US)

    def test_missed_and_idle_explain_every_gap(self):
        trace = TickTrace(GOOD + ["# no event"])
        self.assertEqual(gap_complaints(trace, 200 * US), [])
        self.assertEqual(trace.missed(), 3)
        self.assertEqual(trace.ticks[0][1]["flags"], 0x40)

    def test_a_hidden_gap_is_seen(self):
        self.assertIn("2 slots without a tick before it, it says 1", self.complaints((0, 1, 0, 0), (0, 4, 1, 0))[0])

    def test_an_invented_gap_is_seen(self):
        self.assertEqual(len(self.complaints((0, 1, 0, 0), (0, 2, 1, 0))), 1)

    def test_a_slot_that_comes_twice_is_seen(self):
        self.assertEqual(len(self.complaints((0, 1, 0, 0), (0, 1, 0, 0))), 1)

    def test_a_tick_between_slots_is_seen(self):
        trace = TickTrace(lines((0, 1, 0, 0), (0, 2, 0, 0)))
        trace.ticks[1][1]["slot"] += 17
        self.assertIn("and a part", gap_complaints(trace, 200 * US)[0])


class Check(Folder):
    def check(self, text, **options):
        self.write("ticks.txt", "\n".join(text))
        return check_ticks(self.run_of(), interval_us=200, **options)

    def test_good(self):
        self.assertEqual(self.check(GOOD), [])

    def test_nothing_missed_proves_nothing(self):
        self.assertComplains(self.check(lines((0, 1, 0, 0), (1, 1, 0, 0), (0, 3, 0, 1))), "0 slots were missed")

    def test_nothing_idle_proves_nothing(self):
        self.assertComplains(self.check(lines((0, 1, 0, 0), (1, 1, 0, 0), (0, 3, 1, 0))), "0 slots were idle")

    def test_no_ticks(self):
        self.assertComplains(self.check(["nothing"]), "ticks of 0 CPUs")

    def test_gap(self):
        self.assertComplains(self.check(GOOD[:3] + GOOD[4:]), "slots without a tick")
