# SPDX-License-Identifier: GPL-2.0-only
"""A host that loads modules, with all that touches the host played by stand-ins:
a copy of the scripts, programs in bin/ that go before the real ones, and root/
for what is in /proc, /sys and /lib/modules."""

import os
import shutil
import stat
import tempfile
import unittest

SCRIPTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

STANDINS = {
    "insmod": 'echo "insmod $1" >>"$STATE/calls"; exit "${INSMOD_STATUS:-0}"',
    "rmmod": 'echo "rmmod $1" >>"$STATE/calls"',
    # make -C module KDIR=... BUILD=FOLDER
    "make": 'for word; do case $word in BUILD=*) mkdir -p "${word#BUILD=}"; touch "${word#BUILD=}/collector.ko";; esac; done',
    "cmake": ":",
    "uname": 'case $1 in -m) echo x86_64;; *) echo 6.1.0-test;; esac',
    "id": "echo 0",
    "dpkg-query": "echo installed",
    "apt-cache": "exit 1",
}

class FakeHost(unittest.TestCase):
    program = "#!/bin/sh\n"  # build/memory-collector

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.state = folder.name
        self.tree = os.path.join(self.state, "tree")
        shutil.copytree(SCRIPTS, os.path.join(self.tree, "scripts"), ignore=shutil.ignore_patterns("__pycache__"))
        os.mkdir(os.path.join(self.tree, "module"))
        self.write("tree/build/memory-collector", self.program)
        for name, body in STANDINS.items():
            self.write(f"bin/{name}", f"#!/bin/sh\n{body}\n")
        for path, text in (("proc/modules", ""), ("proc/self/status", "CapEff:\t000001ffffffffff\n"),
                           ("lib/modules/6.1.0-test/build/Makefile", "")):
            self.write(f"root/{path}", text)

    def write(self, path, text):
        path = os.path.join(self.state, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)

    def environment(self, **more):
        return {"PATH": f"{self.state}/bin:{os.environ['PATH']}", "STATE": self.state, "HOME": self.state,
                "MEMORY_COLLECTOR_HOST_ROOT": os.path.join(self.state, "root"), **more}

    def calls(self):
        with open(os.path.join(self.state, "calls"), encoding="utf-8") as file:
            return file.read().splitlines()
