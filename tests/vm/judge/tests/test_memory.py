# SPDX-License-Identifier: GPL-2.0-only
import unittest

from judge import memory

from .fake import good_rows, report_of

GOOD = ["start 9000 3000", "live 2 12000 6000", "churned 1 13000 7000", "churned 1 13000 7100"]


class Memory(unittest.TestCase):
    def complaints(self, lines, **options):
        return " ".join(memory.check_memory(lines, report_of(good_rows()), **{"live": 2, "churn": 1, **options}))

    def test_good(self):
        self.assertEqual(self.complaints(GOOD), "")

    def test_too_much(self):
        self.assertIn("more than", self.complaints([GOOD[0], "live 2 40000 6000", *GOOD[2:]]))

    def test_grows(self):
        self.assertIn("grew", self.complaints([*GOOD[:3], "churned 1 15000 9000"]))

    def test_nobody_was_there(self):
        self.assertIn("looked at", self.complaints(GOOD, live=3))
        self.assertIn("looked at", self.complaints(GOOD[:1]))

    def test_processes_were_missed(self):
        self.assertIn("were seen", self.complaints([GOOD[0], "live 2 12000 6000", GOOD[2], "churned 5 13000 7100"],
                                                   churn=5))
