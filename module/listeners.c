// SPDX-License-Identifier: GPL-2.0-only
/* Sampling runs while anyone listens; see listeners.h. */
#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/trace_events.h>
#include <linux/workqueue.h>

#include "listeners.h"
#include "sampling.h"
#include "trace.h"

static atomic_t listeners = ATOMIC_INIT(0);
/*
 * Events can be enabled before the module's init (they are made when it begins to
 * load) and disabled after its exit: nothing starts then.
 */
static bool opened;

/*
 * An event tells of its listener before it is enabled itself, and a listener to all
 * events enables one after the other: what is emitted before it is done, like the
 * start of sampling, it would never see. It holds event_mutex meanwhile, which a
 * lookup takes too; there is no event of this name to be found.
 */
static void wait_for_listener(void)
{
	trace_get_event_file(NULL, MC_TRACE_SYSTEM, "");
}

static void reconsider(struct work_struct *unused)
{
	if (!READ_ONCE(opened))
		return;
	wait_for_listener();
	if (!atomic_read(&listeners))
		sampling_stop();
	else if (!sampling_start())
		sampling_follow_resctrl();
}

static DECLARE_WORK(work, reconsider);

void listeners_reconsider(void)
{
	if (READ_ONCE(opened))
		schedule_work(&work);
}

int listeners_event_enabled(void)
{
	atomic_inc(&listeners);
	/* Pairs with the one in listeners_open(): one of the two sees the other. */
	smp_mb__after_atomic();
	listeners_reconsider();
	return 0;
}

/* Also called after the module's exit, for an event that was left enabled. */
void listeners_event_disabled(void)
{
	atomic_dec(&listeners);
	listeners_reconsider();
}

void listeners_open(void)
{
	smp_store_mb(opened, true);
	listeners_reconsider();
}

void listeners_shutdown(void)
{
	WRITE_ONCE(opened, false);
	cancel_work_sync(&work);
	sampling_stop();
	/* The last ticks may have queued it between the two. */
	cancel_work_sync(&work);
}
