# SPDX-License-Identifier: GPL-2.0-only
"""The check of the OOM forecast sees what is wrong."""

import json

from judge import oom
from judge.tests.test_lifecycle import Folder

SECOND = 1_000_000_000
KILL = 50 * SECOND


def row(kind, name, seconds, **more):
    return {"type": kind, "target": f"/oom/{name}", "time_ns": int(seconds * SECOND), **more}


class Oom(Folder):
    def check(self, *more, kill=KILL, plateau_kills=0, drop=()):
        self.write("truth.jsonl", "".join(json.dumps(line) + "\n" for line in (
            {"episode": "leak", "first_kill_ns": kill, "oom_kills": int(kill is not None),
             "victims": [7] if kill else []},
            {"episode": "plateau", "first_kill_ns": None, "oom_kills": plateau_kills, "victims": []})))
        rows = [row("oom_forecast", "leak", 1), row("oom_forecast", "plateau", 1),
                row("oom_alert", "leak", 45, probability_10s=0.9, victim_pid=7),
                row("oom_kill", "leak", 50.1, kills=1), row("oom_victim", "leak", 50.1, pid=7), *more]
        self.write("forecast.jsonl", "".join(json.dumps(line) + "\n" for line in rows
                                             if (line["type"], line["target"]) not in drop))
        return oom.check_oom(self.run_of(), killed="leak", survives=["plateau"], foreseen_s=10)

    def test_right(self):
        self.assertEqual(self.check(), [])

    def test_no_alert_or_too_early(self):
        self.assertComplains(self.check(drop=[("oom_alert", "/oom/leak")]), "no alert in the 10 s")
        self.assertComplains(self.check(row("oom_alert", "leak", 30, probability_10s=0.9, victim_pid=7)), "too early")

    def test_false_alert(self):
        self.assertComplains(self.check(row("oom_alert", "plateau", 30, probability_10s=0.9)), "false alert")

    def test_who_and_when(self):
        self.assertComplains(self.check(row("oom_alert", "leak", 46, probability_10s=1, victim_pid=8)), "names 8")
        self.assertComplains(self.check(drop=[("oom_victim", "/oom/leak")]), "named were")
        self.assertComplains(self.check(drop=[("oom_kill", "/oom/leak")]), "told []")

    def test_no_test(self):
        self.assertComplains(self.check(kill=None), "no test")
        self.assertComplains(self.check(plateau_kills=1), "no test")
        self.assertComplains(self.check(drop=[("oom_forecast", "/oom/plateau")]), "no forecast")
