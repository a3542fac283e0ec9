/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this process moved, by domain and RMID. The lab's answer to each charge
 * says where it went, so preemption and migration cannot blur it. The account
 * lives in a memfd so that it survives an exec.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "../lab_cpuid.h"
#include "charge.h"

#define TIMELINE_SLOTS 32768

struct cell {
	_Atomic uint64_t total, local, charges;
};

struct slot {
	_Atomic uint64_t total, local;		/* of charges that ended in it */
	_Atomic uint64_t begun;			/* of charges that began in it */
};

struct account {
	uint64_t start_ns, first_slot;
	uint32_t rmids, domains;
	_Atomic uint64_t moved;			/* towards options.total */
	_Atomic uint64_t timeline_lost;		/* bytes beyond the last slot */
	struct slot slots[TIMELINE_SLOTS];
	struct cell cells[];			/* per domain: RMIDs, then untracked */
};

static struct account *account;
static int fd = -1;

static size_t account_size(void)
{
	struct lab_answer lab = lab_call(LAB_OP_IDENTIFY, 0, 0);

	return sizeof(struct account) +
	       (size_t)lab.ecx * (lab.ebx + 1) * sizeof(struct cell);
}

static void map_account(void)
{
	account = mmap(NULL, account_size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (account == MAP_FAILED)
		die("cannot map the account", "memfd");
}

void account_open(const struct options *o)
{
	struct lab_answer lab = lab_call(LAB_OP_IDENTIFY, 0, 0);

	if (fd >= 0)	/* the parent's, after fork */
		close(fd);
	fd = memfd_create("account", 0);
	if (fd < 0 || ftruncate(fd, account_size()))
		die("cannot create the account", "memfd");
	map_account();
	account->start_ns = now_ns();
	account->rmids = lab.ebx;
	account->domains = lab.ecx;
	account->first_slot = o->timeline_ns ? account->start_ns / o->timeline_ns : 0;
}

void account_resume(const struct options *o, int from)
{
	(void)o;
	fd = from;
	map_account();
}

int account_fd(void)
{
	return fd;
}

/* A charge may be interrupted for long: when its bytes moved is known by both of its ends alone. */
static void timeline_add(const struct options *o, uint64_t before, uint64_t bytes, bool remote)
{
	uint64_t began = before / o->timeline_ns - account->first_slot;
	uint64_t ended = now_ns() / o->timeline_ns - account->first_slot;

	if (ended >= TIMELINE_SLOTS) {
		account->timeline_lost += bytes;
		return;
	}
	account->slots[began].begun += bytes;
	account->slots[ended].total += bytes;
	if (!remote)
		account->slots[ended].local += bytes;
}

bool account_charge(const struct options *o, bool remote, uint64_t *bytes)
{
	uint64_t size = o->chunk, moved, before = 0;
	struct lab_charged where;
	struct cell *cell;

	if (o->total != UINT64_MAX) {
		moved = atomic_fetch_add(&account->moved, size);
		if (moved >= o->total)
			return false;
		if (size > o->total - moved)
			size = o->total - moved;
	}
	if (o->timeline_ns)
		before = now_ns();
	where = lab_charge(size, remote ? LAB_CHARGE_REMOTE : LAB_CHARGE_LOCAL);
	if (o->timeline_ns)
		timeline_add(o, before, size, remote);
	cell = &account->cells[where.domain * (account->rmids + 1) +
			       (where.untracked ? account->rmids : where.rmid)];
	cell->total += size;
	if (!remote)
		cell->local += size;
	cell->charges++;
	*bytes = size;
	return true;
}

/* Field 22 of /proc/self/stat, behind the comm, which may hold anything. */
static uint64_t start_ticks(void)
{
	char text[1024], *field;
	int stat = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	ssize_t length = stat < 0 ? -1 : read(stat, text, sizeof(text) - 1);

	if (length <= 0)
		die("cannot read", "/proc/self/stat");
	close(stat);
	text[length] = 0;
	field = strrchr(text, ')');
	for (int i = 2; field && i < 22; i++)
		field = strchr(field + 1, ' ');
	return field ? strtoull(field, NULL, 10) : 0;
}

/* comm is the user's: escape what JSON cannot hold. */
static void put_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		unsigned char c = *text;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c >= 0x7F)
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void put_cells(FILE *out)
{
	const char *comma = "";
	uint32_t per_domain = account->rmids + 1;

	fprintf(out, "\"by\":[");
	for (uint32_t i = 0; i < account->domains * per_domain; i++) {
		struct cell *cell = &account->cells[i];
		uint32_t rmid = i % per_domain;

		if (!cell->charges)
			continue;
		fprintf(out, "%s{\"domain\":%u,\"rmid\":%d,\"total\":%" PRIu64
			",\"local\":%" PRIu64 ",\"charges\":%" PRIu64 "}",
			comma, i / per_domain, rmid == account->rmids ? -1 : (int)rmid,
			cell->total, cell->local, cell->charges);
		comma = ",";
	}
	fprintf(out, "]");
}

