# SPDX-License-Identifier: GPL-2.0-only
"""The test runner counts what happened, whatever a test program does."""

import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

LIB = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib")
sys.path.insert(0, LIB)

from run_tests import reason  # noqa: E402
from test_cases import FAIL, PASS, SKIP, GoogleTest, Python, Script  # noqa: E402

# Speaks GoogleTest's language: case -> what it does.
FAKE_PROGRAM = """\
#!%s
import os, sys
behaviour = {"Group.good": "ok", "Group.bad": "fail", "Group.skipped": "skip", "Group.dies": "die",
             "All/Group.later/0": "ok"}
if "--gtest_list_tests" in sys.argv:
    print("Group.\\n  good\\n  bad\\n  skipped\\n  dies\\nAll/Group.\\n  later/0  # GetParam() = 4")
    sys.exit(0)
wanted = [a.split("=", 1)[1] for a in sys.argv if a.startswith("--gtest_filter=")][0].split(":")
status = 0
for name in behaviour:
    if name not in wanted:
        continue
    print("[ RUN      ] " + name, flush=True)
    if behaviour[name] == "die":
        print("about to die", flush=True)
        os.abort()
    if behaviour[name] == "fail":
        print("expected 1, got 2")
        print("[  FAILED  ] %%s, where GetParam() = 4 (3 ms)" %% name)
        status = 1
    else:
        print({"ok": "[       OK ] %%s (12 ms)", "skip": "[  SKIPPED ] %%s (0 ms)"}[behaviour[name]] %% name)
%s
sys.exit(status)
"""


