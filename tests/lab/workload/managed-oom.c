// SPDX-License-Identifier: GPL-2.0-only
// managed-oom: what systemd-oomd asks the system manager for, in a guest that has none. It answers the one varlink
// call, io.systemd.ManagedOOM.SubscribeManagedOOMCGroups, with the cgroups that have ManagedOOM...=kill: the root's
// swap, as Debian sets it for -.slice, and the memory pressure of each cgroup below a folder, as they come.
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { CLIENTS = 8, CGROUPS = 128, POLL_MS = 50 };

static const char SOCKET[] = "/run/systemd/io.system.ManagedOOM";
static const char MOUNTED_AT[] = "/sys/fs/cgroup";

struct state {
	const char *folder; /* below MOUNTED_AT */
	char known[CGROUPS][64];
	int count;
	int client[CLIENTS];
	int clients;
};

static _Noreturn void fail(const char *what, const char *name)
{
	fprintf(stderr, "managed-oom: error: %s %s: %s\n", what, name, strerror(errno));
	exit(1);
}

static void send_text(int fd, const char *text)
{
	/* A message ends with a NUL. */
	if (write(fd, text, strlen(text) + 1) < 0 && errno != EPIPE)
		fail("cannot answer on", SOCKET);
}

/* Cgroups from number `first` on; the root too if it is the first message. */
static void tell(const struct state *state, int fd, int first, bool root)
{
	static char text[CGROUPS * 192];
	const char *comma = "";
	size_t at = (size_t)sprintf(text, "{\"parameters\":{\"cgroups\":[");

	if (root) {
		at += (size_t)sprintf(text + at, "{\"mode\":\"kill\",\"path\":\"\",\"property\":\"ManagedOOMSwap\"}");
		comma = ",";
	}
	for (int i = first; i < state->count; i++, comma = ",")
		at += (size_t)sprintf(text + at,
				      "%s{\"mode\":\"kill\",\"path\":\"%s/%s\",\"property\":\"ManagedOOMMemoryPressure\"}",
				      comma, state->folder, state->known[i]);
	sprintf(text + at, "]},\"continues\":true}");
	send_text(fd, text);
}

static bool is_known(const struct state *state, const char *name)
{
	for (int i = 0; i < state->count; i++)
		if (!strcmp(state->known[i], name))
			return true;
	return false;
}

static void look(struct state *state)
{
	char path[256];
	struct dirent *entry;
	int before = state->count;
	DIR *folder;

	snprintf(path, sizeof(path), "%s%s", MOUNTED_AT, state->folder);
	folder = opendir(path);
	if (!folder)
		return;
	while ((entry = readdir(folder))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' || is_known(state, entry->d_name) ||
		    state->count == CGROUPS || strlen(entry->d_name) >= sizeof(state->known[0]))
			continue;
		strcpy(state->known[state->count++], entry->d_name);
	}
	closedir(folder);
	if (state->count == before)
		return;
	for (int i = 0; i < state->clients; i++)
		tell(state, state->client[i], before, false);
}

static int listen_here(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, SOCKET);
	mkdir("/run/systemd", 0755);
	unlink(SOCKET);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, CLIENTS))
		fail("cannot listen on", SOCKET);
	return fd;
}

static void take_client(struct state *state, int listening)
{
	static char call[4096];
	int fd = accept(listening, NULL, NULL);
	ssize_t size;

	if (fd < 0 || state->clients == CLIENTS)
		fail("cannot take another client on", SOCKET);
	size = read(fd, call, sizeof(call) - 1);
	call[size > 0 ? size : 0] = 0;
	if (!strstr(call, "io.systemd.ManagedOOM.SubscribeManagedOOMCGroups")) {
		send_text(fd, "{\"error\":\"org.varlink.service.MethodNotFound\",\"parameters\":{}}");
		close(fd);
		return;
	}
	tell(state, fd, 0, true);
	state->client[state->clients++] = fd;
}

int main(int argc, char **argv)
{
	static struct state state;
	struct pollfd listening = { .events = POLLIN };

	if (argc != 2 || argv[1][0] != '/') {
		fprintf(stderr, "usage: managed-oom /CGROUP\n"
				"Tells systemd-oomd to watch the cgroups right below this one; the path is without %s.\n",
			MOUNTED_AT);
		return 2;
	}
	state.folder = argv[1];
	signal(SIGPIPE, SIG_IGN); /* a client may go */
	listening.fd = listen_here();
	mlockall(MCL_CURRENT | MCL_FUTURE);
	for (;;) {
		if (poll(&listening, 1, POLL_MS) > 0)
			take_client(&state, listening.fd);
		look(&state);
	}
}
