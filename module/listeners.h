/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sampling runs while anyone (ftrace, perf, BPF) has an event of ours enabled.
 * The tracepoints' callbacks only count and queue work: they are called under
 * tracepoints_mutex, where attaching a probe would deadlock.
 */
#ifndef MC_LISTENERS_H
#define MC_LISTENERS_H

/* Compare what runs with what should, soon and in process context. Any context
 * but under the runqueue lock.
 */
void listeners_reconsider(void);

/* For the end of the module's init: before it, events may be enabled but start nothing. */
void listeners_open(void);

/* For the module's exit: sampling has stopped for good when it returns. */
void listeners_shutdown(void);

#endif /* MC_LISTENERS_H */