def program(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
    return path


class Runner(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.seen = {}
        self.output = {}

    def report(self, case, verdict, seconds, output):
        self.assertNotIn(case, self.seen, "reported twice")
        self.seen[case] = verdict
        self.output[case] = output

    def run_suite(self, suite, names=None):
        suite.run(names or suite.cases(), self.folder.name, self.report)

    def google(self, at_end=""):
        return GoogleTest("unit", program(self.folder.name, "t", FAKE_PROGRAM % (sys.executable, at_end)), 10)

    def test_every_case_of_a_crashing_program_gets_a_verdict(self):
        self.run_suite(self.google())
        self.assertEqual(self.seen, {"Group.good": PASS, "Group.bad": FAIL, "Group.skipped": SKIP,
                                     "Group.dies": FAIL, "All/Group.later/0": PASS})
        self.assertIn("expected 1, got 2", self.output["Group.bad"])
        self.assertIn("about to die", self.output["Group.dies"])

    def test_a_leak_after_the_last_case_is_a_failure(self):
        self.run_suite(self.google("status = 23"), ["Group.good"])
        self.assertEqual(self.seen, {"Group.good": PASS, "(program's end)": FAIL})

    def test_python_cases(self):
        with open(os.path.join(self.folder.name, "test_x.py"), "w", encoding="utf-8") as file:
            file.write(textwrap.dedent('''\
                import unittest
                class Case(unittest.TestCase):
                    def test_good(self):
                        """With a text of its own."""
                    def test_bad(self):
                        self.assertEqual(1, 2)
                    @unittest.skip("not here")
                    def test_skipped(self):
                        pass
                '''))
        self.run_suite(Python("py", self.folder.name, self.folder.name))
        self.assertEqual(self.seen, {"test_x.Case.test_good": PASS, "test_x.Case.test_bad": FAIL,
                                     "test_x.Case.test_skipped": SKIP})

    def test_scripts_by_their_status(self):
        commands = {"good": ["true"], "bad": ["sh", "-c", "echo reason; exit 3"], "none": ["sh", "-c", "exit 77"],
                    "slow": ["sleep", "60"]}
        self.run_suite(Script("vm", commands, timeout=1))
        self.assertEqual(self.seen, {"good": PASS, "bad": FAIL, "none": SKIP, "slow": FAIL})
        self.assertIn("reason", self.output["bad"])
        self.assertIn("ran out of its 1 s", self.output["slow"])

    def whole_run(self, scripts):
        """run_tests.py on a tree of its own, whose only tests are these."""
        tree = self.folder.name
        os.makedirs(os.path.join(tree, "tests/lab/tests"))
        os.makedirs(os.path.join(tree, "tests/vm/scenarios"))
        for name, text in scripts.items():
            program(os.path.join(tree, "tests/lab/tests"), name, "#!/bin/sh\n" + text)
        return subprocess.run([sys.executable, "-B", os.path.join(LIB, "run_tests.py"), "--tree", tree, "--vm"],
                              capture_output=True, text=True, check=False)

    def test_last_line_and_status(self):
        answer = self.whole_run({"a": "exit 0", "b": "echo why; exit 1", "c": "exit 77"})
        self.assertEqual(answer.stdout.splitlines()[-1], "1 passed, 1 failed")
        self.assertIn("1 skipped (not counted as passed)", answer.stdout)
        self.assertTrue(re.search(r"^FAIL lab/b \(\d+\.\d\d s\): why\n    why$", answer.stdout, re.M), answer.stdout)
        self.assertIn("\nFAIL lab/b: why\n", answer.stdout, "the summary says why")
        self.assertEqual(answer.returncode, 1)

    def test_all_passed(self):
        answer = self.whole_run({"a": "exit 0"})
        self.assertEqual(answer.stdout.splitlines()[-1], "1 passed, 0 failed")
        self.assertEqual(answer.returncode, 0)

    def test_an_interrupt_ends_all_that_runs(self):
        tree = self.folder.name
        os.makedirs(os.path.join(tree, "tests/lab/tests"))
        for name in "ab":  # two at a time
            program(os.path.join(tree, "tests/lab/tests"), name, f"#!/bin/sh\necho $$ >{tree}/{name}.pid\n"
                    f"mv {tree}/{name}.pid {tree}/{name}.started\nexec sleep 60\n")
        process = subprocess.Popen([sys.executable, "-B", os.path.join(LIB, "run_tests.py"), "--tree", tree, "--vm"],
                                   stdout=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 30
        while sum(file.endswith(".started") for file in os.listdir(tree)) < 2:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 130)
        self.assertIn("interrupted", out)
        for name in "ab":
            with open(os.path.join(tree, f"{name}.started"), encoding="utf-8") as file:
                pid = int(file.read())
            with self.assertRaises(ProcessLookupError, msg=f"test {name} still runs"):
                os.kill(pid, 0)

    def test_no_test_at_all_is_no_success(self):
        answer = self.whole_run({})
        self.assertEqual(answer.stdout.splitlines()[-1], "0 passed, 0 failed")
        self.assertEqual(answer.returncode, 1)


class Reason(unittest.TestCase):
    def test_the_last_line_that_complains(self):
        table = "measuring\n| a | met |\n"
        for output, expected in (
                ("one\ntwo\n\n", "two"),
                ("", "it said nothing"),
                (table + "missed: events: 0.6 x, the target is >= 0.7 x\n", "missed: events: 0.6 x, the target is >= 0.7 x"),
                ("Traceback:\n  File x\nAssertionError: 3 != 4\n\n------\nRan 4 tests in 1 s\n\nFAILED (failures=1)\n",
                 "AssertionError: 3 != 4"),
                ("a.cpp:7: Failure\nExpected equality\n", "a.cpp:7: Failure"),
                ("ok - guest\nnot ok - sums\n    pid 7: 3 and 4\n    pid 8: 1 and 2\nok - loss\n",
                 "not ok - sums: pid 7: 3 and 4"),
                ("x" * 1000, "x" * 300)):
            self.assertEqual(reason(output), expected)


class HostileCases(unittest.TestCase):
    def list(self, *options):
        tree = os.path.join(LIB, "..", "..")
        return subprocess.run([sys.executable, "-B", os.path.join(LIB, "run_tests.py"), "--tree", tree, "--list", *options],
                              capture_output=True, text=True, check=True).stdout.splitlines()

    def test_few_always_and_all_on_demand(self):
        few, every = self.list("--hostile"), self.list("--hostile", "--long")
        self.assertEqual(sorted(few), ["hostile/compress_sample_idle@debug-kasan", "hostile/kmalloc_lkm@debug-kasan",
                                       "hostile/load_unload@debug-kasan", "hostile/pool_recompress@debug-kasan",
                                       "hostile/reload@debug-kasan"])
        self.assertLess(set(few), set(every))
        self.assertIn("hostile/fail_alloc@debug-kasan", every)
        self.assertNotIn("hostile/fail_alloc@debug-locks", every, "only KASAN's kernel can make allocations fail")

    def test_a_scenario_for_debug_kernels_is_not_one_for_the_others(self):
        self.assertFalse([name for name in self.list("--vm", "--long") if "fail_alloc" in name])


if __name__ == "__main__":
    unittest.main()
