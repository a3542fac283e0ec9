# SPDX-License-Identifier: GPL-2.0-only
"""The shell library, with dpkg and apt-get played by stand-ins."""

import os
import shutil
import stat
import subprocess
import tempfile
import unittest

SCRIPTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

APT_GET = """#!/bin/sh
echo "$*" >>"$STATE/calls"
case "$*" in
*" update"*) touch "$STATE/updated" ;;
*" install "*)
    if [ -e "$STATE/needs-update" ] && [ ! -e "$STATE/updated" ]; then echo "E: 404"; exit 100; fi
    for word in ${*#* install }; do
        [ "$word" = broken ] && { echo "E: Unable to locate package broken"; exit 100; }
        touch "$STATE/installed-$word"
    done ;;
esac
"""
DPKG_QUERY = """#!/bin/sh
for name; do :; done
[ -e "$STATE/installed-$name" ] && echo installed
"""
APT_CACHE = """#!/bin/sh
for name; do :; done
[ "$name" != unknown ]
"""


class ShellCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.state = folder.name
        for name, text in (("apt-get", APT_GET), ("dpkg-query", DPKG_QUERY), ("apt-cache", APT_CACHE),
                           ("sudo", '#!/bin/sh\nshift\nexec "$@"\n')):
            path = os.path.join(self.state, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)

    def bash(self, code, library="packages.sh", **environment):
        env = {"PATH": f"{self.state}:{os.environ['PATH']}", "STATE": self.state, "HOME": self.state,
               **environment}
        source = "\n".join(f'. "{SCRIPTS}/lib/{name}"' for name in dict.fromkeys(("packages.sh", library)))
        return subprocess.run([shutil.which("bash"), "-euc", f"{source}\n{code}"], capture_output=True, text=True,
                              env=env, check=False)

    def calls(self):
        path = os.path.join(self.state, "calls")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return [line for line in file if " install " in line]

    def touch(self, name):
        with open(os.path.join(self.state, name), "w", encoding="utf-8"):
            pass


class Packages(ShellCase):
    def test_installs_only_what_is_missing(self):
        self.touch("installed-have")
        answer = self.bash("need_packages have want")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(len(self.calls()), 1)
        self.assertTrue(self.calls()[0].endswith(" want\n"), self.calls())
        self.assertEqual(answer.stderr.count("installing want\n"), 1)

    def test_nothing_missing_nothing_called(self):
        self.touch("installed-have")
        answer = self.bash("need_packages have; need_packages")
        self.assertEqual((answer.returncode, answer.stderr, self.calls()), (0, "", []))

    def test_updates_the_lists_if_the_first_try_fails(self):
        self.touch("needs-update")
        answer = self.bash("mc_apt_lists_old() { return 1; }; need_packages want")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(len(self.calls()), 2)

    def test_says_what_cannot_be_installed(self):
        answer = self.bash("need_packages broken; echo not here")
        self.assertEqual(answer.returncode, 1)
        self.assertEqual(answer.stdout, "")
        self.assertIn("Unable to locate package broken", answer.stderr)
        self.assertIn("try: apt-get update && apt-get install broken", answer.stderr)

    def test_an_alternative_that_the_distribution_knows(self):
        answer = self.bash("need_packages 'unknown|known'")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertTrue(self.calls()[0].endswith(" known\n"), self.calls())
        self.assertEqual(self.bash("need_packages 'unknown|known'").stderr, "")

    def test_cache_folder(self):
        where = {name: os.path.join(self.state, name) for name in ("own", "xdg")}
        self.assertEqual(self.bash("cache_folder").stdout.strip(),
                         os.path.join(self.state, ".cache/memory-collector"))
        self.assertEqual(self.bash("cache_folder", XDG_CACHE_HOME=where["xdg"]).stdout.strip(),
                         os.path.join(where["xdg"], "memory-collector"))
        self.assertEqual(self.bash("cache_folder", XDG_CACHE_HOME=where["xdg"],
                                   MEMORY_COLLECTOR_CACHE=where["own"]).stdout.strip(), where["own"])
        self.touch("file")
        answer = self.bash("cache_folder", MEMORY_COLLECTOR_CACHE=os.path.join(self.state, "file/below"))
        self.assertEqual(answer.returncode, 1)
        self.assertIn("cannot create the cache folder", answer.stderr)


class HostModule(ShellCase):
    """Which hosts load the module, by trees that stand for them."""

    def why(self, files):
        root = os.path.join(self.state, "root")
        for path, text in files.items():
            full = root + path
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as file:
                file.write(text)
        answer = self.bash("id() { echo 0; }; uname() { echo x86_64; }; why_not_on_host", "host_module.sh",
                           MEMORY_COLLECTOR_HOST_ROOT=root)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return answer.stdout.strip()

    GOOD = {"/proc/modules": "", "/proc/sys/kernel/modules_disabled": "0\n",
            "/proc/self/status": "CapEff:\t000001ffffffffff\n",
            "/sys/kernel/security/lockdown": "[none] integrity confidentiality\n"}

    def test_good(self):
        self.assertEqual(self.why(self.GOOD), "")

    def test_no_modules(self):
        self.assertIn("without loadable modules", self.why({"/proc/self/status": ""}))

    def test_disabled(self):
        self.assertIn("modules_disabled", self.why({**self.GOOD, "/proc/sys/kernel/modules_disabled": "1\n"}))

    def test_locked_down(self):
        text = "none [integrity] confidentiality\n"
        self.assertIn("locked down (integrity)", self.why({**self.GOOD, "/sys/kernel/security/lockdown": text}))

    def test_signatures(self):
        self.assertIn("signed modules", self.why({**self.GOOD, "/sys/module/module/parameters/sig_enforce": "Y\n"}))

    def test_container(self):
        text = "CapEff:\t00000000a80425fb\n"
        self.assertIn("CAP_SYS_MODULE", self.why({**self.GOOD, "/proc/self/status": text}))


class Usage(unittest.TestCase):
    """Wrong usage is status 2 and says where to read on; --help is status 0."""

    def test_every_script(self):
        for name in ("bench", "build", "run", "test", "clean-root", "dkms", "ci/arm64", "ci/bare_metal", "ci/devcontainer",
                     "ci/ec2", "ci/kernel", "ci/load_unload", "ci/rdt_capability"):
            path = os.path.join(SCRIPTS, name)
            with self.subTest(name):
                answer = subprocess.run([path, "--help"], capture_output=True, text=True, check=False)
                self.assertEqual(answer.returncode, 0, answer.stderr)
                self.assertTrue(answer.stdout.startswith(f"usage: scripts/{name}"), answer.stdout)
                answer = subprocess.run([path, "--no-such"], capture_output=True, text=True, check=False)
                self.assertEqual(answer.returncode, 2)
                self.assertIn("--no-such", answer.stderr)
                self.assertIn("--help", answer.stderr)


if __name__ == "__main__":
    unittest.main()
