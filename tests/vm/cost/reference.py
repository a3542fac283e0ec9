# SPDX-License-Identifier: GPL-2.0-only
"""Counts of the module as it was when they were recorded last, made here and now.

Another kernel or compiler makes other instructions of the same source, so that
recorded counts say nothing about a change of the module. Then the module of the
commit that recorded them is built with what is here, and counted beside."""

import io
import os
import subprocess
import tarfile

from . import guests
from .record import RECORD
from .works import CostError, counts_of

SKIPPED = 77
PARTS = ("module", "include")
FILTER = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}


class NoReference(Exception):
    """Nothing can be compared here; says why, and what to do."""


def git(*arguments):
    try:
        answer = subprocess.run(["git", "-C", guests.TREE, *arguments], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, check=False)
    except FileNotFoundError:
        return None
    return answer.stdout if answer.returncode == 0 else None


def commit():
    """The last one that changed the record: with it, the module had those counts."""
    remedy = "run scripts/cost record on the commit to compare with, then scripts/cost check on this one"
    if git("rev-parse", "--git-dir") is None:
        raise NoReference(f"the counts were recorded with another kernel or compiler, and without git and its "
                          f"history the module of that time cannot be built: {remedy}")
    name = (git("log", "-1", "--format=%H", "--", os.path.relpath(RECORD, guests.TREE)) or b"").decode().strip()
    # In a shallow clone the oldest commit seems to have changed everything.
    if not name or git("rev-parse", "--verify", "--quiet", name + "^") is None:
        raise NoReference(f"the counts were recorded with another kernel or compiler, and the commit that did "
                          f"is not in this clone's history: git fetch --unshallow, or {remedy}")
    return name


def module_of(name, kernel):
    """Builds the module of a commit for a kernel; returns its folder."""
    folder = os.path.join(guests.TREE, "build/cost/reference")
    archive = git("archive", name, *PARTS)
    if archive is None:
        raise CostError(f"git archive {name} {' '.join(PARTS)} failed")
    source = os.path.join(folder, "source")
    subprocess.run(["rm", "-rf", folder], check=True)
    os.makedirs(source)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(source, **FILTER)
    headers = subprocess.run([os.path.join(guests.LAB, "fetch-kernel"), "--headers", kernel],
                             stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    built = subprocess.run(["nice", "make", "-C", os.path.join(source, "module"), f"KDIR={headers}",
                            f"BUILD={folder}/{kernel}", f"-j{os.cpu_count()}"],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if built.returncode:
        raise CostError(f"the module of {name} does not build for {kernel}:\n{built.stdout[-2000:]}")
    return os.path.join(folder, kernel)


def counts(kernel, members):
    modules = module_of(commit(), kernel)
    folder = guests.run_counting("counts", kernel, modules=modules, label="reference")
    return counts_of(folder, guests.SHIFT, members)
