# SPDX-License-Identifier: GPL-2.0-only
"""What the workflows run is in this repository, so that it can be run without them."""

import glob
import os
import re
import unittest

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RUN = re.compile(r"^\s*(?:- )?run:\s*(.*)$")
PROGRAM = re.compile(r"(?:scripts|tests|module|\.ci)/[\w./-]+")


def steps():
    """(workflow, command) of every step that runs one."""
    for path in sorted(glob.glob(os.path.join(TREE, ".github/workflows/*.yml"))):
        with open(path, encoding="utf-8") as file:
            for line in file:
                match = RUN.match(line)
                if match:
                    yield os.path.basename(path), match.group(1)


class Workflows(unittest.TestCase):
    def test_there_are_some(self):
        self.assertEqual({workflow for workflow, _ in steps()},
                         {"test.yml", "kernels.yml", "bare-metal.yml", "devcontainer.yml"})

    def test_every_step_is_one_program_of_this_repository(self):
        for workflow, command in steps():
            with self.subTest(f"{workflow}: {command}"):
                self.assertIsNone(re.search(r"[;|&<>`]|\$\(", command.replace("${{", "")), "it is more than one command")
                self.assertTrue(PROGRAM.match(command), "it begins with no program of this repository")

    def test_every_program_that_is_named_exists(self):
        for workflow, command in steps():
            for name in PROGRAM.findall(command):
                with self.subTest(f"{workflow}: {name}"):
                    self.assertTrue(os.access(os.path.join(TREE, name), os.X_OK))

    def test_the_instance_is_ended_last_and_always(self):
        with open(os.path.join(TREE, ".github/workflows/bare-metal.yml"), encoding="utf-8") as file:
            last = file.read().split("      - ")[-1]
        self.assertIn("ec2 stop", last)
        self.assertIn("if: always()", last)


if __name__ == "__main__":
    unittest.main()
