/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs in the guest and holds the emulated registers to the SDM: what faults,
 * what answers Error, width, scale, wrap, domains, occupancy, rates. Expects
 * 2 sockets of 2 CPUs, /dev/cpu/N/msr and resctrl not mounted (the kernel then
 * leaves IA32_PQR_ASSOC alone). Whole-unit charges must show exactly, whatever
 * fraction of a unit the counter started with.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <math.h>
#include <sched.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "../workload/lab_cpuid.h"
#include "../workload/lab_msr.h"

#define ERROR_BIT	(1ull << 63)
#define UNAVAILABLE_BIT (1ull << 62)

enum { OCCUPANCY = 1, TOTAL = 2, LOCAL = 3 };

static unsigned int passed, failed;
static uint64_t setting[LAB_SET_COUNT];
static uint64_t unit, mask;

static void check(bool ok, const char *format, ...)
{
	va_list list;

	*(ok ? &passed : &failed) += 1;
	if (ok)
		return;
	va_start(list, format);
	printf("FAILED: ");
	vprintf(format, list);
	printf("\n");
	va_end(list);
}

static void equal(const char *what, uint64_t got, uint64_t want)
{
	check(got == want, "%s: %" PRIu64 ", not %" PRIu64, what, got, want);
}

static void near(const char *what, double got, double want, double tolerance)
{
	check(fabs(got - want) <= tolerance, "%s: %.0f, not %.0f +- %.0f", what, got, want,
	      tolerance);
}

static uint64_t stat_of(uint32_t which)
{
	uint64_t value = 0;

	lab_get(LAB_OP_STAT, which, 0, &value);
	return value;
}

static void run_on(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set)) {
		perror("sched_setaffinity");
		exit(1);
	}
}

static uint64_t counter(unsigned int cpu, uint32_t event, uint32_t rmid)
{
	uint64_t value = 0;

	check(msr_write(cpu, MSR_QM_EVTSEL, event | (uint64_t)rmid << 32),
	      "selecting event %u of RMID %u faults", event, rmid);
	check(msr_read(cpu, MSR_QM_CTR, &value), "reading IA32_QM_CTR faults");
	return value;
}

/* In charges that fit the leaf's 32-bit count. */
static void charge(unsigned int cpu, uint32_t rmid, uint64_t bytes, uint32_t flags)
{
	run_on(cpu);
	check(msr_write(cpu, MSR_PQR_ASSOC, rmid), "PQR_ASSOC = %u faults", rmid);
	while (bytes) {
		uint32_t part = bytes > 0xFFFFFFFF ? 0xFFFFFFFF : bytes;
		struct lab_charged to = lab_charge(part, flags);

		if (to.cpu != cpu || to.domain != cpu / 2 ||
		    (to.rmid != rmid && !to.untracked))
			check(false, "charged CPU %u domain %u RMID %u, not CPU %u RMID %u",
			      to.cpu, to.domain, to.rmid, cpu, rmid);
		bytes -= part;
	}
	msr_write(cpu, MSR_PQR_ASSOC, 0);
}

static struct lab_answer cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct lab_answer a = { leaf, 0, subleaf, 0 };

	__asm__ __volatile__("cpuid" : "+a"(a.eax), "+b"(a.ebx), "+c"(a.ecx), "+d"(a.edx));
	return a;
}

static void check_cpuid(void)
{
	struct lab_answer f0 = cpuid(0xF, 0), f1 = cpuid(0xF, 1);

	equal("CPUID.7.0:EBX[12]", cpuid(7, 0).ebx >> 12 & 1, 1);
	equal("CPUID.0F.0:EBX", f0.ebx, setting[LAB_SET_RMIDS] - 1);
	equal("CPUID.0F.0:EDX", f0.edx, 2);
	equal("CPUID.0F.1:EAX[7:0]", f1.eax & 0xFF, setting[LAB_SET_COUNTER_BITS] - 24);
	equal("CPUID.0F.1:EBX", f1.ebx, unit);
	equal("CPUID.0F.1:ECX", f1.ecx, setting[LAB_SET_RMIDS] - 1);
	equal("CPUID.0F.1:EDX", f1.edx, 7);
}

