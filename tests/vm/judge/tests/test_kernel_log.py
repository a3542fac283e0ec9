# SPDX-License-Identifier: GPL-2.0-only
"""Each kind of complaint of a kernel is seen, and what is none is not."""

import unittest

from judge import kernel_log

RULE = "[    9.1] " + "=" * 66
CLEAN = """[    0.0] Command line: console=ttyS0 oops=panic panic_on_warn=1
[    0.1] kmemleak: Kernel memory leak detector initialized (mem pool available: 15679)
[    0.2] Lock dependency validator: Copyright (c) 2006 Red Hat, Inc., Ingo Molnar
[    2.0] collector: loading out-of-tree module taints kernel.
[    2.1] Memory Collector: loaded, a sample every 1000 us while an event of memory_collector is enabled
""".splitlines()
COMPLAINTS = """WARNING: CPU: 0 PID: 7 at kernel/cpu.c:1 foo+0x1/0x2
WARNING: possible circular locking dependency detected
BUG: KASAN: slab-use-after-free in tick+0x1/0x2 [collector]
BUG: sleeping function called from invalid context at mm/slab.h:1
UBSAN: shift-out-of-bounds in /x/y.c:1:2
ODEBUG: free active (active state 0) object: 0 object type: hrtimer
INFO: task insmod:77 blocked for more than 120 seconds.
INFO: trying to register non-static key.
rcu: INFO: rcu_sched self-detected stall on CPU
WARNING: suspicious RCU usage
kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
kmemleak: Cannot allocate a kmemleak_object structure
[ BUG: Invalid wait context ]
watchdog: BUG: soft lockup - CPU#0 stuck for 26s!
unchecked MSR access error: WRMSR to 0xc8f
refcount_t: underflow; use-after-free.
Call Trace:""".splitlines()


def race(*functions, between="one / other"):
    return [RULE, f"[    9.2] BUG: KCSAN: data-race in {between}", *(f"[    9.3]  {name}" for name in functions), RULE]


class KernelLog(unittest.TestCase):
    def test_a_clean_log_is_clean(self):
        self.assertEqual(kernel_log.complaints(CLEAN), [])

    def test_each_kind_of_complaint_counts(self):
        for line in COMPLAINTS:
            self.assertEqual(len(kernel_log.complaints(CLEAN + ["[    3.0] " + line])), 1, line)

    def test_what_a_slow_kernel_says_of_its_boot_is_none_of_ours(self):
        stall = "[   25.9] rcu: INFO: rcu_sched self-detected stall on CPU"
        booted = "[   30.0] Run /init as init process"
        self.assertEqual(kernel_log.complaints([stall, booted] + CLEAN), [])
        self.assertEqual(len(kernel_log.complaints([stall, booted] + CLEAN + [stall])), 1)
        self.assertEqual(len(kernel_log.complaints([stall] + CLEAN)), 1, "a log that does not say when it was booted")

    def test_a_race_counts_where_the_module_takes_part(self):
        self.assertEqual(kernel_log.complaints(race("tick_do_timer+0x1/0x2", "vfs_read+0x1/0x2")), [])
        self.assertEqual(len(kernel_log.complaints(race("tick+0x1/0x2 [collector]", "vfs_read+0x1/0x2"))), 2)
        self.assertEqual(len(kernel_log.complaints(race("tick+0x1/0x2 [collector]")[:-1])), 2, "a log cut short")

    def test_a_race_that_the_kernel_means_below_a_call_of_ours(self):
        names = "ktime_get_mono_fast_ns / timekeeping_update"
        self.assertEqual(kernel_log.complaints(race("tick+0x1/0x2 [collector]", between=names)), [])
        self.assertEqual(len(kernel_log.complaints(race("tick+0x1/0x2 [collector]", between=names + "_x"))), 2)
        self.assertEqual(kernel_log.complaints(race("tick+0x1/0x2 [collector]", between="rb_move_tail / rb_wakeups")), [])
        names = "rb_move_tail / tick [collector]"
        self.assertEqual(len(kernel_log.complaints(race("tick+0x1/0x2 [collector]", between=names))), 2)

    def test_what_was_interrupted_by_a_race_takes_no_part(self):
        access, entry = "read to 0xffff88803ae1ee58 of 8 bytes by interrupt on cpu 1:", "asm_sysvec_apic_timer_interrupt+0x1/0x2"
        ours, kernel = "tick+0x1/0x2 [collector]", "hrtimer_active+0x1/0x2"
        self.assertEqual(kernel_log.complaints(race(access, kernel, entry, ours, access, kernel)), [])
        self.assertEqual(len(kernel_log.complaints(race(access, kernel, entry, ours, access, ours))), 2)
        self.assertEqual(len(kernel_log.complaints(race(access, ours, entry, kernel))), 2)
        self.assertEqual(kernel_log.complaints(race(access, kernel, "Workqueue: events reconsider [collector]")), [])

    def test_what_comes_after_a_race_of_others_counts(self):
        lines = race("vfs_read+0x1/0x2") + ["[    9.9] WARNING: CPU: 0"]
        self.assertEqual(kernel_log.complaints(lines), ["kernel log: [    9.9] WARNING: CPU: 0"])

    def test_a_failing_allocation_is_no_news_where_it_was_asked_for(self):
        lines = ["insmod: vmalloc error: size 4096, vm_struct allocation failed", "Call Trace:"]
        self.assertEqual(len(kernel_log.complaints(lines)), 1)
        self.assertEqual(kernel_log.complaints(lines, failing_allocations=True), [])
        self.assertEqual(len(kernel_log.complaints(lines + ["Call Trace:"], failing_allocations=True)), 1)


if __name__ == "__main__":
    unittest.main()
