# SPDX-License-Identifier: GPL-2.0-only
"""The guest's root file system: an uncompressed newc cpio archive in memory."""

import lzma
import os
import re
import stat
import subprocess
import tempfile

BUSYBOX = "/bin/busybox"
WORK = "/lab"  # where packed files go unless told otherwise; the script's cwd


class LabError(Exception):
    """What the user has to know; ends the runner with status 126."""


class Initramfs:
    def __init__(self):
        self._entries = {}  # path without leading slash -> (mode, data)

    def folder(self, path):
        path = path.strip("/")
        if path and path not in self._entries:
            self.folder(os.path.dirname(path))
            self._entries[path] = (stat.S_IFDIR | 0o755, b"")

    def data(self, path, data, mode=0o644):
        path = path.strip("/")
        self.folder(os.path.dirname(path))
        self._entries[path] = (stat.S_IFREG | mode, data)

    def link(self, path, target):
        path = path.strip("/")
        self.folder(os.path.dirname(path))
        self._entries[path] = (stat.S_IFLNK | 0o777, target.encode())

    def file(self, source, path):
        """One file, with the shared libraries it needs at their own places."""
        try:
            with open(source, "rb") as handle:
                data = handle.read()
        except OSError as error:
            raise LabError(f"cannot pack {source}: {error.strerror}") from error
        if data[:4] == b"\x7fELF" and b".debug_info" in data and not source.endswith((".ko", ".o")):
            data = without_debug_information(source)
        self.data(path, data, 0o755 if os.access(source, os.X_OK) else 0o644)
        if data[:4] == b"\x7fELF" and not source.endswith((".ko", ".o")):
            for library in shared_libraries(source):
                if library.strip("/") not in self._entries:
                    with open(library, "rb") as handle:
                        self.data(library, handle.read(), 0o755)

    def tree(self, source, path):
        """A file, or a folder with all that is in it; symlinks stay symlinks."""
        if os.path.isfile(source):
            self.file(source, path)
            return
        if not os.path.isdir(source):
            raise LabError(f"cannot pack {source}: there is no such file or folder")
        self.folder(path)
        for name in sorted(os.listdir(source)):
            inner, target = os.path.join(source, name), f"{path}/{name}"
            if os.path.islink(inner):
                self.link(target, os.readlink(inner))
            else:
                self.tree(inner, target)

    def write(self, handle):
        # The kernel makes nothing for a file whose folder comes later.
        for number, path in enumerate(sorted(self._entries), 1):
            mode, data = self._entries[path]
            _cpio_entry(handle, number, path, mode, data)
        _cpio_entry(handle, 0, "TRAILER!!!", 0, b"")


def _cpio_entry(handle, number, path, mode, data):
    name = path.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name
    handle.write(head + b"\0" * (-len(head) % 4))
    handle.write(data + b"\0" * (-len(data) % 4))


def without_debug_information(program):
    """Twenty times smaller: every boot unpacks it into the guest's memory. Names of functions stay."""
    with tempfile.NamedTemporaryFile(prefix="memory-collector-lab.") as stripped:
        try:
            subprocess.run(["strip", "--strip-debug", "-o", stripped.name, program], check=True, capture_output=True)
        except FileNotFoundError as error:
            raise LabError("there is no strip; try: apt-get install binutils") from error
        except subprocess.CalledProcessError as error:
            raise LabError(f"cannot strip {program}: {error.stderr.decode(errors='replace').strip()}") from error
        with open(stripped.name, "rb") as handle:
            return handle.read()


def shared_libraries(program):
    answer = subprocess.run(["ldd", program], capture_output=True, text=True,
                            env={**os.environ, "LC_ALL": "C"}, check=False)
    if answer.returncode != 0:  # static, or not a program
        return []
    if "not found" in answer.stdout:
        missing = [line.split()[0] for line in answer.stdout.splitlines() if "not found" in line]
        raise LabError(f"cannot pack {program}: its libraries {', '.join(missing)} are not installed")
    return re.findall(r"(?:=> )?(/\S+) \(0x", answer.stdout)


def add_busybox(image):
    try:
        static = not shared_libraries(BUSYBOX)
        names = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True,
                               check=True).stdout.split()
    except (OSError, subprocess.CalledProcessError) as error:
        raise LabError(f"{BUSYBOX} does not run ({error}); try: apt-get install busybox-static") from error
    if not static:
        raise LabError(f"{BUSYBOX} is not static; try: apt-get install busybox-static")
    image.file(BUSYBOX, "/bin/busybox")
    for name in names:
        if name != "busybox":
            image.link(f"/bin/{name}", "busybox")
    image.link("/sbin", "bin")
    image.link("/usr/bin", "../bin")
    image.link("/usr/sbin", "../bin")


class KernelModules:
    """The modules of an unpacked kernel, by modules.dep."""

    def __init__(self, folder):
        self._folder = folder
        self._path, self._needs, self._builtin = {}, {}, set()
        for line in self._lines("modules.dep"):
            path, needs = line.split(":")
            self._path[self._name(path)] = path
            self._needs[path] = needs.split()
        for line in self._lines("modules.builtin"):
            self._builtin.add(self._name(line))
        self.present = bool(self._path)

    def _lines(self, name):
        try:
            with open(os.path.join(self._folder, name), encoding="utf-8") as handle:
                return handle.read().splitlines()
        except FileNotFoundError:
            return []

    @staticmethod
    def _name(path):
        return re.sub(r"\.ko(\.xz|\.zst|\.gz)?$", "", os.path.basename(path)).replace("-", "_")

    def add(self, image, name, order):
        """Packs a module; `order` gets the guest paths in insmod order."""
        name = name.replace("-", "_")
        if name in self._builtin:
            return
        if name not in self._path:
            raise LabError(f"the kernel has no module {name} (looked in {self._folder})")
        path = self._path[name]
        # modules.dep lists the farthest dependency last.
        for module in [*reversed(self._needs[path]), path]:
            guest = f"/lib/modules/lab/{self._name(module)}.ko"
            if guest not in order:
                image.data(guest, self._read(module))
                order.append(guest)

    def _read(self, module):
        with open(os.path.join(self._folder, module), "rb") as handle:
            data = handle.read()
        if module.endswith(".xz"):
            return lzma.decompress(data)
        if module.endswith((".zst", ".gz")):
            raise LabError(f"cannot unpack {module}: only .ko and .ko.xz are known")
        return data
