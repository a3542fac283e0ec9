// SPDX-License-Identifier: GPL-2.0-only
#include <trace/events/sched.h>

void hook(void *data, struct task_struct *task, bool group_dead);
int probe(void);
int probe(void)
{
	return register_trace_sched_process_exit(hook, NULL);
}
