# SPDX-License-Identifier: GPL-2.0-only
"""A folder for one run; what a killed run left is removed by the next one."""

import fcntl
import os
import shutil
import tempfile


def cache_folder():
    home = os.environ.get("HOME") or os.path.expanduser("~")
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
    return os.path.join(os.environ.get("MEMORY_COLLECTOR_CACHE")
                        or os.path.join(base, "memory-collector"), "lab")


class RunFolder:
    def __enter__(self):
        base = os.path.join(cache_folder(), "runs")
        os.makedirs(base, exist_ok=True)
        # One runner at a time makes or removes folders, so none is taken for
        # abandoned between its mkdir and its lock.
        with open(os.path.join(base, ".lock"), "w", encoding="utf-8") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            for name in os.listdir(base):
                if name != ".lock":
                    self._remove_if_abandoned(os.path.join(base, name))
            self.path = tempfile.mkdtemp(dir=base)
            # Close-on-exec, so the lock ends with this process.
            self._lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        return self

    @staticmethod
    def _remove_if_abandoned(path):
        try:
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
        except BlockingIOError:
            pass
        finally:
            os.close(handle)

    def __exit__(self, *unused):
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)
