# SPDX-License-Identifier: GPL-2.0-only
"""docs/workload-truth.md says what was measured, and what was measured is as it must be."""

import glob
import json
import os
import re
import subprocess
import sys
import unittest

SCRIPTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(SCRIPTS, "lib"))

from workload_truth import host, page  # noqa: E402
from workload_truth.host import workload_truth  # noqa: E402

MIB = 1 << 20
UNIT = {"B": 1, "KiB": 1 << 10, "MiB": MIB, "GiB": 1 << 30}
GUESTS = ("6.1-cloud", "6.12-cloud")


def measured():
    found = {}
    for name in ("host", *GUESTS):
        with open(os.path.join(page.MEASURED, name + ".json"), encoding="utf-8") as file:
            found[name] = json.load(file)
    return found


def tables(text):
    """(heading of the machine, heading of the table, {column: text}) of each line of a table of figures."""
    machine = heading = columns = None
    for line in text.splitlines():
        if line.startswith("## "):
            machine = line[3:]
        elif line.startswith("### "):
            heading = line[4:].split(":")[0]
        elif line.startswith("| asked for"):
            columns = [name.strip("` ") for name in line.strip("|").split("|")]
        elif machine and line.startswith("| "):
            yield machine, heading, dict(zip(columns, (cell.strip() for cell in line.strip("|").split("|"))))


class Page(unittest.TestCase):
    def setUp(self):
        with open(page.PAGE, encoding="utf-8") as file:
            self.text = file.read()

    def test_it_says_what_was_measured(self):
        self.assertEqual(self.text, page.text(measured().values()))
        self.assertEqual(len(measured()), len(glob.glob(os.path.join(page.MEASURED, "*.json"))))

    def test_what_was_measured_is_as_it_must_be(self):
        for name, found in measured().items():
            with self.subTest(name):
                ranges = host.ranges(host.WHOLE) if name == "host" else workload_truth.WHOLE
                self.assertEqual(workload_truth.complaints(found["records"], ranges, found["unmeasured"]), [])

    def test_its_lines_by_the_rules(self):
        """The rules once more, on the text itself."""
        seen = 0
        for machine, heading, line in tables(self.text):
            number, unit = line.pop("asked for").split()
            size = int(number) * UNIT[unit]
            value = {name: int(text.replace(",", "")) for name, text in line.items() if text != "unmeasured"}
            with self.subTest(machine=machine, heading=heading, size=size):
                if heading == "kmalloc":
                    self.assertEqual(value["kmem_kmalloc_requested_bytes"], size)
                    self.assertTrue(size <= value["kmem_kmalloc_bytes"] < 2 * size)
                    if size & (size - 1) == 0:
                        self.assertEqual(value["kmem_kmalloc_bytes"], size)
                    self.assertEqual(value["VmSize"], 0)
                else:
                    asked = size + (heading == "bytearray")
                    if "malloc_bytes" in value:
                        self.assertEqual(value["malloc_bytes"], asked)
                    if size >= 128 << 10:
                        pages = (asked + 16 + 4095) // 4096 * 4096
                        self.assertEqual((value["footprint_bytes"], value["VmSize"]), (pages, pages))
                        self.assertEqual(value["rss_anon_bytes"], 4096 if heading == "malloc, not touched" else pages)
            seen += 1
        self.assertGreater(seen, 100)

    def test_only_the_host_has_not_measured_all(self):
        self.assertEqual({name: found["unmeasured"] for name, found in measured().items()},
                         {"host": ["malloc_bytes"], "6.1-cloud": [], "6.12-cloud": []})


class Rules(unittest.TestCase):
    def test_each_wrong_figure_is_seen(self):
        records = measured()["6.12-cloud"]["records"]
        for record in records:
            for column, (least, most) in workload_truth.expected(record["workload"], record["size"]).items():
                if record["size"] == 0:
                    continue
                for wrong in (most - least + 1, -(most - least) - 1, None):
                    right = record["figures"][column]
                    record["figures"][column] = None if wrong is None else right + wrong
                    with self.subTest(workload=record["workload"], size=record["size"], column=column, wrong=wrong):
                        self.assertTrue(workload_truth.complaints(records, {}))
                    record["figures"][column] = right

    def test_sizes_that_are_missing(self):
        self.assertEqual(workload_truth.complaints([], {"malloc": [4]}), ["malloc: no run of sizes [0, 4]"])

    def test_what_cannot_be_measured_is_not(self):
        records = measured()["6.12-cloud"]["records"]
        self.assertTrue(workload_truth.complaints(records, {}, ["malloc_bytes"]))

    def test_what_the_kernel_allocates(self):
        self.assertEqual([workload_truth.kmalloc_size(size) for size in (0, 1, 33, 65, 97, 129, 193, 8192, 8193, 20000,
                                                                         3000000)],
                         [0, 8, 64, 96, 128, 192, 256, 8192, 16384, 32768, 4194304])


class Command(unittest.TestCase):
    def run_script(self, *arguments):
        return subprocess.run([os.path.join(SCRIPTS, "workload-truth"), *arguments], capture_output=True, text=True,
                              check=False)

    def test_help_and_wrong_usage(self):
        found = self.run_script("--help")
        self.assertEqual(found.returncode, 0)
        self.assertTrue(re.search("usage:.*workload-truth", found.stdout))
        found = self.run_script("no-such-machine")
        self.assertEqual(found.returncode, 2)
        self.assertIn("no-such-machine: there are host, 6.1-cloud, 6.12-cloud", found.stderr)


if __name__ == "__main__":
    unittest.main()
