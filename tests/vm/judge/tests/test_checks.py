# SPDX-License-Identifier: GPL-2.0-only
"""Every check passes what is right, and sees what is wrong."""

import copy
import json
import unittest

from judge import conservation, equality, exactness, loss, ownership, rows, software, truth, verdict, workload
from judge.tests.fake import (SECOND, UNIT, good_rows, good_truth, good_truth_lines, interval, of_type,
                              process, report_of, spoilt, total)


class CheckCase(unittest.TestCase):
    def assertComplains(self, complaints, part):
        self.assertTrue(any(part in line for line in complaints), f"{part!r} is not in {complaints}")


class Parsing(unittest.TestCase):
    def test_good(self):
        report = report_of(good_rows())
        self.assertEqual(len(report.processes), 5)
        self.assertEqual(len(report.losses), 2)

    def test_cut_off(self):
        with self.assertRaisesRegex(rows.BadReport, "cut off"):
            rows.parse(['{"type":"interval"}'])

    def test_garbage(self):
        with self.assertRaisesRegex(rows.BadReport, "2: not JSON"):
            rows.parse(['{"type":"unknown_to_us"}\n', "{\n"])

    def test_missing_column(self):
        with self.assertRaisesRegex(rows.BadReport, "without slots"):
            spoilt(lambda r: of_type(r, "interval")[0].pop("slots"))

    def test_empty(self):
        with self.assertRaisesRegex(rows.BadReport, "not one row"):
            rows.parse([])

    def test_truth_must_be_there(self):
        with self.assertRaises(truth.BadTruth):
            truth.parse([])
        with self.assertRaises(truth.BadTruth):
            truth.parse(['{"pid":1}'])
        with self.assertRaisesRegex(truth.BadTruth, "add up"):
            truth.parse(['{"pid":1,"start_ticks":1,"total":2,"by":[]}'])


class Conservation(CheckCase):
    def test_good(self):
        self.assertEqual(conservation.check_conservation(report_of(good_rows())), [])
        self.assertEqual(conservation.check_intervals(report_of(good_rows())), [])

    def test_one_byte_off(self):
        def change(r):
            of_type(r, "process")[0]["total_bytes"] += 1
        self.assertComplains(conservation.check_conservation(spoilt(change)), "(+1)")

    def test_moved_between_intervals(self):
        def change(r):
            of_type(r, "process")[0]["total_bytes"] -= UNIT
            of_type(r, "process")[2]["total_bytes"] += UNIT
        self.assertEqual(len(conservation.check_conservation(spoilt(change))), 2)

    def test_lost_bytes_without_loss(self):
        def change(r):
            of_type(r, "domain")[0]["lost_bytes"] = 5
        self.assertComplains(conservation.check_conservation(spoilt(change)), "no event was lost")

    def test_negative_unattributed_needs_a_loss(self):
        def change(r):
            of_type(r, "domain")[0]["unattributed_bytes"] = -UNIT
            of_type(r, "process")[0]["total_bytes"] += UNIT
        self.assertComplains(conservation.check_conservation(spoilt(change)), "unattributed_bytes -")

        def with_loss(r):
            change(r)
            of_type(r, "interval")[0]["lost_events"] = 3
        self.assertEqual(conservation.check_conservation(spoilt(with_loss)), [])

    def test_local_beyond_total(self):
        def change(r):
            of_type(r, "domain")[1]["local_bytes"] = 1 << 40
        self.assertComplains(conservation.check_conservation(spoilt(change)), "local")

        def by_one_unit(r):
            row = of_type(r, "domain")[1]
            row["local_bytes"] = row["total_bytes"] + UNIT
        self.assertEqual(conservation.check_conservation(spoilt(by_one_unit), UNIT), [])
        self.assertComplains(conservation.check_conservation(spoilt(by_one_unit), UNIT - 1), "local")

    def test_nothing_measured(self):
        report = report_of([row for row in good_rows() if row["type"] in ("interval", "loss")])
        self.assertComplains(conservation.check_conservation(report), "nothing was measured")

    def test_gap_and_backwards(self):
        def gap(r):
            for row in r:
                if row.get("start_ns") == SECOND:
                    row["start_ns"] += 1
        self.assertComplains(conservation.check_intervals(spoilt(gap)), "+1 ns")

        def backwards(r):
            of_type(r, "interval")[0]["end_ns"] = 0
        self.assertComplains(conservation.check_intervals(spoilt(backwards)), "forward")

    def test_row_outside_of_intervals(self):
        def change(r):
            r.append(process(5, 1, 0))
        self.assertComplains(conservation.check_conservation(spoilt(change)), "no interval")


