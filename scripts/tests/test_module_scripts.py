# SPDX-License-Identifier: GPL-2.0-only
"""The scripts of module/ as far as they go without a kernel to load modules into."""

import os
import shutil
import subprocess
import tempfile
import unittest

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRIPTS = ("tests/run_tests.sh", "test_module.sh", "benchmark_sync_timer.sh", "benchmark_sync_timer_stress.sh")


def call(script, *arguments):
    return subprocess.run([os.path.join(TREE, "module", script), *arguments], capture_output=True, text=True,
                          check=False, timeout=30)


def bash(code):
    source = f'tree={TREE}\n. "$tree/module/tests/place.sh"\n. "$tree/module/tests/benchmark.sh"\n'
    return subprocess.run([shutil.which("bash"), "-euc", source + code], capture_output=True, text=True, check=False)


class Usage(unittest.TestCase):
    def test_help(self):
        for script in SCRIPTS:
            with self.subTest(script):
                answer = call(script, "--help")
                self.assertEqual(answer.returncode, 0, answer.stderr)
                self.assertTrue(answer.stdout.startswith(f"usage: module/{script}"), answer.stdout)
                self.assertIn("--lab [KERNEL]", answer.stdout)

    def test_wrong_usage(self):
        wrong = [(script, ("--no-such",)) for script in SCRIPTS]
        wrong += [("tests/run_tests.sh", ("--rounds", "0")), ("test_module.sh", ("--seconds", "x")),
                  ("test_module.sh", ("--keep",)), ("benchmark_sync_timer.sh", ("--interval", "1us")),
                  ("benchmark_sync_timer.sh", ("--interval", "2s")), ("benchmark_sync_timer.sh", ("--interval",)),
                  ("benchmark_sync_timer.sh", ("--duration", "1500ms")),
                  ("benchmark_sync_timer.sh", ("--duration", "10parsec")),
                  ("benchmark_sync_timer_stress.sh", ("--loads", "none,rain"))]
        for script, arguments in wrong:
            with self.subTest(f"{script} {arguments}"):
                answer = call(script, *arguments)
                self.assertEqual(answer.returncode, 2, answer.stderr)
                self.assertIn(arguments[-1].rsplit(",", maxsplit=1)[-1], answer.stderr)
                self.assertIn("--help", answer.stderr)
                self.assertEqual(answer.stdout, "")


class Options(unittest.TestCase):
    def test_times(self):
        for text, value in (("500us", "500"), ("1ms", "1000"), ("10s", "10000000"), ("2m", "120000000")):
            self.assertEqual(bash(f"in_microseconds {text}").stdout.strip(), value)
        for text in ("1", "0s", "-1s", "1.5s", "1h", "us", "''"):
            self.assertNotEqual(bash(f"in_microseconds {text}").returncode, 0, text)

    def test_place(self):
        code = 'place_option %s; echo "$place $kernel $place_taken"'
        for arguments, said in (("--host", "host 6.12-cloud 1"), ("--lab", "lab 6.12-cloud 1"),
                                ("--lab 6.1-cloud", "lab 6.1-cloud 2"), ("--lab --seconds 3", "lab 6.12-cloud 1")):
            self.assertEqual(bash(code % arguments).stdout.strip(), said)
        self.assertEqual(bash("place_option --seconds").returncode, 1)

    def test_a_host_that_cannot_is_not_taken_for_one_that_can(self):
        answer = bash('why_not_on_host() { echo "its modules are gone"; }; place=host; place_prepare')
        self.assertEqual(answer.returncode, 1)
        self.assertIn("no module can be loaded on this host: its modules are gone", answer.stderr)
        self.assertIn("--lab", answer.stderr)

    def test_the_lab_instead_says_so(self):
        answer = bash('why_not_on_host() { echo "its modules are gone"; }; lab_module() { echo "/modules of $1"; }; '
                      'place_prepare; echo "$place $modules"')
        self.assertEqual(answer.stdout.strip(), "lab /modules of 6.12-cloud")
        self.assertIn("(its modules are gone): in the lab, on kernel 6.12-cloud", answer.stderr)


class Run(unittest.TestCase):
    """place_run on a host, with a script that loads nothing."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.out = os.path.join(self.folder, "out")

    def place_run(self, script):
        path = os.path.join(self.folder, "script.sh")
        with open(path, "w", encoding="utf-8") as file:
            file.write(script)
        relative = os.path.relpath(path, os.path.join(TREE, "module/tests/there"))
        return bash('as_root() { "$@"; }; place=host modules=/some/modules; '
                    f'place_run {self.out} {relative} --smp 4 --env WORDS="a b" -- /some/program || exit $?')

    def test_what_the_script_is_told(self):
        answer = self.place_run('echo "$MODULES|$WORDS" >"$OUT/said"; test -f "$HERE/log.sh"')
        self.assertEqual(answer.returncode, 0, answer.stderr)
        with open(os.path.join(self.out, "said"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "/some/modules|a b\n")

    def test_its_status(self):
        self.assertEqual(self.place_run("exit 7").returncode, 7)

    def test_earlier_results_go(self):
        self.assertEqual(self.place_run('touch "$OUT/old"').returncode, 0)
        self.assertEqual(self.place_run("true").returncode, 0)
        self.assertFalse(os.path.exists(os.path.join(self.out, "old")))

    def test_anything_else_stays(self):
        os.makedirs(self.out)
        with open(os.path.join(self.out, "mine"), "w", encoding="utf-8"):
            pass
        answer = self.place_run("true")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("holds something else", answer.stderr)
        self.assertTrue(os.path.exists(os.path.join(self.out, "mine")))


if __name__ == "__main__":
    unittest.main()
