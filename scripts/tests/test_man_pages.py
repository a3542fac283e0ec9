# SPDX-License-Identifier: GPL-2.0-only
"""A man page names the options that --help names, and no others."""

import os
import re
import subprocess
import unittest

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get("MEMORY_COLLECTOR_PROGRAM", os.path.join(TREE, "build/memory-collector"))
MAN = os.path.join(TREE, "docs/man")


def options_of(*command):
    """Of the command and of those below it."""
    text = help_of(*command)
    below = [options_of(*command, name) for name in subcommands(text)] if command else []
    return options_in_help(text).union(*below)


def help_of(*command):
    return subprocess.run([PROGRAM, *command, "--help"], capture_output=True, text=True, check=True).stdout


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


if __name__ == "__main__":
    unittest.main()
