# SPDX-License-Identifier: GPL-2.0-only
"""The check of how long ticks take."""

import contextlib
import io

from judge import tick_time
from judge.tests.test_lifecycle import Folder


class TickTime(Folder):
    def check(self, longest=900, sample=192, count=60, **options):
        for kind in tick_time.KINDS:
            ticks = [(500, 100)] * (count - 1) + [(longest, 120)]
            self.write(f"ticks-{kind}.txt", "".join(
                f"  charge-9 [000] d.h.. 1.3: tick: slot=1 late=3 duration={ns} reading={reading} sample={sample} "
                "sweep=0\n" for ns, reading in ticks))
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            complaints = tick_time.check_tick_time(self.run_of(), rmids=64, **options)
        self.said = said.getvalue()
        return complaints

    def test_what_was_measured_is_said(self):
        self.assertEqual(self.check(max_ns={"all": {"duration": 900, "reading": 120}}), [])
        self.assertIn("all events: 60 ticks, in each 64.0 RMIDs read", self.said)
        self.assertIn("duration: median 500, p99 900, max 900 ns", self.said)
        self.assertIn("reading: median 100, p99 120, max 120 ns", self.said)

    def test_a_tick_too_long(self):
        self.assertComplains(self.check(longest=901, max_ns={"all": {"duration": 900}}), "longest duration of a tick is 901 ns")

    def test_one_long_tick_of_many_is_not_the_p99(self):
        self.assertEqual(self.check(longest=901, count=200, p99_ns={"all": {"duration": 500}}), [])
        self.assertComplains(self.check(longest=901, p99_ns={"all": {"duration": 500}}), "p99 duration of a tick is 901 ns")

    def test_its_own_event_counts(self):
        self.assertComplains(self.check(tick_event_ns=10, max_ns={"rdt": {"duration": 900}}), "of a tick is 910 ns")

    def test_reading_too_long(self):
        self.assertComplains(self.check(max_ns={"reading": {"reading": 119}}), "reading of a tick is 120 ns")

    def test_who_reads_little_must_come_round(self):
        self.assertEqual(self.check(sample=4), [])
        self.assertComplains(self.check(sample=3), "180 counters read, 3 of 64 RMIDs would be 192")

    def test_too_few_ticks(self):
        self.assertComplains(self.check(count=49), "49 ticks, 50 at least")
