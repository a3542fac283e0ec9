# SPDX-License-Identifier: GPL-2.0-only
"""The check of how long ticks take."""

import contextlib
import io

from judge import tick_time
from judge.tests.test_lifecycle import Folder


class TickTime(Folder):
    def check(self, longest=900, sample=192, count=60, **options):
        for kind in tick_time.KINDS:
            ticks = [500] * (count - 1) + [longest]
            self.write(f"ticks-{kind}.txt", "".join(
                f"  charge-9 [000] d.h.. 1.3: tick: slot=1 late=3 duration={ns} sample={sample} sweep=0\n"
                for ns in ticks))
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            complaints = tick_time.check_tick_time(self.run_of(), rmids=64, **options)
        self.said = said.getvalue()
        return complaints

    def test_what_was_measured_is_said(self):
        self.assertEqual(self.check(max_ns={"all": 900}), [])
        self.assertIn("all events: 60 ticks of 64 RMIDs, median 500 ns, p99 900 ns, max 900 ns", self.said)

    def test_a_tick_too_long(self):
        self.assertComplains(self.check(longest=901, max_ns={"all": 900}), "a tick took 901 ns")

    def test_ticks_that_read_less_do_not_count(self):
        self.assertComplains(self.check(sample=191), "0 ticks read 64 RMIDs")