class Exactness(CheckCase):
    def test_good(self):
        report = report_of(good_rows())
        self.assertEqual(exactness.check_exactness(report, good_truth(), UNIT), [])
        self.assertEqual(exactness.check_unattributed(report, good_truth(), UNIT), [])
        self.assertEqual(exactness.check_everything_counted(report, good_truth(), UNIT), [])

    def test_one_unit_is_allowed_and_a_byte_more_is_not(self):
        def change(by):
            def change_rows(r):
                of_type(r, "process_total")[0]["total_bytes"] += by
            return spoilt(change_rows)
        self.assertEqual(exactness.check_exactness(change(UNIT), good_truth(), UNIT), [])
        self.assertEqual(exactness.check_exactness(change(-UNIT), good_truth(), UNIT), [])
        self.assertComplains(exactness.check_exactness(change(UNIT + 1), good_truth(), UNIT), "allowed 65536")
        self.assertComplains(exactness.check_exactness(change(-UNIT - 1), good_truth(), UNIT), "total_bytes")

    def test_whole_units_leave_no_tolerance(self):
        def change(r):
            of_type(r, "process_total")[0]["total_bytes"] += 1
            of_type(r, "domain")[0]["unattributed_bytes"] += 1
            of_type(r, "domain")[0]["total_bytes"] += 1
        for check in (exactness.check_exactness, exactness.check_unattributed, exactness.check_everything_counted):
            with self.subTest(check.__name__):
                self.assertEqual(check(report_of(good_rows()), good_truth(), UNIT, whole_units=True), [])
                self.assertEqual(len(check(spoilt(change), good_truth(), UNIT, whole_units=True)), 1)

    def test_local_is_held_against_the_truth_too(self):
        def change(r):
            of_type(r, "process_total")[1]["local_bytes"] = 0
        self.assertComplains(exactness.check_exactness(spoilt(change), good_truth(), UNIT), "local_bytes")

    def test_a_missing_counter_is_null_everywhere(self):
        def no_local(r):
            for row in r:
                if "local_bytes" in row:
                    row["local_bytes"] = None

        def one_more(r):
            no_local(r)
            of_type(r, "domain")[0]["local_bytes"] = 0
        self.assertEqual(exactness.check_exactness(spoilt(no_local), good_truth(), UNIT, missing=["local_bytes"]), [])
        self.assertComplains(exactness.check_exactness(spoilt(one_more), good_truth(), UNIT, missing=["local_bytes"]),
                             "domain row has local_bytes 0")

    def test_missing_process(self):
        def change(r):
            r.remove(of_type(r, "process_total")[1])
        self.assertComplains(exactness.check_exactness(spoilt(change), good_truth(), UNIT), "no total row")

    def test_null_is_not_exact(self):
        def change(r):
            of_type(r, "process_total")[0]["total_bytes"] = None
        self.assertComplains(exactness.check_exactness(spoilt(change), good_truth(), UNIT), "null")

    def test_another_process_of_the_same_pid(self):
        def change(r):
            of_type(r, "process_total")[0]["start_time_ns"] += 10 * SECOND
        self.assertComplains(exactness.check_exactness(spoilt(change), good_truth(), UNIT), "no total row")

    def test_unattributed_off(self):
        def change(r):
            of_type(r, "domain")[0]["unattributed_bytes"] += 100 * UNIT
        self.assertComplains(exactness.check_unattributed(spoilt(change), good_truth(), UNIT), "unattributed")

    def test_part_of_the_workload_missed(self):
        def change(r):
            of_type(r, "domain")[0]["total_bytes"] = 0
        self.assertComplains(exactness.check_everything_counted(spoilt(change), good_truth(), UNIT), "workload")


