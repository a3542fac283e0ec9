# SPDX-License-Identifier: GPL-2.0-only
"""Boots the lab for one measurement."""

import os
import shutil
import subprocess

from .works import CostError

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
LAB = os.path.join(TREE, "tests/lab")
# 2^3 ns per instruction: a CPU of 125 million instructions per second.
SHIFT = 3


def module_folder(kernel):
    """The module as scripts/build left it; built on the spot if it did not."""
    folder = os.path.join(TREE, "build/modules", kernel)
    if not os.path.exists(os.path.join(folder, "collector.ko")):
        subprocess.run([os.path.join(TREE, "scripts/build"), "--module-for", kernel], check=True)
    return folder


def run(name, kernel, *options, modules=None, label="", env=None, pack=()):
    """Runs guest/NAME.sh; returns the folder with what it left, kept in build/cost/."""
    out = os.path.join(TREE, "build/cost", "-".join(filter(None, (label, name))) + "@" + kernel)
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(os.path.dirname(out), exist_ok=True)
    command = [os.path.join(LAB, "guest"), "--kernel", kernel, "--script", os.path.join(HERE, f"guest/{name}.sh"),
               "--out", out, "--console", out + ".console", "--timeout", "300",
               "--pack", os.path.join(TREE, "tests/vm/guest/common.sh"),
               "--pack", os.path.join(HERE, "guest/listen.sh"),
               "--pack", os.path.join(modules or module_folder(kernel), "collector.ko"), *options]
    for key, value in (env or {}).items():
        command += ["--env", f"{key}={value}"]
    for path in pack:
        command += ["--pack", path]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if answer.returncode:
        raise CostError(f"the guest ended with status {answer.returncode}:\n{answer.stdout[-2000:]}"
                        f"its console is in {out}.console")
    return out


def run_counting(name, kernel, **others):
    """One CPU, on which time is a count of instructions; RMIDs for 64 processes and the kernel's threads."""
    return run(name, kernel, "--smp", "1", "--icount", str(SHIFT), "--rdt", "rmids=128", **others)


def compiler_of(modules):
    """Who compiled the module, as it says itself."""
    path = os.path.join(modules, "collector.ko")
    answer = subprocess.run(["readelf", "-p", ".comment", path], capture_output=True, text=True, check=False)
    found = [line.split("]", 1)[1].strip() for line in answer.stdout.splitlines() if "]" in line]
    if not found:
        raise CostError(f"{path} does not say who compiled it")
    return found[0]


def environment_of(folder, modules):
    with open(os.path.join(folder, "release"), encoding="utf-8") as file:
        return {"release": file.read().strip(), "compiler": compiler_of(modules)}
