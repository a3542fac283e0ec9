/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Listens to a tracepoint by perf, with a BPF program on it: counts what both
 * saw, until SIGTERM or SIGINT. Says so when the program has seen ENOUGH.
 */
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_CPUS 64

static volatile sig_atomic_t ended;

static void end(int number)
{
	(void)number;
	ended = 1;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t tracepoint_id(const char *event)
{
	char path[256], text[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/tracing/events/%s/id", event);
	file = fopen(path, "r");
	if (!file || !fgets(text, sizeof(text), file))
		die(path);
	fclose(file);
	return strtoull(text, NULL, 10);
}

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int counter_map(void)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8,
				.max_entries = 1 };
	int map = bpf(BPF_MAP_CREATE, &attr);

	if (map < 0)
		die("bpf(BPF_MAP_CREATE)");
	return map;
}

static uint64_t counted(int map)
{
	uint32_t key = 0;
	uint64_t value = 0;
	union bpf_attr attr = { .map_fd = (uint32_t)map, .key = (uint64_t)(uintptr_t)&key,
				.value = (uint64_t)(uintptr_t)&value };

	if (bpf(BPF_MAP_LOOKUP_ELEM, &attr))
		die("bpf(BPF_MAP_LOOKUP_ELEM)");
	return value;
}

/* value = lookup(map, 0); if (value) atomic_add(*value, 1); return 1 (perf is to see it, too). */
static int counting_program(int map)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_ST | BPF_MEM | BPF_W, .dst_reg = BPF_REG_10, .off = -4, .imm = 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_10 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_2, .imm = -4 },
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = BPF_REG_1,
		  .src_reg = BPF_PSEUDO_MAP_FD, .imm = map },
		{ .code = 0 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_map_lookup_elem },
		{ .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = BPF_REG_0, .off = 2, .imm = 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_1, .imm = 1 },
		{ .code = BPF_STX | BPF_ATOMIC | BPF_DW, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_1,
		  .imm = BPF_ADD },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	static char log[4096];
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_TRACEPOINT,
		.insn_cnt = sizeof(code) / sizeof(code[0]),
		.insns = (uint64_t)(uintptr_t)code,
		.license = (uint64_t)(uintptr_t)"GPL",
		.log_level = 1, .log_size = sizeof(log), .log_buf = (uint64_t)(uintptr_t)log,
	};
	int program = bpf(BPF_PROG_LOAD, &attr);

	if (program < 0) {
		fputs(log, stderr);
		die("bpf(BPF_PROG_LOAD)");
	}
	return program;
}

static int open_event(uint64_t id, int cpu)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr),
					.config = id, .sample_period = 1 };

	return (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, 0);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = end };
	int fds[MAX_CPUS], cpus = (int)sysconf(_SC_NPROCESSORS_ONLN), cpu, map, program;
	uint64_t samples = 0, value, enough;
	int said = 0;

	if (argc != 3 || argv[1][0] == '-') {
		fputs("usage: perf-hold SYSTEM/EVENT ENOUGH   until SIGTERM, then prints what came\n", stderr);
		return 2;
	}
	enough = strtoull(argv[2], NULL, 10);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	map = counter_map();
	program = counting_program(map);
	for (cpu = 0; cpu < cpus && cpu < MAX_CPUS; cpu++) {
		fds[cpu] = open_event(tracepoint_id(argv[1]), cpu);
		if (fds[cpu] < 0)
			die("perf_event_open");
		/* One program for the tracepoint: attached by one event, run on every CPU. */
		if (cpu == 0 && ioctl(fds[cpu], PERF_EVENT_IOC_SET_BPF, program))
			die("PERF_EVENT_IOC_SET_BPF");
	}
	puts("ready");
	fflush(stdout);
	while (!ended) {
		usleep(50000);
		if (!said && counted(map) >= enough) {
			said = 1;
			puts("enough");
			fflush(stdout);
		}
	}
	for (cpu = 0; cpu < cpus && cpu < MAX_CPUS; cpu++) {
		if (read(fds[cpu], &value, sizeof(value)) != sizeof(value))
			die("read");
		samples += value;
	}
	printf("samples=%llu bpf=%llu\n", (unsigned long long)samples,
	       (unsigned long long)counted(map));
	return 0;
}
