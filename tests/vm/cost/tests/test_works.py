# SPDX-License-Identifier: GPL-2.0-only
"""Counts are what the guest's lines say, and lines that say nothing are refused."""

import json
import os
import tempfile
import unittest

from cost.works import CostError, Works, medians_per, tick_cost, ticks_of
from judge.ticks import TickTrace

STATS = {"pqr_reads": 0, "pqr_writes": 0, "evtsel_reads": 0, "evtsel_writes": 0}


def switch_line(state, name, instructions, own_switches=None, stats=None, batches=4):
    """Batches of 10 rounds of 2 members; one of them was interrupted for long."""
    ticks = [instructions * 20 * 8] * (batches - 1) + [instructions * 20 * 8 + 80000]
    result = {"work": "switch", "name": name, "members": 2, "rounds": 10, "ticks": ticks, "ns": 1,
              "own_switches": batches * 10 if own_switches is None else own_switches}
    return json.dumps({"state": state, "result": result, "before": {"stats": STATS},
                       "after": {"stats": {**STATS, **(stats or {})}}})


def fork_lines(state, fork, end, shifted=()):
    """Of three parents, `shifted` of which take 686 instructions more for each fork."""
    lines = []
    for parent in (1, 2, 3):
        each = fork + 686 * (parent in shifted)
        result = {"work": "fork", "name": f"life-{parent}", "ns": 1, "fork_ticks": [each * 8] * 12 + [each * 9] * 8,
                  "exit_ticks": [end * 8] * 20}
        lines.append(json.dumps({"state": state, "result": result, "before": {"stats": STATS},
                                 "after": {"stats": STATS}}))
    return lines


class Switches(unittest.TestCase):
    def works(self, *lines):
        return Works(lines, 3)

    def test_an_interrupted_batch_does_not_count(self):
        works = self.works(switch_line("absent", "within", 500))
        self.assertEqual(works.switch("absent", "within"), 500)

    def test_added_is_the_difference_to_without(self):
        works = self.works(switch_line("absent", "within", 500), switch_line("again", "within", 500),
                           switch_line("sampling", "within", 536))
        self.assertEqual(works.added("sampling", "within"), 36)

    def test_without_must_be_the_same_twice(self):
        works = self.works(switch_line("absent", "within", 500), switch_line("again", "within", 502),
                           switch_line("sampling", "within", 536))
        with self.assertRaisesRegex(CostError, "not stable"):
            works.added("sampling", "within")

    def test_a_ring_in_which_others_ran_is_refused(self):
        for switches in (39, 42):
            works = self.works(switch_line("absent", "within", 500, own_switches=switches))
            with self.assertRaisesRegex(CostError, "something else ran"):
                works.switch("absent", "within")

    def test_what_was_not_measured_is_said(self):
        with self.assertRaisesRegex(CostError, "did not measure between in the state absent"):
            self.works(switch_line("absent", "within", 500)).switch("absent", "between")

    def test_accesses_are_per_turn(self):
        works = self.works(switch_line("sampling", "between", 500, stats={"pqr_writes": 100}))
        self.assertEqual(works.accesses_per_switch("sampling", "between")["pqr_writes"], 1.0)

    def test_fork_and_exit_are_apart(self):
        works = self.works(*fork_lines("absent", 1000, 2000), *fork_lines("again", 1004, 2000),
                           *fork_lines("sampling", 1502, 2700))
        self.assertEqual((works.added("sampling", "fork"), works.added("sampling", "exit")), (500, 700))

    def test_a_parent_whose_forks_all_take_more_does_not_count(self):
        works = self.works(*fork_lines("absent", 1000, 2000), *fork_lines("again", 1000, 2000, shifted=(1,)),
                           *fork_lines("sampling", 1500, 2700, shifted=(2, 3)),
                           *fork_lines("unheard", 1000, 2000, shifted=(1, 2, 3)))
        self.assertEqual(works.added("sampling", "fork"), 500)
        self.assertEqual(works.added("unheard", "fork"), 686)

    def test_lives_must_be_the_same_twice(self):
        works = self.works(*fork_lines("absent", 1000, 2000), *fork_lines("again", 1201, 2000),
                           *fork_lines("sampling", 1502, 2700))
        with self.assertRaisesRegex(CostError, "fork without the module took 1000.0 instructions, and later 1201.0"):
            works.added("sampling", "fork")

    def test_ticks_to_instructions(self):
        self.assertEqual(medians_per([1600, 1600, 99999], 3, 100), 2)


class Ticks(unittest.TestCase):
    TEXT = "  switcher-87  [000] d.h1.  3.007: tick: slot=3000 late=80 duration=800 missed=0 idle=0 sample=6 flags=0x0 overflow=0"

    def test_no_ticks_is_an_error(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "ticks-8.txt"), "w", encoding="utf-8") as file:
                file.write("nothing\n")
            with self.assertRaisesRegex(CostError, "no tick events in ticks-8.txt"):
                ticks_of(folder, 8)

    def spin(self, ticks):
        line = {"state": "sampling", "result": {"name": "8", "ticks": ticks}}
        return Works([json.dumps(line)], 3)

    def test_lost_instructions(self):
        cost = tick_cost(self.spin([80, 80, 96, 80, 0]), TickTrace([self.TEXT]), 8)
        self.assertEqual(cost, {"lost": 10, "lost_max": 12, "duration": 100, "reads": 6})

    def test_slots_without_an_interrupt_are_not_cheap_ticks(self):
        with self.assertRaisesRegex(CostError, "only 3 of 5"):
            tick_cost(self.spin([80, 80, 0, 80, 0]), TickTrace([self.TEXT]), 8)


if __name__ == "__main__":
    unittest.main()
