# SPDX-License-Identifier: GPL-2.0-only
import unittest

from judge import zram_forecast

ROW = {"resident_pages": 1000, "settings": [
    {"codec": "lz4", "mode": "fast", "level": 1, "zram_compressed_bytes": 1_000_000, "zram_stored_bytes": 1_100_000},
    {"codec": "zstd", "mode": "default", "level": 3, "zram_compressed_bytes": 700_000, "zram_stored_bytes": 800_000}]}
MM_STAT = "4014080 1000000 1100000 0 1100000 3 0 4 4\n"


class ZramForecast(unittest.TestCase):
    def complaints(self, algorithm="lz4", swapped=980, **truth):
        return " ".join(zram_forecast.complaints_of("x", ROW, swapped, {**zram_forecast.mm_stat(MM_STAT), **truth}, algorithm))

    def test_mm_stat(self):
        self.assertEqual(zram_forecast.mm_stat(MM_STAT)["huge_pages"], 4)
        self.assertEqual(zram_forecast.mm_stat(MM_STAT)["same_pages"], 3)

    def test_as_forecast(self):
        self.assertEqual(self.complaints(), "")
        self.assertEqual(self.complaints(compr_data_size=1_050_000, mem_used_total=1_000_000), "")

    def test_each_figure_is_looked_at(self):
        self.assertIn("compr_data_size is 1200000", self.complaints(compr_data_size=1_200_000))
        self.assertIn("mem_used_total is 960000", self.complaints(mem_used_total=960_000))
        self.assertIn("compr_data_size", self.complaints("zstd"))

    def test_other_memory_is_not_compared(self):
        self.assertIn("not of the same memory", self.complaints(swapped=900))
        self.assertIn("not of the same memory", self.complaints(orig_data_size=4_200_000))

    def test_zeros_that_are_in_no_device(self):
        self.assertEqual(self.complaints(orig_data_size=2_000_000), "")

    def test_a_setting_that_was_not_sampled(self):
        with self.assertRaises(ValueError):
            zram_forecast.forecast_of({"settings": []}, "lz4")
