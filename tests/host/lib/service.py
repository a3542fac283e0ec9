# SPDX-License-Identifier: GPL-2.0-only
"""Runs a program as a systemd unit would: as what user, with which
capabilities and system calls, is read from the unit's file."""

import ctypes
import ctypes.util
import os
import subprocess
import sys

NOBODY = 65534
HERE = os.path.abspath(__file__)


def settings(unit):
    """Of all sections; of a key that comes twice, the last."""
    with open(unit, encoding="utf-8") as file:
        lines = [line.strip() for line in file if "=" in line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def capabilities(unit, key="AmbientCapabilities"):
    return [name.removeprefix("CAP_").lower() for name in settings(unit)[key].split()]


def as_service(names, syscalls=None, user=NOBODY):
    """The start of a command line: these capabilities and no other, no network, and, if
    given, a file with the only system calls that are allowed."""
    capability_set = ",".join(["-all"] + [f"+{name}" for name in names])
    command = ["unshare", "--net", "setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups",
               f"--bounding-set={capability_set}", f"--inh-caps={capability_set}",
               f"--ambient-caps={capability_set}", "--no-new-privs"]
    return command + ([sys.executable, "-I", HERE, syscalls] if syscalls else [])


def system_calls(unit):
    """The filter's system calls by name, groups resolved as systemd does. None without systemd."""
    try:
        listing = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter"], capture_output=True, text=True,
                                 check=True, timeout=60).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None
    groups, group = {}, None
    for line in listing.splitlines():
        if line.startswith("@"):
            group = groups.setdefault(line.strip(), [])
        elif group is not None and line.startswith(" ") and not line.strip().startswith("#"):
            group.append(line.strip())

    def resolved(name):
        return {name} if not name.startswith("@") else {call for part in groups[name] for call in resolved(part)}

    # systemd allows @default whatever a list says.
    return sorted({call for name in settings(unit)["SystemCallFilter"].split() + ["@default"]
                   for call in resolved(name)})


def allow_only(calls):
    """Every other system call of this process fails with EPERM from here on."""
    library = ctypes.CDLL(ctypes.util.find_library("seccomp") or "libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    refuse, allow = 0x00050000 | 1, 0x7FFF0000  # SCMP_ACT_ERRNO(EPERM), SCMP_ACT_ALLOW
    context = ctypes.c_void_p(library.seccomp_init(refuse))
    if not context:
        raise OSError("seccomp_init")
    for name in calls:
        number = library.seccomp_syscall_resolve_name(name.encode())
        # Those of other architectures have negative numbers.
        if number >= 0 and library.seccomp_rule_add(context, allow, number, 0) != 0:
            raise OSError(f"seccomp_rule_add {name}")
    if library.seccomp_load(context) != 0:
        raise OSError("seccomp_load")


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        allow_only(file.read().split())
    os.execv(sys.argv[2], sys.argv[2:])
