# SPDX-License-Identifier: GPL-2.0-only
"""The judge of kernel memory, footprint and malloc by eBPF sees each figure that is wrong."""

import unittest

from judge import kmem, rows

MIB = 1 << 20
MAPPED = MIB + 4096
RANGES = {"kmalloc": [32, 16384], "malloc_touched": [100, MIB]}
LINES = """insmod 9 10000
kmalloc 10 0
kmalloc 11 32
kmalloc 12 16384
malloc_touched 20 0
malloc_touched 21 100
malloc_touched 22 1048576
anonymous 20 122880
anonymous 21 122880
anonymous 22 1175552
holder 30 1000
slabs_before 0 500000
slabs_after 0 1560000
""".splitlines()
LINES += [f"{name} {pid} {size + (MAPPED if pid == 22 else 0)}" for pid in (10, 11, 12, 20, 21, 22)
          for name, size in (("looked", 15), ("vmsize", 400000), ("vmrss", 200000)) if name != "looked"]
LINES += [f"looked {pid} 15" for pid in (10, 11, 12, 20, 21, 22)]


def process(kind, pid, flags=(), interval=0, **columns):
    row = {"type": kind, "pid": pid, "start_time_ns": pid, "start_ns": interval * 10, "end_ns": interval * 10 + 10,
           "flags": list(flags)}
    for column in ("kmem_kmalloc_requested_bytes", "kmem_kmalloc_bytes", "kmem_kmalloc_held_bytes",
                   "kmem_vmalloc_bytes", "footprint_bytes", "virtual_bytes", "malloc_bytes", "rss_anon_bytes"):
        row[column] = columns.get(column)
    return row


def good():
    """What a right report has; by (type, pid, which of them)."""
    found = [process("process_total", 9, kmem_vmalloc_bytes=20480)]
    for pid, size in ((10, 0), (11, 32), (12, 16384)):
        found.append(process("process_total", pid, kmem_kmalloc_requested_bytes=5000 + size,
                             kmem_kmalloc_bytes=6000 + size))
    for pid, size in ((20, 0), (21, 100), (22, MIB)):
        mapped = MAPPED if size == MIB else 0
        found.append(process("process", pid, footprint_bytes=90000 + mapped, virtual_bytes=400000 + mapped,
                             malloc_bytes=1024 + size, rss_anon_bytes=122880 + mapped))
        # It lets go before its end, in the interval in which it is looked at.
        found.append(process("process", pid, interval=1, footprint_bytes=90000, virtual_bytes=400000,
                             malloc_bytes=1023, rss_anon_bytes=122880))
        found.append(process("process", pid, ["exited"], interval=2, footprint_bytes=90000, malloc_bytes=1024))
    for held in (1000 * 1056, 500):
        found.append(process("process", 30, ["held_approximate"], kmem_kmalloc_held_bytes=held))
    return found


class Kmem(unittest.TestCase):
    def complaints(self, found, lines=None):
        return kmem.check_ebpf_kmem(rows.Report(found), LINES if lines is None else lines, ranges=RANGES)

    def test_all_is_well(self):
        self.assertEqual(self.complaints(good()), [])

    def test_each_wrong_figure_is_seen(self):
        for pid, column, wrong in ((11, "kmem_kmalloc_requested_bytes", 5033), (12, "kmem_kmalloc_bytes", 6000 + 32768),
                                   (21, "malloc_bytes", 1024 + 112), (22, "footprint_bytes", 90000 + MIB),
                                   (22, "virtual_bytes", 400000), (22, "rss_anon_bytes", 122880 + 1052672 - 4096),
                                   (30, "kmem_kmalloc_held_bytes", 900000), (9, "kmem_vmalloc_bytes", 4096),
                                   (9, "kmem_vmalloc_bytes", None), (12, "kmem_kmalloc_bytes", None)):
            with self.subTest(pid=pid, column=column, wrong=wrong):
                found = good()
                next(row for row in found if row["pid"] == pid and row[column] is not None)[column] = wrong
                self.assertTrue(self.complaints(found))

    def test_slabinfo_says_otherwise(self):
        lines = [line.replace("1560000", "1800000") for line in LINES]
        self.assertEqual(len(self.complaints(good(), lines)), 1)

    def test_what_was_freed_is_still_held(self):
        found = good()
        found[-1]["kmem_kmalloc_held_bytes"] = 1000 * 1056
        self.assertEqual(len(self.complaints(found)), 1)

    def test_held_without_its_flag(self):
        found = good()
        found[-1]["flags"] = []
        self.assertEqual(len(self.complaints(found)), 1)

    def without(self, *beginnings):
        return [line for line in LINES if not line.startswith(beginnings)]

    def test_readers_say_otherwise(self):
        for line in ("anonymous 20 126976", "anonymous 22 1171456", "vmsize 12 404096", "vmsize 22 400000",
                     "vmrss 22 20000000"):
            with self.subTest(line):
                beginning = line.rsplit(" ", 1)[0] + " "
                self.assertTrue(self.complaints(good(), self.without(beginning) + [line]))

    def test_what_is_missing(self):
        for beginning in ("anonymous 21", "vmsize 11", "vmrss 21", "looked 22", "kmalloc 10", "kmalloc 12",
                          "malloc_touched 20", "malloc_touched", "kmalloc"):
            with self.subTest(beginning):
                self.assertTrue(self.complaints(good(), self.without(beginning + " ")))

    def test_whole_range_is_asked_for(self):
        short, whole = (kmem.check_ebpf_kmem(rows.Report(good()), LINES, whole=whole) for whole in (False, True))
        self.assertEqual(len(short), 3)
        self.assertEqual(len(whole), 4)
        self.assertIn("268435456", whole[1])


if __name__ == "__main__":
    unittest.main()
