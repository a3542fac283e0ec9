# SPDX-License-Identifier: GPL-2.0-only
"""Boots a kernel in the lab's machine, runs a script in it as root and hands
back the script's status, output and files. See README.md."""

import argparse
import os
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
sys.dont_write_bytecode = True

from initramfs import WORK, Initramfs, KernelModules, LabError, add_busybox  # noqa: E402
from machine import Machine  # noqa: E402
from rundir import RunFolder  # noqa: E402

STATUS_TIMEOUT, STATUS_KERNEL, STATUS_LAB = 124, 125, 126


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="guest", description=__doc__,
        epilog="Exit status: the script's (0 to 123); 124 time limit, 125 kernel panic or oops, "
               "126 the lab itself failed, 2 wrong usage.")
    add = parser.add_argument
    add("--kernel", default="6.12-cloud", metavar="NAME",
        help="6.1-cloud, 6.12-cloud, any name fetch-kernel knows, or a folder with vmlinuz and modules/")
    add("--script", required=True, metavar="FILE", help="run in the guest as root, in /lab")
    add("--smp", type=int, default=2, metavar="N", help="CPUs (default 2)")
    add("--sockets", type=int, default=1, metavar="N", help="sockets = L3 domains (default 1)")
    add("--memory", default="512M", metavar="SIZE", help="default 512M")
    add("--cpu", default="Icelake-Server", metavar="MODEL", help="QEMU's CPU model")
    add("--rdt", action="append", default=[], metavar="KEY=VALUE,...",
        help="rmids, counter-bits, unit-bytes, ... (see README.md); `off` for a machine without RDT")
    add("--accel-thread", choices=("single", "multi"), default="single")
    add("--icount", type=int, metavar="N", help="time counts instructions of 2^N ns; needs --smp 1")
    add("--skip-idle", action="store_true", help="with --icount: while all sleep, time leaps to the next timer")
    add("--append", default="", metavar="CMDLINE", help="more kernel parameters")
    add("--pack", action="append", default=[], metavar="SRC[:DST]",
        help="file or folder to bring; DST defaults to /lab/NAME; programs bring their libraries")
    add("--module", action="append", default=[], metavar="NAME",
        help="module of the kernel's package to load at boot, with what it depends on")
    add("--env", action="append", default=[], metavar="NAME=VALUE", help="environment of the script")
    add("--no-tools", action="store_true", help="do not bring charge, lab-stat and lab-msr")
    add("--out", metavar="DIR", help="the guest's /out comes back as this folder's content")
    add("--out-size", type=int, default=1024, metavar="MIB", help="room for it (default 1024, sparse)")
    add("--timeout", type=float, default=120, metavar="SECONDS", help="default 120")
    add("--console", metavar="FILE", help="where the kernel's console goes (else kept only to be shown on failure)")
    add("--verbose", action="store_true", help="show the QEMU command line and the console's end in any case")
    arguments = parser.parse_args()
    if arguments.smp < 1 or arguments.sockets < 1 or arguments.smp % arguments.sockets:
        parser.error(f"--smp {arguments.smp} is not a multiple of --sockets {arguments.sockets}")
    if arguments.icount is not None and arguments.smp != 1:
        parser.error("--icount needs --smp 1: with more CPUs the kernel hangs in their bring-up")
    if arguments.icount is not None and arguments.accel_thread != "single":
        parser.error("--icount needs --accel-thread single")
    if arguments.skip_idle and arguments.icount is None:
        parser.error("--skip-idle needs --icount: only time that is counted can leap")
    return arguments


def helper(*command):
    """Runs one of the lab's scripts; its progress shows, its last line counts."""
    answer = subprocess.run([os.path.join(HERE, command[0]), *command[1:]],
                            stdout=subprocess.PIPE, text=True, check=False)
    lines = answer.stdout.split("\n")
    if answer.returncode != 0 or len(lines) < 2:
        raise LabError(f"{' '.join(command)} failed")
    return lines[-2]


