# SPDX-License-Identifier: GPL-2.0-only
import copy
import json
import os
import tempfile
import unittest

from judge import soft, truth

from .fake import SECOND, UNIT, good_rows, good_truth_lines, of_type, report_of


STEP = 10_000_000  # ns, of a timeline


def the_truth(switches=4):
    return truth.parse(json.dumps({**line, "switches": switches}) for line in good_truth_lines())


def rows_with(change=None):
    """Process 2 ran on a soft RMID and got all its bytes."""
    rows = copy.deepcopy(good_rows())
    of_type(rows, "process_total")[1].update(total_bytes=8 * UNIT, flags=["soft"])
    for row in of_type(rows, "process"):
        if row["pid"] == 2:
            row["flags"] = ["soft"]
    if change:
        change(rows)
    return rows


class Soft(unittest.TestCase):
    def complaints(self, change=None, **options):
        return " ".join(soft.check_soft(report_of(rows_with(change)), the_truth(), UNIT, **options))

    def test_good(self):
        self.assertEqual(self.complaints(processes=1), "")

    def test_rounded_in_both_directions(self):
        def change(rows):
            totals = of_type(rows, "process_total")
            totals[0]["total_bytes"] += 3 * UNIT
            totals[1]["total_bytes"] -= 3 * UNIT
        self.assertEqual(self.complaints(change), "")

    def test_too_far_off(self):
        def change(rows):
            of_type(rows, "process_total")[0]["total_bytes"] += 8 * UNIT
        self.assertIn("off by +524288 bytes after 4 switches", self.complaints(change))

    def test_all_off_the_same_way(self):
        def change(rows):
            for row in of_type(rows, "process_total")[:2]:
                row["total_bytes"] += 2 * UNIT
        self.assertIn("in the mean", self.complaints(change))

    def test_a_process_without_a_row_is_off_by_all_it_moved(self):
        def change(rows):
            rows.remove(of_type(rows, "process_total")[0])
        self.assertIn("off by", self.complaints(change))

    def test_nobody_ran_on_one(self):
        self.assertIn("the scenario needs 2", self.complaints(processes=2))

    def test_promoted(self):
        self.assertEqual(self.complaints(promoted=2), "")  # one of two is half
        self.assertIn("had an RMID of their own", self.complaints(
            lambda rows: [row.update(flags=["soft"]) for row in of_type(rows, "process")], promoted=2))


class Busiest(unittest.TestCase):
    def complaints(self, ended, begun=None):
        """Of (process, begin of its step, bytes): charges by their end, and by their begin where it differs."""
        moved = {(pid, at): [bytes_, 0] for pid, at, bytes_ in ended}
        for pid, at, bytes_ in ended if begun is None else begun:
            moved.setdefault((pid, at), [0, 0])[1] = bytes_
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "timeline")
            with open(path, "w", encoding="utf-8") as file:
                for (pid, at), (total, begun_there) in moved.items():
                    file.write(json.dumps({"pid": pid, "start_ns": at, "end_ns": at + STEP, "total": total,
                                           "begun": begun_there}) + "\n")
            return " ".join(soft.check_busiest(report_of(rows_with()), the_truth(), UNIT, soft.Timeline(path), count=1))

    def test_good(self):
        self.assertEqual(self.complaints([(1, SECOND // 2, 10 * UNIT), (1, SECOND * 3 // 2, 6 * UNIT)]), "")

    def test_off(self):
        self.assertIn("it moved", self.complaints([(1, SECOND // 2, 20 * UNIT), (1, SECOND, 6 * UNIT)]))

    def test_read_late(self):
        self.assertEqual(self.complaints([(1, 0, 7 * UNIT), (1, SECOND, 9 * UNIT)],), "")
        self.assertIn("it moved", self.complaints([(1, 0, 5 * UNIT), (1, SECOND + 3 * STEP, 11 * UNIT)]))

    def test_interrupted_charge(self):
        """Told after the second that it moved in, which it began in."""
        ended = [(1, 0, 5 * UNIT), (1, SECOND + 3 * STEP, 11 * UNIT)]
        self.assertEqual(self.complaints(ended, [(1, 0, 5 * UNIT), (1, SECOND - STEP, 11 * UNIT)]), "")
        self.assertIn("it moved", self.complaints(ended, [(1, 0, 5 * UNIT), (1, SECOND + 2 * STEP, 11 * UNIT)]))

    def test_nothing_to_judge_by(self):
        self.assertIn("only 0 seconds", self.complaints([(9, 0, 1)]))


class Lists(unittest.TestCase):
    def complaints(self, total):
        row = {"type": "soft", "start_ns": 0, "end_ns": SECOND, "domain": 0, "cpus": 1, "total_bytes": total,
               "local_bytes": 0, "llc_bytes_mean": 1, "llc_bytes_max": 2, "flags": ["soft"]}
        return soft.check_lists(report_of(rows_with(lambda rows: rows.append(row))))

    def test_a_part_of_the_domain(self):
        self.assertEqual(self.complaints(12 * UNIT), [])
        self.assertEqual(len(self.complaints(13 * UNIT)), 1)
