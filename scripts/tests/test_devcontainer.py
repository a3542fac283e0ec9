# SPDX-License-Identifier: GPL-2.0-only
"""The development container has what the scripts would otherwise install."""

import json
import os
import subprocess
import unittest

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def text_of(name):
    with open(os.path.join(TREE, name), encoding="utf-8") as file:
        return file.read()


class Devcontainer(unittest.TestCase):
    def listed(self, arch):
        answer = subprocess.run([os.path.join(TREE, ".devcontainer/install"), "--list", "--arch", arch],
                                capture_output=True, text=True, check=True)
        return answer.stdout.split()

    def test_what_scripts_install_is_in_the_list(self):
        arrays = ("program_packages", "test_packages", "style_packages", "vm_packages", "module_packages",
                  "fuzz_packages")
        code = f". {TREE}/scripts/lib/build.sh; printf '%s\\n' " + " ".join(f'"${{{name}[@]}}"' for name in arrays)
        wanted = subprocess.run(["bash", "-euc", code], capture_output=True, text=True, check=True).stdout.split()
        self.assertIn("cmake", wanted)
        for arch in ("amd64", "arm64"):
            listed = self.listed(arch)
            # pqos is for x86 only, and so are the guests it runs in.
            missing = [package for package in wanted if not set(package.split("|")) & set(listed)
                       and (arch, package) != ("arm64", "intel-cmt-cat")]
            self.assertEqual(missing, [], arch)

    def test_what_it_is_for(self):
        for package in ("build-essential", "clang", "llvm", "libbpf-dev", "trace-cmd", "gcc-aarch64-linux-gnu"):
            self.assertIn(package, self.listed("amd64"))

    def test_a_name_is_listed_once_and_for_its_architecture(self):
        amd64, arm64 = self.listed("amd64"), self.listed("arm64")
        self.assertEqual(len(amd64), len(set(amd64)))
        self.assertEqual(set(amd64) - set(arm64), {"gcc-aarch64-linux-gnu", "intel-cmt-cat"})

    def test_image_and_kernel(self):
        dockerfile = text_of("Dockerfile.devcontainer")
        self.assertIn("ARG KERNEL=6.8.0-52-generic", dockerfile)
        settings = json.loads(text_of(".devcontainer/devcontainer.json"))
        self.assertEqual(settings["build"]["options"], ["--tag", "memory-collector-dev"])
        self.assertTrue(os.path.exists(os.path.join(TREE, ".devcontainer", settings["build"]["dockerfile"])))


if __name__ == "__main__":
    unittest.main()
