# SPDX-License-Identifier: GPL-2.0-only
import json
import unittest

from judge import memory_workload as judge

MIB, PAGE = judge.MIB, judge.PAGE
EVENTS = {"low": 0, "high": 0, "max": 0, "oom": 0, "oom_kill": 0, "oom_group_kill": 0}
COUNTS = {"forks": 60, "children_reaped": 60, "fork_failures": 0, "pages_written": 12288, "held_bytes": 48 * MIB,
          "most_held_bytes": 48 * MIB}
RESULT = {"counts": COUNTS, "workers": {"min_flt": 12400, "maj_flt": 300}, "children": {"min_flt": 3000},
          "workers_killed": 0, "elapsed_s": 3.0}


def lines(fields):
    return "".join(f"{key} {value}\n" for key, value in fields.items())


class Made(judge.Case):
    """A run that left these files; events, stat and pids are fields of the group's files that are other than zero."""

    def __init__(self, name="made", status=0, said="", result=(), counts=(), empty=False, events=(), above=(), stat=(),
                 pids=0, **files):
        self.name, self.status, self.said = name, status, said
        result = {**RESULT, **dict(result)}
        result["counts"] = {**COUNTS, **dict(counts)}
        self.out = "" if empty else json.dumps(result)
        self.files = {
            "own.memory.events": lines({**EVENTS, **dict(events)}), "above.memory.events": lines({**EVENTS, **dict(above)}),
            "own.memory.stat": lines({"pgfault": 12600, "pgmajfault": 310, **dict(stat)}),
            "own.pids.events": f"max {pids}\n", "own.memory.peak": f"{50 * MIB}\n", "own.memory.max": f"{64 * MIB}\n",
            "own.pids.peak": "9\n",
            **{name.replace("__", "."): text for name, text in files.items()}}

    def text(self, file):
        return self.files[file]


