# SPDX-License-Identifier: GPL-2.0-only
import unittest

from judge import compress_rights
from judge.compress_rights import Sample

ROW = {"pid": 7, "not_sampled": None, "resident_pages": 140, "sampled_pages": 140, "same_filled_share": 0.46,
       "cold_share": 0.5, "coldness_source": "soft-dirty: written", "settings": [{}]}
NONE = {**ROW, "not_sampled": "not for this user", "resident_pages": None, "sampled_pages": 0,
        "same_filled_share": None, "cold_share": None, "settings": []}


class CompressRights(unittest.TestCase):
    def cgroup(self, *rows, status=0, said=""):
        return compress_rights.check_cgroup("x", Sample(list(rows), said, status), {7, 8})

    def sampled(self, status=0, known=True, source="soft-dirty", **columns):
        return compress_rights.check_sampled("x", Sample([{**ROW, **columns}], "", status), 7, known, source)

    def refused(self, status=1, said="error: CAP_A or CAP_B", **columns):
        return compress_rights.check_refused("x", Sample([{**NONE, **columns}], said, status), ("CAP_A", "CAP_B"))

    def test_cgroup(self):
        other = {**ROW, "pid": 8}
        self.assertEqual(self.cgroup(ROW, other), [])
        self.assertTrue(self.cgroup(ROW))
        self.assertTrue(self.cgroup(ROW, other, other))
        self.assertTrue(self.cgroup(ROW, {**ROW, "pid": 9}))
        self.assertTrue(self.cgroup(ROW, other, status=1))
        self.assertTrue(self.cgroup(ROW, other, said="warning"))
        self.assertTrue(self.cgroup(ROW, {**other, "sampled_pages": 20}))
        self.assertTrue(self.cgroup(ROW, {**other, "same_filled_share": 0}))

    def test_sampled(self):
        self.assertEqual(self.sampled(), [])
        self.assertTrue(self.sampled(status=1))
        self.assertTrue(self.sampled(pid=8))
        self.assertTrue(self.sampled(cold_share=None))
        self.assertTrue(self.sampled(known=False))
        self.assertTrue(self.sampled(source="clear_refs"))
        self.assertEqual(self.sampled(known=False, cold_share=None), [])

    def test_refused(self):
        self.assertEqual(self.refused(), [])
        self.assertTrue(self.refused(status=0))
        self.assertTrue(self.refused(said="error: CAP_A"))
        self.assertTrue(self.refused(said="error: CAP_A or CAP_B\nerror: more"))
        self.assertTrue(self.refused(same_filled_share=0.5))
        self.assertTrue(self.refused(resident_pages=3))


if __name__ == "__main__":
    unittest.main()
