# SPDX-License-Identifier: GPL-2.0-only
"""What the measurements share: the program run beside a load, and a target with what came out."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass

MEMORY = "/dev/shm"
# All reports of a whole run together, and as much again.
STORM_BYTES_PER_SECOND = 1 << 30


@dataclass
class Target:
    """A line of the table. met: True, False, or None where nothing was promised."""
    what: str
    target: str
    actual: str
    met: bool | None
    how: str
    # It does not depend on what else the machine does: a ratio in one run, memory, a count.
    robust: bool = True

    @property
    def status(self):
        return "published" if self.met is None else "met" if self.met else "missed"


class CannotMeasure(Exception):
    """This machine does not have what the measurement needs."""


class Context:
    """seconds: how long each measurement takes. folder: for what is measured, gone afterwards."""

    def __init__(self, build, folder, seconds):
        self.build, self.folder, self.seconds = build, folder, seconds
        self.runs = 0

    @property
    def in_memory(self):
        return self.folder.startswith(MEMORY + "/")

    def helper(self, name):
        return os.path.join(self.build, "tests/performance", name)

    @property
    def program(self):
        return os.path.join(self.build, "memory-collector")

    def storm(self, *arguments, below=False):
        """How many, by process_storm; below: it takes the CPU time that others leave."""
        begin = ["nice", "-n", "19"] if below else []
        done = subprocess.run([*begin, self.helper("process_storm"), *map(str, arguments)], capture_output=True,
                              text=True, check=True)
        return int(done.stdout)

    @contextmanager
    def collecting(self, *options):
        """The program by eBPF, as long as the block; .rows() afterwards."""
        self.runs += 1
        run = Collecting(self.program, os.path.join(self.folder, f"rows.{self.runs}.jsonl"), options)
        try:
            yield run
        finally:
            run.stop()


class Collecting:
    def __init__(self, program, path, options):
        self.path = path
        self.process = subprocess.Popen([program, "run", "--source", "ebpf", "--format", "jsonl", "--output", path,
                                         *options], stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        while not os.path.exists(path) or not os.path.getsize(path):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise CannotMeasure(f"memory-collector run --source ebpf: {self.process.communicate()[1].strip()}")
            time.sleep(0.05)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.said = self.process.communicate(timeout=120)[1]
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        if self.process.returncode:
            raise CannotMeasure(f"memory-collector ended with status {self.process.returncode}: {self.said.strip()}")

    def rows(self, *types):
        """Of these types; a report has many more of others."""
        starts = tuple(f'{{"type":"{name}"' for name in types)
        with open(self.path, encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.startswith(starts)]

    def loss(self):
        """(emitted, read, lost)"""
        rows = self.rows("loss")
        return tuple(sum(row[column] for row in rows) for column in ("emitted", "read", "lost"))


def folder_for_rows(seconds):
    """Where reports of a storm go: into memory if there is room, because how fast a disk takes some
    300 MB a second is not what is measured."""
    room = shutil.disk_usage(MEMORY).free if os.path.isdir(MEMORY) else 0
    available = int(first("/proc/meminfo", r"^MemAvailable:\s+(\d+)") or 0) * 1024
    return MEMORY if min(room, available) > STORM_BYTES_PER_SECOND * seconds else tempfile.gettempdir()


@contextmanager
def bare_ring(context, buffer_bytes):
    """Another reader of the same events, that does nothing with them; a dict that is filled afterwards."""
    process = subprocess.Popen([context.helper("bare_ring"), str(buffer_bytes), "ring"], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    result = {}
    try:
        if process.stdout.readline() != "ready\n":
            raise CannotMeasure(f"bare_ring: {process.communicate()[1].strip()}")
        yield result
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=120)
        if out:
            result.update(json.loads(out))


def first(path, pattern):
    """What the first line that fits has in its brackets."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            found = re.search(pattern, file.read(), re.M)
    except OSError:
        found = None
    return found.group(1) if found else ""


def machine():
    """Kernel, distribution, CPU and memory, in words."""
    model = first("/proc/cpuinfo", r"^model name\s*: (.*)$") or os.uname().machine
    virtual = ", a virtual machine" if first("/proc/cpuinfo", r"^flags.*\b(hypervisor)\b") else ""
    memory = int(first("/proc/meminfo", r"^MemTotal:\s+(\d+)") or 0) / 1048576
    return [("Kernel", os.uname().release),
            ("Distribution", first("/etc/os-release", r'^PRETTY_NAME="?([^"\n]*)') or "unknown"),
            ("CPU", f"{os.cpu_count()} x {model}{virtual}"), ("Memory", f"{memory:.1f} GiB"),
            ("Load average", " ".join(f"{load:.1f}" for load in os.getloadavg()))]
