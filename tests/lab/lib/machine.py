# SPDX-License-Identifier: GPL-2.0-only
"""One run of the lab's QEMU: command line, time limit, what came of it."""

import ctypes
import os
import re
import select
import signal
import subprocess
import sys
import tarfile
import time

from initramfs import LabError

FIRMWARE = ("/usr/share/seabios", "/usr/share/qemu")
HEADER = 64 * 1024  # the status; the tar of /out follows
FILTER = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
PR_SET_PDEATHSIG = 1
# A data race (KCSAN) is for the judge: the kernel has its own.
# "traps: NAME[PID] general protection fault ip:" is a program's, not the kernel's.
TROUBLE = re.compile(r"Kernel panic - not syncing: .*|Oops: .*|general protection fault[,:] .*|BUG: (?!KCSAN).*")


class Outcome:
    def __init__(self):
        self.status = None         # the script's, None if it did not get so far
        self.timed_out = False
        self.kernel_failed = None  # the line of the console that says so
        self.qemu_status = None


class Machine:
    def __init__(self, qemu, kernel, folder, arguments, tsc_khz=None):
        """tsc_khz: what the guest's TSC runs at; a guest on a busy host measures it wrongly."""
        self._qemu, self._kernel, self._arguments, self._tsc_khz = qemu, kernel, arguments, tsc_khz
        self.initramfs = os.path.join(folder, "initramfs.cpio")
        self._disk = os.path.join(folder, "out.raw")
        self._console = os.path.abspath(arguments.console or os.path.join(folder, "console"))
        self._messages = os.path.join(folder, "qemu.log")

    def _cpu(self):
        parts = [self._arguments.cpu, "level=0x10"]
        for group in self._arguments.rdt:
            for item in filter(None, group.split(",")):
                parts.append(f"rdt={item}" if item in ("on", "off") else f"rdt-{item}")
        return ",".join(parts)

    def command(self):
        a = self._arguments
        # no_timer_check: on a loaded host the PIT test fails by mere lateness.
        append = ("console=ttyS0 tsc=reliable no_timer_check mitigations=off panic=-1 oops=panic "
                  "cgroup_no_v1=all " + a.append)
        if self._tsc_khz:
            append += f" tsc_early_khz={self._tsc_khz}"
        command = [
            self._qemu, "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
            "-machine", "pc", "-cpu", self._cpu(),
            "-smp", f"{a.smp},sockets={a.sockets},cores={a.smp // a.sockets},threads=1",
            "-m", a.memory, "-kernel", os.path.join(self._kernel, "vmlinuz"),
            "-initrd", self.initramfs, "-append", append.strip(),
            "-serial", "file:" + self._console, "-serial", "stdio",
            "-drive", f"file={self._disk},format=raw,if=none,id=out,cache=unsafe",
            "-device", "virtio-blk-pci,drive=out",
        ]
        if a.icount is None:
            command += ["-accel", f"tcg,thread={a.accel_thread}"]
        else:
            command += ["-accel", "tcg,thread=single", "-icount",
                        f"shift={a.icount}" + (",sleep=off" if a.skip_idle else "")]
        for folder in FIRMWARE:
            command += ["-L", folder]
        return command

    def run(self):
        with open(self._disk, "wb") as handle:
            handle.truncate(self._arguments.out_size << 20)
        open(self._console, "wb").close()  # QEMU would append to nothing older
        if self._arguments.verbose:
            print("guest:", " ".join(self.command()), file=sys.stderr)
        libc, parent = ctypes.CDLL(None), os.getpid()

        def die_with_the_runner():
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(127)

        outcome = Outcome()
        with open(self._messages, "wb") as messages, subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=messages, preexec_fn=die_with_the_runner) as qemu:
            try:
                outcome.timed_out = not self._copy_until_end(qemu)
            finally:
                if outcome.timed_out or sys.exc_info()[0]:
                    qemu.kill()
            outcome.qemu_status = qemu.wait()
        outcome.status = self._script_status()
        # A panic leaves no status; an oops of a script that went on, neither
        # (oops=panic). BUG: covers lockdep, KASAN and soft lockups.
        outcome.kernel_failed = self._kernel_trouble()
        return outcome

    def _copy_until_end(self, qemu):
        """Hands the script's output on. False: the time is up."""
        deadline = time.monotonic() + self._arguments.timeout
        pipe = qemu.stdout.fileno()
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            if not select.select([pipe], [], [], left)[0]:
                continue
            data = os.read(pipe, 65536)
            if not data:
                break
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        try:
            qemu.wait(timeout=max(deadline - time.monotonic(), 5))
        except subprocess.TimeoutExpired:
            return False
        return True

    def _script_status(self):
        with open(self._disk, "rb") as handle:
            found = re.match(rb"memory-collector-lab status=(\d+)\n", handle.read(64))
        return int(found[1]) if found else None

    def _console_text(self):
        with open(self._console, encoding="utf-8", errors="replace") as handle:
            return handle.read().replace("\r", "")

    def _kernel_trouble(self):
        found = TROUBLE.search(self._console_text())
        return found[0].strip() if found else None

    def console_end(self, lines=40):
        text = self._console_text().splitlines()[-lines:]
        return "".join(f"  console| {line}\n" for line in text)

    def qemu_messages(self):
        with open(self._messages, encoding="utf-8", errors="replace") as handle:
            # TCG says so of every feature of the CPU model that it lacks.
            return "".join(line for line in handle if "TCG doesn't support requested feature" not in line)

    def unpack_out(self, folder):
        os.makedirs(folder, exist_ok=True)
        with open(self._disk, "rb") as handle:
            handle.seek(HEADER)
            try:
                with tarfile.open(fileobj=handle, mode="r|") as archive:
                    # Python before 3.11.4 has no filters; Debian 12's is 3.11.2.
                    archive.extractall(folder, **FILTER)
            except tarfile.TarError as error:
                raise LabError(f"/out did not fit or did not arrive ({error}); try a larger --out-size") from error
