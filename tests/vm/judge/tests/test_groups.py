# SPDX-License-Identifier: GPL-2.0-only
import json
import unittest

from judge import groups

from .fake import good_rows, interval, process, report_of

SAID = {"/a": [{"cpu_ns": 900_000_000, "minflt": 100}, {"cpu_ns": 100_000_000, "minflt": 50}]}


def group(start, name, **more):
    row = process(start, 0, 0, type="cgroup", cgroup=name, processes=2, cpu_time_ns=500_000_000, min_flt=75,
                  rss_bytes=4096)
    for column in ("pid", "start_time_ns", "comm", "cmdline"):
        del row[column]
    row.update(more)
    return row


def good():
    return [group(0, "/a"), group(0, "/b"), interval(0), group(1, "/a"), group(1, None), interval(1)]


class Groups(unittest.TestCase):
    def complaints(self, rows, truth=None):
        lines = {name: [json.dumps(one) for one in said] for name, said in (truth or SAID).items()}
        return " ".join(groups.check_groups(report_of(rows), "cgroup", lines))

    def test_good(self):
        self.assertEqual(self.complaints(good()), "")

    def test_wrong_sums(self):
        for change, says in (({"cpu_time_ns": 400_000_000}, "cpu_time_ns"), ({"cpu_time_ns": 900_000_000}, "cpu_time_ns"),
                             ({"cpu_time_ns": None}, "cpu_time_ns"), ({"min_flt": 74}, "min_flt"),
                             ({"min_flt": 9999}, "min_flt")):
            rows = good()
            rows[0].update(change)
            self.assertIn(says, self.complaints(rows), change)

    def test_wrong_number_of_processes(self):
        rows = good()
        for number in (1, 4):
            for row in rows:
                if row.get("cgroup") == "/a":
                    row["processes"] = number
            self.assertIn(f"{number} processes at a time", self.complaints(rows))

    def test_no_memory(self):
        rows = good()
        rows[0]["rss_bytes"] = rows[3]["rss_bytes"] = None
        self.assertIn("no memory", self.complaints(rows))

    def test_nothing_there(self):
        self.assertIn("no row of cgroup /c", self.complaints(good(), {"/c": SAID["/a"]}))
        self.assertIn("no process told", self.complaints(good(), {"/a": []}))

    def test_rows_of_processes(self):
        self.assertIn("rows of processes", self.complaints(good() + good_rows()))
