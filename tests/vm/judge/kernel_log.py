# SPDX-License-Identifier: GPL-2.0-only
"""What a kernel prints when something is wrong, debug kernels included."""

import re

TROUBLE = re.compile(
    r"WARNING:|BUG:|\bOops\b.*:|Call Trace|general protection|Kernel panic|unchecked MSR|soft lockup|hard LOCKUP|"
    r"refcount_t:|still in use|already registered|"
    r"\bINFO: |UBSAN:|KASAN:|ODEBUG:|possible .* detected|possible recursive|suspicious RCU|inconsistent lock|"
    r"sleeping function|scheduling while atomic|invalid wait context|DEBUG_LOCKS_WARN|"
    r"kmemleak: (?:\d+ new|Cannot|Memory pool empty|Kernel memory leak detector disabled)|unreferenced object")
RACE = re.compile(r"BUG: KCSAN: (?:data-race in (.*))?")
ACCESS = re.compile(r" (?:to|from) 0x[0-9a-f]+ of \d+ bytes by ")
FRAME_OF_OURS = re.compile(r"\+0x[0-9a-f]+/0x[0-9a-f]+ \[collector\]")
INTERRUPTION = re.compile(r" asm_(?:sysvec|common|exc)\w*\+")
# Below a call of ours, but between two functions of the kernel that mean it so.
RACES_OF_THE_KERNEL = re.compile(
    # The clock of each trace event has two copies, and reads the one that is not being written.
    r"ktime_get_mono_fast_ns / timekeeping_update|"
    # The trace ring with itself: its writers and readers look, as a hint, how far the other has come or whether it
    # waits (rb_get_reader_page / rb_move_tail, ring_buffer_poll_wait / ring_buffer_unlock_commit, ...).
    r"(?:rb|ring_buffer)_\w+ / (?:rb|ring_buffer)_\w+")
RULE = re.compile(r"={20,}")
# An allocation that was told to fail says so, with a trace; the kernel's own making of a module's events warns.
FAILED_ALLOCATION = re.compile(r"allocation failure|vmalloc error:|percpu: allocation failed|"
                               r"WARNING: .* at event_(?:define_fields|file_put)\+")
FAILED_QUIETLY = re.compile(r"kmemleak: Cannot allocate")
# "oops=panic" of the command line is the lab's own.
HARMLESS = re.compile(r"ommand line:")


BOOTED = "Run /init as init process"


def complaints(lines, failing_allocations=False):
    """The lines that say that something is wrong, after boot: before, there is nothing of ours, and a
    debug kernel on a busy host may say that it is slow. A data race counts where the module takes part:
    the kernel has its own. failing_allocations: the scenario makes them fail, their traces are no news."""
    found, forgiven, race = [], 0, None
    booted = next((number for number, line in enumerate(lines) if BOOTED in line), 0)
    for line in lines[booted:]:
        if race is not None:
            race.append(line)
            if RULE.search(line):
                found += race_of_ours(race)
                race = None
        elif RACE.search(line):
            race = [line]
        elif failing_allocations and FAILED_ALLOCATION.search(line):
            forgiven += 1
        elif failing_allocations and FAILED_QUIETLY.search(line):
            continue
        elif forgiven and "Call Trace" in line:
            forgiven -= 1
        elif TROUBLE.search(line) and not HARMLESS.search(line):
            found.append(f"kernel log: {line}")
    return found + race_of_ours(race or [])


def race_of_ours(block):
    if not block or RACES_OF_THE_KERNEL.fullmatch((RACE.search(block[0])[1] or "").strip()):
        return []
    ours, interrupted = [], False
    for line in block[1:]:
        # Below an interrupt's entry stands what it interrupted, which takes no part.
        interrupted = (interrupted or bool(INTERRUPTION.search(line))) and not ACCESS.search(line)
        if FRAME_OF_OURS.search(line) and not interrupted:
            ours.append(line)
    return [f"kernel log: {line}" for line in (block[:1] + ours if ours else ())]