class Checks(unittest.TestCase):
    def hold(self, check, good, *bad):
        """good: fields of a run that is right; bad: (fields that make it wrong, a word of the complaint)."""
        self.assertEqual(check(Made(**good)), [])
        for wrong, word in bad:
            with self.subTest(wrong):
                self.assertIn(word, " ".join(check(Made(**{**good, **wrong}))))

    def test_refused(self):
        self.hold(lambda case: judge.check_refused(case, ("not enough memory", "/a/own,")),
                  {"status": 1, "said": "not enough memory: in memory cgroup /a/own, of", "empty": True,
                   "own__memory__peak": f"{MIB}\n"},
                  ({"status": 0}, "status is not 1"), ({"empty": False}, "has a result"),
                  ({"said": "not enough memory: in memory cgroup /a, of"}, "does not say"),
                  ({"own__memory__peak": f"{20 * MIB}\n"}, "held"), ({"events": {"oom_kill": 1}}, "killed"),
                  ({"pids": 1}, "beyond the limit"))

    def test_stopped(self):
        self.hold(lambda case: judge.check_stopped(case, "cgroup /a:"),
                  {"status": 1, "said": "stopped: memory runs out, in memory cgroup /a:"},
                  ({"status": 0}, "status is not 1"), ({"said": "stopped: memory runs out, cgroup /b:"}, "does not say"),
                  ({"said": "in memory cgroup /a:"}, "does not say"), ({"result": {"workers_killed": 1}}, "killed"),
                  ({"events": {"oom_kill": 1}}, "killed"), ({"above": {"oom_kill": 1}}, "killed above"),
                  ({"result": {"elapsed_s": 60.1}}, "ran for"), ({"result": {"elapsed_s": 0}}, "ran for"))

    def test_counts(self):
        self.hold(judge.check_counts, {},
                  ({"status": 1}, "failed"), ({"counts": {"pages_written": 12287}}, "12287 pages written"),
                  ({"own__memory__peak": f"{47 * MIB}\n"}, "memory.peak"),
                  ({"own__memory__peak": f"{53 * MIB}\n"}, "memory.peak"),
                  ({"stat": {"pgfault": 12399}}, "12399 by the kernel"),
                  ({"stat": {"pgfault": 13700}}, "13700 faults by the kernel"),
                  ({"result": {"workers": {"min_flt": 12000}}}, "12000 faults told"),
                  ({"events": {"oom_kill": 1}}, "killed"))

    def test_forks(self):
        self.hold(judge.check_forks, {"stat": {"pgfault": 15500}},
                  ({"status": 1}, "failed"), ({"counts": {"forks": 59}}, "counts"), ({"counts": {"forks": 61, "children_reaped": 61}}, "counts"),
                  ({"counts": {"forks": 20, "children_reaped": 20}}, "counts"),
                  ({"counts": {"children_reaped": 59}}, "counts"), ({"own__pids__peak": "6\n"}, "pids.peak is 6"),
                  ({"own__pids__peak": "11\n"}, "pids.peak is 11"), ({"pids": 1}, "refused"),
                  ({"counts": {"fork_failures": 1}}, "refused"), ({"stat": {"pgfault": 15000}}, "faults"),
                  ({"stat": {"pgfault": 17000}}, "faults"), ({"events": {"oom_kill": 1}}, "killed"))

    def test_forks_refused(self):
        self.hold(judge.check_forks_refused,
                  {"status": 1, "said": "see pids.max of the cgroup", "counts": {"fork_failures": 7}, "pids": 7},
                  ({"status": 0}, "does not say"), ({"said": "no"}, "does not say"), ({"pids": 8}, "refused 8"),
                  ({"pids": 0, "counts": {"fork_failures": 0}}, "refused 0"),
                  ({"counts": {"fork_failures": 7, "forks": 0, "children_reaped": 0}}, "counts"),
                  ({"counts": {"fork_failures": 7, "children_reaped": 59}}, "counts"))

    def test_a_rate_that_was_missed_is_no_failure(self):
        late = {"status": 1, "said": "57 of 60 forks were done in time"}
        self.assertEqual(judge.check_forks(Made(stat={"pgfault": 15500}, counts={"forks": 57, "children_reaped": 57}, **late)), [])
        self.assertTrue(judge.check_counts(Made(**{**late, "status": 2})))

    def test_killed_by_the_kernel(self):
        self.hold(judge.check_killed_by_kernel,
                  {"status": 1, "said": "worker 0 was killed by signal 9", "events": {"oom_kill": 2},
                   "result": {"workers_killed": 2}},
                  ({"status": 0}, "does not say"), ({"said": ""}, "does not say"),
                  ({"events": {"oom_kill": 3}}, "the kernel killed 3"),
                  ({"events": {}, "result": {}}, "0 workers killed"))
        self.hold(judge.check_oom_group,
                  {"status": 1, "said": "worker 0 was killed by signal 9", "events": {"oom_kill": 4, "oom_group_kill": 1},
                   "result": {"workers_killed": 4}},
                  ({"status": 137}, "does not say"), ({"said": ""}, "does not say"),
                  ({"events": {"oom_kill": 6, "oom_group_kill": 1}}, "killed 6"),
                  ({"result": {"workers_killed": 3}}, "3 workers killed"),
                  ({"events": {"oom_kill": 4}}, "0 groups"))

    def test_killed_by_hand(self):
        self.hold(lambda case: judge.check_killed_by_hand(case, 1), {"status": 1, "said": "was killed by signal 9"},
                  ({"status": 0}, "status is not 1"), ({"said": ""}, "does not say"), ({"events": {"oom_kill": 1}}, "kernel"))
        self.hold(lambda case: judge.check_killed_by_hand(case, 137), {"status": 137}, ({"status": 1}, "status is not 137"))

    def test_swap(self):
        self.hold(judge.check_swapped, {"swapped__txt": f"{30 * MIB // PAGE}\n"},
                  ({"status": 1}, "failed"), ({"swapped__txt": f"{MIB // PAGE}\n"}, "swapped out"),
                  ({"counts": {"held_bytes": 47 * MIB}}, "counts"), ({"stat": {"pgmajfault": 299}}, "major"),
                  ({"stat": {"pgmajfault": 800}}, "major"),
                  ({"result": {"workers": {"maj_flt": 0}}, "stat": {"pgmajfault": 0}}, "major"),
                  ({"events": {"oom_kill": 1}}, "killed"))
        good = {"counts": {"most_held_bytes": 96 * MIB}}
        self.hold(judge.check_allow_swap, good,
                  ({"status": 1}, "failed"), ({"counts": {"most_held_bytes": 95 * MIB}}, "held"),
                  ({"own__memory__peak": f"{65 * MIB}\n"}, "memory.peak"), ({"events": {"oom_kill": 1}}, "killed"))
