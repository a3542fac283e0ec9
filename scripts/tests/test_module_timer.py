# SPDX-License-Identifier: GPL-2.0-only
"""The figures of the timer benchmarks, from recordings whose figures are known."""

import array
import contextlib
import csv
import io
import json
import os
import sys
import tempfile
import unittest
from unittest import mock
from xml.etree import ElementTree

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TREE, "module/tests"))

import timer_plot  # noqa: E402
import timer_statistics  # noqa: E402
import timer_table  # noqa: E402

MS = 1_000_000
FIRST = 50 * MS


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, cpus, slots=10, accounts=None, end="done"):
        """cpus: for each, {slot number: lateness}."""
        lines = [f"interval_ns {MS}", f"first_slot_ns {FIRST}", f"slots {slots}"]
        for cpu, ticks in enumerate(cpus):
            times = array.array("Q", [FIRST + n * MS + ticks[n] if n in ticks else 0 for n in range(slots)])
            with open(os.path.join(self.folder, f"cpu{cpu}"), "wb") as file:
                file.write(times.tobytes())
            # Slot -3 was the last before, slot `slots` + 1 the first behind: 2 and 1 missed outside.
            account = {"before_slot_ns": FIRST - 3 * MS, "before_missed": 4, "after_slot_ns": FIRST + (slots + 1) * MS,
                       "after_missed": 4 + 2 + 1 + slots - len(ticks)}
            account.update((accounts or {}).get(cpu, {}))
            lines.append(f"cpu {cpu} " + " ".join(f"{key} {value}" for key, value in account.items()))
        with open(os.path.join(self.folder, "status"), "w", encoding="utf-8") as file:
            file.write("\n".join([*lines, end]) + "\n")

    def analyse(self, load="none", emulated=False):
        return timer_statistics.analyse(self.folder, load, emulated, "6.1")

    def refused(self, words):
        with self.assertRaises(timer_statistics.Inconsistent) as context:
            self.analyse()
        self.assertIn(words, str(context.exception))


class Statistics(Folder):
    def test_figures(self):
        first = {n: 100 for n in range(10)}
        second = {n: 100 + 10 * n for n in range(10) if n not in (4, 5)}
        self.write([first, second])
        figures = self.analyse()
        self.assertEqual((figures["samples"], figures["missed_ticks"], figures["cpus"]), (18, 2, 2))
        self.assertEqual([cpu["samples"] for cpu in figures["per_cpu"]], [10, 8])
        self.assertEqual(figures["delta_ns"]["min"], MS)
        self.assertEqual(figures["delta_ns"]["max"], 3 * MS + 30)
        # The tick of slot 6 was due in slot 4; the first ones in slot -2.
        self.assertEqual(figures["lateness_ns"]["max"], 2 * MS + 160)
        self.assertEqual(figures["per_cpu"][0]["lateness_ns"]["p50"], 100)
        self.assertEqual(figures["skew_ns"]["slots"], 8)
        self.assertEqual((figures["skew_ns"]["min"], figures["skew_ns"]["max"]), (0, 90))
        self.assertIsNone(figures["cyclictest_ns"])
        self.assertNotIn("note", figures)

    def test_emulated_says_so(self):
        self.write([{n: 1 for n in range(10)}])
        figures = self.analyse(emulated=True)
        self.assertTrue(figures["emulated"])
        self.assertIn("no measure of real hardware", figures["note"])

    def test_one_cpu_has_no_skew(self):
        self.write([{n: 1 for n in range(10)}])
        self.assertEqual(self.analyse()["skew_ns"], {"slots": 0, **timer_statistics.summary([])})

    def test_missed_but_not_counted(self):
        self.write([{n: 1 for n in range(9)}], accounts={0: {"after_missed": 7}})
        self.refused("1 slots have no tick, the timer counted 0 as missed")

    def test_counted_but_not_missed(self):
        self.write([{n: 1 for n in range(10)}], accounts={0: {"after_missed": 9}})
        self.refused("0 slots have no tick, the timer counted 2 as missed")

    def test_before_it_was_due(self):
        self.write([{n: 1 if n else -5 * MS for n in range(10)}])
        self.refused("before it was due")

    def test_cpu_taken_off(self):
        self.write([{n: 1 for n in range(10)}], accounts={0: {"after_slot_ns": 0}})
        self.refused("was it taken off?")

    def test_not_done(self):
        self.write([{n: 1 for n in range(10)}], end="running")
        self.refused("not complete")

    def test_short_file(self):
        self.write([{n: 1 for n in range(10)}])
        os.truncate(os.path.join(self.folder, "cpu0"), 72)
        self.refused("9 slots are recorded, 10 were asked for")

    def test_percentiles(self):
        values = list(range(1, 1001))
        self.assertEqual([timer_statistics.percentile(values, share) for share in (50, 99, 99.9, 100)],
                         [500, 990, 999, 1000])
        self.assertEqual(timer_statistics.percentile([7], 50), 7)

    def test_summary(self):
        self.assertEqual(timer_statistics.summary([2, 4, 4, 4, 5, 5, 7, 9]),
                         {"min": 2, "max": 9, "mean": 5.0, "stddev": 2.0, "p50": 4, "p99": 9, "p99_9": 9})

    def test_distribution(self):
        points = timer_statistics.distribution({1: 50, 10: 49, 150: 1})
        self.assertEqual(points[0], [1, 0.5])
        self.assertEqual(dict(map(tuple, points))[10], 0.01)
        self.assertEqual(points[-1][1], 0)
        self.assertGreaterEqual(points[-1][0], 150)
        self.assertEqual([point[0] for point in points], sorted({point[0] for point in points}))

    def test_cyclictest(self):
        path = os.path.join(self.folder, "cyclictest.json")
        threads = {"0": {"histogram": {"3": 98, "50": 1}, "cycles": 99, "min": 3, "max": 50},
                   "1": {"histogram": {"4": 100}, "cycles": 101, "min": 4, "max": 250000}}
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"thread": threads}, file)
        figures = timer_statistics.cyclictest(path)
        self.assertEqual((figures["samples"], figures["beyond_histogram"]), (200, 1))
        self.assertEqual((figures["min"], figures["max"]), (3000, 250_000_000))
        self.assertEqual((figures["p50"], figures["p99"], figures["p99_9"]), (4000, 4000, 250_000_000))

    def test_program(self):
        self.write([{n: 1 for n in range(9)}], accounts={0: {"after_missed": 0}})
        output, errors = io.StringIO(), io.StringIO()
        with mock.patch.object(sys, "argv", ["timer_statistics.py", self.folder]), \
                contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            self.assertEqual(timer_statistics.main(), 1)
        self.assertEqual(output.getvalue(), "")
        self.assertIn("slots have no tick", errors.getvalue())


