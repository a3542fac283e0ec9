# SPDX-License-Identifier: GPL-2.0-only
"""What a test needs of the machine: each function says what is missing, or None. `check(...)`
skips the test for the first that is; so does `needs.py ebpf_rows` for a shell, with status 77."""

import os
import sys

SKIPPED = 77
BTF = "/sys/kernel/btf/vmlinux"
# include/uapi/linux/capability.h
CAPABILITIES = {"dac_override": 1, "ipc_lock": 14, "sys_ptrace": 19, "sys_admin": 21, "sys_nice": 23, "syslog": 34,
                "perfmon": 38, "bpf": 39}
# The first pid namespace: PROC_PID_INIT_INO of include/linux/proc_ns.h
PIDS_OF_MACHINE = "pid:[4026531836]"


def skip(why):
    print(f"SKIP: {why}")
    sys.exit(SKIPPED)


def check(*missing):
    for why in filter(None, missing):
        skip(why)


def rights(does, *names):
    """does: what only root may, and in a container only root with these capabilities."""
    if os.geteuid() != 0:
        return f"only root {does}"
    with open("/proc/self/status", encoding="utf-8") as file:
        effective = int(next(line.split()[1] for line in file if line.startswith("CapEff:")), 16)
    missing = [f"CAP_{name.upper()}" for name in names if not effective >> CAPABILITIES[name] & 1]
    return f"only root {does}, and this one lacks {', '.join(missing)}" if missing else None


def ebpf_rights():
    return rights("loads eBPF programs", "bpf", "perfmon", "sys_admin")


def ebpf():
    return ebpf_rights() or (None if os.path.exists(BTF) else "this kernel has no BTF")


def pids_of_machine():
    """The collector's rows have them, and a test knows the pids that it is told."""
    if os.readlink("/proc/self/ns/pid") != PIDS_OF_MACHINE:
        return "this is a container's pid namespace: pids of the machine cannot be told here"
    return None


def ebpf_rows():
    return ebpf() or pids_of_machine()


if __name__ == "__main__":
    check(*(globals()[name]() for name in sys.argv[1:]))
