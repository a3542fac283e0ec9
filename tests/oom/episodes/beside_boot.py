# SPDX-License-Identifier: GPL-2.0-only
"""Boots the guests in which others' programs watch beside ours; keeps what all of them said."""

import os
import signal
import subprocess
import tarfile
import tempfile

from .beside_plan import OOMD_SETTINGS

HERE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
MODEL_FILE = os.path.join(os.path.dirname(os.path.dirname(HERE)), "data/oom/model.json")
LAB = os.path.join(os.path.dirname(HERE), "lab")
SHIFT = 1  # as in tests/oom/record: 2 ns an instruction
# Of the alerts that are raised in the guest: what a replay is held against. Others are made of the recording.
LIVE_OPTIONS = ("--alert-above", "0.5", "--refractory", "30s")
INTERVAL = "100ms"
PACKAGES = ("earlyoom", "systemd-oomd")


class BootError(Exception):
    pass


def packages(*options):
    command = [os.path.join(LAB, "fetch-packages"), *options, *PACKAGES]
    answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if answer.returncode:
        raise BootError(f"{' '.join(command)} ended with status {answer.returncode}")
    return answer.stdout.strip()


def prepare(work, program):
    """What all guests bring: the program without its debug information, for it lies in the guest's memory."""
    small = os.path.join(work, "memory-collector")
    subprocess.run(["strip", "-o", small, program], check=True)
    settings = os.path.join(work, "oomd")
    os.mkdir(settings)
    for name, text in OOMD_SETTINGS.items():
        with open(os.path.join(settings, name), "w", encoding="ascii") as file:
            file.write(text)
    root = packages()
    return [f"{small}:/lab/memory-collector", f"{settings}:/lab/oomd", f"{root}/usr/bin/earlyoom:/lab/earlyoom",
            *(f"{root}{path}:{path}" for path in ("/lib/systemd/systemd-oomd", "/etc/systemd/oomd.conf",
                                                  "/usr/lib/systemd/oomd.conf.d"))]


def guest_command(boot, work, brought, options):
    lines = os.path.join(work, boot.name + ".episodes")
    with open(lines, "w", encoding="utf-8") as file:
        file.write("".join(line + "\n" for line in boot.lines()))
    command = [os.path.join(LAB, "guest"), "--kernel", options.kernel, "--smp", "1", "--icount", str(SHIFT),
               "--skip-idle", "--memory", boot.memory, "--rdt", "off", "--timeout", str(options.timeout),
               "--script", os.path.join(HERE, "guest/beside.sh"),
               "--pack", os.path.join(HERE, "guest/machine.sh"), "--out", os.path.join(work, boot.name),
               "--console", os.path.join(work, boot.name + ".console"), "--env", f"HOST={int(boot.host)}",
               "--env", f"SWAP={boot.swap}", "--env", f"SWAP_MIB={boot.swap_mib}",
               "--env", " ".join(("RECORD_OPTIONS=--interval", INTERVAL, *LIVE_OPTIONS))]
    for pack in (*brought, f"{lines}:/lab/episodes"):
        command += ["--pack", pack]
    # Disks in memory have no place in a machine whose memory is to run out.
    for module in (() if boot.host else ("null_blk",)) + (("zram",) if boot.swap == "zram" else ()):
        command += ["--module", module]
    return command


def run(command, log):
    """Its status. A signal to us ends the guest, and us when it has ended: waiting in the handler, of what is waited for
    already, would never end."""
    guests, told = [], []

    def end(number, frame):
        del frame
        told.append(number)
        for guest in guests:
            guest.terminate()
    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        guests.append(subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT))
        if told:
            guests[0].terminate()
        status = guests[0].wait()
        if told:
            raise SystemExit(128 + told[0])
        return status
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def recording_of(boot, options):
    return os.path.join(options.folder, boot.name + ".tar.xz")


def model_of(options):
    """The models that the guests' program had built in."""
    return os.path.join(options.folder, "model.json")


def keep_model(options):
    with open(MODEL_FILE, "rb") as file:
        model = file.read()
    if not os.path.exists(model_of(options)):
        with open(model_of(options), "wb") as file:
            file.write(model)
    with open(model_of(options), "rb") as file:
        if file.read() != model:
            raise BootError(f"what is recorded in {options.folder} is of other models than data/oom/model.json; "
                            f"to record all anew: remove that folder, or take another by --folder")


def store(folder, target):
    """What the guest left, under its name only when it is whole."""
    with tarfile.open(target + ".new", "w:xz", preset=9) as archive:
        for name in sorted(os.listdir(folder)):
            archive.add(os.path.join(folder, name), name, filter=without_owner)
    os.rename(target + ".new", target)


def without_owner(entry):
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o644
    return entry


def unpack(boot, options, folder):
    with tarfile.open(recording_of(boot, options)) as archive:
        for entry in archive:
            with open(os.path.join(folder, os.path.basename(entry.name)), "wb") as file:
                file.write(archive.extractfile(entry).read())


def boot_all(boots, options):
    """Yields the boots that were not in the folder and are now."""
    os.makedirs(options.folder, exist_ok=True)
    missing = [boot for boot in boots if not os.path.exists(recording_of(boot, options))]
    if not missing:
        return
    keep_model(options)
    with tempfile.TemporaryDirectory(prefix="memory-collector-beside.") as work:
        brought = prepare(work, options.program)
        for boot in missing:
            log = os.path.join(options.folder, boot.name + ".log")
            with open(log, "wb") as file:
                status = run(guest_command(boot, work, brought, options), file)
            if status:
                raise BootError(f"{boot.name}: the guest ended with status {status}; what it said is in {log}")
            with open(os.path.join(work, boot.name, "versions"), "w", encoding="ascii") as file:
                file.write(packages("--versions") + "\n")
            store(os.path.join(work, boot.name), recording_of(boot, options))
            os.remove(log)
            yield boot
