# SPDX-License-Identifier: GPL-2.0-only
"""A probe that runs, and a process that does what it is asked to, for tests/host/probe."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(TREE, "build/memory-collector")
PAGE = os.sysconf("SC_PAGESIZE")
PROGRAMS = {"process_begins", "faults_of_user", "faults_of_kernel", "faults_at_end", "kswapd_wakes", "kswapd_sleeps",
            "direct_begins", "direct_ends", "writes_folio", "writes_page", "memcg_begins", "memcg_ends"}

# Commands on standard input, an answer each. Areas are never given back, so that no two share a page.
WORKER = """
import ctypes, mmap, os, resource, sys, threading
page = mmap.PAGESIZE
areas = []
def fresh(pages):
    area = mmap.mmap(-1, pages * page, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    area.madvise(mmap.MADV_NOHUGEPAGE)
    areas.append(area)
    return area, ctypes.addressof(ctypes.c_char.from_buffer(area))
def touch(pages):
    area, address = fresh(pages)
    for at in range(0, pages * page, page):
        area[at] = 1
    return address
def fill(pages):
    area, address = fresh(pages)
    with open("/dev/zero", "rb", buffering=0) as zero:
        zero.readinto(area)
    return address
def threads(count=3):
    for _ in range(count):
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()
    return count
def usage():
    now = resource.getrusage(resource.RUSAGE_SELF)
    return f"{now.ru_minflt} {now.ru_majflt}"
if sys.argv[1]:
    with open("/proc/self/comm", "wb") as file:
        file.write(os.fsencode(sys.argv[1]))
print("ready", flush=True)
for line in sys.stdin:
    name, *words = line.split()
    print(globals()[name](*map(int, words)), flush=True)
"""


class Worker:
    """usage: its resource usage as its parent is told, after the end."""

    def __init__(self, comm=""):
        self.process = subprocess.Popen([sys.executable, "-I", "-c", WORKER, comm], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.pid, self.usage = self.process.pid, None

    def __enter__(self):
        assert self.process.stdout.readline() == "ready\n"
        return self

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer:
            raise RuntimeError(f"no answer to {command}")
        return answer

    def __exit__(self, *_):
        self.process.stdin.close()
        _, status, self.usage = os.wait4(self.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.process.stdout.close()


class Probe:
    """From attached to ended; then `lines` it wrote and what it `said` on standard error."""

    def __init__(self, *options, kind=None, command=None, ends=False, dies=False):
        self.command = [*(command or [PROGRAM, "probe", kind]), *options]
        self.lines, self.said, self.ends, self.dies = [], "", ends, dies
        self.process, self.readers, self.coming = None, [], queue.Queue()
        self.attached = threading.Event()

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.readers = [threading.Thread(target=self.read_lines), threading.Thread(target=self.read_words)]
        for reader in self.readers:
            reader.start()
        if not self.attached.wait(60) or self.process.poll() is not None:
            self.process.kill()
            raise RuntimeError(f"{self.command} did not begin: {self.said}")
        return self

    def read_lines(self):
        for line in self.process.stdout:
            text = line.decode("utf-8").removesuffix("\n")
            self.lines.append(text)
            self.coming.put(text)

    def read_words(self):
        for line in self.process.stderr:
            self.said += line.decode("utf-8")
            if b"Ctrl-C ends it" in line:
                self.attached.set()
        self.attached.set()

    def next_line(self, timeout):
        with contextlib.suppress(queue.Empty):
            return self.coming.get(timeout=timeout)
        return None

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def __exit__(self, *_):
        if not self.ends and not self.dies:
            self.process.send_signal(signal.SIGINT)
        status = self.process.wait(60)
        for reader in self.readers:
            reader.join(60)
        self.process.stdout.close()
        self.process.stderr.close()
        if status and not self.dies:
            raise RuntimeError(f"{self.command} ended with status {status}: {self.said}")


def attached():
    """Names of our programs that are loaded."""
    listing = subprocess.run(["bpftool", "prog", "list", "-j"], capture_output=True, text=True, check=True,
                             env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"}).stdout
    # The kernel keeps 15 bytes of a name.
    names = {name[:15] for name in PROGRAMS} | PROGRAMS
    return sorted(program["name"] for program in json.loads(listing) if program.get("name") in names)


def cgroup2_mount():
    with open("/proc/self/mounts", encoding="utf-8") as file:
        points = [line.split()[1] for line in file if line.split()[2] == "cgroup2"]
    return points[0] if points else None


@contextlib.contextmanager
def tracefs_mount():
    """Where tracefs is; mounted, and taken away again, where it was not. None if that cannot be."""
    with open("/proc/self/mounts", encoding="utf-8") as file:
        points = [line.split()[1] for line in file if line.split()[2] == "tracefs"]
    if points:
        yield points[0]
        return
    with tempfile.TemporaryDirectory(prefix="memory-collector-tracefs.") as folder:
        if subprocess.run(["mount", "-t", "tracefs", "nodev", folder], check=False).returncode:
            yield None
            return
        try:
            yield folder
        finally:
            subprocess.run(["umount", folder], check=True)


@contextlib.contextmanager
def trace_pipe(tracefs):
    """A function that returns what has come into the trace pipe since it was called last, or since now."""
    descriptor = os.open(os.path.join(tracefs, "trace_pipe"), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)

    def read_all():
        parts = []
        with contextlib.suppress(BlockingIOError):
            while part := os.read(descriptor, 1 << 16):
                parts.append(part)
        return b"".join(parts).decode("utf-8", "replace")

    try:
        read_all()
        yield read_all
    finally:
        os.close(descriptor)
