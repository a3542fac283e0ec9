# SPDX-License-Identifier: GPL-2.0-only
"""The judge of kmalloc_lkm sees each answer that is wrong."""

import unittest

from judge import kmalloc_lkm

LOG = ["[    0.0] kasan: KernelAddressSanitizer initialized", "[    1.0] Run /init as init process",
       "[    2.0] kmalloc_lkm: loaded; write a size in bytes to /proc/kmalloc_lkm"]


def quoted(values):
    return " ".join(f'{key}="{value}"' if " " in value or not value else f"{key}={value}"
                    for key, value in values.items())


def good():
    lines = [quoted({"what": "event", "name": name, "size": size, "held": held})
             for name, size, held in kmalloc_lkm.EVENTS]
    lines += [quoted({"what": what, "answer": answer, "held": held})
              for what, (answer, held) in kmalloc_lkm.ANSWERS.items()]
    lines += [quoted({"what": "default", "said": "".join(f"{line};" for line in kmalloc_lkm.DEFAULT)})]
    lines += [quoted({"what": "log", "word": word, "times": "3"})
              for word in ("EINVAL", "EDQUOT", "ENOMEM", "bytes allocated", "bytes freed")]
    lines += [quoted({"what": what, **values}) for what, values in kmalloc_lkm.LIVES.items()]
    lines += ['what=writers failed=0 wrote="176400 bytes in 1600 allocations" held="176400 bytes in 1600 allocations"',
              'what=failing tries=300 opened=142 taken=238 no_memory=62 others=0 '
              'held="238000 bytes in 238 allocations"',
              "what=loads tries=40 loaded=11 no_memory=29 others=0"]
    for cycle in range(2):
        lines += [f"what={what} cycle={cycle} dead=yes" for what in ("unloaded", "reloaded")]
    return lines + ["what=storm opened=14 taken=260 gone=20"]


class KmallocLkm(unittest.TestCase):
    def complaints(self, lines, log=None):
        return kmalloc_lkm.complaints_of("\n".join(lines), LOG if log is None else log, 2)

    def test_all_is_well(self):
        self.assertEqual(self.complaints(good()), [])

    def test_each_line_that_is_missing_is_seen(self):
        for number, line in enumerate(good()):
            with self.subTest(line):
                self.assertTrue(self.complaints(good()[:number] + good()[number + 1:]))

    def test_each_answer_that_is_wrong_is_seen(self):
        for right, wrong in (("what=too-large answer=EINVAL", "what=too-large answer=OK"),
                             ("what=above-file answer=EDQUOT", "what=above-file answer=ENOMEM"),
                             ("what=line answer=OK held=\"1000", "what=line answer=OK held=\"0"),
                             ("what=exit before=EDQUOT after=OK", "what=exit before=EDQUOT after=EDQUOT"),
                             ("what=dropped before=EDQUOT", "what=dropped before=OK"),
                             ("received=EDQUOT", "received=OK"), ("what=writers failed=0", "what=writers failed=1"),
                             ("held=\"176400 bytes", "held=\"176300 bytes"), ("no_memory=62", "no_memory=61"),
                             ("taken=238 no_memory=62", "taken=300 no_memory=0"), ("others=0 ", "others=1 "),
                             ("238000 bytes", "239000 bytes"), ("loaded=11 no_memory=29", "loaded=40 no_memory=0"),
                             ("opened=142", "opened=300"), ("cycle=1 dead=yes", "cycle=1 dead=no"),
                             ("taken=260", "taken=0"), ("times=3", "times=0"), ("freed 4096", "freed 0"),
                             ("size=5100 held=0", "size=100 held=0")):
            with self.subTest(wrong):
                self.assertIn(right, "\n".join(good()))
                self.assertTrue(self.complaints([line.replace(right, wrong) for line in good()]))

    def test_the_kernel_complains(self):
        self.assertEqual(len(self.complaints(good(), LOG + ["BUG: KASAN: slab-use-after-free in hold+0x1"])), 1)

    def test_a_kernel_without_failing_allocations(self):
        lines = [line for line in good() if not line.startswith(("what=failing", "what=loads", "what=log word=ENOMEM"))]
        self.assertTrue(self.complaints(lines))
        self.assertEqual(self.complaints(lines, LOG[1:]), [])


if __name__ == "__main__":
    unittest.main()
