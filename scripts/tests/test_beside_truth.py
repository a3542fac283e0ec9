# SPDX-License-Identifier: GPL-2.0-only
"""What scripts/run shows of a run in the lab."""

import contextlib
import io
import json
import os
import sys
import tempfile
import unittest

SCRIPTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(SCRIPTS, "lib"))
sys.path.insert(0, os.path.join(SCRIPTS, "../tests/vm"))

import beside_truth  # noqa: E402
from judge.tests import fake  # noqa: E402


class BesideTruth(unittest.TestCase):
    def shown(self, rows):
        with tempfile.TemporaryDirectory() as folder:
            for name, lines in (("rows.jsonl", rows), ("truth.jsonl", fake.good_truth_lines()),
                                ("lab-after.json", [{"settings": {"unit_bytes": fake.UNIT, "rmids": 64}}])):
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.writelines(json.dumps(line) + "\n" for line in lines)
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                status = beside_truth.main(folder)
        return status, out.getvalue()

    def test_the_truth(self):
        status, text = self.shown(fake.good_rows())
        self.assertEqual(status, 0)
        first = text.splitlines()[1].split()
        self.assertEqual(first[0], "1")
        self.assertEqual(first[-6:], ["1.0", "MiB", "1.0", "MiB", "+0", "B"])
        self.assertIn("1000 events read, 0 lost", text)
        self.assertIn("Every figure is the truth", text)
        self.assertNotIn("[7]", text)

    def test_a_figure_that_is_off_is_said(self):
        rows = fake.good_rows()
        fake.of_type(rows, "process_total")[0]["total_bytes"] += 3 * fake.UNIT
        status, text = self.shown(rows)
        self.assertEqual(status, 1)
        self.assertIn(f"+{3 * fake.UNIT} B", text)
        self.assertIn("off: charge[1]", text)
        self.assertNotIn("Every figure", text)

    def test_sizes(self):
        self.assertEqual([beside_truth.size(n) for n in (0, 1023, 1024, -2048, 3 << 30, 5 << 40)],
                         ["0 B", "1023 B", "1.0 KiB", "-2.0 KiB", "3.0 GiB", "5120.0 GiB"])

    def test_missing_output(self):
        with tempfile.TemporaryDirectory() as folder, self.assertRaises(SystemExit) as caught:
            beside_truth.main(folder)
        self.assertIn("rows.jsonl", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
