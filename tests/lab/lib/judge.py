# SPDX-License-Identifier: GPL-2.0-only
"""What the judges share: one guest run, the workload's truth, comparisons."""

import json
import os
import subprocess
import sys
import tempfile

LAB = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))


class Judge:
    def __init__(self, name):
        self._name, self._failed, self._compared = name, 0, 0

    def compare(self, what, got, want, tolerance, unit="bytes"):
        """|got - want| <= tolerance, said in one line."""
        self._compared += 1
        good = abs(got - want) <= tolerance
        self._failed += not good
        print(f"{'ok  ' if good else 'FAIL'} {what}: {got} against {want} {unit}, "
              f"off by {got - want:+g}, allowed {tolerance:g}")

    def require(self, what, good):
        self._compared += 1
        self._failed += not good
        print(f"{'ok  ' if good else 'FAIL'} {what}")

    def finish(self):
        bad = self._failed or not self._compared
        print(f"{'FAIL' if bad else 'PASS'} {self._name}: {self._compared} compared, {self._failed} failed")
        sys.exit(1 if bad else 0)


class GuestFailed(Exception):
    pass


def run_guest(script, *options):
    """Runs the script; returns /out as {file name: text}."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "script")
        with open(path, "w", encoding="utf-8") as handle:
            handle.write(script)
        out = os.path.join(folder, "out")
        answer = subprocess.run([os.path.join(LAB, "guest"), "--script", path, "--out", out, *options],
                                check=False)
        if answer.returncode != 0:
            raise GuestFailed(f"the guest ended with {answer.returncode}")
        texts = {}
        for name in os.listdir(out):
            with open(os.path.join(out, name), encoding="utf-8") as handle:
                texts[name] = handle.read()
        return texts


def truth_by_comm(text):
    """{comm: {domain: (total, local)}} of charge's lines."""
    result = {}
    for line in text.splitlines():
        row = json.loads(line)
        domains = result.setdefault(row["comm"], {})
        for cell in row["by"]:
            total, local = domains.get(cell["domain"], (0, 0))
            domains[cell["domain"]] = (total + cell["total"], local + cell["local"])
    return result
