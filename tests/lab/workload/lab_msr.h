/* SPDX-License-Identifier: GPL-2.0-only */
/* MSRs by /dev/cpu/N/msr (the guest runner's --module msr). */
#ifndef LAB_MSR_H
#define LAB_MSR_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MSR_QM_EVTSEL 0xC8D
#define MSR_QM_CTR    0xC8E
#define MSR_PQR_ASSOC 0xC8F

static inline int msr_open(unsigned int cpu)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/dev/cpu/%u/msr", cpu);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		perror(path);
		fprintf(stderr, "boot the guest with --module msr\n");
		exit(1);
	}
	return fd;
}

/* False: the access raised #GP on that CPU (the driver says EIO). */
static inline bool msr_access(unsigned int cpu, uint32_t reg, uint64_t *value, bool write)
{
	int fd = msr_open(cpu);
	ssize_t done = write ? pwrite(fd, value, sizeof(*value), reg)
			     : pread(fd, value, sizeof(*value), reg);
	int error = errno;

	close(fd);
	if (done == (ssize_t)sizeof(*value))
		return true;
	if (error == EIO)
		return false;
	fprintf(stderr, "MSR 0x%x of CPU %u: error %d, neither done nor #GP\n", reg, cpu, error);
	exit(1);
}

static inline bool msr_read(unsigned int cpu, uint32_t reg, uint64_t *value)
{
	return msr_access(cpu, reg, value, false);
}

static inline bool msr_write(unsigned int cpu, uint32_t reg, uint64_t value)
{
	return msr_access(cpu, reg, &value, true);
}

#endif /* LAB_MSR_H */
