# SPDX-License-Identifier: GPL-2.0-only
"""scripts/ci/ec2, with AWS and SSH played by stand-ins: AWS by files that stand for
what exists there, the instance by a folder on this machine."""

import os
import stat
import subprocess
import tempfile
import unittest

EC2 = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "ci/ec2")

AWS = """#!/bin/bash
echo "$*" >>"$STATE/calls"
case "$*" in *"$REFUSED"*) [ -n "$REFUSED" ] && { echo "aws: $REFUSED refused" >&2; exit 254; } ;; esac
case "$*" in
*get-parameter*) echo ami-1 ;;
*import-key-pair*) touch "$STATE/aws-key" ;;
*delete-key-pair*) rm -f "$STATE/aws-key" ;;
*create-security-group*) touch "$STATE/aws-group"; echo sg-1 ;;
*describe-security-groups*) [ ! -e "$STATE/aws-group" ] || echo sg-1 ;;
*delete-security-group*) rm "$STATE/aws-group" ;;
*run-instances*) touch "$STATE/aws-instance"; [ -z "$CUT_SHORT" ] || exit 255; echo i-1 ;;
*PublicIpAddress*) echo 192.0.2.7 ;;
*describe-instances*)
    # By its tag an instance is found only some time after it began.
    if [ -n "$CUT_SHORT" ] && [ ! -e "$STATE/asked" ]; then touch "$STATE/asked"; exit 0; fi
    [ ! -e "$STATE/aws-instance" ] || echo i-1 ;;
*terminate-instances*) rm "$STATE/aws-instance" ;;
esac
"""
# The last word is the command; what comes by standard input reaches it.
SSH = """#!/bin/bash
echo "$*" >>"$STATE/ssh-calls"
for command; do :; done
cd "$STATE/there" && exec sh -c "$command"
"""
SSH_KEYGEN = """#!/bin/bash
for file; do :; done
echo private >"$file"; echo public >"$file.pub"
"""


class Ec2(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.state = folder.name
        os.mkdir(os.path.join(self.state, "there"))
        for name, text in (("aws", AWS), ("ssh", SSH), ("ssh-keygen", SSH_KEYGEN), ("curl", "#!/bin/sh\necho 198.51.100.4\n")):
            path = os.path.join(self.state, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)

    def ec2(self, *arguments, refused="", cut_short=""):
        env = {"PATH": f"{self.state}:{os.environ['PATH']}", "STATE": self.state, "HOME": self.state,
               "MEMORY_COLLECTOR_CACHE": os.path.join(self.state, "cache"), "MEMORY_COLLECTOR_EC2_WAIT": "0",
               "REFUSED": refused, "CUT_SHORT": cut_short}
        return subprocess.run([EC2, *arguments], capture_output=True, text=True, env=env, check=False, timeout=120)

    def exists(self):
        return {name[4:] for name in os.listdir(self.state) if name.startswith("aws-")}

    def calls(self, word, file="calls"):
        path = os.path.join(self.state, file)
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as lines:
            return [line.rstrip("\n") for line in lines if word in line]

    def assert_ok(self, answer):
        self.assertEqual(answer.returncode, 0, answer.stderr)

    def test_a_whole_run(self):
        self.assert_ok(self.ec2("start", "--run", "7-1", "--instance-type", "m7i.metal-24xl", "--hours", "3"))
        self.assertEqual(self.exists(), {"instance", "key", "group"})
        start, = self.calls("run-instances")
        for part in ("--image-id ami-1", "--instance-type m7i.metal-24xl", "--security-group-ids sg-1",
                     "--instance-initiated-shutdown-behavior terminate", "Key=memory-collector-run,Value=7-1"):
            self.assertIn(part, start)
        with open(os.path.join(self.state, "cache/ec2/7-1/user-data"), encoding="utf-8") as file:
            self.assertIn("shutdown -P +180", file.read())
        self.assertIn("198.51.100.4/32", self.calls("authorize-security-group-ingress")[0])

        # The tree is there, without what was built; words stay words.
        there = os.path.join(self.state, "there/memory-collector")
        self.assertTrue(os.access(os.path.join(there, "scripts/ci/ec2"), os.X_OK))
        self.assertFalse(os.path.exists(os.path.join(there, "build")))
        answer = self.ec2("run", "--run", "7-1", "--", "sh", "-c", 'mkdir ci-results; echo "$1" >ci-results/a; exit 5',
                          "sh", "two  words; $HOME")
        self.assertEqual(answer.returncode, 5, answer.stderr)
        results = os.path.join(self.state, "results")
        self.assert_ok(self.ec2("fetch", "--run", "7-1", results))
        with open(os.path.join(results, "a"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "two  words; $HOME\n")

        self.assert_ok(self.ec2("stop", "--run", "7-1"))
        self.assertEqual(self.exists(), set())
        self.assertFalse(os.path.exists(os.path.join(self.state, "cache/ec2/7-1")))

    def test_a_start_that_was_refused(self):
        answer = self.ec2("start", "--run", "7-1", refused="run-instances")
        self.assertNotEqual(answer.returncode, 0)
        self.assertIn("scripts/ci/ec2 stop --run 7-1", answer.stderr)
        self.assertEqual(self.exists(), {"key", "group"})
        self.assert_ok(self.ec2("stop", "--run", "7-1"))
        self.assertEqual((self.exists(), self.calls("terminate-instances")), (set(), []))

    def test_a_start_that_was_cut_short_leaves_no_instance(self):
        self.assertNotEqual(self.ec2("start", "--run", "7-1", cut_short="1").returncode, 0)
        self.assertIn("instance", self.exists())
        self.assert_ok(self.ec2("stop", "--run", "7-1", cut_short="1"))
        self.assertEqual(self.exists(), set())

    def test_stop_from_another_machine(self):
        self.assert_ok(self.ec2("start", "--run", "7-1"))
        subprocess.run(["rm", "-r", os.path.join(self.state, "cache")], check=True)
        self.assert_ok(self.ec2("stop", "--run", "7-1"))
        self.assertEqual(self.exists(), set())

    def test_stop_goes_on_after_a_refusal_and_says_so(self):
        self.assert_ok(self.ec2("start", "--run", "7-1"))
        answer = self.ec2("stop", "--run", "7-1", refused="delete-security-group")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("memory-collector-run=7-1", answer.stderr)
        self.assertEqual(self.exists(), {"group"})
        self.assert_ok(self.ec2("stop", "--run", "7-1"))
        self.assertEqual(self.exists(), set())

    def test_dry_run_calls_nothing(self):
        for words in (("start",), ("run", "--", "true"), ("fetch", os.path.join(self.state, "results")), ("stop",)):
            answer = self.ec2(words[0], "--run", "7-1", "--dry-run", *words[1:])
            self.assert_ok(answer)
            self.assertRegex(answer.stderr, "(?m)^(aws|ssh) ")
        self.assertEqual((self.calls(""), self.calls("", "ssh-calls")), ([], []))
        self.assertEqual(sorted(set(os.listdir(self.state)) - {"aws", "ssh", "ssh-keygen", "curl", "there"}), ["cache"])

    def test_wrong_usage(self):
        for words in (("begin", "--run", "1"), ("start",), ("start", "--run", "a b"), ("start", "--run", "1", "--hours", "0"),
                      ("start", "--run", "1", "--instance-type", "x;y"), ("run", "--run", "1", "--dry-run")):
            with self.subTest(words):
                self.assertEqual(self.ec2(*words).returncode, 2)
        self.assertEqual(self.ec2("run", "--run", "never", "--", "true").returncode, 1)


if __name__ == "__main__":
    unittest.main()
