# SPDX-License-Identifier: GPL-2.0-only
import unittest

from judge import compress_sample

SAID = {"hot_pages": 1500, "cold_pages": 1500}
ROW = {"resident_pages": 3020, "sampled_pages": 600, "swapped_pages": 0, "same_filled_share": 0.49,
       "same_filled_share_low": 0.45, "same_filled_share_high": 0.53, "incompressible_share": 0.5,
       "incompressible_share_low": 0.46, "incompressible_share_high": 0.54, "cold_share": 0.5, "cold_share_low": 0,
       "cold_after_ns": 2_000_000_000, "accesses_per_page_second": 0.25, "coldness_source": "soft-dirty: written"}
SWAPPED = {**ROW, "resident_pages": 2000, "sampled_pages": 2000, "swapped_pages": 1000}
SIZES = {"VmRSS": 8500, "VmSwap": 4000, "pswpin": 3}


class CompressSample(unittest.TestCase):
    def contents(self, **columns):
        return " ".join(compress_sample.check_contents("x", {**ROW, **columns}, SAID))

    def coldness(self, **columns):
        return " ".join(compress_sample.check_coldness("x", {**ROW, **columns}, 0.5, "soft-dirty"))

    def swapped(self, before=None, after=None, **columns):
        return " ".join(compress_sample.check_swapped({**SWAPPED, **columns}, SAID, before or SIZES, after or SIZES))

    def test_true(self):
        self.assertEqual(self.contents() + self.coldness() + self.swapped(), "")

    def test_contents(self):
        self.assertIn("pages", self.contents(resident_pages=2999))
        self.assertIn("pages", self.contents(resident_pages=4000))
        self.assertIn("same_filled", self.contents(same_filled_share_high=0.4))
        self.assertIn("incompressible", self.contents(incompressible_share_low=0.6))

    def test_coldness(self):
        self.assertIn("is cold", self.coldness(cold_share=0.6, accesses_per_page_second=0.2))
        self.assertIn("do not follow", self.coldness(accesses_per_page_second=0.3))
        self.assertIn("at least", self.coldness(cold_share_low=0.4))
        self.assertIn("None", self.coldness(cold_share=None))
        self.assertIn("by clear_refs", self.coldness(coldness_source="clear_refs"))
        exact = {**ROW, "coldness_source": "clear_refs", "cold_share_low": 0.5}
        self.assertEqual(compress_sample.check_coldness("x", exact, 0.5, "clear_refs"), [])
        for low in (0, 0.56):
            self.assertIn("at least", " ".join(compress_sample.check_coldness(
                "x", {**exact, "cold_share_low": low}, 0.5, "clear_refs")))

    def test_damon(self):
        rough = {**ROW, "coldness_source": "DAMON: by regions", "cold_share_low": 0, "cold_share_high": 1}
        self.assertEqual(compress_sample.check_damon("x", rough), [])
        self.assertTrue(compress_sample.check_damon("x", {**rough, "cold_share": None}))
        self.assertTrue(compress_sample.check_damon("x", {**rough, "cold_share_low": 0.4}))

    def test_killed(self):
        text = "\n".join(compress_sample.KILLED)
        others = {"cold_share": None, "coldness_source": "no DAMON: DAMON is in use by another program"}
        self.assertEqual(compress_sample.check_killed(text, [others]), [])
        self.assertTrue(compress_sample.check_killed(text.replace("then 0", "then 1", 1), [others]))
        self.assertTrue(compress_sample.check_killed(text.replace("others 1 on", "others 0"), [others]))
        self.assertTrue(compress_sample.check_killed(text, [others, {**others, "cold_share": 0.5}]))

    def test_swapped(self):
        self.assertIn("next to nothing", self.swapped({**SIZES, "VmSwap": 0}))
        self.assertIn("after sampling", self.swapped(after={**SIZES, "VmSwap": 3996}))
        self.assertIn("after sampling", self.swapped(after={**SIZES, "pswpin": 4}))
        self.assertIn("swapped out, the kernel", self.swapped(swapped_pages=999))
        self.assertIn("were read", self.swapped(sampled_pages=1999))

    def test_sizes(self):
        self.assertEqual(compress_sample.sizes("VmSwap:\t  12 kB\npswpin 3\n"), {"VmSwap": 12, "pswpin": 3})


if __name__ == "__main__":
    unittest.main()
