# SPDX-License-Identifier: GPL-2.0-only
"""Files that clang-tidy found clean are not looked at again, until something of them has changed."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class ClangTidy(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tree = os.path.realpath(folder.name)
        self.write(".clang-tidy", "Checks: '-*,modernize-use-nullptr,misc-unused-using-decls'\n"
                                  "WarningsAsErrors: '*'\nHeaderFilterRegex: '.*'\n")
        self.write("one.h", "#pragma once\ninline const char *name() { return \"one\"; }\n")
        self.write("one.cpp", '#include "one.h"\nint main() { return name() == nullptr ? 1 : 0; }\n')
        self.write("two.cpp", "int two() { return 2; }\n")
        self.write("build/compile_commands.json", json.dumps(
            [{"directory": os.path.join(self.tree, "build"), "file": os.path.join(self.tree, name),
              "command": f"/usr/bin/ccache /usr/bin/c++ -DX=1 -std=c++20 -o {name}.o -c {os.path.join(self.tree, name)}"}
             for name in ("one.cpp", "two.cpp")]))

    def write(self, name, text):
        path = os.path.join(self.tree, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def tidy(self, *options, pattern=r"\.cpp$"):
        run = subprocess.run([sys.executable, "-B", os.path.join(TREE, "scripts/lib/clang_tidy.py"), "--cache",
                              os.path.join(self.tree, "cache"), *options, "build", pattern], cwd=self.tree,
                             capture_output=True, text=True, check=False, timeout=120)
        lines = run.stdout.splitlines()
        return run.returncode, lines[-1] if lines else run.stderr, "\n".join(lines[:-1])

    def test_what_is_clean_is_known(self):
        self.assertEqual(self.tidy(), (0, "2 files are clean, 0 were before, 0 are not", ""))
        self.assertEqual(self.tidy(), (0, "0 files are clean, 2 were before, 0 are not", ""))
        # Other checks are another question, and so is another configuration.
        self.assertEqual(self.tidy("--checks=-misc-unused-using-decls")[1], "2 files are clean, 0 were before, 0 are not")
        self.write(".clang-tidy", "Checks: '-*,modernize-use-nullptr'\n")
        self.assertEqual(self.tidy()[1], "2 files are clean, 0 were before, 0 are not")

    def test_what_is_not_stays_so(self):
        self.write("two.cpp", "int *two() { return 0; }\n")
        for clean, known in ((1, 0), (0, 1)):
            status, last, said = self.tidy()
            self.assertEqual((status, last), (1, f"{clean} files are clean, {known} were before, 1 are not"))
            self.assertIn("two.cpp:1:21: error: use nullptr", said)
            self.assertNotIn("\x1b", said)

    def test_a_header_and_a_comment_count(self):
        self.tidy()
        self.write("one.h", "#pragma once\ninline const char *name() { return 0; }\n")
        status, last, said = self.tidy()
        self.assertEqual((status, last), (1, "0 files are clean, 1 were before, 1 are not"))
        self.assertIn("one.h:2", said)
        self.write("one.h", "#pragma once\ninline const char *name() { return 0; } // NOLINT\n")
        self.assertEqual(self.tidy()[1], "1 files are clean, 1 were before, 0 are not")
        self.write("one.h", "#pragma once\ninline const char *name() { return 0; }\n")
        self.assertEqual(self.tidy()[0], 1)

    def test_no_compiler_takes_it(self):
        self.write("two.cpp", '#include "none.h"\n')
        status, last, said = self.tidy()
        self.assertEqual((status, last), (1, "1 files are clean, 0 were before, 1 are not"))
        self.assertIn("none.h", said)

    def test_nothing_to_look_at(self):
        self.assertEqual(self.tidy(pattern="none")[0], 1)


if __name__ == "__main__":
    unittest.main()
