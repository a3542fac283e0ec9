# SPDX-License-Identifier: GPL-2.0-only
"""The program, running beside what a test does; and processes of known life."""

import ctypes
import errno
import json
import os
import signal
import socket
import subprocess
import time

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
PROGRAM = os.path.join(TREE, "build/memory-collector")
INTERVAL_S = 0.25


class Failed(Exception):
    pass


def wait_for(what, condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(f"not within {seconds} s: {what}")
        time.sleep(0.02)


def rows_of(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


class Collector:
    """`run --source ebpf`, from when it says that it measures; with `with`, it is gone at the end however
    that comes."""

    def __init__(self, output, *options, interval="250ms", form="jsonl"):
        self.output = output
        self.log = output + ".log"
        address = output + ".ready"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
            ear.bind(address)
            ear.settimeout(0.1)
            with open(self.log, "wb") as log:
                self.process = subprocess.Popen(
                    [PROGRAM, "run", "--source", "ebpf", "--interval", interval,
                     *(options if "--config" in options else ("--format", form, "--output", output, *options))],
                    stderr=log, env={**os.environ, "NOTIFY_SOCKET": address})
            wait_for("READY=1", lambda: self.ready(ear))

    def ready(self, ear):
        if self.process.poll() is not None:
            raise Failed(f"memory-collector ended with status {self.process.returncode}: {self.said()}")
        try:
            return b"READY=1" in ear.recv(4096)
        except TimeoutError:
            return False

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def end(self, number=signal.SIGINT):
        """All rows, once it has ended by this signal."""
        self.process.send_signal(number)
        if self.process.wait(30):
            raise Failed(f"memory-collector ended with status {self.process.returncode}: {self.said()}")
        return rows_of(self.output)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def total_of(rows, pid):
    return [row for row in rows if row["type"] == "process_total" and row["pid"] == pid]


def losses(rows):
    """(emitted, read, lost); complaints if they do not add up."""
    found = [row for row in rows if row["type"] == "loss"]
    sums = tuple(sum(row[column] for row in found) for column in ("emitted", "read", "lost"))
    return sums, [] if found and sums[0] == sums[1] + sums[2] else [f"loss does not add up: {found}"]


class CloneArguments(ctypes.Structure):
    """struct clone_args of linux/sched.h."""
    _fields_ = [(name, ctypes.c_uint64) for name in (
        "flags", "pidfd", "child_tid", "parent_tid", "exit_signal", "stack", "stack_size", "tls", "set_tid",
        "set_tid_size", "cgroup")]


CLONE3 = 435


def fork_as(pid):
    """fork(2) with this pid. In the child 0; None if somebody else has it."""
    wanted = ctypes.c_int32(pid)
    arguments = CloneArguments(exit_signal=signal.SIGCHLD, set_tid=ctypes.addressof(wanted), set_tid_size=1)
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(CLONE3, ctypes.byref(arguments), ctypes.sizeof(arguments))
    if result >= 0:
        return result
    if ctypes.get_errno() == errno.EEXIST:
        return None
    raise OSError(ctypes.get_errno(), "clone3")


def name_self(name):
    """PR_SET_NAME: any bytes but 0, 15 at most."""
    if ctypes.CDLL(None).prctl(15, ctypes.c_char_p(name), 0, 0, 0):
        raise OSError("prctl")


def fork_named(name, seconds, burn=0.0):
    """A child of this name, that burns CPU time and then sleeps until it has lived so long."""
    pid = os.fork()
    if pid:
        return pid
    try:
        name_self(name)
        begun = time.monotonic()
        while time.process_time() < burn:
            pass
        time.sleep(max(0.0, seconds - (time.monotonic() - begun)))
    finally:
        os._exit(0)
