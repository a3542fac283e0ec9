// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading one RMID's counters in one domain and charging what they say. Called
 * under the domain's lock on one of its CPUs, with IA32_QM_EVTSEL saved.
 */
#include "collector.h"
#include "rdt.h"
#include "rmid_owner.h"

/* Tries of a baseline before the first good sample becomes it. */
#define BASELINE_TRIES 16
/* Of a soft RMID's counters at a switch. */
#define SOFT_TRIES 3

static u64 read_counter(struct cpu_state *cpu, u32 rmid, enum rdt_event event, u32 purpose)
{
	cpu->reads++;
	cpu->tick_reads[purpose]++;
	return rdt_read(rmid, event);
}

/* Returns the sample flag of the failure, 0 if none. */
static u32 failure_of(u64 value)
{
	if (value & QM_CTR_ERROR)
		return MC_FLAG_ERROR;
	if (value & QM_CTR_UNAVAILABLE)
		return MC_FLAG_UNAVAILABLE;
	return 0;
}

/*
 * The local and the total count of one moment, or neither: taken in apart, a
 * failed total beside a good local would show more local bytes than bytes. What
 * did not count now is in the next good pair. Returns the failure's flags.
 */
static u32 read_bandwidth(struct cpu_state *cpu, u32 rmid, u32 purpose,
			  struct domain_rmid *counters, u64 *total, u64 *local)
{
	const struct counter_scale scale = {
		.mask = collector.rdt.counter_mask,
		.unit_bytes = collector.rdt.unit_bytes,
	};
	u64 factor = rdt_factor(&collector.rdt, rmid);
	u64 total_value = 0, local_value = 0;
	u32 failure = 0;

	*total = 0;
	*local = 0;
	/* Local first: what moves in between must not make it exceed the total. */
	if (collector.rdt.local) {
		local_value = read_counter(cpu, rmid, RDT_EVENT_LOCAL, purpose);
		failure |= failure_of(local_value);
	}
	if (collector.rdt.total) {
		total_value = read_counter(cpu, rmid, RDT_EVENT_TOTAL, purpose);
		failure |= failure_of(total_value);
	}
	if (failure) {
		if ((failure & MC_FLAG_UNAVAILABLE) && collector.rdt.unavailable_resets) {
			counters->total.valid = false;
			counters->local.valid = false;
		}
		return failure;
	}
	if (collector.rdt.local)
		*local = counter_update(&counters->local, local_value & QM_CTR_DATA, &scale,
					factor);
	if (collector.rdt.total)
		*total = counter_update(&counters->total, total_value & QM_CTR_DATA, &scale,
					factor);
	return 0;
}

bool domain_read_occupancy(struct cpu_state *cpu, struct domain *domain, u32 rmid, u32 purpose,
			   u64 *bytes)
{
	struct domain_rmid *counters = &domain->rmids[rmid];
	u64 value;

	if (!collector.rdt.occupancy)
		return false;
	value = read_counter(cpu, rmid, RDT_EVENT_OCCUPANCY, purpose);
	if (failure_of(value))
		return false;
	*bytes = (value & QM_CTR_DATA) * collector.rdt.unit_bytes;
	counters->residual_bytes = min(counters->residual_bytes, *bytes);
	return true;
}

void domain_new_owner(struct domain *domain, u32 rmid, bool occupancy_known)
{
	struct domain_rmid *counters = &domain->rmids[rmid];

	counter_new_owner(&counters->total);
	counter_new_owner(&counters->local);
	counters->residual_bytes = occupancy_known ? counters->occupancy_bytes : U64_MAX;
}

u32 domain_missing_counters(void)
{
	u32 flags = 0;

	if (!collector.rdt.total)
		flags |= MC_FLAG_NO_TOTAL;
	if (!collector.rdt.local)
		flags |= MC_FLAG_NO_LOCAL;
	if (!collector.rdt.occupancy)
		flags |= MC_FLAG_NO_OCCUPANCY;
	return flags;
}

/* Some CPU was behind: what is read now may be of more slots than one. */
static u32 deferred(const struct domain *domain)
{
	return domain->nr_behind ? MC_FLAG_DEFERRED : 0;
}

static void charge(struct domain *domain, u32 owner, u64 total, u64 local)
{
	domain->total_bytes += total;
	domain->local_bytes += local;
	if (owner == RMID_NO_OWNER) {
		domain->unattributed_bytes += total;
		domain->unattributed_local_bytes += local;
	} else {
		struct domain_process *process = &domain->processes[owner];

		process->total_bytes += total;
		process->local_bytes += local;
		WRITE_ONCE(process->heat, domain_heat_now(domain, process) + total);
		WRITE_ONCE(process->heat_epoch, domain->epoch);
	}
}

void domain_read_rmid(struct cpu_state *cpu, struct domain *domain, u32 rmid, u32 purpose,
		      struct mc_rdt_sample *sample, struct domain_reading *reading)
{
	struct domain_rmid *counters = &domain->rmids[rmid];
	const struct process *process;
	u32 owner, failure;
	u64 total, local;

