// SPDX-License-Identifier: GPL-2.0-only
//
// A load for measuring what an observer costs: does one thing so many times and
// says how long that took. What it does is in the kernel, so that programs
// attached there are all that can slow it down.
//
//   load fork N      processes begun and waited for, that do nothing
//   load fault N     anonymous pages touched for the first time, 4096 mapped at a time
//   load malloc N    malloc(3) and free(3) of 256 bytes to 256 KiB, the ends of each written
//   load switch N    a byte to another process and back through pipes
//
// Prints one line: {"load": "fault", "count": N, "seconds": S, "cpu_seconds": C}
// C: what it and its children had of the CPUs, which neighbours on a busy machine
// add little to.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGES_AT_ONCE 4096
#define HELD 64

static void fail(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void forks(unsigned long count)
{
    while (count-- > 0) {
        const pid_t child = fork();
        if (child < 0)
            fail("fork");
        if (child == 0)
            _exit(0);
        if (waitpid(child, NULL, 0) != child)
            fail("waitpid");
    }
}

static void faults(unsigned long count)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t bytes = PAGES_AT_ONCE * page;
    while (count > 0) {
        volatile char *area = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (area == MAP_FAILED)
            fail("mmap");
        // A huge page would be one fault.
        madvise((void *)(size_t)area, bytes, MADV_NOHUGEPAGE);
        for (size_t i = 0; i < PAGES_AT_ONCE && count > 0; i++, count--)
            area[i * page] = 1;
        munmap((void *)(size_t)area, bytes);
    }
}

static void mallocs(unsigned long count)
{
    char *held[HELD] = {0};
    unsigned random = 1;
    for (unsigned long i = 0; i < count; i++) {
        random = random * 1103515245u + 12345u;
        const size_t size = (size_t)256 << ((random >> 16) % 11);
        char **const slot = &held[i % HELD];
        free(*slot);
        *slot = malloc(size);
        if (!*slot)
            fail("malloc");
        ((volatile char *)*slot)[0] = 1;
        ((volatile char *)*slot)[size - 1] = 1;
    }
    for (int i = 0; i < HELD; i++)
        free(held[i]);
}

static void switches(unsigned long count)
{
    int to[2];
    int from[2];
    char byte = 0;
    if (pipe(to) != 0 || pipe(from) != 0)
        fail("pipe");
    const pid_t child = fork();
    if (child < 0)
        fail("fork");
    if (child == 0) {
        close(to[1]);
        while (read(to[0], &byte, 1) == 1)
            if (write(from[1], &byte, 1) != 1)
                _exit(1);
        _exit(0);
    }
    while (count-- > 0)
        if (write(to[1], &byte, 1) != 1 || read(from[0], &byte, 1) != 1)
            fail("pipe");
    close(to[1]);
    waitpid(child, NULL, 0);
}

static const struct {
    const char *name;
    void (*run)(unsigned long count);
} loads[] = {{"fork", forks}, {"fault", faults}, {"malloc", mallocs}, {"switch", switches}};

static double cpu_seconds(int whose)
{
    struct rusage usage;
    if (getrusage(whose, &usage) != 0)
        fail("getrusage");
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

int main(int count, char **arguments)
{
    for (size_t i = 0; count == 3 && i < sizeof(loads) / sizeof(loads[0]); i++) {
        char *end;
        const unsigned long times = strtoul(arguments[2], &end, 10);
        struct timespec begin, now;
        if (strcmp(arguments[1], loads[i].name) != 0 || *end != '\0')
            continue;
        clock_gettime(CLOCK_MONOTONIC, &begin);
        loads[i].run(times);
        clock_gettime(CLOCK_MONOTONIC, &now);
        printf("{\"load\": \"%s\", \"count\": %lu, \"seconds\": %.9f, \"cpu_seconds\": %.6f}\n",
               loads[i].name, times,
               (double)(now.tv_sec - begin.tv_sec) + (double)(now.tv_nsec - begin.tv_nsec) / 1e9,
               cpu_seconds(RUSAGE_SELF) + cpu_seconds(RUSAGE_CHILDREN));
        return 0;
    }
    fprintf(stderr, "usage: load fork|fault|malloc|switch COUNT\n");
    return 2;
}
