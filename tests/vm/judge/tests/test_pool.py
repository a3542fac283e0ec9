# SPDX-License-Identifier: GPL-2.0-only
import unittest

from judge import pool

PAGE = 4096
PAGES = {"zero": 2, "same": 2, "text": 8, "random": 4}
PUSHED = {"bytes": 16 * PAGE, "page_size": PAGE, "pages": PAGES, "swapped_pages": 16,
          "orig_data_size_rise": 14 * PAGE, "compr_data_size_rise": 4 * PAGE + 4 * PAGE, "same_pages_rise": 2,
          "huge_pages_rise": 4, "failed_writes": 0}
MM_STAT = [15 * PAGE, 8 * PAGE + 60, 10 * PAGE, 0, 10 * PAGE, 2, 0, 4, 4]
STATUS = {"algorithm": "lz4", "swap_active": True, "orig_data_size": MM_STAT[0], "compr_data_size": MM_STAT[1],
          "mem_used_total": MM_STAT[2], "mem_limit": 0, "same_pages": 2, "huge_pages": 4,
          "compression_ratio": MM_STAT[1] / MM_STAT[0], "overhead_bytes": MM_STAT[2] - MM_STAT[1],
          "holder": {"alive": True, "swapped_bytes": 16 * PAGE}}
BACK = {"read_bytes": 14 * PAGE, "orig_data_size_rise": -14 * PAGE}


class Pushed(unittest.TestCase):
    def complaints(self, algorithm="lz4", swap_current=16 * PAGE, mm_stat=MM_STAT, **columns):
        return " ".join(pool.check_pushed(algorithm, {**PUSHED, **columns}, mm_stat, swap_current))

    def test_good(self):
        self.assertEqual(self.complaints(), "")

    def test_zero_pages_are_written_before_6_12(self):
        self.assertEqual(self.complaints(orig_data_size_rise=16 * PAGE, same_pages_rise=4,
                                         mm_stat=[17 * PAGE, *MM_STAT[1:]]), "")
        self.assertIn("orig_data_size_rise", self.complaints(same_pages_rise=4))
        self.assertIn("same_pages_rise", self.complaints(same_pages_rise=3))

    def test_bad(self):
        for columns, word in (({"bytes": 15 * PAGE}, "bytes"), ({"swapped_pages": 15}, "swapped_pages"),
                              ({"orig_data_size_rise": 13 * PAGE}, "orig_data_size_rise"),
                              ({"huge_pages_rise": 3}, "huge_pages_rise"), ({"failed_writes": 1}, "failed_writes"),
                              ({"mm_stat": [14 * PAGE, *MM_STAT[1:]]}, "of mm_stat"),
                              ({"swap_current": 15 * PAGE}, "memory.swap.current"),
                              ({"compr_data_size_rise": 5 * PAGE}, "text pages"),
                              ({"compr_data_size_rise": 11 * PAGE}, "text pages")):
            with self.subTest(columns):
                self.assertIn(word, self.complaints(**columns))


class Status(unittest.TestCase):
    def complaints(self, **columns):
        return " ".join(pool.check_status("lz4", {**STATUS, **columns}, MM_STAT, PUSHED))

    def test_good(self):
        self.assertEqual(self.complaints(), "")

    def test_bad(self):
        for columns, word in (({"orig_data_size": 1}, "orig_data_size"), ({"huge_pages": None}, "huge_pages"),
                              ({"algorithm": "zstd"}, "zstd"), ({"swap_active": False}, "swap False"),
                              ({"compression_ratio": 0.5}, "ratio"), ({"overhead_bytes": 0}, "overhead"),
                              ({"holder": {"alive": False, "swapped_bytes": 16 * PAGE}}, "holder"),
                              ({"holder": {"alive": True, "swapped_bytes": 0}}, "holder")):
            with self.subTest(columns):
                self.assertIn(word, self.complaints(**columns))


class Back(unittest.TestCase):
    def test_good(self):
        self.assertEqual(pool.check_back("lz4", BACK, PUSHED), [])
        self.assertEqual(pool.check_back("lz4", {**BACK, "orig_data_size_rise": -10 * PAGE}, PUSHED), [])

    def test_bad(self):
        pushed = {**PUSHED, "orig_data_size_rise": 1000 * PAGE}
        for columns in ({"read_bytes": 999 * PAGE, "orig_data_size_rise": -1000 * PAGE},
                        {"read_bytes": 1000 * PAGE, "orig_data_size_rise": -871 * PAGE},
                        {"read_bytes": 1000 * PAGE, "orig_data_size_rise": -1001 * PAGE}):
            with self.subTest(columns):
                self.assertTrue(pool.check_back("lz4", columns, pushed))


class Recompressed(unittest.TestCase):
    def complaints(self, huge=(), everything=()):
        of = [{"algorithm": "zstd", "compr_data_size_rise": 0, "huge_pages_rise": 0, **dict(huge)},
              {"algorithm": "zstd", "compr_data_size_rise": -PAGE, "huge_pages_rise": 0, **dict(everything)}]
        return " ".join(pool.check_recompressed("zstd", of, PUSHED))

    def test_good(self):
        self.assertEqual(self.complaints(), "")

    def test_bad(self):
        self.assertIn("wanted is zstd", self.complaints(huge={"algorithm": "lz4"}))
        self.assertIn("random", self.complaints(huge={"compr_data_size_rise": -1}))
        for rise in (0, PAGE, -8 * PAGE):
            self.assertIn("text pages lost", self.complaints(everything={"compr_data_size_rise": rise}))
