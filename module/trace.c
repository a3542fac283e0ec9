// SPDX-License-Identifier: GPL-2.0-only
/* The tracepoints' bodies, and their layout held against the ABI's. */
#include <linux/module.h>

#define CREATE_TRACE_POINTS
#include "trace.h"

/* No holes before, between or behind the fields. */
#define ASSERT_RECORD(event, payload)                                          \
	static_assert(sizeof(struct trace_event_raw_##event) ==                \
		      ALIGN(sizeof(struct trace_entry), 8) + sizeof(struct payload))

ASSERT_RECORD(rdt_sample, mc_rdt_sample);
ASSERT_RECORD(domain_sample, mc_domain_sample);
ASSERT_RECORD(soft_sample, mc_soft_sample);
ASSERT_RECORD(process_sample, mc_process_sample);
ASSERT_RECORD(process_info, mc_process_info);
ASSERT_RECORD(process_exit, mc_process_exit);
ASSERT_RECORD(rmid_event, mc_rmid_event);
ASSERT_RECORD(tick, mc_tick);
ASSERT_RECORD(state, mc_state);
