// SPDX-License-Identifier: GPL-2.0-only
// Runs an episode from outside of its cgroup, and says what happened in it.
#include "episode.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const int64_t STEP_NS = 20000000, SAMPLE_NS = 500000000, AFTER_KILL_NS = 1000000000;

struct run {
	const struct options *options;
	const struct plan *plan;
	struct ledger *ledger;
	char cgroup[256], file[256];
	pid_t pid[MAX_ACTORS];
	int64_t begin_ns, end_ns;
	int64_t killed_ns; /* when the first was seen to be killed */
	pid_t victims[16];
	int started, reaped, killed, failed;
	int samples;
	int64_t at_ms[MAX_SAMPLES], held[MAX_SAMPLES];
	bool stopping;
};

static int64_t held_by_all(const struct run *run)
{
	int64_t sum = 0;

	for (int i = 0; i < run->plan->actors; i++)
		sum += atomic_load(&run->ledger->held[i]);
	return sum;
}

static void set_score(int adjustment)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || dprintf(fd, "%d", adjustment) < 0)
		fail("cannot write", "/proc/self/oom_score_adj");
	close(fd);
}

static void start_due(struct run *run, int64_t now)
{
	for (int i = 0; i < run->plan->actors; i++) {
		const struct actor *actor = &run->plan->actor[i];

		if (run->pid[i] || now < run->begin_ns + (int64_t)(actor->begin * 1e9))
			continue;
		run->pid[i] = fork();
		if (run->pid[i] < 0)
			fail("cannot fork in", run->options->name);
		if (run->pid[i] == 0) {
			cgroup_enter(run->cgroup);
			if (actor->oom_score_adj)
				set_score(actor->oom_score_adj);
			act(run->plan, i, run->ledger, run->file, run->begin_ns, run->options->seed);
		}
		run->started++;
	}
}

/* The memory of who is gone is nobody's. */
static void forget(struct run *run, pid_t pid)
{
	for (int i = 0; i < run->plan->actors; i++)
		if (run->pid[i] == pid && run->plan->actor[i].kind != KIND_BOMB)
			atomic_store(&run->ledger->held[i], 0);
}

static void reap(struct run *run, int flags)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, flags)) > 0) {
		run->reaped++;
		forget(run, pid);
		if (run->stopping)
			continue;
		if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
			if (run->killed < 16)
				run->victims[run->killed] = pid;
			if (!run->killed++)
				run->killed_ns = now_ns();
		} else if (!WIFEXITED(status) || WEXITSTATUS(status)) {
			run->failed++;
		}
	}
}

static void sample(struct run *run, int64_t now)
{
	if (run->samples == MAX_SAMPLES)
		return;
	run->at_ms[run->samples] = (now - run->begin_ns) / 1000000;
	run->held[run->samples++] = held_by_all(run);
}

static void print_pids(FILE *out, const char *name, const struct run *run, enum role role)
{
	const char *comma = "";

	fprintf(out, "\"%s\":[", name);
	for (int i = 0; i < run->plan->actors; i++) {
		if (run->plan->actor[i].role != role || !run->pid[i] || role == ROLE_CROWD)
			continue;
		fprintf(out, "%s%d", comma, run->pid[i]);
		comma = ",";
	}
	fprintf(out, "],");
}

static void report(const struct run *run, FILE *out)
{
	fprintf(out,
		"{\"episode\":\"%s\",\"family\":\"%s\",\"seed\":%llu,\"limit\":%lld,\"swap_max\":%lld,\"planned_oom\":%s,"
		"\"begin_ns\":%lld,\"end_ns\":%lld,\"oom_kills\":%lld,\"first_kill_ns\":",
		run->options->name, run->options->family, (unsigned long long)run->options->seed,
		(long long)run->plan->limit, (long long)run->plan->swap_max, run->options->oom ? "true" : "false",
		(long long)run->begin_ns, (long long)run->end_ns,
		(long long)cgroup_value(run->cgroup, "memory.events", "oom_kill"));
	if (run->killed)
		fprintf(out, "%lld,", (long long)run->killed_ns);
	else
		fprintf(out, "null,");
	print_pids(out, "culprits", run, ROLE_CULPRIT);
	print_pids(out, "bystanders", run, ROLE_BYSTANDER);
	fprintf(out, "\"victims\":[");
	for (int i = 0; i < run->killed && i < 16; i++)
		fprintf(out, "%s%d", i ? "," : "", run->victims[i]);
	fprintf(out,
		"],\"started\":%d,\"reaped\":%d,\"failed\":%d,\"peak\":%lld,\"swap_peak\":%lld,\"read_bytes\":%lld,"
		"\"written_bytes\":%lld,\"held\":[",
		run->started, run->reaped, run->failed, (long long)cgroup_value(run->cgroup, "memory.peak", NULL),
		(long long)cgroup_value(run->cgroup, "memory.swap.peak", NULL),
		(long long)atomic_load(&run->ledger->read_bytes), (long long)atomic_load(&run->ledger->written_bytes));
	for (int i = 0; i < run->samples; i++)
		fprintf(out, "%s[%lld,%lld]", i ? "," : "", (long long)run->at_ms[i], (long long)run->held[i]);
	fprintf(out, "]}\n");
}

/* One write of a line, so that episodes may share the file. */
static void append_report(const struct run *run)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int fd = open(run->options->truth, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	if (fd < 0 || !out)
		fail("cannot open", run->options->truth);
	report(run, out);
	fclose(out);
	if (write(fd, text, size) != (ssize_t)size)
		fail("cannot write", run->options->truth);
	close(fd);
	free(text);
}

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

int supervise(const struct options *options, const struct plan *plan)
{
	static struct run run;
	struct sigaction action = { .sa_handler = interrupt };
	int64_t next_sample;

	run.options = options;
	run.plan = plan;
	snprintf(run.cgroup, sizeof(run.cgroup), "%s/%s", options->cgroup_parent, options->name);
	snprintf(run.file, sizeof(run.file), "%s/%s", options->folder, options->name);
	run.ledger = mmap(NULL, sizeof(*run.ledger), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (run.ledger == MAP_FAILED)
		fail("cannot map", "the ledger");
	memset(run.ledger, 0, sizeof(*run.ledger)); /* charged to us */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	cgroup_make(run.cgroup, options->host ? NULL : plan);

	run.begin_ns = next_sample = now_ns();
	run.end_ns = run.begin_ns + (int64_t)(plan->seconds * 1e9);
	for (int64_t now = run.begin_ns; now < run.end_ns && !interrupted; now = now_ns()) {
		if (!run.killed)
			start_due(&run, now);
		reap(&run, WNOHANG);
		if (run.killed && run.end_ns > run.killed_ns + AFTER_KILL_NS)
			run.end_ns = run.killed_ns + AFTER_KILL_NS;
		if (now >= next_sample) {
			sample(&run, now);
			next_sample += SAMPLE_NS;
		}
		sleep_until(now + STEP_NS);
	}
	run.stopping = true;
	run.end_ns = now_ns();
	cgroup_kill(run.cgroup);
	reap(&run, 0);
	append_report(&run);
	cgroup_remove(run.cgroup);
	return run.failed ? 1 : 0;
}