static void check_faults(void)
{
	uint64_t faults = stat_of(LAB_STAT_FAULTS), value = 0;
	unsigned int expected = 0;

	for (int bit = 0; bit < 64; bit++) {
		uint64_t v = 1ull << bit;
		bool pqr = (bit >= 10 && bit < 32) ||
			   (bit >= 32 && v >> 32 >= setting[LAB_SET_CLOSIDS]);
		bool sel = (bit >= 8 && bit < 32) || bit >= 42;

		check(msr_write(1, MSR_PQR_ASSOC, v) != pqr, "PQR_ASSOC bit %d: %s", bit,
		      pqr ? "reserved, yet no #GP" : "#GP");
		check(msr_write(1, MSR_QM_EVTSEL, v) != sel, "QM_EVTSEL bit %d: %s", bit,
		      sel ? "reserved, yet no #GP" : "#GP");
		expected += pqr + sel;
		if (!sel)
			check(msr_read(1, MSR_QM_EVTSEL, &value) && value == v,
			      "QM_EVTSEL bit %d does not read back", bit);
	}
	check(!msr_write(1, MSR_QM_CTR, 0), "QM_CTR is writable");
	equal("faults counted", stat_of(LAB_STAT_FAULTS) - faults, expected + 1);
	check(msr_write(1, MSR_PQR_ASSOC, 0x300000003), "PQR_ASSOC CLOSID 3 RMID 3 faults");
	check(msr_read(1, MSR_PQR_ASSOC, &value) && value == 0x300000003, "PQR_ASSOC reads back");
	check(msr_write(1, MSR_PQR_ASSOC, 0), "PQR_ASSOC = 0 faults");
}

static void check_errors(void)
{
	uint32_t rmids = setting[LAB_SET_RMIDS];

	if (rmids < 1024) /* else there is no such RMID to select */
		equal("RMID beyond the maximum", counter(0, TOTAL, rmids), ERROR_BIT);
	equal("event 0", counter(0, 0, 1), ERROR_BIT);
	equal("event 4", counter(0, 4, 1), ERROR_BIT);
	equal("event 255", counter(0, 255, 1), ERROR_BIT);
	check(!(counter(0, TOTAL, rmids - 1) & ERROR_BIT), "the highest RMID answers Error");
}

static void check_counts(void)
{
	uint64_t total = counter(0, TOTAL, 5), local = counter(1, LOCAL, 5);
	uint64_t other = counter(2, TOTAL, 5), neighbour = counter(0, TOTAL, 6);
	uint64_t truth = 0, before = 0;

	lab_get(LAB_OP_TRUTH, 5, 0, &before);
	for (int i = 0; i < 8; i++) /* carried below a unit: 8 quarters are 2 */
		charge(1, 5, unit / 4, LAB_CHARGE_LOCAL);
	charge(0, 5, 3 * unit, LAB_CHARGE_REMOTE);
	equal("total", (counter(0, TOTAL, 5) - total) & mask, unit / 4 * 8 / unit + 3);
	equal("local", (counter(0, LOCAL, 5) - local) & mask, unit / 4 * 8 / unit);
	equal("the other domain's total", counter(3, TOTAL, 5), other);
	equal("another RMID's total", counter(0, TOTAL, 6), neighbour);
	lab_get(LAB_OP_TRUTH, 5, 0, &truth);
	equal("truth", truth - before, unit / 4 * 8 + 3 * unit);

	/* One whole turn and 5 units more. */
	total = counter(0, TOTAL, 5);
	if (mask < 1ull << 32)
		charge(0, 5, (mask + 1) * unit, LAB_CHARGE_LOCAL);
	charge(0, 5, 5 * unit, LAB_CHARGE_LOCAL);
	equal("total after a turn", (counter(0, TOTAL, 5) - total) & mask, 5);
	check(counter(0, TOTAL, 5) <= mask, "the counter is wider than it says");
}