def kernel_folder(name):
    if "/" not in name:
        return helper("fetch-kernel", name)
    if not os.path.exists(os.path.join(name, "vmlinuz")):
        raise LabError(f"the kernel folder {name} holds no vmlinuz")
    return name


def host_tsc_khz(tools):
    answer = subprocess.run([os.path.join(tools, "tsc-khz")], stdout=subprocess.PIPE, text=True, check=True)
    return int(answer.stdout)


def pack(arguments, folder, tools):
    image = Initramfs()
    add_busybox(image)
    with open(os.path.join(HERE, "lib/init.sh"), "rb") as handle:
        image.data("/init", handle.read(), 0o755)
    modules = KernelModules(os.path.join(folder, "modules"))
    order = []
    for name in ("virtio_pci", "virtio_blk") if modules.present else ():
        modules.add(image, name, order)
    for name in arguments.module:
        modules.add(image, name, order)
    image.data("/lib/modules/lab/order", "".join(path + "\n" for path in order).encode())
    if not arguments.no_tools:
        image.tree(tools, "/bin")
    for item in arguments.pack:
        source, _, target = item.partition(":")
        name = os.path.basename(os.path.normpath(source))
        if not target:
            target = f"{WORK}/{name}"
        elif target.endswith("/"):
            target += name
        image.tree(source, target)
    add_script(image, arguments)
    return image


def add_script(image, arguments):
    try:
        with open(arguments.script, "rb") as handle:
            script = handle.read()
    except OSError as error:
        raise LabError(f"cannot read the script {arguments.script}: {error.strerror}") from error
    image.data(f"{WORK}/.script.body", script, 0o755)
    lines = ["#!/bin/sh"]
    for item in arguments.env:
        name, _, value = item.partition("=")
        quoted = value.replace("'", "'\\''")
        lines.append(f"export {name}='{quoted}'")
    shell = "" if script.startswith(b"#!") else "/bin/sh "
    lines.append(f"exec {shell}{WORK}/.script.body\n")
    image.data(f"{WORK}/.script", "\n".join(lines).encode(), 0o755)


def report(outcome, machine, arguments):
    """Says on stderr what did not go well; returns the exit status."""
    status, message = outcome.status, None
    if outcome.timed_out:
        status, message = STATUS_TIMEOUT, f"the guest was killed after {arguments.timeout:g} s"
    elif outcome.kernel_failed:
        status, message = STATUS_KERNEL, "the kernel failed: " + outcome.kernel_failed
    elif status is None:
        status, message = STATUS_LAB, f"QEMU ended with {outcome.qemu_status} before the script did"
    elif status > 123:
        message = f"the script ended with {status}, reported as 123"
        status = 123
    if message:
        print(f"guest: {message}", file=sys.stderr)
    if (message or arguments.verbose) and not arguments.console:
        sys.stderr.write(machine.console_end())
    if message and status == STATUS_LAB:
        sys.stderr.write(machine.qemu_messages())
    return status


def main():
    arguments = parse_arguments()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: sys.exit(128 + number))
    try:
        qemu = helper("build-qemu")
        folder = kernel_folder(arguments.kernel)
        with RunFolder() as run:
            tools = helper("build-tools")  # sees to busybox too
            # With -icount the guest's TSC counts its instructions.
            tsc_khz = host_tsc_khz(tools) if arguments.icount is None else None
            machine = Machine(qemu, folder, run.path, arguments, tsc_khz)
            with open(machine.initramfs, "wb") as handle:
                pack(arguments, folder, tools).write(handle)
            outcome = machine.run()
            if arguments.out and outcome.status is not None:
                machine.unpack_out(arguments.out)
            return report(outcome, machine, arguments)
    except LabError as error:
        print(f"guest: error: {error}", file=sys.stderr)
        return STATUS_LAB
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


if __name__ == "__main__":
    sys.exit(main())
