/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMALLOC_CHECK_FILE_H
#define KMALLOC_CHECK_FILE_H

#include <sys/types.h>

#define FILE_NAME "/proc/kmalloc_lkm"
#define FULL	  "1048576" /* the caps in bytes while answers() and lives() run */

_Noreturn void die(const char *what);
int open_file(void);
/* "OK", or the name of errno. */
const char *answer_of(int failed);
/* The answer to this text, written to the file. */
const char *put(int fd, const char *text);
/* What another file of the same user may do now. */
const char *another(void);
/* What the file says that it holds. */
const char *content(int fd);
pid_t fork_or_die(void);

void answers(void);
void lives(void);
void writers(void);
void failing(int tries);
void loads(const char *file, int tries);
void storm(int seconds);

#endif /* KMALLOC_CHECK_FILE_H */