static void check_untracked(void)
{
	uint32_t rmid = setting[LAB_SET_RMIDS];
	uint64_t before = 0, after = 0, writes = stat_of(LAB_STAT_PQR_OUT_OF_RANGE);

	if (rmid > 1023)
		return;
	lab_get(LAB_OP_TRUTH, LAB_RMID_UNTRACKED, 1, &before);
	charge(2, rmid, 12345, LAB_CHARGE_LOCAL);
	lab_get(LAB_OP_TRUTH, LAB_RMID_UNTRACKED, 1, &after);
	equal("moved by an RMID beyond the maximum", after - before, 12345);
	equal("PQR writes out of range", stat_of(LAB_STAT_PQR_OUT_OF_RANGE) - writes, 1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void check_occupancy(void)
{
	double cache = setting[LAB_SET_CACHE_KIB] * 1024.0, half_life = 0.2;
	double start, begin, end, got;
	uint64_t first, quarter = (uint64_t)(cache / 4 / unit) * unit;

	lab_call(LAB_OP_SET, LAB_SET_HALF_LIFE_MS, 1);
	usleep(300000); /* what was there before is gone: 2^-300 */
	lab_call(LAB_OP_SET, LAB_SET_HALF_LIFE_MS, 0);
	equal("occupancy of a cold RMID", counter(0, OCCUPANCY, 1), 0);

	charge(0, 1, quarter, LAB_CHARGE_LOCAL);
	charge(1, 2, quarter, LAB_CHARGE_REMOTE);
	equal("occupancy after a fill", counter(0, OCCUPANCY, 1), quarter / unit);
	equal("occupancy after a remote fill", counter(0, OCCUPANCY, 2), quarter / unit);
	equal("occupancy in the other domain", counter(2, OCCUPANCY, 1), 0);
	/* Three quarters more do not fit: two quarters are free, one displaces. */
	charge(0, 3, 3 * quarter, LAB_CHARGE_LOCAL);
	got = (cache - 3.0 * quarter) / (2.0 * quarter) * quarter / unit;
	near("occupancy of a displaced RMID", counter(0, OCCUPANCY, 1), got, 1);
	near("occupancy of the displacer", counter(0, OCCUPANCY, 3), 3.0 * quarter / unit, 1);
	charge(0, 3, (uint64_t)cache, LAB_CHARGE_LOCAL);
	equal("occupancy of the one who took all", counter(0, OCCUPANCY, 3), (uint64_t)cache / unit);
	equal("occupancy of one who lost all", counter(0, OCCUPANCY, 1), 0);

	start = now();
	lab_call(LAB_OP_SET, LAB_SET_HALF_LIFE_MS, half_life * 1000);
	begin = now();
	usleep(300000);
	end = now();
	first = counter(0, OCCUPANCY, 3);
	got = now();
	/* Decay began between start and begin, the read fell between end and got. */
	check(first <= cache / unit * exp2(-(end - begin) / half_life) + 1 &&
	      first + 1 >= cache / unit * exp2(-(got - start) / half_life) - 1,
	      "decay: %" PRIu64 " units of %.0f after %.3f to %.3f s", first, cache / unit,
	      end - begin, got - start);
	lab_call(LAB_OP_SET, LAB_SET_HALF_LIFE_MS, setting[LAB_SET_HALF_LIFE_MS]);
}

static void check_rates(void)
{
	uint64_t clean = counter(0, TOTAL, 5);
	unsigned int errors = 0, absent = 0, other = 0;

	lab_call(LAB_OP_SET, LAB_SET_ERROR_PPM, 1000000);
	equal("with every read an Error", counter(0, TOTAL, 5), ERROR_BIT);
	lab_call(LAB_OP_SET, LAB_SET_ERROR_PPM, 0);
	lab_call(LAB_OP_SET, LAB_SET_UNAVAILABLE_PPM, 1000000);
	equal("with every read Unavailable", counter(0, TOTAL, 5), UNAVAILABLE_BIT);
	lab_call(LAB_OP_SET, LAB_SET_ERROR_PPM, 250000);
	lab_call(LAB_OP_SET, LAB_SET_UNAVAILABLE_PPM, 500000);
	for (int i = 0; i < 2000; i++) {
		uint64_t value = counter(0, TOTAL, 5);

		errors += value == ERROR_BIT;
		absent += value == UNAVAILABLE_BIT;
		other += value == clean;
	}
	/* 5 standard deviations, 20 and 22 of 2000. */
	near("Errors at 25%", errors, 500, 100);
	near("Unavailable at 50% of the rest", absent, 750, 110);
	equal("every other read right", other, 2000 - errors - absent);
	lab_call(LAB_OP_SET, LAB_SET_ERROR_PPM, setting[LAB_SET_ERROR_PPM]);
	lab_call(LAB_OP_SET, LAB_SET_UNAVAILABLE_PPM, setting[LAB_SET_UNAVAILABLE_PPM]);
}

static void check_selection(void)
{
	uint64_t mine = 1 | 7ull << 32, theirs = 2 | 8ull << 32, value = 0;
	uint64_t foreign = stat_of(LAB_STAT_CTR_FOREIGN);
	bool shared = setting[LAB_SET_EVTSEL_SHARED];

	msr_write(0, MSR_QM_EVTSEL, mine);
	msr_write(2, MSR_QM_EVTSEL, 3); /* the other domain's never matters */
	msr_read(0, MSR_QM_EVTSEL, &value);
	equal("selection after the other domain's", value, mine);
	msr_write(1, MSR_QM_EVTSEL, theirs);
	msr_read(0, MSR_QM_EVTSEL, &value);
	equal("selection after a neighbour's", value, shared ? theirs : mine);
	msr_read(0, MSR_QM_CTR, &value);
	equal("reads of a neighbour's selection", stat_of(LAB_STAT_CTR_FOREIGN) - foreign, shared);
}

static void check_statistics(void)
{
	uint64_t writes = stat_of(LAB_STAT_PQR_WRITES), same = stat_of(LAB_STAT_PQR_REDUNDANT);
	uint64_t totals = stat_of(LAB_STAT_CTR_TOTAL), value = 0;

	msr_write(3, MSR_PQR_ASSOC, 4);
	msr_write(3, MSR_PQR_ASSOC, 4);
	lab_get(LAB_OP_PQR, 3, 0, &value);
	equal("PQR of CPU 3 seen from outside", value, 4);
	msr_write(3, MSR_PQR_ASSOC, 0);
	counter(3, TOTAL, 4);
	equal("PQR writes", stat_of(LAB_STAT_PQR_WRITES) - writes, 3);
	equal("redundant PQR writes", stat_of(LAB_STAT_PQR_REDUNDANT) - same, 1);
	equal("reads of total", stat_of(LAB_STAT_CTR_TOTAL) - totals, 1);
}

int main(void)
{
	struct lab_answer lab = lab_call(LAB_OP_IDENTIFY, 0, 0);

	if (lab.eax != LAB_MAGIC || lab.ecx != 2 || lab.edx != 4) {
		fprintf(stderr, "rdt-check: needs the lab with --smp 4 --sockets 2\n");
		return 1;
	}
	for (uint32_t i = 0; i < LAB_SET_COUNT; i++)
		lab_get(LAB_OP_SETTING, i, 0, &setting[i]);
	unit = setting[LAB_SET_UNIT_BYTES];
	mask = (1ull << setting[LAB_SET_COUNTER_BITS]) - 1;

	check_cpuid();
	check_faults();
	check_errors();
	check_counts();
	check_untracked();
	check_occupancy();
	check_rates();
	check_selection();
	check_statistics();
	printf("rdt-check: %u passed, %u failed\n", passed, failed);
	return failed != 0;
}
