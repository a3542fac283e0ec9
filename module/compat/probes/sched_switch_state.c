// SPDX-License-Identifier: GPL-2.0-only
#include <trace/events/sched.h>

void hook(void *data, bool preempt, struct task_struct *prev, struct task_struct *next,
	  unsigned int prev_state);
int probe(void);
int probe(void)
{
	return register_trace_sched_switch(hook, NULL);
}
