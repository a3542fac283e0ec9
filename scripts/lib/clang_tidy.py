# SPDX-License-Identifier: GPL-2.0-only
"""Runs clang-tidy over the sources of a compile_commands.json whose path matches, and prints what it says of them.

A file that was found clean is not looked at again while it stays what it is: its text after the preprocessor, with
comments (NOLINT is one), the configuration, the checks and clang-tidy's version. Their hash is an empty file in the
cache's folder.

usage: clang_tidy.py --cache FOLDER [--checks LIST] BUILD PATTERN
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time

KEPT_SECONDS = 60 * 86400
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
COMPLAINT = re.compile(r"(error|warning): ")


def preprocess_command(entry):
    """The compiler's arguments without what it makes, for clang's preprocessor; comments stay."""
    words, wanted = iter(shlex.split(entry["command"])), []
    for word in words:
        if word in ("-o", "-MF", "-MT", "-MQ"):
            next(words, None)
        elif word not in ("-c", "-MD", "-MMD", entry["file"]):
            wanted.append(word)
    while wanted and not wanted[0].startswith("-"):
        wanted.pop(0)  # the compiler, and what launches it
    return ["clang++", *wanted, "-w", "-E", "-CC", entry["file"]]


def key_of(entry, salt, tree):
    """None if the preprocessor fails: clang-tidy says why."""
    run = subprocess.run(preprocess_command(entry), cwd=entry["directory"], capture_output=True, check=False)
    if run.returncode != 0:
        return None
    text = run.stdout.replace(tree.encode(), b"")
    return hashlib.sha256(salt + entry["command"].replace(tree, "").encode() + text).hexdigest()


def excerpts(output):
    """The complaints, each with the lines behind it that show where."""
    lines, shown = COLOUR.sub("", output).splitlines(), 0
    for line in lines:
        shown = 5 if COMPLAINT.search(line) else shown - 1
        if shown > 0:
            yield line


def check(entry, options, salt, tree):
    key = key_of(entry, salt, tree)
    mark = os.path.join(options.cache, key) if key else None
    if mark and os.path.exists(mark):
        os.utime(mark)
        return "known", []
    command = ["clang-tidy", "-p", options.build, "-quiet", *([f"-checks={options.checks}"] if options.checks else []),
               entry["file"]]
    run = subprocess.run(command, cwd=tree, capture_output=True, text=True, errors="replace", check=False)
    if run.returncode == 0:
        if mark:
            with open(mark, "w", encoding="utf-8"):
                pass
        return "clean", []
    return "complaints", list(excerpts(run.stdout)) or [f"clang-tidy fails on {entry['file']}: status {run.returncode}",
                                                        *run.stderr.splitlines()[-5:]]


def forget_old(folder):
    for entry in os.scandir(folder):
        if entry.stat().st_mtime < time.time() - KEPT_SECONDS:
            os.unlink(entry.path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", required=True)
    parser.add_argument("--checks", default="")
    parser.add_argument("build")
    parser.add_argument("pattern")
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    os.makedirs(options.cache, exist_ok=True)
    forget_old(options.cache)
    tree = os.getcwd()
    with open(os.path.join(options.build, "compile_commands.json"), encoding="utf-8") as file:
        entries = [entry for entry in json.load(file) if re.search(options.pattern, entry["file"])]
    if not entries:
        print(f"no source of {options.build}/compile_commands.json matches {options.pattern}")
        return 1
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout
    with open(".clang-tidy", "rb") as file:
        salt = b"\0".join((version, file.read(), options.checks.encode()))
    found = {"known": 0, "clean": 0, "complaints": 0}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for kind, lines in pool.map(lambda entry: check(entry, options, salt, tree), entries):
            found[kind] += 1
            for line in lines:
                print(line, flush=True)
    print(f"{found['clean']} files are clean, {found['known']} were before, {found['complaints']} are not")
    return 1 if found["complaints"] else 0


if __name__ == "__main__":
    sys.exit(main())