class Loss(CheckCase):
    def test_good(self):
        self.assertEqual(loss.check_loss(report_of(good_rows())), [])

    def test_one_event_off(self):
        def change(r):
            of_type(r, "loss")[1]["read"] -= 1
        self.assertComplains(loss.check_loss(spoilt(change)), "CPU 1: emitted 400 != read 399 + lost 0 (-1)")

    def test_no_rows(self):
        report = report_of([row for row in good_rows() if row["type"] != "loss"])
        self.assertComplains(loss.check_loss(report), "no loss rows")

    def test_unexpected_and_missing_loss(self):
        def change(r):
            of_type(r, "loss")[0].update(read=590, lost=10, ring_overrun=10)
            of_type(r, "interval")[0]["lost_events"] = 10
        self.assertComplains(loss.check_loss(spoilt(change)), "none should be")
        self.assertEqual(loss.check_loss(spoilt(change), "some"), [])
        self.assertComplains(loss.check_loss(report_of(good_rows()), "some"), "should have overrun")

    def test_ring_disagrees(self):
        def change(by_ring):
            def change_rows(r):
                of_type(r, "loss")[0].update(read=590, lost=10, ring_overrun=by_ring)
                of_type(r, "interval")[0]["lost_events"] = 10
            return spoilt(change_rows)
        self.assertComplains(loss.check_loss(change(9), "any"), "dropped by the ring 9 (-1)")
        self.assertEqual(loss.check_loss(change(None), "any"), [])

    def test_intervals_disagree(self):
        def change(r):
            of_type(r, "loss")[0].update(read=590, lost=10)
        self.assertComplains(loss.check_loss(spoilt(change), "any"), "the intervals say 0")

    def test_nothing_read(self):
        def change(r):
            for row in of_type(r, "loss"):
                row.update(emitted=0, read=0)
        self.assertComplains(loss.check_loss(spoilt(change)), "not one event")

    def test_cpu_twice(self):
        def change(r):
            of_type(r, "loss")[1]["cpu"] = 0
        self.assertComplains(loss.check_loss(spoilt(change)), "more than one")


class Ownership(CheckCase):
    def test_good(self):
        report = report_of(good_rows())
        self.assertEqual(ownership.check_forward(report), [])
        self.assertEqual(ownership.check_totals(report), [])
        self.assertEqual(ownership.check_strangers(report, good_truth()), [])
        self.assertEqual(ownership.check_cache(report, 100), [])

    def test_backwards(self):
        def change(r):
            of_type(r, "process")[0]["cpu_time_ns"] = -1
        self.assertComplains(ownership.check_forward(spoilt(change)), "cpu_time_ns -1")

    def test_row_twice(self):
        def change(r):
            r.append(copy.deepcopy(of_type(r, "process")[0]))
        self.assertComplains(ownership.check_forward(spoilt(change)), "two rows")

    def test_remote(self):
        def change(r):
            of_type(r, "process")[0]["remote_bytes"] += 1
        self.assertComplains(ownership.check_forward(spoilt(change)), "remote")
        self.assertComplains(ownership.check_totals(spoilt(change)), "remote_bytes")
        self.assertEqual(ownership.check_totals(spoilt(change), rounded=True), [])

        def local_beyond_total(r):
            row = of_type(r, "process")[0]
            row.update(local_bytes=row["total_bytes"] + UNIT, remote_bytes=0)
        self.assertEqual(ownership.check_forward(spoilt(local_beyond_total), UNIT), [])
        self.assertComplains(ownership.check_forward(spoilt(local_beyond_total), UNIT - 1), "remote")

    def test_sum(self):
        def change(r):
            of_type(r, "process_total")[0]["maj_flt"] = 9
        self.assertComplains(ownership.check_totals(spoilt(change)), "maj_flt 0")

    def test_total_missing_or_twice(self):
        def missing(r):
            r.remove(of_type(r, "process_total")[2])
        self.assertComplains(ownership.check_totals(spoilt(missing)), "no total row")

        def twice(r):
            r.append(total(1, 16 * UNIT))
        self.assertComplains(ownership.check_totals(spoilt(twice)), "more than one")

    def test_stranger(self):
        def given_bytes(r):
            of_type(r, "process_total")[2]["total_bytes"] = UNIT
        self.assertComplains(ownership.check_strangers(spoilt(given_bytes), good_truth()), "moved nothing")

        def given_cache(r):
            of_type(r, "process")[4]["llc_bytes_max"] = 1
        self.assertComplains(ownership.check_strangers(spoilt(given_cache), good_truth()), "of cache")

    def test_peaks(self):
        def too_low(all_rows):
            all_rows[0]["peak_bytes_per_s"] = all_rows[0]["total_bytes"] - 2

        def too_high(all_rows):
            all_rows[0]["peak_bytes_per_s"] = all_rows[0]["total_bytes"] * 1000 + 2

        self.assertEqual(ownership.check_peaks(report_of(good_rows())), [])
        self.assertComplains(ownership.check_peaks(spoilt(too_low)), "not between")
        self.assertComplains(ownership.check_peaks(spoilt(too_high)), "not between")

    def test_cache(self):
        self.assertComplains(ownership.check_cache(report_of(good_rows()), 99), "of a cache of 99")


