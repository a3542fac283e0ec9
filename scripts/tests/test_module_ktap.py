# SPDX-License-Identifier: GPL-2.0-only
"""What passes as a good report of a test module, and what does not."""

import contextlib
import io
import os
import sys
import tempfile
import unittest
from unittest import mock

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TREE, "module/tests"))

import kernel_log  # noqa: E402
import ktap  # noqa: E402

GOOD = ["KTAP version 1", "1..3", "ok 1 init", "# note of the second", "ok 2 - limbo", "ok 3 hotplug # SKIP one CPU",
        "# Totals: pass:2 fail:0 skip:1"]


def as_log(lines):
    return "".join(f"[  {100 + number}.000{number}] {line}\n" for number, line in enumerate(lines))


def complaints(lines, failures=""):
    return ktap.judge(as_log(lines), failures).complaints


class Parse(unittest.TestCase):
    def test_good(self):
        report = ktap.judge(as_log(["smpboot: CPU 3 is now offline", *GOOD]))
        self.assertEqual(report.complaints, [])
        self.assertEqual(report.cases, [("init", "pass", []), ("limbo", "pass", ["note of the second"]),
                                        ("hotplug", "skip", ["one CPU"])])

    def test_not_ok_keeps_its_notes(self):
        report = ktap.judge(as_log(["KTAP version 1", "1..1", "# init: x.c:3: not so: 1 == 2", "not ok 1 init"]))
        self.assertEqual(report.cases, [("init", "fail", ["init: x.c:3: not so: 1 == 2"])])

    def test_time_stamps_of_all_kinds(self):
        text = "<6>[    1.0] KTAP version 1\n[  2.123456][  T123] 1..1\n[3.1] ok 1 a\n"
        self.assertEqual(ktap.judge(text).complaints, [])

    def test_nothing(self):
        self.assertEqual(complaints([]), ["no KTAP report in the log"])
        self.assertEqual(complaints(GOOD[1:]), ["no KTAP report in the log"])

    def test_no_plan(self):
        self.assertEqual(complaints([GOOD[0], *GOOD[2:]]), ["no plan (1..N) in the log"])

    def test_too_few(self):
        self.assertEqual(complaints(GOOD[:4]), ["3 cases were planned, 1 have a result"])

    def test_too_many(self):
        self.assertEqual(complaints([*GOOD, "ok 4 more"]), ["3 cases were planned, 4 have a result"])

    def test_none_planned(self):
        self.assertEqual(complaints(["KTAP version 1", "1..0"]), ["not one case"])

    def test_out_of_order(self):
        self.assertIn("result 3 comes as number 2", complaints([*GOOD[:3], "ok 3 c", "ok 2 b"]))

    def test_two_reports(self):
        self.assertIn("two reports in one log", complaints(GOOD + GOOD))

    def test_other_version(self):
        self.assertIn("KTAP version 2 is not known", complaints(["KTAP version 2", *GOOD[1:]]))

    def test_what_the_shell_saw(self):
        self.assertEqual(complaints(GOOD, "rmmod: busy\n\n"), ["rmmod: busy"])

    def test_trouble_in_the_log(self):
        for line in ("WARNING: CPU: 0 PID: 1 at kernel/x.c:3", "BUG: sleeping function called from invalid context",
                     "WARNING: possible circular locking dependency detected", "INFO: task insmod:33 blocked",
                     "kmemleak: unreferenced object 0xffff (size 64):", "Call Trace:"):
            with self.subTest(line):
                self.assertEqual(complaints([*GOOD, line]), [f"kernel log: {line}"])

    def test_what_is_no_trouble(self):
        for line in ("smpboot: Booting Node 0 Processor 3 APIC 0x3", "x: loading out-of-tree module taints kernel.",
                     "debug: ignoring loglevel"):
            self.assertEqual(kernel_log.trouble(as_log([line])), [])


class Program(unittest.TestCase):
    def run_main(self, lines, *options):
        with tempfile.TemporaryDirectory() as folder:
            if lines is not None:
                for name, text in (("a.log", as_log(lines)), ("a.failures", "")):
                    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                        file.write(text)
            output = io.StringIO()
            with mock.patch.object(sys, "argv", ["ktap.py", *options, folder, "a"]), \
                    contextlib.redirect_stdout(output):
                return ktap.main(), output.getvalue()

    def test_counts(self):
        status, output = self.run_main(GOOD)
        self.assertEqual(status, 0)
        self.assertTrue(output.endswith("1 skipped (not counted as passed)\n2 passed, 0 failed\n"), output)

    def test_no_skips(self):
        status, output = self.run_main(GOOD, "--no-skips")
        self.assertEqual(status, 1)
        self.assertIn("FAIL a/hotplug", output)

    def test_failed(self):
        status, output = self.run_main([*GOOD[:3], "not ok 2 limbo", "ok 3 x"])
        self.assertEqual((status, output.splitlines()[-1]), (1, "2 passed, 1 failed"))

    def test_no_file(self):
        status, output = self.run_main(None)
        self.assertEqual(status, 1)
        self.assertIn("there is no result", output)


if __name__ == "__main__":
    unittest.main()
