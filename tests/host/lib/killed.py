# SPDX-License-Identifier: GPL-2.0-only
"""Runs a program and kills it, by SIGKILL, before a system call that is chosen by its number: a moment
that comes again in each run."""

import ctypes
import os
import signal

TRACEME, SYSCALL, SETOPTIONS = 0, 24, 0x4200
TRACE_SYSGOOD, EXIT_WITH_TRACER = 1, 0x100000
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
LIBC.ptrace.restype = ctypes.c_long


def ptrace(request, pid, data=0):
    if LIBC.ptrace(request, pid, None, data) < 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request}")


def begin(command):
    pid = os.fork()
    if pid:
        return pid
    try:
        null = os.open("/dev/null", os.O_RDWR)
        for fd in range(3):
            os.dup2(null, fd)
        ptrace(TRACEME, 0)
        os.execv(command[0], command)
    finally:
        os._exit(127)


def run_and_kill(command, moment=None):
    """Kills it at its system call `moment`, counted from exec on. Without one, and if it ends before, it
    runs to its end. Returns how many there were, and whether it was killed."""
    pid = begin(command)
    os.waitpid(pid, 0)
    ptrace(SETOPTIONS, pid, TRACE_SYSGOOD | EXIT_WITH_TRACER)
    stops, pending = 0, 0
    while True:
        # Each call stops twice, before and after.
        if moment is not None and stops == 2 * moment:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return stops // 2, True
        ptrace(SYSCALL, pid, pending)
        _, status = os.waitpid(pid, 0)
        if not os.WIFSTOPPED(status):
            return stops // 2, False
        number = os.WSTOPSIG(status)
        in_call = number == signal.SIGTRAP | 0x80
        stops += in_call
        pending = 0 if in_call or number == signal.SIGTRAP else number