class Equality(CheckCase):
    @staticmethod
    def lived(r):
        for row in of_type(r, "process_total"):
            if row["pid"] == 2:
                row.update(flags=["exited"], start_time_ns=SECOND // 2)

    def recorded(self, change=lambda r: None):
        def as_recorded(r):
            self.lived(r)
            for row in r:
                for column in equality.LIVE_ONLY:
                    if column in row:
                        row[column] = None
                if row["type"] == "interval":
                    row["source"] = "trace.dat"
            change(r)
        return spoilt(as_recorded)

    def complaints(self, change, spans=2, **options):
        return equality.check_equal(spoilt(self.lived), self.recorded(change), spans=spans, **options)

    def test_good(self):
        self.assertEqual(self.complaints(lambda r: None), [])

    def test_a_value(self):
        def change(r):
            of_type(r, "process")[0]["rss_bytes"] += 1
        self.assertComplains(self.complaints(change), "rss_bytes")

    def test_missed_ticks(self):
        def change(number):
            return lambda r: of_type(r, "interval")[number].update(missed_ticks=7)
        self.assertEqual(self.complaints(change(0)), [])
        self.assertComplains(self.complaints(change(1)), "missed_ticks is 0 in run, 7 in report")

    def test_a_total(self):
        def change(r):
            of_type(r, "process_total")[1]["maj_flt"] += 1
        self.assertComplains(self.complaints(change), "maj_flt")

    def test_totals_alone(self):
        def moved_to_the_next(r):
            of_type(r, "process")[0]["rss_bytes"] += 1
            of_type(r, "interval")[0]["events"] += 1

        def lost(r):
            of_type(r, "process_total")[1]["total_bytes"] += 1
        self.assertEqual(self.complaints(moved_to_the_next, intervals=False), [])
        self.assertComplains(self.complaints(lost, intervals=False), "total_bytes")

    def test_a_column_is_missing(self):
        def change(r):
            of_type(r, "process")[0].pop("rss_bytes")
        self.assertComplains(self.complaints(change), "absent")

    def test_a_row(self):
        def change(r):
            r.remove(of_type(r, "domain")[0])
        self.assertComplains(self.complaints(change), "only run")

    def test_a_recording_cannot_know_the_cmdline(self):
        def change(r):
            of_type(r, "process")[0]["cmdline"] = "x"
        self.assertComplains(self.complaints(change), "cannot know")

        def change_pid(r):
            of_type(r, "process")[0]["ns_pid"] = 1
        self.assertComplains(self.complaints(change_pid), "cannot know")

    def test_longer_recording(self):
        def change(r):
            r.append(interval(2))
            r.append(process(2, 1, 0))
        self.assertEqual(self.complaints(change), [])

    def test_too_little_in_common(self):
        self.assertComplains(self.complaints(lambda r: None, spans=3), "2 intervals are in run and report")

        def change(r):
            of_type(r, "process_total")[1]["flags"] = []
        self.assertComplains(self.complaints(change), "fewer than 1 processes")


class Workload(CheckCase):
    SETTINGS = {"unit_bytes": UNIT, "counter_bits": 3}

    def check(self, **options):
        return workload.check_workload(good_truth(), self.SETTINGS, **options)

    def test_enough(self):
        self.assertEqual(self.check(), [])
        self.assertEqual(self.check(lived=2, processes=2, reused_pids=0, wraps=2, domains=1, rmids=2, unowned=2 * UNIT), [])

    def test_too_little(self):
        for option, least in (("lived", 3), ("processes", 3), ("reused_pids", 1), ("wraps", 3), ("domains", 2), ("rmids", 3),
                              ("unowned", 2 * UNIT + 1)):
            with self.subTest(option):
                self.assertEqual(len(self.check(**{option: least})), 1)

    def test_pid_used_again(self):
        lines = good_truth_lines()
        lines[1]["pid"] = 1
        known = truth.parse(json.dumps(line) for line in lines)
        self.assertEqual(workload.check_workload(known, self.SETTINGS, reused_pids=1), [])

    def test_rmid_beyond_the_highest(self):
        lines = good_truth_lines()
        lines[0]["by"][0]["rmid"] = -1
        known = truth.parse(json.dumps(line) for line in lines)
        self.assertComplains(workload.check_workload(known, self.SETTINGS), "does not have")


class Software(CheckCase):
    def rows_without_rdt(self):
        kept = [row for row in good_rows() if row["type"] != "domain"]
        for row in kept:
            row.update({column: None for column in software.HARDWARE if column in row})
            if "flags" in row:
                row["flags"] = ["software"]
        return kept

    def test_good(self):
        self.assertEqual(software.check_software(report_of(self.rows_without_rdt()), {"charge": 2000}), [])

    def test_a_figure_without_hardware(self):
        kept = self.rows_without_rdt()
        kept[0]["total_bytes"] = 0
        self.assertComplains(software.check_software(report_of(kept)), "without RDT")
        self.assertComplains(software.check_software(report_of(good_rows())), "a domain row")

    def test_no_flag_and_no_rows(self):
        kept = self.rows_without_rdt()
        kept[0]["flags"] = []
        self.assertComplains(software.check_software(report_of(kept)), "without the flag")
        kept = [row for row in kept if row["type"] != "process"]
        self.assertComplains(software.check_software(report_of(kept)), "not one process row")

    def test_cpu_time(self):
        report = report_of(self.rows_without_rdt())
        self.assertComplains(software.check_software(report, {"charge": 2001}), "at least 2001")
        self.assertComplains(software.check_software(report, {"absent": 1}), "absent is shown 0")


class Choice(unittest.TestCase):
    def test_default_options_and_only(self):
        default = verdict.chosen({})
        self.assertIn("exactness", default)
        self.assertNotIn("same_report", default)
        self.assertIn("same_report", verdict.chosen({"checks": {"same_report": {}}}))
        self.assertEqual(verdict.chosen({"only": ["loss", "software"]}), ["loss", "software"])
        self.assertEqual(verdict.chosen({"report": False}), ["log", "unloaded", "leaks"])
        self.assertEqual(verdict.chosen({"report": False, "checks": {"costs": {}}}), ["log", "unloaded", "leaks", "costs"])
        with self.assertRaisesRegex(ValueError, "no such check: x"):
            verdict.chosen({"checks": {"x": {}}})

    def test_outputs_that_are_missing_fail_every_check(self):
        answers = list(verdict.judge("/nonexistent", {}))
        self.assertEqual(len(answers), len(verdict.chosen({})))
        self.assertTrue(all(complaints for _, complaints in answers))

    def test_off_is_said(self):
        self.assertEqual(list(verdict.judge("/nonexistent", {"only": ["loss"], "checks": {"loss": {"off": "why"}}})),
                         [("loss", None)])


class TruthLines(unittest.TestCase):
    def test_sums(self):
        known = good_truth()
        second = known.processes[(2, 2)]
        self.assertEqual(second.owned(), 6 * UNIT)
        self.assertEqual(second.owned(1), 3 * UNIT)
        self.assertEqual(second.unowned(), 2 * UNIT)
        self.assertEqual(second.ownerships(), 2)
        self.assertEqual(len(good_truth_lines()), len(known))

    def test_a_fork_that_took_its_time(self):
        known = good_truth()
        known.at(2, 30)
        for start, ticks in ((20_000_000, 2), (19_999_900, 2), (29_999_900, 2), (31_000_000, None),
                             (199_999_999, None), (200_000_000, 30), (309_999_900, 30), (310_000_000, None)):
            with self.subTest(start):
                found = known.of({"pid": 2, "start_time_ns": start})
                self.assertEqual(found.start_ticks if found else None, ticks)


if __name__ == "__main__":
    unittest.main()
