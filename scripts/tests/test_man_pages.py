# SPDX-License-Identifier: GPL-2.0-only
"""A man page names the options that --help names, and no others."""

import os
import re
import subprocess
import unittest

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get("MEMORY_COLLECTOR_PROGRAM", os.path.join(TREE, "build/memory-collector"))
WORKLOAD = os.environ.get("MEMORY_WORKLOAD_PROGRAM", os.path.join(TREE, "build/memory-workload"))
MAN = os.path.join(TREE, "docs/man")


def options_of(*command, program=PROGRAM):
    """Of the command and of those below it."""
    text = help_of(*command, program=program)
    below = [options_of(*command, name, program=program) for name in subcommands(text)] if command else []
    return options_in_help(text).union(*below)


def help_of(*command, program=PROGRAM):
    return subprocess.run([program, *command, "--help"], capture_output=True, text=True, check=True).stdout


def options_in_help(text):
    """Options at the beginning of a line: `  -h,--help`, `  --interval TEXT`. --help-all and such
    of the parser's own are not there."""
    found = set()
    for line in text.splitlines():
        match = re.match(r"\s{2,}((?:-\w|--[\w-]+)(?:,\s*(?:-\w|--[\w-]+))*)", line)
        if match:
            found.update(name.strip() for name in match.group(1).split(",") if name.strip().startswith("--"))
    return found


def options_in_man(text):
    """Options that an entry of the OPTIONS section begins with."""
    section = re.search(r"^\.SH OPTIONS\n(.*?)(?=^\.SH )", text, re.M | re.S)
    entries = re.findall(r"^\.TP\n(.*)$", section.group(1), re.M) if section else []
    return {name.replace("\\-", "-") for entry in entries
            for name in re.findall(r"\\-\\-[\w\\-]*\w", entry)}


def subcommands(text):
    """CLI11 lists them below "Subcommands:", two blanks in."""
    listing = text[text.index("Subcommands:"):] if "Subcommands:" in text else ""
    return re.findall(r"^  ([a-z][\w-]*)\b", listing, re.M)


class Parsing(unittest.TestCase):
    def test_help(self):
        text = "Options:\n  -h,--help        Print\n  --interval TEXT [1s]\n      Excludes: --top\nabout --none\n"
        self.assertEqual(options_in_help(text), {"--help", "--interval"})

    def test_man(self):
        text = ".SH OPTIONS\n.TP\n.BI \\-\\-log\\-level \" L\"\nsee \\-\\-no\n.TP\n.BR \\-h \", \" \\-\\-help\n.SH X\n"
        self.assertEqual(options_in_man(text), {"--log-level", "--help"})

    def test_subcommands(self):
        self.assertEqual(subcommands("Options:\n  -h\n\nSubcommands:\n  run    measure\n  doctor   what\n"),
                         ["run", "doctor"])


@unittest.skipUnless(os.path.exists(PROGRAM), f"{PROGRAM} is not built")
class ManPages(unittest.TestCase):
    def compare(self, page, *command):
        path = os.path.join(MAN, page)
        self.assertTrue(os.path.exists(path), f"there is no {page}")
        with open(path, encoding="utf-8") as file:
            documented = options_in_man(file.read())
        real = options_of(*command)
        self.assertTrue(real, "no option was found in --help")
        self.assertEqual(documented - real, set(), f"{page} has options that do not exist")
        self.assertEqual(real - documented, set(), f"{page} lacks options")

    def test_program(self):
        self.compare("memory-collector.1")

    def test_every_command_has_its_page(self):
        commands = subcommands(help_of())
        self.assertIn("doctor", commands)
        for command in commands:
            with self.subTest(command):
                self.compare(f"memory-collector-{command}.1", command)


@unittest.skipUnless(os.path.exists(WORKLOAD), f"{WORKLOAD} is not built")
class MemoryWorkload(unittest.TestCase):
    """One page for all: a section for what is common to the workloads, and one for each command."""

    @classmethod
    def setUpClass(cls):
        with open(os.path.join(MAN, "memory-workload.1"), encoding="utf-8") as file:
            options = re.search(r"^\.SH OPTIONS\n(.*?)^\.SH ", file.read(), re.M | re.S).group(1)
        parts = re.split(r"^\.SS (.*)\n", options.replace("\\-", "-"), flags=re.M)
        cls.sections = dict(zip(parts[1::2], parts[2::2]))
        cls.everywhere, cls.workloads = cls.sections.pop("All"), cls.sections.pop("All workloads")

    @staticmethod
    def documented(text):
        """Option -> its default and range."""
        return {name: value.strip() for name, value in re.findall(r"^\.TP\n\.BI? (--[\w-]+)(?: \"(.*)\")?$", text, re.M)}

    @staticmethod
    def offered(*command):
        text = help_of(*command, program=WORKLOAD)
        return {name: value or "" for name, value in
                re.findall(r"^  (?:-h,)?(--[\w-]+)(?: (\S+(?: \[[^]]*\])?))?(?:  .*)?$", text, re.M)}

    def test_commands(self):
        self.assertEqual(set(self.sections), set(subcommands(help_of(program=WORKLOAD))))
        self.assertEqual(self.documented(self.everywhere), self.offered())

    def test_options_defaults_and_ranges(self):
        self.assertIn("--entropy", self.documented(self.workloads))
        for name, text in self.sections.items():
            with self.subTest(name):
                of_all = self.documented(self.workloads) if re.fullmatch(r"[a-z_]+", name) and name not in ("mmtests",
                    "sysbench", "fio") else {}
                self.assertEqual({"--help": "", **of_all, **self.documented(text)}, self.offered(name))


if __name__ == "__main__":
    unittest.main()
