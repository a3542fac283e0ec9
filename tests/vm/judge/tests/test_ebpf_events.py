# SPDX-License-Identifier: GPL-2.0-only
"""The judge of OOM kills, reclaim and swapped pages finds what is wrong."""

import copy
import unittest

from judge import ebpf_events, rows

LOG = ["[   9.1] oom-kill:constraint=CONSTRAINT_MEMCG,task=dd,pid=7,uid=0",
       "[   9.2] Memory cgroup out of memory: Killed process 7 (dd) total-vm:9kB, anon-rss:8192kB, file-rss:1024kB, "
       "shmem-rss:0kB, UID:0 pgtables:60kB oom_score_adj:0",
       "[  10.2] Out of memory: Killed process 8 (dd) total-vm:9kB, anon-rss:409600kB, file-rss:0kB, "
       "shmem-rss:0kB, UID:0 pgtables:60kB oom_score_adj:1000"]
BEFORE = ["pswpin 5", "pswpout 5", "pageoutrun 1", "pgsteal_kswapd 10", "pgscan_kswapd 10", "pgscan_direct 0",
          "pgsteal_direct 0", "allocstall_normal 0", "allocstall_movable 2"]
AFTER = ["pswpin 105", "pswpout 205", "pageoutrun 4", "pgsteal_kswapd 60", "pgscan_kswapd 110", "pgscan_direct 100",
         "pgsteal_direct 40", "allocstall_normal 1", "allocstall_movable 4"]
KILLS = {"cgroup": 1, "host": 1}


def kill(pid, constraint, anon, adj):
    return {"type": "oom", "time_ns": 1, "pid": pid, "start_time_ns": pid * 10, "comm": "dd", "cgroup": "/full",
            "rss_bytes": anon, "rss_anon_bytes": anon, "rss_file_bytes": (9 - anon // (1 << 20)) << 20 if pid == 7 else 0,
            "rss_shmem_bytes": 0, "swap_bytes": 0, "oom_score_adj": adj, "constraint": constraint, "trigger_pid": pid,
            "trigger_comm": "dd"}


def total(pid, stalls, swapin, swapout):
    return {"type": "process_total", "pid": pid, "start_time_ns": pid * 10, "reclaim_stalls": stalls,
            "swapin_pages": swapin, "swapout_pages": swapout}


def good():
    reclaim = {"type": "reclaim", "start_ns": 0, "end_ns": 1, "kswapd_wakes": 3, "kswapd_scanned_pages": 95,
               "kswapd_reclaimed_pages": 50, "direct_stalls": 2, "direct_ns": 9, "direct_scanned_pages": 100,
               "direct_reclaimed_pages": 41, "cgroup_stalls": 5, "cgroup_ns": 9, "cgroup_scanned_pages": 9,
               "cgroup_reclaimed_pages": 3}
    return [kill(7, "cgroup", 8 << 20, 0), kill(8, "host", 400 << 20, 1000), reclaim,
            total(7, 5, 60, 50), total(8, 2, 40, 0), total(2, 0, 0, 150)]


def complaints(spoil=lambda rows: None, log=None, after=None, end=None):
    lines = copy.deepcopy(good())
    spoil(lines)
    return ebpf_events.check_ebpf_events(rows.Report(lines), BEFORE, after or AFTER, end or after or AFTER, LOG if log is None else log, KILLS)


class EbpfEvents(unittest.TestCase):
    def spoilt(self, text, index, **columns):
        found = complaints(lambda lines: lines[index].update(columns))
        self.assertTrue(any(text in complaint for complaint in found), found)

    def test_good(self):
        self.assertEqual(complaints(), [])

    def test_a_kill_without_a_row(self):
        found = complaints(lambda lines: lines.pop(0))
        self.assertTrue(any("has no row" in complaint for complaint in found), found)

    def test_a_row_without_a_kill(self):
        self.assertTrue(any("log has 1 kills" in complaint for complaint in complaints(log=LOG[:2])))

    def test_what_a_kill_says(self):
        self.spoilt("rss_anon_bytes", 0, rss_anon_bytes=4 << 20)
        self.spoilt("rss_file_bytes", 0, rss_file_bytes=None)
        self.spoilt("constraint", 1, constraint="cgroup")
        self.spoilt("constraint", 1, constraint=None)
        self.spoilt("oom_score_adj", 1, oom_score_adj=0)
        self.spoilt("no process of that start time", 1, start_time_ns=1)

    def test_reclaim(self):
        self.spoilt("kswapd_wakes", 2, kswapd_wakes=2)
        self.spoilt("kswapd_reclaimed_pages", 2, kswapd_reclaimed_pages=51)
        self.spoilt("kswapd_scanned_pages", 2, kswapd_scanned_pages=201)
        self.spoilt("direct_scanned_pages", 2, direct_scanned_pages=None)
        self.spoilt("direct_reclaimed_pages", 2, direct_reclaimed_pages=39)
        self.spoilt("allocstall", 2, direct_stalls=4)
        self.spoilt("no stall of kind cgroup", 2, cgroup_stalls=0)
        self.spoilt("processes have", 3, reclaim_stalls=4)

    def test_swapped_pages(self):
        self.spoilt("swapin_pages", 3, swapin_pages=61)
        self.spoilt("swapout_pages", 5, swapout_pages=None)
        still = [line for line in AFTER if not line.startswith("pswpin")] + ["pswpin 5"]
        self.assertTrue(any("pswpin did not grow" in complaint for complaint in complaints(after=still)))


if __name__ == "__main__":
    unittest.main()
