// SPDX-License-Identifier: GPL-2.0-only
/* Test builds only; see fail_step.h. */
#define pr_fmt(fmt) "Memory Collector: " fmt

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>

#include "fail_step.h"

static uint fail_init;
module_param(fail_init, uint, 0444);
MODULE_PARM_DESC(fail_init, "test build: the Nth step after loading fails (default 0: none)");

static atomic_t steps = ATOMIC_INIT(0);

int fail_step(const char *step)
{
	uint number = atomic_inc_return(&steps);

	if (number != fail_init)
		return 0;
	/* Read by the test, which sweeps N until no step is said to have failed. */
	pr_info("fail_init: step %u, %s, fails\n", number, step);
	return -ENOMEM;
}