class Results(Folder):
    def results(self):
        self.write([{n: 100 * n for n in range(10)}, {n: 90 for n in range(9)}])
        with open(os.path.join(self.folder, "cyclictest.json"), "w", encoding="utf-8") as file:
            json.dump({"thread": {"0": {"histogram": {"3": 90, "5": 9}, "cycles": 99, "min": 3, "max": 5}}}, file)
        with_reference = self.analyse("io", emulated=True)
        os.remove(os.path.join(self.folder, "cyclictest.json"))
        return [with_reference, self.analyse("a<b&c")]

    def test_table(self):
        results = self.results()
        text = io.StringIO()
        csv.writer(text).writerows(timer_table.rows(results))
        rows = list(csv.DictReader(io.StringIO(text.getvalue())))
        self.assertEqual([row["test"] for row in rows], ["io", "a<b&c"])
        self.assertEqual((rows[0]["samples"], rows[0]["missed_ticks"], rows[0]["emulated"]), ("19", "1", "true"))
        self.assertEqual((rows[0]["cyclictest_p50_ns"], rows[1]["cyclictest_p50_ns"]), ("3000", ""))
        self.assertEqual(rows[0]["late_p50_ns"], str(results[0]["lateness_ns"]["p50"]))

    def test_plot(self):
        results = self.results()
        root = ElementTree.fromstring(timer_plot.draw(results))
        name = "{http://www.w3.org/2000/svg}"
        lines = root.findall(f"{name}polyline")
        self.assertEqual(len(lines), 3)
        self.assertEqual([("stroke-dasharray" in line.attrib) for line in lines], [False, True, False])
        for line in lines:
            points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
            self.assertGreater(len(points), 1)
            self.assertEqual(points, sorted(points))
            for x, y in points:
                self.assertTrue(timer_plot.LEFT <= x <= timer_plot.WIDTH - timer_plot.RIGHT, (x, y))
                self.assertTrue(timer_plot.TOP <= y <= timer_plot.HEIGHT - timer_plot.BOTTOM, (x, y))
        texts = [element.text for element in root.iter(f"{name}text")]
        self.assertIn("a<b&c", texts)
        self.assertTrue(any("emulated" in text for text in texts), texts)
        self.assertFalse(any("emulated" in text.text for text in ElementTree.fromstring(
            timer_plot.draw(results[1:])).iter(f"{name}text")))


if __name__ == "__main__":
    unittest.main()
