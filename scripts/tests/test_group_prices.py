# SPDX-License-Identifier: GPL-2.0-only
"""What documentation, man page and --help say of the groups' prices is what was measured."""

import importlib.machinery
import importlib.util
import json
import os
import re
import statistics
import subprocess
import unittest

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get("MEMORY_COLLECTOR_PROGRAM", os.path.join(TREE, "build/memory-collector"))
DOCS = os.path.join(TREE, "docs")
PRICE = re.compile(r"forks x(\d+\.\d+), faults x(\d+\.\d+), malloc x(\d+\.\d+)")
IN_TIME = re.compile(r"malloc x[\d.]+ \(x(\d+) in time\)")


def load_script(path):
    loader = importlib.machinery.SourceFileLoader("group_price", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("group_price", loader))
    loader.exec_module(module)
    return module


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def measured(name):
    return json.loads(read(TREE, "tests/bench/measured", name))


def ratio(figures, observer, load):
    return next(statistics.median(one["ratios"]) for one in figures["results"]
                if (one["observer"], one["load"]) == (observer, load))


def by_group(text):
    """{group: what is said of it} of the help of --with."""
    said = re.search(r"--with TEXT\s+(.*?)\n\s+--", text, re.S).group(1)
    return dict(re.findall(r"(\w+) \(((?:[^()]|\([^()]*\))*)\)", re.sub(r"\s+", " ", said)))


class Prices(unittest.TestCase):
    def check(self, said):
        guest, host = measured("group-prices-6.12-cloud.json"), measured("group-prices-host.json")
        for group in ("rss", "faults", "kmem", "footprint", "libc"):
            with self.subTest(group):
                found = PRICE.search(said[group])
                self.assertIsNotNone(found, said[group])
                for value, load in zip(found.groups(), ("fork", "fault", "malloc")):
                    self.assertEqual(value, f"{ratio(guest, f'--with {group}', load):.2f}", load)
        in_time = IN_TIME.search(said["libc"])
        self.assertIsNotNone(in_time, said["libc"])
        self.assertEqual(int(in_time.group(1)), round(ratio(host, "--with libc", "malloc")))
        self.assertIn("unmeasured", said["pmu"].lower())

    def test_tables(self):
        script, text = load_script(os.path.join(TREE, "tests/bench/group_price")), read(DOCS, "ebpf-groups.md")
        for name in ("group-prices-6.12-cloud.json", "group-prices-host.json"):
            with self.subTest(name):
                self.assertIn(script.table(measured(name)), text)

    def test_less_than_others(self):
        figures = measured("group-prices-6.12-cloud.json")
        for group, load in (("rss", "fault"), ("faults", "fault"), ("kmem", "fork"), ("libc", "malloc")):
            with self.subTest(group):
                self.assertLess(ratio(figures, f"--with {group}", load), ratio(figures, f"{group}: bpftrace", load))

    @unittest.skipUnless(os.path.exists(PROGRAM), f"{PROGRAM} is not built")
    def test_help(self):
        self.check(by_group(subprocess.run([PROGRAM, "run", "--help"], capture_output=True, text=True,
                                           check=True).stdout))

    def test_man_page(self):
        section = re.search(r"^\.SH GROUPS OF COLUMNS\n(.*?)^\.SH ", read(DOCS, "man/memory-collector-run.1"),
                            re.M | re.S).group(1)
        parts = re.split(r"^\.TP\n\.B (\w+)\n", section, flags=re.M)
        self.check({name: re.sub(r"\s+", " ", text) for name, text in zip(parts[1::2], parts[2::2])})


if __name__ == "__main__":
    unittest.main()
