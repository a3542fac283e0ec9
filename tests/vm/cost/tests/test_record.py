# SPDX-License-Identifier: GPL-2.0-only
"""What counts as worse than recorded, and with what another kernel is compared."""

import os
import subprocess
import tempfile
import unittest
from unittest import mock

from cost import guests, record, reference

HERE = {"release": "6.12.1", "compiler": "GCC 12"}


class Worse(unittest.TestCase):
    def test_five_percent_are_allowed_and_no_more(self):
        self.assertEqual(record.worse({"between": 100.0}, {"between": 105.0}), [])
        self.assertIn("105.1 instructions, recorded 100.0, at most 105.0",
                      record.worse({"between": 100.0}, {"between": 105.1})[0])

    def test_next_to_nothing_may_vary_by_one_instruction(self):
        self.assertEqual(record.worse({"unheard": 0.0}, {"unheard": 1.0}), [])
        self.assertEqual(len(record.worse({"unheard": 0.0}, {"unheard": 1.1})), 1)

    def test_what_varies_more_has_more_room(self):
        self.assertEqual(record.worse({"fork-unheard": 10.0, "exit": 600.0}, {"fork-unheard": 109.0, "exit": 699.0}), [])
        self.assertEqual(len(record.worse({"fork-unheard": 10.0, "exit": 600.0},
                                          {"fork-unheard": 111.0, "exit": 701.0})), 2)

    def test_less_is_never_worse_but_worth_recording(self):
        self.assertEqual(record.worse({"between": 100.0}, {"between": 50.0}), [])
        self.assertEqual(record.better({"between": 100.0, "within": 30.0}, {"between": 50.0, "within": 29.5}),
                         ["between"])

    def test_what_is_not_compared_is_said(self):
        self.assertEqual(len(record.worse({"a": 1.0}, {"b": 1.0})), 2)


class Store(unittest.TestCase):
    def test_kernels_are_kept_apart(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "expected.json")
            record.store("6.1-cloud", HERE, {"within": 31.04}, path)
            record.store("6.12-cloud", HERE, {"within": 35.0}, path)
            record.store("6.1-cloud", {**HERE, "release": "6.1.9"}, {"within": 30.0}, path)
            stored = record.load(path)
        self.assertEqual(stored["6.1-cloud"]["counts"], {"within": 30.0})
        self.assertFalse(record.same_environment(stored["6.1-cloud"], HERE))
        self.assertTrue(record.same_environment(stored["6.12-cloud"], HERE))

    def test_nothing_recorded_is_no_environment(self):
        self.assertFalse(record.same_environment(None, HERE))


class Reference(unittest.TestCase):
    """Which commit the module is taken from, when kernel or compiler are others."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.tree = holder.name
        patches = [mock.patch.object(guests, "TREE", self.tree),
                   mock.patch.object(reference, "RECORD", os.path.join(self.tree, "expected.json"))]
        for patch in patches:
            patch.start()
            self.addCleanup(patch.stop)

    def git(self, *arguments):
        return subprocess.run(["git", "-C", self.tree, "-c", "user.name=t", "-c", "user.email=t@example.org",
                               *arguments], capture_output=True, text=True, check=True).stdout.strip()

    def commit(self, file):
        with open(os.path.join(self.tree, file), "a", encoding="utf-8") as handle:
            handle.write("x")
        self.git("add", file)
        self.git("commit", "-qm", file)
        return self.git("rev-parse", "HEAD")

    def test_the_last_commit_that_changed_the_record(self):
        self.git("init", "-q")
        self.commit("first")
        self.commit("expected.json")
        wanted = self.commit("expected.json")
        self.commit("hook.c")
        self.assertEqual(reference.commit(), wanted)

    def test_without_git_nothing_is_compared(self):
        with mock.patch.dict(os.environ, {"GIT_CEILING_DIRECTORIES": os.path.dirname(self.tree)}), \
                self.assertRaisesRegex(reference.NoReference, "without git"):
            reference.commit()

    def test_a_shallow_clone_is_not_taken_for_the_history(self):
        self.git("init", "-q")
        self.commit("expected.json")
        with self.assertRaisesRegex(reference.NoReference, "unshallow"):
            reference.commit()


if __name__ == "__main__":
    unittest.main()