	memset(reading, 0, sizeof(*reading));
	failure = read_bandwidth(cpu, rmid, purpose, counters, &total, &local);
	reading->retry = failure != 0;
	reading->occupancy_valid = domain_read_occupancy(cpu, domain, rmid, purpose,
							 &reading->occupancy_bytes);
	counters->last_slot_ns = domain->slot_ns;
	domain->slot_published = false;

	/*
	 * The owner after the counter: traffic of a new owner can only be in the
	 * count once it is the owner.
	 */
	smp_rmb();
	owner = READ_ONCE(collector.rmids.entries[rmid].owner);
	charge(domain, owner, total, local);
	reading->changed = total || local || failure ||
			   (reading->occupancy_valid &&
			    reading->occupancy_bytes != counters->occupancy_bytes);
	if (reading->occupancy_valid)
		counters->occupancy_bytes = reading->occupancy_bytes;
	if (owner == RMID_NO_OWNER)
		return;

	process = &collector.processes.entries[owner];
	reading->owned = true;
	sample->slot_ns = domain->slot_ns;
	sample->start_time_ns = process->start_time_ns;
	sample->total_bytes = domain->processes[owner].total_bytes;
	sample->local_bytes = domain->processes[owner].local_bytes;
	sample->occupancy_bytes = reading->occupancy_valid ?
					  reading->occupancy_bytes - counters->residual_bytes : 0;
	sample->pid = process->pid;
	sample->rmid = rmid;
	sample->domain = domain->cache_id;
	sample->flags = failure | domain_missing_counters() | deferred(domain);
	if (owner == PROCESS_KERNEL_THREADS)
		sample->flags |= MC_FLAG_KERNEL_THREADS;
	if (!reading->occupancy_valid)
		sample->flags |= MC_FLAG_OCCUPANCY_INVALID;
	if (rmid_owner_is_warm(rmid, domain->index)) {
		sample->flags |= MC_FLAG_WARM | MC_FLAG_OCCUPANCY_INVALID;
		sample->occupancy_bytes = 0;
		if (reading->occupancy_valid &&
		    reading->occupancy_bytes <= collector.occupancy_threshold)
			rmid_owner_cooled(rmid, domain->index);
	}
}

u32 domain_read_soft(struct cpu_state *cpu, struct domain *domain, u32 rmid, u64 *total,
		     u64 *local)
{
	unsigned int tries;
	u32 failure = 0;

	/* A slice that could not be read would be charged to the next process. */
	for (tries = 0; tries < SOFT_TRIES; tries++) {
		failure = read_bandwidth(cpu, rmid, READ_SOFT, &domain->rmids[rmid], total, local);
		if (!failure)
			break;
	}
	return failure;
}

void domain_charge_soft(struct cpu_state *cpu, struct domain *domain, u32 process, u64 total,
			u64 local, u32 flags, struct mc_rdt_sample *sample)
{
	const struct process *owner = &collector.processes.entries[process];

	charge(domain, process, total, local);
	domain->slot_published = false;
	cpu->soft_total_bytes += total;
	cpu->soft_local_bytes += local;
	cpu->soft_news = true;
	sample->slot_ns = domain->slot_ns;
	sample->start_time_ns = owner->start_time_ns;
	sample->total_bytes = domain->processes[process].total_bytes;
	sample->local_bytes = domain->processes[process].local_bytes;
	sample->occupancy_bytes = 0;
	sample->pid = owner->pid;
	sample->rmid = cpu->soft_rmid;
	sample->domain = domain->cache_id;
	sample->flags = flags | domain_missing_counters() | deferred(domain) | MC_FLAG_SOFT |
			MC_FLAG_OCCUPANCY_INVALID;
}

static void read_baseline(struct cpu_state *cpu, u32 rmid, enum rdt_event event,
			  struct counter *counter)
{
	unsigned int tries;
	u64 value;

	memset(counter, 0, sizeof(*counter));
	for (tries = 0; tries < BASELINE_TRIES && !counter->valid; tries++) {
		value = read_counter(cpu, rmid, event, READ_SWEEP);
		if (failure_of(value))
			continue;
		counter->raw = value & collector.rdt.counter_mask;
		counter->valid = true;
	}
}

void domain_read_baseline(struct cpu_state *cpu, struct domain *domain, u32 rmid)
{
	struct domain_rmid *counters = &domain->rmids[rmid];

	if (collector.rdt.total)
		read_baseline(cpu, rmid, RDT_EVENT_TOTAL, &counters->total);
	if (collector.rdt.local)
		read_baseline(cpu, rmid, RDT_EVENT_LOCAL, &counters->local);
	counters->residual_bytes = U64_MAX;
	domain_read_occupancy(cpu, domain, rmid, READ_SWEEP, &counters->occupancy_bytes);
	counters->last_slot_ns = 0;
	counters->drain_attempts = 0;
}