/* One write at the end of the file: lines of many processes never mix. */
static void append(const char *path, const char *text, size_t length)
{
	int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	if (file < 0 || write(file, text, length) != (ssize_t)length)
		die("cannot append to", path);
	close(file);
}

static void write_truth(const struct options *o)
{
	uint64_t total = 0, local = 0, charges = 0, rmid0 = 0, rmid0_local = 0;
	uint32_t per_domain = account->rmids + 1;
	struct rusage usage;
	struct timespec cpu;
	char comm[17] = "", *text;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		die("cannot print the truth", "memory");
	for (uint32_t i = 0; i < account->domains * per_domain; i++) {
		total += account->cells[i].total;
		local += account->cells[i].local;
		charges += account->cells[i].charges;
		if (i % per_domain == 0) {
			rmid0 += account->cells[i].total;
			rmid0_local += account->cells[i].local;
		}
	}
	prctl(PR_GET_NAME, comm);
	fprintf(out, "{\"pid\":%d,\"ppid\":%d,\"start_ticks\":%" PRIu64 ",\"comm\":",
		getpid(), getppid(), start_ticks());
	put_string(out, comm);
	fprintf(out, ",\"begin_ns\":%" PRIu64 ",\"end_ns\":%" PRIu64
		",\"total\":%" PRIu64 ",\"local\":%" PRIu64 ",\"charges\":%" PRIu64
		",\"rmid0_total\":%" PRIu64 ",\"rmid0_local\":%" PRIu64 ",",
		account->start_ns, now_ns(), total, local, charges, rmid0, rmid0_local);
	put_cells(out);
	getrusage(RUSAGE_SELF, &usage);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	fprintf(out, ",\"minflt\":%ld,\"majflt\":%ld,\"switches\":%ld,\"cpu_ns\":%" PRIu64 "}\n",
		usage.ru_minflt, usage.ru_majflt, usage.ru_nvcsw + usage.ru_nivcsw,
		(uint64_t)cpu.tv_sec * 1000000000u + cpu.tv_nsec);
	if (fclose(out))
		die("cannot print the truth", "memory");
	if (o->truth)
		append(o->truth, text, length);
	else if (write(STDOUT_FILENO, text, length) != (ssize_t)length)
		die("cannot write the truth to", "stdout");
	free(text);
}

static void write_timeline(const struct options *o)
{
	char *text;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		die("cannot print the timeline", "memory");
	for (uint64_t i = 0; i < TIMELINE_SLOTS; i++) {
		struct slot *slot = &account->slots[i];
		uint64_t start = (account->first_slot + i) * o->timeline_ns;

		if (!slot->total && !slot->begun)
			continue;
		fprintf(out, "{\"pid\":%d,\"start_ns\":%" PRIu64 ",\"end_ns\":%" PRIu64
			",\"total\":%" PRIu64 ",\"local\":%" PRIu64 ",\"begun\":%" PRIu64 "}\n",
			getpid(), start, start + o->timeline_ns, slot->total, slot->local,
			slot->begun);
	}
	if (account->timeline_lost)
		fprintf(out, "{\"pid\":%d,\"lost\":%" PRIu64 "}\n", getpid(),
			account->timeline_lost);
	if (fclose(out))
		die("cannot print the timeline", "memory");
	append(o->timeline, text, length);
	free(text);
}

void account_write(const struct options *o)
{
	if (o->timeline)
		write_timeline(o);
	write_truth(o);
}
